"""3D Slicer's class for sending."""

from __future__ import annotations

import pytest

import DICOMLib
from DICOMLib.Errors import CancelledError, NetworkError
from Testing.Fixtures.SeriesBuilder import SeriesBuilder
from Testing.Fixtures.StoreServers import StoreServer, freePort

pytestmark = pytest.mark.network


@pytest.fixture
def paths(tmp_path):
    return [str(path) for path in SeriesBuilder(slices=3).write(tmp_path)]


def test_filesAreSentAtOnce(paths):
    told = []
    with StoreServer(require_called_aet=True) as server:
        address = f"127.0.0.1:{server.port}"
        sender = DICOMLib.DICOMSender(paths, address, progressCallback=told.append, aeTitle="TESTSCP")
        assert len(server.uids) == 3
    assert sender.report.isComplete
    assert told[0] == f"Starting to send 3 files to TESTSCP@{address}" and told[-1] == "3 of 3 objects sent"


def test_aDelayedOneWaitsForSend(paths):
    with StoreServer() as server:
        sender = DICOMLib.DICOMSender(paths, f"127.0.0.1:{server.port}", "DIMSE", delayed=True)
        assert server.uids == []
        sender.send()
        assert len(server.uids) == 3


def test_whatIsNotSentRaises(paths):
    with pytest.raises(NetworkError, match="3 of 3 objects were not sent.*Nothing listens there"):
        DICOMLib.DICOMSender(paths, f"127.0.0.1:{freePort()}")
    with pytest.raises(NetworkError, match="protocol DIMSE only"):
        DICOMLib.DICOMSender(paths, "https://example.org/dicomweb", "DICOMweb")


def test_aCallbackThatAnswersFalseStopsIt(paths):
    with StoreServer() as server, pytest.raises(CancelledError):
        DICOMLib.DICOMSender(paths, f"127.0.0.1:{server.port}", progressCallback=lambda _text: False)
