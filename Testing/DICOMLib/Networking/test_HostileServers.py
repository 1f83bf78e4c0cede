"""Servers that say and do anything: sending always ends, never fails itself, and counts every object once."""

from __future__ import annotations

import os
import threading

import pytest

from DICOMLib.Networking import Associations, Send
from DICOMLib.Networking.Send import sendFiles
from DICOMLib.Networking.SendReport import NOT_SENT
from Testing.Fixtures.HostileServer import HostileServer
from Testing.Fixtures.SeriesBuilder import SeriesBuilder
from Testing.Fixtures.StoreServers import serverAt
from Testing.Fixtures.Waiting import waitFor

pytestmark = pytest.mark.network
SECONDS = 0.1
# Three objects are tried at most twice each, and three connections may break before each is answered.
MOST_SECONDS = 5.0


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setattr(Send, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(Associations, "RELEASE_SECONDS", SECONDS)
    return SeriesBuilder(slices=3, rows=64, columns=64).write(tmp_path / "series")


def openFiles():
    return len(os.listdir("/proc/self/fd"))


def memoryBytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def sessions(promised, files, seeds):
    """One after the other. :returns: how many objects were sent"""
    sent = 0
    for seed in seeds:
        with HostileServer(seed) as server, promised.within(MOST_SECONDS):
            report = sendFiles(serverAt(server.port, connectionTimeout=SECONDS, responseTimeout=SECONDS), files)
        assert report.sent + len(report.left) == report.objects == 3, seed
        assert len(set(report.left)) == len(report.left) == len(report.ofKind(NOT_SENT)), seed
        assert report.asText().replace("\n", "").isprintable(), seed
        sent += report.sent
    return sent


@pytest.mark.alone
@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="open files are counted as Linux tells them")
@pytest.mark.parametrize("count", [60, pytest.param(2000, marks=pytest.mark.slow)])
def test_whateverAServerDoesSendingEndsAndEveryObjectIsCountedOnce(files, count, promised):
    sessions(promised, files, range(3))  # what is loaded once
    before, threads, memory = openFiles(), threading.active_count(), memoryBytes()
    sent = sessions(promised, files, range(count))
    waitFor(lambda: openFiles() <= before and threading.active_count() <= threads, what="the end of the servers")
    assert memoryBytes() - memory < 64 << 20
    assert 0 < sent < 3 * count  # some servers are good enough
    grown = (memoryBytes() - memory) >> 10
    print(f"{count} servers, {grown} kB more memory, {sent} objects sent")
