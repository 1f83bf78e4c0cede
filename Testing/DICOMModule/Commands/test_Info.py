from Testing.Fixtures.ReadyMade import axialCT, missingSliceCT


def test_aFilesHeaderIsShown(run, hospital):
    file = sorted((hospital / "ct").iterdir())[0]
    code, out, _ = run("info", file)
    assert code == 0
    assert "CT Image Storage (1.2.840.10008.5.1.4.1.1.2)" in out
    assert "SeriesDescription          Axial CT" in out
    assert "12 × 16, 1 frame(s), MONOCHROME2, 384 bytes" in out


def test_aSeriesShowsItsVolumesAndWhatIsWrongWithThem(run, tmp_path):
    missingSliceCT().write(tmp_path / "gap")
    database = tmp_path / "d.sqlite"
    run("import", tmp_path / "gap", "--database", database)
    uid = missingSliceCT().seriesUID
    code, out, _ = run("info", uid, "--database", database)
    assert code == 0
    assert "Volume: axial" in out
    assert "warning: " in out


def test_anInstanceIsFoundByItsUID(asked, database):
    instance = asked("list", "instances", "--database", database)[0]
    facts = asked("info", instance["SOPInstanceUID"], "--database", database)[0]
    assert facts["file"] == instance["file"]
    assert facts["tags"]["SOPInstanceUID"] == instance["SOPInstanceUID"]


def test_severalNamesAreShownOneAfterTheOther(asked, hospital):
    files = sorted((hospital / "ct").iterdir())[:2]
    assert [facts["file"] for facts in asked("info", *files)] == [str(file) for file in files]


def test_whatAFileHidesFromATerminalIsShownEscaped(run, tmp_path):
    files = axialCT(slices=1, seriesDescription="evil \x1b[2J\u202e text", charset="ISO_IR 192").write(tmp_path)
    _, out, _ = run("info", files[0])
    assert "\x1b" not in out
    assert "evil" in out


def test_whatIsNeitherFileNorUIDIsCodeThree(run, database, tmp_path):
    assert run("info", "9.9.9", "--database", database)[0] == 3
    (tmp_path / "notes.txt").write_text("hello")
    code, _, err = run("info", tmp_path / "notes.txt")
    assert code == 1
    assert "not a DICOM file" in err
