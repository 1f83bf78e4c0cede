"""send and echo from the command line."""

from __future__ import annotations

import errno
import os

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from Testing.Fixtures.SeriesBuilder import SeriesBuilder
from Testing.Fixtures.StoreServers import StoreServer, freePort

pytestmark = pytest.mark.network


@pytest.fixture
def server():
    with StoreServer() as running:
        running.address = f"TESTSCP@127.0.0.1:{running.port}"
        yield running


def test_aFolderIsSentAndWhatIsNoObjectInItPassedOver(run, hospital, server, tmp_path):
    (tmp_path / "notes.txt").write_text("nothing that is DICOM, in a file that is long enough" * 9)
    code, out, err = run("send", server.address, hospital, tmp_path)

    assert code == 0, err
    assert out.startswith("15 objects (") and f"sent to {server.address} in" in out
    assert len(set(server.uids)) == 15
    assert out.splitlines()[1] == f"note: {tmp_path / 'notes.txt'} passed over: not a DICOM file" and err == ""


def test_aFileThatIsNamedAndNoObjectIsAnErrorAndTheOthersGo(run, hospital, server, tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("nothing that is DICOM, in a file that is long enough" * 9)
    for paths in ((hospital, notes), (tmp_path, hospital, notes)):  # named is named, also when it is in a folder
        code, out, err = run("send", server.address, *paths)
        assert code == 1 and err == f"dicommodule: not sent: {notes}: not a DICOM file\n"
        assert "1 object was not sent" in out and "passed over" not in out
    assert len(set(server.uids)) == 15


def test_whatIsInAFolderAndNoFileIsCountedByReason(run, asked, hospital, server, tmp_path):
    for number in range(3):
        (tmp_path / f"empty{number}").touch()
    os.mkfifo(tmp_path / "pipe")
    code, out, err = run("send", server.address, hospital, tmp_path)
    assert (code, err) == (0, "")
    assert out.splitlines()[1:] == [
        "note: 3 entries passed over: an empty file",
        f"note: {tmp_path / 'pipe'} passed over: a named pipe, not a file",
    ]
    report = asked("send", server.address, hospital, tmp_path)
    assert report["counts"] == {"note": 4} and report["objects"] == 15


def test_aFolderThatCannotBeReadIsAnErrorSinceObjectsMayBeInIt(run, hospital, server, tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir()
    real = os.scandir

    def scandir(path):
        if os.fsencode(path) == os.fsencode(closed):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)  # root reads everything
    code, out, err = run("send", server.address, hospital, tmp_path)
    assert (code, err) == (1, f"dicommodule: not sent: {closed}: cannot be read: Permission denied\n")
    assert out.startswith("15 objects (")
    code, out, err = run("send", server.address, tmp_path)
    assert code == 3 and "cannot be read: Permission denied" in err and "there is no file" in err


def test_aSeriesOfTheDatabaseIsSent(asked, database, server):
    opened = DICOMDatabase()
    opened.openDatabase(database)
    series = opened.allSeries()[0]
    opened.closeDatabase()
    report = asked("send", server.address, "--series", series, "--database", database)

    assert (report["objects"], report["sent"], report["left"]) == (5, 5, [])
    assert len(server.uids) == 5


def test_whatIsNotStoredIsNamedAndCodeOne(run, hospital):
    with StoreServer(answer=lambda number, _uid: 0xA700 if number == 2 else 0) as server:
        code, out, err = run("send", "--called", "TESTSCP", f"127.0.0.1:{server.port}", hospital)
    assert code == 1
    assert "1 object was not sent" in out
    assert "the server has no room or means to store it (status A700)" in err


def test_wrongUsageIsCodeTwoNothingFoundThreeAndNoServerOne(run, hospital, server, tmp_path):
    assert run("send", server.address)[0] == 2
    assert run("send", server.address, tmp_path)[0] == 3
    assert run("send", server.address, tmp_path / "none")[0] == 3
    code, out, err = run("send", f"127.0.0.1:{freePort()}", hospital)
    assert code == 1 and "nothing listens there" in err
    assert err.count("not sent: ") == 1 and err.endswith(" (and 14 other files)\n")  # one reason, one line
    assert run("send", "unknown", hospital)[0] == 1


def test_theHelpNamesTheEncodingsSoThatTheyCanBeTyped(run):
    code, out, _err = run("send", "--help")
    told = " ".join(out.split())
    assert code == 0 and "[--encoding POLICY]" in told
    assert "'as stored, else uncompressed', 'as stored', 'uncompressed'" in told


def test_aServerIsAskedWhetherItAnswers(run, asked, server):
    code, out, err = run("echo", server.address)
    assert (code, err) == (0, "")
    assert out.startswith(f"{server.address} answers: connected in ")
    assert asked("echo", server.address, "--calling", "ME")["server"]["callingAETitle"] == "ME"
    code, out, err = run("echo", f"127.0.0.1:{freePort()}", "--timeout", "2")
    assert (code, out) == (1, "") and "nothing listens there" in err


@pytest.mark.parametrize("between", [("--encoding", "uncompressed"), ("--json",), ("--timeout", "9")])
def test_optionsMayStandBetweenServerAndFiles(run, hospital, server, between, tmp_path):
    code, out, err = run("send", server.address, *between, hospital)
    assert (code, err) == (0, "") and len(set(server.uids)) == 15


def test_whatFollowsTwoDashesIsAFileWhateverItsName(run, server, tmp_path, monkeypatch):
    SeriesBuilder(slices=1).write(tmp_path / "--json")
    monkeypatch.chdir(tmp_path)
    code, out, err = run("send", server.address, "--", "--json")
    assert (code, err) == (0, "") and len(server.uids) == 1
