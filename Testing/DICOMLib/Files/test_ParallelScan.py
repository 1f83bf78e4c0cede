"""Scanning in helper processes gives what scanning here gives, and a file that ends one costs nothing but itself."""

import os
import signal

import pytest

from DICOMLib.Files.ParallelScan import scanFiles
from DICOMLib.Files.ScanHelper import ScanHelper
from DICOMLib.Progress import Progress
from Testing.Fixtures import SeriesBuilder, validFile


@pytest.fixture
def paths(tmp_path):
    found = [os.fsencode(path) for path in SeriesBuilder(slices=80).write(tmp_path)]
    broken = os.fsencode(tmp_path / "broken")
    with open(broken, "wb") as stream:
        stream.write(b"no DICOM" * 30)
    deflated = os.fsencode(tmp_path / "deflated")
    with open(deflated, "wb") as stream:
        stream.write(validFile(transferSyntax="1.2.840.10008.1.2.1.99"))
    return [*found[:40], broken, deflated, *found[40:]]


@pytest.mark.parametrize("helpers", [1, 2])
def test_helpersFindWhatThisProcessFinds(paths, monkeypatch, helpers):
    monkeypatch.setattr("DICOMLib.Files.ParallelScan.FILES_IN_A_MESSAGE", 8)
    here = list(scanFiles(paths, ("0018,0060",), Progress(), helpers=0))
    there = list(scanFiles(paths, ("0018,0060",), Progress(), helpers=helpers))

    assert there == here
    assert [outcome.path for outcome in there] == paths
    assert there[40].reason == "not a DICOM file"
    assert there[41].header.transferSyntaxUID == "1.2.840.10008.1.2.1.99"


def test_pathsAreAskedForAsTheyAreNeeded(paths, monkeypatch):
    monkeypatch.setattr("DICOMLib.Files.ParallelScan.FILES_WORTH_HELPERS", 4)
    monkeypatch.setattr("DICOMLib.Files.ParallelScan.FILES_IN_A_MESSAGE", 4)
    asked = []
    outcomes = scanFiles((asked.append(path) or path for path in paths), (), Progress(), helpers=0)
    for _ in range(6):
        next(outcomes)
    outcomes.close()

    assert len(asked) == 8


class DyingHelper(ScanHelper):
    """Dies before its third answer."""

    def receive(self, progress, seconds):
        self.answered = getattr(self, "answered", 0) + 1
        if self.answered == 3 and self.isAlive:
            os.kill(self.processID, signal.SIGKILL)
        return super().receive(progress, seconds)


def test_filesOfAHelperThatDiesAreScannedByAnother(paths, monkeypatch):
    monkeypatch.setattr("DICOMLib.Files.ParallelScan.ScanHelper", DyingHelper)
    monkeypatch.setattr("DICOMLib.Files.ParallelScan.FILES_IN_A_MESSAGE", 4)
    outcomes = list(scanFiles(paths, (), Progress(), helpers=2))

    assert [outcome.path for outcome in outcomes] == paths
    assert sum(outcome.header is not None for outcome in outcomes) == 81


class SilentHelper(ScanHelper):
    """Never answers, as on a file system that hangs."""

    def receive(self, progress, seconds):
        if self.waitUntilReady(progress, seconds):
            os.kill(self.processID, signal.SIGSTOP)
        return super().receive(progress, seconds)


def test_filesOfAHelperThatHangsAreScannedByAnother(paths, monkeypatch):
    monkeypatch.setattr("DICOMLib.Files.ParallelScan.ScanHelper", SilentHelper)
    monkeypatch.setattr("DICOMLib.Files.ParallelScan.SECONDS_FOR_A_MESSAGE", 0.2)
    outcomes = list(scanFiles(paths[:10], (), Progress(), helpers=1))

    assert [outcome.path for outcome in outcomes] == paths[:10]
    assert all(outcome.header is not None for outcome in outcomes)


def test_withoutAnInterpreterToStartEverythingIsScannedHere(paths, monkeypatch):
    monkeypatch.setattr("multiprocessing.spawn.get_executable", lambda: b"/nowhere/python")
    outcomes = list(scanFiles(paths, (), Progress(), helpers=2))

    assert sum(outcome.header is not None for outcome in outcomes) == 81


def test_askingNeverWaitsForAHelperThatDoesNotRead(promised):
    helper = ScanHelper(())
    assert helper.waitUntilReady(Progress(), 300)
    os.kill(helper.processID, signal.SIGSTOP)
    with promised.within(5, ofProcessor=True):
        for _ in range(64):
            helper.send([b"/" + os.urandom(2000).replace(b"\0", b"x") for _ in range(64)])  # far more than a pipe holds
        helper.stop()

    assert not helper.isAlive


@pytest.mark.parametrize("helpers", [0, 1])
def test_cancelEndsTheScanAndItsHelpers(paths, helpers, promised):
    progress = Progress()
    outcomes = scanFiles(paths, (), progress, helpers=helpers)
    next(outcomes)
    progress.cancel()
    with promised.within(0.5):
        rest = list(outcomes)

    assert len(rest) < 40
