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


def test_aPathThatDoesNotExistIsSaidAndLeavesNoDatabase(run, tmp_path):
    for arguments in (["import", tmp_path / "nothing"], ["--no-main-window", tmp_path / "nothing"]):
        code, _, problems = run(*arguments, "--database", tmp_path / "new" / "d.sqlite")
        assert code == 3
        assert problems.endswith("nothing: there is no such file or folder.\n")
        assert not (tmp_path / "new").exists()


def test_archivesAreImportedWhenNamedAndInFoldersOnRequest(asked, run, hospital, tmp_path):
    import shutil

    archive = shutil.make_archive(str(tmp_path / "sent" / "study"), "zip", hospital)
    (first, second, third) = (tmp_path / f"{number}.sqlite" for number in range(3))

    assert asked("import", archive, "--database", first)["instancesAdded"] == 15
    assert asked("import", tmp_path / "sent", "--archives", "--database", second)["instancesAdded"] == 15
    code, out, _ = run("import", tmp_path / "sent", "--database", third)
    assert code == 3 and "study.zip: a zip archive; import it directly to bring in what is in it" in out


def test_linksAreFollowedOnRequest(asked, hospital, tmp_path):
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "there").symlink_to(hospital)

    assert asked("import", tmp_path / "links", "--follow-links", "--database", tmp_path / "d.sqlite")[
        "instancesAdded"] == 15
