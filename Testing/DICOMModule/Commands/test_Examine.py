from Testing.Fixtures.ReadyMade import missingSliceCT


def test_everySeriesSaysHowItCanBeReadAndWhy(run, database):
    code, out, _ = run("examine", "--database", database)
    assert code == 0
    assert out.count("Series ") == 3
    assert " * 4: Oblique MR: Scalar Volume, 5 files, confidence 0.5" in out
    assert "explanation: " in out


def test_warningsAreShown(run, tmp_path):
    missingSliceCT().write(tmp_path / "gap")
    code, out, _ = run("examine", tmp_path / "gap")
    assert code == 0
    assert "warning: " in out


def test_jsonHoldsConfidenceWarningAndExplanation(asked, hospital):
    found = asked("examine", hospital / "ct")
    assert len(found) == 1
    best = found[0]["loadables"][0]
    assert best["selected"]
    assert best["plugin"] == "DICOMScalarVolumePlugin"
    assert best["confidence"] == 0.5
    assert best["explanation"]


def test_pathsLeaveNoTraceInTheDatabase(asked, run, hospital, database):
    before = asked("list", "instances", "--database", database)
    run("examine", hospital)
    assert asked("list", "instances", "--database", database) == before


def test_pathsAndUIDsAreNotMixed(run, hospital):
    assert run("examine", hospital, "1.2.3")[0] == 2


def test_skippedFilesAreTold(run, hospital, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    code, _, err = run("examine", hospital / "ct", tmp_path / "notes.txt")
    assert code == 0
    assert "notes.txt: skipped: not a DICOM file" in err
