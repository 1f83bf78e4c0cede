import numpy
import pytest

from DICOMLib.Scene.Nrrd import readNrrd
from Testing.DICOMPlugins.VolumeSequence.TimeSeries import timeSeries
from Testing.Fixtures.BrokenFiles import truncated
from Testing.Fixtures.ReadyMade import axialCT, missingSliceCT, tiltedCT


def test_aFolderBecomesOneFileWithTheRightVoxelsAndPlace(run, tmp_path):
    builder = axialCT()
    builder.write(tmp_path / "series")
    code, out, _ = run("load", tmp_path / "series", "-o", tmp_path / "out.nrrd")
    assert code == 0
    image = readNrrd(tmp_path / "out.nrrd")
    assert numpy.array_equal(image.array, builder.array)
    assert image.ijkToRAS == pytest.approx(numpy.diag([-1.0, -1, 1, 1]) @ builder.ijkToLPS)
    assert f"written to {tmp_path / 'out.nrrd'}" in out


def test_theShearOfATiltedGantryIsKept(run, tmp_path):
    builder = tiltedCT()
    builder.write(tmp_path / "series")
    assert run("load", tmp_path / "series", "-o", tmp_path / "out.nrrd")[0] == 0
    wanted = numpy.diag([-1.0, -1, 1, 1]) @ builder.ijkToLPS
    assert readNrrd(tmp_path / "out.nrrd").ijkToRAS == pytest.approx(wanted, abs=1e-6)


def test_severalVolumesGoIntoAFolderUnderTheirNames(run, hospital, tmp_path):
    assert run("load", hospital, "-o", tmp_path / "out")[0] == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "2_ Axial CT.nrrd", "2_ Axial CT_2.nrrd", "4_ Oblique MR.nrrd",
    ]  # fmt: skip


def test_severalVolumesDoNotFitIntoOneFile(run, hospital, tmp_path):
    code, _, err = run("load", hospital, "-o", tmp_path / "out.nrrd")
    assert code == 2
    assert "Give a folder" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("level", "key", "count"), [
    ("patients", "patientUID", 2), ("studies", "StudyInstanceUID", 1), ("series", "SeriesInstanceUID", 1),
])  # fmt: skip
def test_patientsStudiesAndSeriesAreLoadedByUID(asked, database, level, key, count):
    rows = asked("list", level, "--database", database)
    uid = max(rows, key=lambda row: row.get("studyCount", 0))[key]
    volumes = asked("load", uid, "--database", database)
    assert len(volumes) == count
    assert volumes[0]["dimensions"] == [12, 16, 5]
    assert volumes[0]["file"] is None


def test_warningsAreToldWithoutBeingAFailure(run, tmp_path):
    missingSliceCT().write(tmp_path / "gap")
    code, _, err = run("load", tmp_path / "gap")
    assert code == 0
    assert "warning: " in err


def test_aDamagedFileIsTheReasonForAFailureAndTheRestIsLoaded(run, hospital, tmp_path):
    files = axialCT().write(tmp_path / "series")
    files[2].write_bytes(truncated(files[2].read_bytes(), 1300))
    code, out, err = run("load", tmp_path / "series", hospital / "mr")
    assert code == 1
    assert f"{files[2]} cannot be read (pixel data short" in err
    assert "size 12 × 16 × 4" in out
    assert "Oblique MR" in out


def test_whatIsDoneAboutUnevenSlicesIsToldBeforeAndAfter(run, asked, tmp_path):
    missingSliceCT().write(tmp_path / "gap")
    _, out, err = run("load", tmp_path / "gap")
    words = "lices are moved by up to 1.25 mm to where their headers put them; then no corner is off by more than "
    words += "0.000 mm"
    assert f"note: 6: CT with a hole: Loading adds a transform: s{words}." in err
    assert f"   S{words}\n" in out
    (entry,) = asked("examine", tmp_path / "gap")
    assert f"Loading adds a transform: s{words}." in entry["loadables"][0]["explanation"]
    (facts,) = asked("load", tmp_path / "gap")
    assert facts["acquisitionGeometry"] == f"S{words}"
    assert facts["largestDisplacementBefore"] == pytest.approx(1.25, abs=0.01)
    assert facts["largestDisplacementAfter"] < 1e-3


def test_aNameFromAFileCannotForgeLinesOfTheReport(run, tmp_path):
    axialCT(seriesDescription="good\nforged (vtkMRMLScalarVolumeNode)\x07\x1b[2J").write(tmp_path / "series")
    code, out, _ = run("load", tmp_path / "series")
    assert code == 0
    assert out.splitlines()[0] == (
        # an escape sequence that no character set has reads as U+FFFD: the value is not what its writer meant
        "2: good\\x0aforged (vtkMRMLScalarVolumeNode)\\x07\N{REPLACEMENT CHARACTER}[2J (vtkMRMLScalarVolumeNode)"
    )


def test_theReasonIsToldWhyASeriesCannotBeLoaded(run, tmp_path):
    axialCT(slices=1, modality="SR").write(tmp_path / "report")
    code, _, err = run("load", tmp_path / "report")
    assert code == 1
    assert "structured report" in err


@pytest.mark.data
def test_aRealCTIsLoadedAtItsSizeAndSpacing(asked, sharedData):
    # 93 slices whose file names do not sort in space; reference in the data's README.
    volume = asked("load", sharedData / "ct" / "axial_slicer_cthead")[0]
    assert volume["dimensions"] == [64, 64, 93]
    assert volume["spacing"] == pytest.approx([3.2, 3.2, 1.5])
    wanted = numpy.diag([-3.2, -3.2, 1.5, 1])[:3]
    assert numpy.array(volume["ijkToRAS"]) == pytest.approx(wanted, abs=1e-6)


def test_ofASequenceEveryVolumeIsWritten(run, tmp_path):
    timeSeries(tmp_path / "in", 6, TriggerTime=lambda number, _: 40 * number)
    assert run("load", tmp_path / "in", "--output", tmp_path / "out")[0] == 0
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == [f"2_ Axial CT - 6 volumes - {number}.nrrd" for number in range(1, 7)]
    assert [int(readNrrd(file).array.min()) for file in files] == [0, 100, 200, 300, 400, 500]
