"""Scanning in helper processes gives what scanning here gives."""

import os
import signal
import time

import pytest

from DICOMLib.Files.ParallelScan import scanFiles
from DICOMLib.Files.ScanHelper import ScanHelper
from DICOMLib.Progress import Progress
from Testing.Fixtures import SeriesBuilder


@pytest.fixture
def paths(tmp_path):
    found = [os.fsencode(path) for path in SeriesBuilder(slices=80).write(tmp_path)]
    broken = os.fsencode(tmp_path / "broken")
    with open(broken, "wb") as stream:
        stream.write(b"no DICOM" * 30)
    return [*found[:40], broken, *found[40:]]


def test_helpersFindWhatThisProcessFinds(paths):
    here = list(scanFiles(paths, ("0018,0060",), Progress(), helpers=0))
    there = list(scanFiles(paths, ("0018,0060",), Progress(), helpers=2))

    assert there == here
    assert [outcome.path for outcome in there] == paths
    assert there[40].reason == "not a DICOM file"


def test_aHelperAnswersByItself(paths):
    helper = ScanHelper(())
    helper.send(paths[:3])
    answers = helper.receive(Progress())
    helper.stop()

    assert len(answers) == 3
    assert answers[0][0][0] == paths[0]


def test_filesOfAHelperThatDiesAreScannedHere(paths, monkeypatch):
    class DyingHelper(ScanHelper):
        def receive(self, progress):
            if self._process is not None:
                os.kill(self._process.pid, signal.SIGKILL)
            return super().receive(progress)

    monkeypatch.setattr("DICOMLib.Files.ParallelScan.ScanHelper", DyingHelper)
    outcomes = list(scanFiles(paths, (), Progress(), helpers=2))

    assert [outcome.path for outcome in outcomes] == paths
    assert sum(outcome.header is not None for outcome in outcomes) == 80


@pytest.mark.parametrize("helpers", [0, 1])
def test_cancelEndsTheScanAndItsHelpers(paths, helpers):
    progress = Progress()
    outcomes = scanFiles(paths, (), progress, helpers=helpers)
    next(outcomes)
    progress.cancel()
    started = time.monotonic()
    rest = list(outcomes)

    assert len(rest) < 40
    assert time.monotonic() - started < 0.5
