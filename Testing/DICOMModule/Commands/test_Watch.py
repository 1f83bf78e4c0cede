import json
import os
import signal
import subprocess
import sys

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.WatchedFolders import WatchedFolders
from Testing.Fixtures import axialCT


def test_onceImportsWhatIsThereAndEnds(run, tmp_path):
    axialCT(slices=2).write(tmp_path / "in")
    (tmp_path / "in" / "notes.txt").write_text("hello")
    database = tmp_path / "d.sqlite"
    code, out, err = run("watch", tmp_path / "in", "--once", "--settle", "0", "--database", database)
    assert (code, len(out.splitlines())) == (0, 2)
    assert out.startswith(f"{tmp_path / 'in'}: Import finished") and "2 instances of 1 new patient" in out
    assert "2 instances came in." in out
    assert "notes.txt: skipped: not a DICOM file" in err
    assert run("watch", tmp_path / "in", "--once", "--settle", "0", "--database", database)[0] == 0


def test_anEmptyFolderIsDoneAtOnce(run, tmp_path):
    assert run("watch", tmp_path, "--once", "--settle", "0", "--database", ":memory:")[:2] == (
        0, "0 instances came in.\n",
    )  # fmt: skip


def test_eachImportIsOneLineOfJSON(run, tmp_path):
    axialCT(slices=2).write(tmp_path / "in")
    _, out, _ = run("watch", tmp_path / "in", "--once", "--settle", "0", "--json", "--database", ":memory:")
    (line,) = out.splitlines()
    assert json.loads(line)["instancesAdded"] == 2 and json.loads(line)["folder"] == str(tmp_path / "in")


def test_withoutFoldersThoseOfTheDatabaseAreWatched(run, tmp_path):
    database = DICOMDatabase()
    database.openDatabase(tmp_path / "d.sqlite")
    assert run("watch", "--once", "--database", tmp_path / "d.sqlite")[0] == 3
    axialCT(slices=2).write(tmp_path / "in")
    WatchedFolders(database).add(tmp_path / "in", copyFiles=True)
    assert run("watch", "--once", "--settle", "0", "--database", tmp_path / "d.sqlite")[0] == 0
    assert database.imagesCount() == 2
    database.closeDatabase()


@pytest.mark.parametrize(("name", "code"), [("nowhere", 3), ("file.txt", 2)])
def test_whatCannotBeWatchedIsSaidAtOnce(run, tmp_path, name, code):
    (tmp_path / "file.txt").write_text("x")
    assert run("watch", tmp_path / name, "--once", "--database", ":memory:")[0] == code


def test_ctrlCIsTheNormalEnd(tmp_path, promised):
    (tmp_path / "in").mkdir()
    command = [
        sys.executable, "-m", "DICOMModule", "watch", tmp_path / "in", tmp_path / "gone", "--settle", "0.1",
        "--database", tmp_path / "d.sqlite",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline().startswith("Watching 2 folders: ")
        axialCT(slices=1).write(tmp_path / "in")
        assert "1 instance of 1 new patient" in process.stdout.readline()
        os.kill(process.pid, signal.SIGINT)
        with promised.within(5):
            out, err = process.communicate(timeout=100)
    finally:
        process.kill()
    assert (process.returncode, out) == (0, "1 instance came in.\n")
    assert err.count("folder not found") == 1
