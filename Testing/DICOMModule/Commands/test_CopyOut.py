"""copyout from the command line."""

from __future__ import annotations

import os

from DICOMLib.Database.DICOMDatabase import DICOMDatabase


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_everythingIsCopiedAsATree(run, database, tmp_path):
    code, out, err = run("copyout", tmp_path / "out", "--all", "--database", database)

    assert (code, err) == (0, "")
    assert out.startswith("15 files (") and f"copied to {tmp_path / 'out'}" in out
    assert len(files(tmp_path / "out")) == 15


def test_oneSeriesIsCopiedAsAMediaSet(asked, database, tmp_path):
    opened = DICOMDatabase()
    opened.openDatabase(database)
    series = opened.allSeries()[0]
    opened.closeDatabase()
    report = asked("copyout", tmp_path / "out", "--layout", "media", "--series", series, "--database", database)

    assert (report["files"], report["series"], report["layout"]) == (5, 1, "media")
    assert sorted(os.listdir(tmp_path / "out")) == ["DICOM", "DICOMDIR"]


def test_aZipWithADICOMDIR(run, database, tmp_path):
    arguments = ("--layout", "zip", "--dicomdir", "--all", "--database", database)
    assert run("copyout", tmp_path / "out.zip", *arguments)[0] == 0
    code, out, err = run("copyout", tmp_path / "out.zip", *arguments)

    assert code == 1 and out == ""
    assert err.startswith(f"dicommodule: {tmp_path / 'out.zip'}: there is something of this name already.")


def test_wrongUsageIsCodeTwoAndAnUnknownUIDCodeThree(run, database, tmp_path):
    target = tmp_path / "out"
    assert run("copyout", target, "--database", database)[0] == 2
    assert run("copyout", target, "--all", "--series", "1.2", "--database", database)[0] == 2
    assert run("copyout", target, "--all", "--dicomdir", "--database", database)[0] == 2
    assert run("copyout", target, "--study", "1.2", "--database", database)[0] == 3
    assert not target.exists()
