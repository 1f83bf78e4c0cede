"""Within the limit the process opens one more file and no second; outside of it everything is as before."""

from __future__ import annotations

import os
import resource

import pytest

from DICOMLib.SceneFiles.OneFile import oneFileAtATime


def inChild(work) -> int:
    """Whether a process of its own found it true: a limit that stays must not stay here."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_oneFileIsOpenedAndNoSecond():
    def work() -> bool:
        with oneFileAtATime():
            first = os.open(os.devnull, os.O_RDONLY)
            try:
                os.open(os.devnull, os.O_RDONLY)
            except OSError as error:
                isRefused = error.errno == 24  # too many open files
            else:
                isRefused = False
            os.close(first)
            again = os.open(os.devnull, os.O_RDONLY)
            os.close(again)
        return isRefused

    assert inChild(work) == 0


def test_filesThatAreOpenAlreadyDoNotCount():
    def work() -> bool:
        held = [os.open(os.devnull, os.O_RDONLY) for _ in range(5)]
        os.close(held[1])  # the lowest free number is between others
        with oneFileAtATime():
            first = os.open(os.devnull, os.O_RDONLY)
            os.close(first)
        return first == held[1]

    assert inChild(work) == 0


@pytest.mark.parametrize("fails", [False, True])
def test_afterwardsTheLimitIsWhatItWas_alsoAfterAnError(fails):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        with oneFileAtATime():
            assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] < before[0]
            assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] == before[1]
            if fails:
                raise ValueError("in between")
    except ValueError:
        assert fails
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


def test_whereThereAreNoLimitsNothingIsLimited(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "resource", None)
    with oneFileAtATime():
        handles = [os.open(os.devnull, os.O_RDONLY) for _ in range(3)]
    for handle in handles:
        os.close(handle)
