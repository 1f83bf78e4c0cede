"""verify, repair, rebuild, compact and backup from the command line."""

from __future__ import annotations

import json
import os
import shutil

import pytest


@pytest.fixture
def copied(run, hospital, tmp_path):
    """A database of its own with copies of all files."""
    file = tmp_path / "db" / "d.sqlite"
    shutil.copytree(hospital, tmp_path / "stick")
    assert run("import", tmp_path / "stick", "--copy", "--database", file)[0] == 0
    return file


def copiesOf(file):
    return sorted(path for path in (file.parent / "d.sqlite-files").rglob("*.dcm"))


def flip(path):
    contents = bytearray(path.read_bytes())
    contents[400] ^= 1
    path.write_bytes(contents)


def test_aSoundDatabaseIsCodeZero(run, copied):
    code, out, err = run("verify", "--database", copied)

    assert code == 0 and err == ""
    assert out.startswith("The database is sound: 15 copied files (")


def test_aDamagedCopyIsNamedAndCodeOne(run, copied):
    harmed = copiesOf(copied)[3]
    flip(harmed)
    code, out, _ = run("verify", "--headers", "--database", copied)

    assert code == 1
    lines = out.splitlines()
    assert lines[0].startswith(f"damaged: {harmed}: its contents are not what was copied")
    assert lines[1].startswith("1 problem found (1 damaged)")


def test_theReportIsAlsoJSON(run, copied):
    flip(copiesOf(copied)[0])
    code, out, _ = run("verify", "--database", copied, "--json")
    report = json.loads(out)

    assert code == 1
    assert (report["database"], report["ownedFiles"], report["counts"]) == (str(copied), 15, {"damaged": 1})
    assert report["findings"][0]["path"] == str(copiesOf(copied)[0])


def test_repairMendsAndThenAllIsSound(run, copied):
    flip(copiesOf(copied)[0])
    os.unlink(copiesOf(copied)[1])
    code, out, _ = run("repair", "--database", copied)

    assert code == 0 and out.count("mended: ") == 2 and "2 mended." in out
    assert run("verify", "--database", copied)[0] == 0


def test_repairFollowsMovedFiles(run, hospital, tmp_path):
    shutil.copytree(hospital, tmp_path / "old")
    database = tmp_path / "d.sqlite"
    assert run("import", tmp_path / "old", "--database", database)[0] == 0
    shutil.move(tmp_path / "old", tmp_path / "new")
    kept = run("repair", "--keep-missing", "--database", database)
    moved = run("repair", "--moved-to", tmp_path / "new", "--database", database)

    assert kept[0] == 1 and "15 left as it is" in kept[1]
    assert moved[0] == 0 and "15 mended" in moved[1]
    assert run("verify", "--headers", "--database", database)[0] == 0


def test_aDamagedDatabaseFileIsRepairedByANewIndex(run, copied):
    with open(copied, "r+b") as stream:
        stream.write(b"\xa5" * 200)
    assert run("verify", "--database", copied)[0] == 1
    code, out, err = run("repair", "--database", copied)

    assert code == 0
    assert "a new index is made of what can be read" in err
    assert f"kept as {copied}.corrupt" in out
    assert run("verify", "--database", copied)[0] == 0


def test_theHintOnADamagedDatabaseNamesTheCommand(run, copied):
    with open(copied, "r+b") as stream:
        stream.write(b"\xa5" * 200)

    assert "dicommodule repair --database FILE" in run("list", "--database", copied)[2]


def test_aLostDatabaseFileIsRebuiltFromTheCopies(run, asked, copied):
    for path in copied.parent.glob("d.sqlite*"):
        if path.is_file():
            path.unlink()
    code, out, _ = run("rebuild", "--database", copied)

    assert code == 0
    assert "from 15 copied files and 0 linked files" in out
    assert len(asked("list", "instances", "--database", copied)) == 15


def test_rebuildKeepsTheFormerFile(asked, copied):
    report = asked("rebuild", "--database", copied)

    assert report["keptAs"] == f"{copied}.replaced" and os.path.exists(report["keptAs"])


def test_whatIsNotThereIsCodeThree(run, tmp_path):
    for command in ("verify", "repair", "rebuild", "compact"):
        assert run(command, "--database", tmp_path / "none.sqlite")[0] == 3
    assert run("backup", tmp_path / "b.sqlite", "--database", tmp_path / "none.sqlite")[0] == 3
    assert list(tmp_path.iterdir()) == []


def test_compactAndBackUp(run, asked, copied, tmp_path):
    assert asked("compact", "--database", copied)["bytesAfter"] == copied.stat().st_size
    code, out, _ = run("backup", tmp_path / "saved.sqlite", "--database", copied)
    assert code == 0 and "Copied files are not in it" in out
    again = run("backup", tmp_path / "saved.sqlite", "--database", copied)
    assert again[0] == 1 and "there is a file of this name already" in again[2]
    assert run("backup", tmp_path / "saved.sqlite", "--overwrite", "--database", copied)[0] == 0
    assert len(asked("list", "instances", "--database", tmp_path / "saved.sqlite")) == 15


def test_aFileNameCannotDriveTheTerminal(run, tmp_path, hospital):
    folder = tmp_path / "evil\x1b[2J"
    shutil.copytree(hospital, folder)
    assert run("import", folder, "--database", tmp_path / "d.sqlite")[0] == 0
    shutil.rmtree(folder)
    out = run("verify", "--database", tmp_path / "d.sqlite")[1]

    assert "\x1b" not in out and "evil\\x1b[2J" in out
