import pytest


def test_patientsAreListedWithTheirStudies(run, database):
    code, out, _ = run("list", "--database", database)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split()[:3] == ["Patient", "Name", "ID"]
    assert len(lines) == 3
    assert "Müller, Jürgen" in out


def test_datesAreReadableInTablesAndUnchangedInJSON(run, asked, database):
    born = next(row["PatientBirthDate"] for row in asked("list", "--database", database) if row["PatientBirthDate"])
    assert len(born) == 8
    assert f"{born[:4]}-{born[4:6]}-{born[6:]}" in run("list", "--database", database)[1]


def test_timesAreReadableInTablesAndUnchangedInJSON(run, asked, database):
    times = [row["StudyTime"] for row in asked("list", "studies", "--database", database) if row["StudyTime"]]
    assert all(len(time) >= 6 and ":" not in time for time in times)
    shown = run("list", "studies", "--database", database)[1]
    assert all(f"{time[:2]}:{time[2:4]}:{time[4:6]} " in shown for time in times)


@pytest.mark.parametrize(("level", "count"), [("patients", 2), ("studies", 3), ("series", 3), ("instances", 15)])
def test_everyLevelIsListed(asked, database, level, count):
    assert len(asked("list", level, "--database", database)) == count


def test_levelsAreNarrowedByTheUIDAbove(asked, database):
    patient = next(row for row in asked("list", "--database", database) if row["studyCount"] == 2)
    studies = asked("list", "studies", patient["patientUID"], "--database", database)
    assert len(studies) == 2
    series = asked("list", "series", studies[0]["StudyInstanceUID"], "--database", database)
    assert len(series) == 1
    assert len(asked("list", "series", patient["patientUID"], "--database", database)) == 2
    instances = asked("list", "instances", series[0]["SeriesInstanceUID"], "--database", database)
    assert [instance["InstanceNumber"] for instance in instances] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("level", ["patients", "studies", "series", "instances"])
def test_anUnknownUIDIsCodeThree(run, database, level):
    code, out, err = run("list", level, "9.9.9", "--database", database)
    assert (code, out) == (3, "")
    assert "9.9.9" in err


def test_anEmptyDatabaseIsCodeThreeAndAnEmptyList(run, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    assert run("import", tmp_path, "--database", tmp_path / "d.sqlite")[0] == 3
    code, out, _ = run("list", "--database", tmp_path / "d.sqlite", "--json")
    assert (code, out) == (3, "[]\n")
