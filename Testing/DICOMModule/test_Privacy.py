"""A patient's values are in the database, in the store and in what was asked for, and nowhere else.

A patient with a name, an ID and a birth date that occur nowhere else goes through imports that succeed and fail,
loading, watching, browsing and closing; then every other place is searched: what was printed and logged, settings,
titles, the clipboard, home and temporary folders.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from Testing.Fixtures import axialCT, truncated

NAME, ID, BIRTH_DATE = "ZZCANARY^PHI", "ZZID4711", "19070307"
CANARIES = (b"ZZCANARY", b"ZZID4711", b"19070307")


def canaryFiles(folder):
    """A good series and files that fail in many ways, all of one patient."""
    series = axialCT(slices=4, patientName=NAME, patientID=ID, patientBirthDate=BIRTH_DATE)
    good = series.write(folder / "good")
    contents = good[0].read_bytes()
    bad = folder / "bad"
    bad.mkdir()
    for length in (150, 400, 700, 900, len(contents) - 10):
        (bad / f"cut{length}.dcm").write_bytes(truncated(contents, length))
    (bad / "nouid.dcm").write_bytes(contents.replace(b"2.25.", b"x.yz."))
    (bad / "duplicate.dcm").write_bytes(contents[:-2] + b"\x55\xaa")
    (bad / "text.dcm").write_bytes(f"{NAME} {ID} {BIRTH_DATE}".encode())
    (bad / "wrongsize.dcm").write_bytes(contents.replace(b"US\x02\x00", b"US\xff\x7f", 1))
    return folder


def hits(root: Path, allowed=()):
    """Files below a folder that hold a value of the patient, other than allowed ones."""
    found = []
    for path in root.rglob("*"):
        if path.is_file() and not any(path == place or place in path.parents for place in allowed):
            contents = path.read_bytes() + os.fsencode(path.name)
            found += [f"{path}: {canary!r}" for canary in CANARIES if canary in contents]
    return found


def inText(text):
    return [canary for canary in CANARIES if canary.decode() in text]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Home, temporary and data folders of the test's own, for this process and those it starts."""
    for name in ("home", "tmp", "data"):
        (tmp_path / name).mkdir()
    for kind in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / "home" / kind.lower()))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    canaryFiles(tmp_path / "data")
    return tmp_path


@pytest.fixture
def dicommodule(place, monkeypatch, warmPython):
    """Runs the command as a process in the folder ``place``."""
    monkeypatch.chdir(place)

    def run(*arguments, code=0):
        done = warmPython.run("-m", "DICOMModule", *arguments)
        assert done.returncode == code, done.stderr
        return done

    return run


def test_commandsPrintNoPatientUnlessAskedToListThem(place, dicommodule):
    database = place / "db" / "study.sqlite"
    runs = [
        dicommodule("import", "data", "--copy", "--database", database),
        dicommodule("import", "data", "--database", database),
        dicommodule("watch", "data", "--once", "--settle", "0", "--database", database),
        dicommodule("examine", "--database", database),
        dicommodule("load", "--database", database),
        dicommodule("load", "data/bad", "--database", ":memory:", code=2),
        dicommodule("load", "data/bad/cut900.dcm", code=1),
        dicommodule("import", "nowhere", "--database", database, code=3),
    ]
    assert sum("skipped" in done.stdout for done in runs) >= 2
    for done in runs:
        assert inText(done.stdout + done.stderr) == [], done.args
    assert hits(place, allowed=[place / "db", place / "data"]) == []
    assert list((place / "tmp").iterdir()) == []
    listed = dicommodule("list", "patients", "--database", database)
    assert inText(listed.stdout) != [] and inText(listed.stderr) == []


def test_pydicomsWarningsWhichQuoteValuesAreNotPrinted(dicommodule):
    code = "from pydicom.dataset import Dataset; Dataset().StudyInstanceUID = 'ZZID4711/'"
    done = dicommodule("--no-main-window", "--database", ":memory:", "--python-code", code)
    assert inText(done.stdout + done.stderr) == []


def test_removingAPatientLeavesNoByteOfIt(place):
    from DICOMLib.Database.DICOMDatabase import DICOMDatabase
    from DICOMLib.Database.Indexer import DICOMIndexer

    database = DICOMDatabase()
    database.openDatabase(place / "db" / "study.sqlite")
    DICOMIndexer(database).importPaths([place / "data"], copyFiles=True)
    assert hits(place / "db") != []
    for patient in database.patients():
        database.removePatient(patient)
    database.closeDatabase()
    assert hits(place / "db") == []
    assert sqlite3.connect(place / "db" / "study.sqlite").execute("SELECT count(*) FROM instances").fetchone() == (0,)


def test_foldersAndFilesAreTheUsersAlone(place, dicommodule):
    previous = os.umask(0o022)
    try:
        dicommodule("import", "data", "--copy", "--database", place / "db" / "study.sqlite")
    finally:
        os.umask(previous)
    for path in [place / "db", *(place / "db").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.gui
def test_theWindowKeepsNoPatientInLogsTitlesSettingsClipboardOrTemporaryFiles(place, qapp, qtbot, caplog, capfd):
    from qtpy.QtGui import QGuiApplication
    from qtpy.QtWidgets import QApplication

    from DICOMLib.Database.WatchedFolders import WatchedFolders
    from DICOMLib.Settings import SettingsFile
    from DICOMModule.Host.Application import HostApplication
    from DICOMModule.Host.Start import openWindow

    caplog.set_level(logging.INFO)
    QGuiApplication.clipboard().clear()
    settings = place / "home" / "settings.json"
    (place / "watched").mkdir()
    application = HostApplication.create(place / "db" / "study.sqlite", SettingsFile(settings), scripting=False)
    application.settings.setValue("MainWindow/Layout", "Red")  # one view is drawn sooner than four
    WatchedFolders(application.database).add(place / "watched")
    window = openWindow(application)
    panel = application.moduleManager.widgetRepresentation("DICOM")
    titles = set()
    try:
        window.openPaths([place / "data"], load=True)
        qtbot.waitUntil(lambda: len(application.scene.nodes()) > 3 and not window.isBusy(), timeout=60000)
        panel.browserWidget.dicomBrowser.showImportReport()
        shutil.copytree(place / "data" / "bad", place / "watched" / "bad")
        application.folderWatcher._settleSeconds = 0.0
        application.folderWatcher.lookNow()
        qtbot.waitUntil(lambda: application.folderWatcher.states()[0].filesRefused > 0, timeout=60000)
        qtbot.wait(200)
        titles = {widget.windowTitle() for widget in QApplication.topLevelWidgets()}
    finally:
        window.close()
        application.mainWindow = None
        application.close()
    printed = capfd.readouterr()
    logged = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records)
    assert inText(printed.out + printed.err) == [] and inText(logged) == []
    assert inText(" ".join(titles)) == [] and inText(QGuiApplication.clipboard().text()) == []
    assert settings.exists()
    assert hits(place, allowed=[place / "db", place / "data", place / "watched"]) == []
