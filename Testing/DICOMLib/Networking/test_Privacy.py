"""No value of a patient comes into a log, whatever happens while files are sent."""

from __future__ import annotations

import logging

import pydicom
import pytest

from DICOMLib.Networking import Send
from DICOMLib.Networking.Send import sendFiles
from Testing.Fixtures.SeriesBuilder import SeriesBuilder
from Testing.Fixtures.StoreServers import SocketServer, StoreServer, freePort, serverAt

pytestmark = pytest.mark.network
CANARY = "ZZCANARY"


def test_theNameIsInNoLogInNoSentenceAndInNoWarning(tmp_path, caplog, monkeypatch, recwarn):
    monkeypatch.setattr(Send, "PAUSES", (0.0, 0.0))
    paths = SeriesBuilder(slices=3, patientName=f"{CANARY}^PHI", patientID=f"{CANARY}-1").write(tmp_path)
    dataset = pydicom.dcmread(paths[0])
    dataset.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
    dataset.save_as(paths[0])
    reports = []
    with caplog.at_level(logging.DEBUG):
        with StoreServer(answer=lambda number, _uid: 0xA900 if number == 1 else 0) as server:
            logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # the server's own, which is the test's
            reports.append(sendFiles(serverAt(server.port), paths))
        with SocketServer(lambda one, _server: one.sendall(b"HTTP/1.1 400\r\n")) as server:
            reports.append(sendFiles(serverAt(server.port), paths))
        reports.append(sendFiles(serverAt(freePort()), paths))
    assert reports[0].sent == 2 and reports[0].converted == 1
    assert CANARY not in caplog.text
    assert not any(CANARY in str(one.message) for one in recwarn)
    assert not any(CANARY in text for report in reports for text in (report.asText(), report.asCSV()))
