"""Asking a server whether it answers, in the open and encrypted."""

from __future__ import annotations

import ssl
import subprocess

import pytest

from DICOMLib.Errors import (
    AssociationRejectedError,
    CancelledError,
    ConnectionFailedError,
    ContextNotAcceptedError,
    NetworkError,
)
from DICOMLib.Networking.Echo import echo
from DICOMLib.Progress import Progress
from Testing.Fixtures.StoreServers import (
    SocketServer,
    StoreServer,
    acceptance,
    freePort,
    hasStorescp,
    readPDU,
    serverAt,
    storescp,
)

pytestmark = pytest.mark.network


def test_aServerThatAnswersIsToldWithItsTimes():
    with StoreServer() as server:
        result = echo(serverAt(server.port))
    assert 0 <= result.answerSeconds < 5 and 0 <= result.connectSeconds < 5
    assert result.summary().startswith(f"TESTSCP@127.0.0.1:{server.port} answers: connected in ")


@pytest.mark.skipif(not hasStorescp(), reason="DCMTK's storescp is not installed")
def test_storescpAnswers(tmp_path):
    with storescp(tmp_path) as port:
        assert echo(serverAt(port, host="localhost")).answerSeconds < 5


def test_whyThereIsNoConnectionIsSaid():
    with pytest.raises(ConnectionFailedError, match="nothing listens there"):
        echo(serverAt(freePort()))
    with pytest.raises(ConnectionFailedError, match="the host is not known"):
        echo(serverAt(104, host="no-such-host.invalid"))
    with pytest.raises(NetworkError, match="The port must be"):
        echo(serverAt(0))


def test_aRejectionNamesTitlesAndWhatToDo():
    with StoreServer(require_called_aet=True) as server, pytest.raises(AssociationRejectedError) as caught:
        echo(serverAt(server.port, calledAETitle="testscp", callingAETitle="ME"))
    assert "it is not called testscp (calling ME, called testscp). Check the called AE title" in str(caught.value)


def test_aServerThatDoesNotKnowEchoIsNamedSo():
    def refuseAll(connection, _server):
        connection.sendall(acceptance(readPDU(connection), syntax="1.2.3"))
        readPDU(connection)

    with SocketServer(refuseAll) as server, pytest.raises(ContextNotAcceptedError, match="Verification SOP Class"):
        echo(serverAt(server.port))


def test_cancellingEndsTheQuestion():
    progress = Progress()
    progress.cancel()
    with SocketServer(lambda _one, server: server.closing.wait(60)) as server, pytest.raises(CancelledError):
        echo(serverAt(server.port), progress)


# Encrypted


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """For 127.0.0.1, for another host, and one that is over: each signed by itself."""
    folder = tmp_path_factory.mktemp("certificates")
    for name, host, days in (("good", "IP:127.0.0.1", "2"), ("other", "DNS:other.invalid", "2")):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem", "-subj", f"/CN={name}",
             "-days", days, "-addext", f"subjectAltName={host}"],
            check=True, capture_output=True,
        )  # fmt: skip
    return folder


def encrypted(folder, name, clients=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(folder / f"{clients}.pem")
    return context


def test_anEncryptedServerWithTheRightCertificateAnswers(certificates):
    with StoreServer(tls=encrypted(certificates, "good")) as server:
        authority = str(certificates / "good.pem")
        assert echo(serverAt(server.port, useTLS=True, certificateAuthorityFile=authority)).answerSeconds < 5


@pytest.mark.parametrize(
    ("served", "trusted", "text"),
    [
        ("good", "", "self-signed certificate"),
        ("good", "other", "self-signed certificate"),
        ("other", "other", "IP address mismatch, certificate is not valid for '127.0.0.1'"),
    ],
)
def test_aCertificateOfSomebodyElseIsRefused(certificates, served, trusted, text):
    with StoreServer(tls=encrypted(certificates, served)) as server:
        authority = str(certificates / f"{trusted}.pem") if trusted else ""
        with pytest.raises(ConnectionFailedError, match="not to be trusted") as caught:
            echo(serverAt(server.port, useTLS=True, certificateAuthorityFile=authority))
    assert text in str(caught.value)


def test_aServerMayWantACertificateOfUs(certificates):
    authority, own = str(certificates / "good.pem"), {
        "certificateFile": str(certificates / "other.pem"), "keyFile": str(certificates / "other.key"),
    }  # fmt: skip
    with StoreServer(tls=encrypted(certificates, "good", clients="other")) as server:
        known = serverAt(server.port, useTLS=True, certificateAuthorityFile=authority, **own)
        assert echo(known).answerSeconds < 5
        with pytest.raises(NetworkError):
            echo(serverAt(server.port, useTLS=True, certificateAuthorityFile=authority))


def test_anOpenServerIsNotTakenForAnEncryptedOne(certificates):
    with StoreServer() as server, pytest.raises(NetworkError):
        echo(serverAt(server.port, useTLS=True, certificateAuthorityFile=str(certificates / "good.pem")))
