from pathlib import Path


def test_whatWasAddedAndSkippedIsTold(run, hospital, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    code, out, _ = run("import", hospital, tmp_path / "notes.txt", "--database", ":memory:")
    assert code == 0
    assert "15 instances of 2 new patients, 3 new studies and 3 new series added, 1 file skipped" in out
    assert "notes.txt: not a DICOM file" in out


def test_importingAgainAddsNothingAndIsNoFailure(asked, hospital, database):
    report = asked("import", hospital, "--database", database)
    assert (report["instancesAdded"], report["instancesUnchanged"]) == (0, 15)
    assert len(report["seriesUIDs"]) == 3


def test_nothingToImportIsCodeThree(run, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    assert run("import", tmp_path, "--database", ":memory:")[0] == 3


def test_copiesOutliveTheFiles(asked, run, hospital, tmp_path):
    import shutil

    shutil.copytree(hospital, tmp_path / "stick")
    database = tmp_path / "db" / "d.sqlite"
    assert asked("import", tmp_path / "stick", "--copy", "--database", database)["instancesAdded"] == 15
    shutil.rmtree(tmp_path / "stick")
    instances = asked("list", "instances", "--database", database)
    assert all(Path(instance["file"]).is_relative_to(tmp_path / "db") for instance in instances)
    assert run("load", "--database", database)[0] == 0
