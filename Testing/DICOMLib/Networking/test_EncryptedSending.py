"""Sending over TLS: objects small and large arrive byte for byte, nothing goes to who cannot prove who it is."""

from __future__ import annotations

import ssl
import subprocess

import numpy
import pytest

from DICOMLib.Networking import Send
from DICOMLib.Networking.Send import sendFiles
from DICOMLib.Networking.StoredObjects import storedObject
from Testing.Fixtures.SeriesBuilder import SeriesBuilder
from Testing.Fixtures.StoreServers import SocketServer, StoreServer, acceptance, readPDU, serverAt

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Of the server at 127.0.0.1, and of this program: each signed by itself."""
    folder = tmp_path_factory.mktemp("certificates")
    for name, host in (("server", "IP:127.0.0.1"), ("client", "DNS:client.invalid")):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem", "-subj", f"/CN={name}",
             "-days", "2", "-addext", f"subjectAltName={host}"],
            check=True, capture_output=True,
        )  # fmt: skip
    return folder


@pytest.fixture
def context(certificates):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    return made


def trusting(certificates, port, **values):
    return serverAt(port, useTLS=True, certificateAuthorityFile=str(certificates / "server.pem"), **values)


def dataSetOf(path):
    return b"".join(storedObject(path).pieces())


def test_objectsArriveByteForByte(certificates, context, tmp_path):
    noise = numpy.random.default_rng(7).integers(0, 4000, (2, 2048, 2048)).astype("f8")
    files = [*SeriesBuilder(slices=2, rows=2048, columns=2048, pattern=noise).write(tmp_path / "large"),
             *SeriesBuilder(slices=20, seed=3).write(tmp_path / "small")]  # fmt: skip
    with StoreServer(tls=context) as server:
        report = sendFiles(trusting(certificates, server.port), files)
        assert server.associations == 1
    assert report.isComplete and report.findings == []
    assert [data for _, _, data in server.received] == [dataSetOf(path) for path in files]


def test_nothingIsSentToAServerOfAnotherCertificate(certificates, context, tmp_path):
    files = SeriesBuilder(slices=2).write(tmp_path)
    with StoreServer(tls=context) as server:
        report = sendFiles(serverAt(server.port, useTLS=True), files)
    assert (report.sent, server.received, len(report.left)) == (0, [], 2)
    assert "certificate is not to be trusted" in report.failure


def test_aServerThatWantsACertificateGetsIt(certificates, context, tmp_path, monkeypatch):
    monkeypatch.setattr(Send, "PAUSES", (0.0, 0.0))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates / "client.pem")
    own = {"certificateFile": str(certificates / "client.pem"), "keyFile": str(certificates / "client.key")}
    files = SeriesBuilder(slices=2).write(tmp_path)
    with StoreServer(tls=context) as server:
        assert sendFiles(trusting(certificates, server.port, **own), files).isComplete
        report = sendFiles(trusting(certificates, server.port), files)
    assert report.sent == 0 and len(report.left) == 2 and report.failure


def test_theServerIsToldThatTheConnectionIsOver(certificates, context, tmp_path):
    """Else it would have to take the end for an attack that cuts off what is still to come."""
    ends = []

    def accept(connection, _server):
        with context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False) as encrypted:
            encrypted.sendall(acceptance(readPDU(encrypted), syntax="1.2.3"))  # takes nothing, so that it ends
            try:
                while encrypted.recv(1000):
                    continue
                ends.append("told")
            except ssl.SSLEOFError:
                ends.append("cut")

    with SocketServer(accept) as server:
        sendFiles(trusting(certificates, server.port), SeriesBuilder(slices=1).write(tmp_path))
    for _ in range(100):
        if ends:
            break
        server.closing.wait(0.02)
    assert ends == ["told"]
