"""The generated hospital day, read by readers that know nothing of the generator."""

from __future__ import annotations

import json
import shutil
import subprocess

import numpy
import pydicom
import pytest
import SimpleITK

from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress
from DICOMLib.ResourcePaths import loadSampleDataPackage
from Resources.SampleData import ensureHospitalDay, generateHospitalDay, readManifest
from Resources.SampleData.MagneticResonance import weighted


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    return generateHospitalDay(tmp_path_factory.mktemp("day"), small=True)


def imageOf(manifest, description) -> SimpleITK.Image:
    """The first volume of a series, through SimpleITK."""
    series = manifest.seriesByDescription(description)
    files = manifest.filesOfSeries(series)[: series.fileCount // series.volumes]
    return SimpleITK.ReadImage([str(path) for path in files])


def valueAtRAS(image: SimpleITK.Image, ras) -> float:
    """Trilinear value; SimpleITK's physical points are LPS."""
    return image.EvaluateAtPhysicalPoint((-ras[0], -ras[1], ras[2]))


def meanAroundRAS(image: SimpleITK.Image, ras, reach: float) -> float:
    """Mean of the centre and six points `reach` mm away from it, along the patient's axes."""
    shifts = numpy.vstack([numpy.zeros(3), reach * numpy.eye(3), -reach * numpy.eye(3)])
    return float(numpy.mean([valueAtRAS(image, numpy.add(ras, shift)) for shift in shifts]))


def test_everySphereHasItsHounsfieldUnitsAtItsPlace(day):
    image = imageOf(day, "CT Head")
    for sphere in day.spheres:
        inside = meanAroundRAS(image, sphere.centerRAS, 1.5)
        assert inside == pytest.approx(sphere.hounsfield, abs=6.0 + 0.02 * abs(sphere.hounsfield)), sphere.name


def test_aSphereEndsAtItsRadius(day):
    image = imageOf(day, "CT Head")
    tumour = next(sphere for sphere in day.spheres if sphere.name.startswith("Tumour"))
    center = numpy.array(tumour.centerRAS)
    # Along +R: the tumour is at -43 mm, brain lies towards the middle.
    inside, edge, outside = (valueAtRAS(image, center + [tumour.radius + shift, 0, 0]) for shift in (-3.5, 0.0, 3.5))
    assert inside > 95 and outside < 50
    assert outside < edge < inside


def test_noSphereIsWhereAMirroredHeadWouldHaveIt(day):
    image = imageOf(day, "CT Head")
    for sphere in day.spheres:
        x, y, z = sphere.centerRAS
        assert abs(valueAtRAS(image, (-x, y, z)) - sphere.hounsfield) > 8.0, sphere.name


def test_theObliqueMRShowsTheSameHeadInTheSamePlace(day):
    image = imageOf(day, "T1 oblique")
    direction = numpy.array(image.GetDirection()).reshape(3, 3)
    assert (numpy.abs(direction) > 0.02).all(), "no voxel axis lies along a patient axis"
    expected = {"Lipoma": (600, 1200), "Haematoma": (600, 1000), "Cyst": (0, 220), "Marker": (600, 1100)}
    for sphere in day.spheres:
        for name, (low, high) in expected.items():
            if sphere.name.startswith(name):
                assert low < valueAtRAS(image, sphere.centerRAS) < high, sphere.name
    skullTop, whiteMatter = valueAtRAS(image, (0, -8, 106)), valueAtRAS(image, (24, -10, 55))
    assert skullTop < 0.6 * whiteMatter, "bone is dark, white matter bright"


def test_boneIsBrightInCTAndTheNoseIsInFront(day):
    image = imageOf(day, "CT Head")
    assert valueAtRAS(image, (0, -8, 105.5)) > 400
    assert valueAtRAS(image, (0, 108, -27)) > -600, "the tip of the nose"
    assert valueAtRAS(image, (0, -112, -27)) < -800, "air behind the neck"
    assert valueAtRAS(image, (0, 0, 114.9)) < -300, "air above the crown"


def test_theHotTumourHasItsUptakeInPET(day):
    series = day.seriesByDescription("PET Head FDG")
    first = pydicom.dcmread(day.filesOfSeries(series)[0])
    assert first.Units == "BQML"
    isotope = first.RadiopharmaceuticalInformationSequence[0]
    halfLives = 3600.0 / float(isotope.RadionuclideHalfLife)
    perSUV = float(isotope.RadionuclideTotalDose) * 2.0**-halfLives / (float(first.PatientWeight) * 1000.0)
    image = imageOf(day, "PET Head FDG")
    uptakes = {sphere.name: valueAtRAS(image, sphere.centerRAS) / perSUV for sphere in day.spheres}
    assert max(uptakes, key=uptakes.get) == "Tumour, left temporal"
    assert uptakes["Tumour, left temporal"] == pytest.approx(18.0, rel=0.35)
    slopes = {str(pydicom.dcmread(path).RescaleSlope) for path in day.filesOfSeries(series)}
    assert len(slopes) > 10, "each slice has a slope of its own"


def test_diffusionHasOneVolumeWithoutAndSixWithWeighting(day):
    series = day.seriesByDescription("Diffusion b1000")
    datasets = [pydicom.dcmread(path) for path in day.filesOfSeries(series)]
    directed = [dataset for dataset in datasets if dataset.DiffusionBValue == 1000.0]
    slices = series.dimensions[2]
    assert (series.volumes, len(datasets), len(directed)) == (7, 7 * slices, 6 * slices)
    assert all("DiffusionGradientOrientation" not in dataset for dataset in datasets[:slices])
    directions = {tuple(dataset.DiffusionGradientOrientation) for dataset in directed}
    assert len(directions) == 6
    assert numpy.linalg.norm(sorted(directions), axis=1) == pytest.approx(numpy.ones(6))


def test_weightingTakesSignalAwayWhereWaterMoves(day):
    series = day.seriesByDescription("Diffusion b1000")
    values = numpy.stack([pydicom.dcmread(path).pixel_array.astype(float) for path in day.filesOfSeries(series)])
    plain, *directed = numpy.split(values, series.volumes)
    fluid, brain = plain > 480, (plain > 200) & (plain < 340)
    assert fluid.sum() > 50 and brain.sum() > 500
    for volume in directed:
        keptInBrain = volume[brain].mean() / plain[brain].mean()
        assert 0.3 < keptInBrain < 0.65
        assert volume[fluid].mean() / plain[fluid].mean() < 0.75 * keptInBrain


def test_signalFollowsTheTensor():
    signal, along = numpy.array(100.0), numpy.array([0.0, 0.6, 0.8])
    still, free, ordered = numpy.array(0.0), numpy.array(1.0), numpy.array(0.5)
    assert weighted(signal, still, still, along, (1.0, 0.0, 0.0)) == 100.0
    assert weighted(signal, free, still, along, (1.0, 0.0, 0.0)) == pytest.approx(100 * numpy.exp(-1))
    # Along the fibre (RAS y is LPS -y): diffusivity (1 + 2a); across it: (1 - a).
    assert weighted(signal, free, ordered, along, (0.0, -0.6, 0.8)) == pytest.approx(100 * numpy.exp(-2))
    assert weighted(signal, free, ordered, along, (1.0, 0.0, 0.0)) == pytest.approx(100 * numpy.exp(-0.5))
    assert weighted(signal, free, ordered, along, None) == 100.0


def test_theCineIsACalibratedBeatingHeart(day):
    series = day.seriesByDescription("Apical 4 chamber")
    dataset = pydicom.dcmread(day.filesOfSeries(series)[0])
    frames = dataset.pixel_array
    assert frames.shape == (series.dimensions[2], series.dimensions[1], series.dimensions[0], 3)
    assert numpy.abs(frames[0].astype(int) - frames[len(frames) // 2]).mean() > 3, "it moves"
    tissue, flow = dataset.SequenceOfUltrasoundRegions
    assert (tissue.RegionDataType, flow.RegionDataType) == (1, 2)
    height = (tissue.RegionLocationMaxY1 - tissue.RegionLocationMinY0) * tissue.PhysicalDeltaY
    assert height == pytest.approx(16.0, abs=0.2), "cm"


def test_theReportCardIsInColourAndNamesNobody(day):
    series = day.seriesByDescription("Report card")
    dataset = pydicom.dcmread(day.filesOfSeries(series)[0])
    picture = dataset.pixel_array.astype(int)
    assert picture.shape == (600, 800, 3)
    assert (picture.max(axis=-1) - picture.min(axis=-1)).max() > 150
    assert dataset.BurnedInAnnotation == "NO"


def test_thereAreTwoPatientsAndOneNameIsNotASCII(day):
    names = {series.patientID: series.patientName for series in day.series}
    assert names == {"SAMPLE-0001": "Müller^Jürgen", "SAMPLE-0002": "Rivera^Elena"}
    for series in day.series:
        dataset = pydicom.dcmread(day.filesOfSeries(series)[0], stop_before_pixels=True)
        assert str(dataset.PatientName) == series.patientName


@pytest.mark.parametrize("description", ["CT Head", "PET Head FDG", "T1 oblique", "Diffusion b1000"])
def test_theManifestMatchesTheFiles(day, description):
    series = day.seriesByDescription(description)
    image = imageOf(day, description)
    assert image.GetSize() == series.dimensions
    assert image.GetSpacing() == pytest.approx(series.spacing, abs=1e-4)
    matrix = numpy.eye(4)
    matrix[:3, :3] = numpy.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    matrix[:3, 3] = image.GetOrigin()
    assert numpy.diag([-1, -1, 1, 1]) @ matrix == pytest.approx(numpy.array(series.ijkToRAS), abs=1e-3)
    dataset = pydicom.dcmread(day.filesOfSeries(series)[-1], stop_before_pixels=True)
    assert dataset.SeriesInstanceUID == series.seriesInstanceUID
    assert dataset.StudyInstanceUID == series.studyInstanceUID
    assert dataset.SeriesDescription == description


def test_theManifestIsReadBackAsItWasWritten(day):
    assert readManifest(day.folder) == day
    files = [path for path in day.dicomFolder.rglob("*") if path.is_file()]
    assert len(files) == day.fileCount
    assert sum(path.stat().st_size for path in files) == day.totalBytes


def test_theSameBytesEveryTime(day, tmp_path):
    again = generateHospitalDay(tmp_path, small=True)
    for first, second in zip(day.series, again.series, strict=True):
        for one, other in zip(day.filesOfSeries(first), again.filesOfSeries(second), strict=True):
            assert one.read_bytes() == other.read_bytes(), one.name


def test_aCompleteSetIsUsedAndAHalfWrittenOneIsMadeAgain(day, tmp_path):
    folder = tmp_path / "cache"
    shutil.copytree(day.folder, folder)
    made = folder / day.series[0].folder / "IM0001.dcm"
    before = made.stat().st_mtime_ns
    assert ensureHospitalDay(folder, small=True).series == day.series
    assert made.stat().st_mtime_ns == before
    made.unlink()
    assert readManifest(folder) is None
    ensureHospitalDay(folder, small=True)
    assert made.exists()


def test_aSetOfAnotherVersionOrADamagedManifestIsNotUsed(day, tmp_path):
    folder = tmp_path / "cache"
    shutil.copytree(day.folder, folder)
    manifest = folder / "manifest.json"
    contents = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**contents, "version": 0}), encoding="utf-8")
    assert readManifest(folder) is None
    manifest.write_text("{", encoding="utf-8")
    assert readManifest(folder) is None


def test_progressCountsEveryFileAndCancelLeavesNoManifest(tmp_path):
    seen = []
    progress = Progress(lambda report: (seen.append((report.done, report.total)), report.cancel()))
    with pytest.raises(CancelledError):
        generateHospitalDay(tmp_path, progress, small=True)
    assert seen[0][0] == 1
    assert readManifest(tmp_path) is None
    manifest = generateHospitalDay(tmp_path, whole := Progress(), small=True)
    assert whole.done == whole.total == manifest.fileCount


@pytest.mark.timing
def test_theSmallSetTakesAboutASecond(tmp_path, promised):
    with promised.within(4.0, ofProcessor=True):  # under a second on an idle core; the margin is for a slower one
        generateHospitalDay(tmp_path, small=True)


def test_thePackageLoadedByPathMakesTheSameSet(day, tmp_path):
    manifest = loadSampleDataPackage().generateHospitalDay(tmp_path, small=True)
    assert [series.seriesInstanceUID for series in manifest.series] == [
        series.seriesInstanceUID for series in day.series
    ]


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (Debian package dicom3tools) is not installed")
def test_dciodvfyFindsNoErrorInAnyKindOfFile(day):
    for series in day.series:
        files = day.filesOfSeries(series)
        for path in {files[0], files[-1], files[len(files) // 2]}:
            report = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, timeout=100).stderr
            errors = [line for line in report.splitlines() if line.startswith("Error")]
            assert not errors, f"{series.seriesDescription}: {errors}"


@pytest.mark.skipif(shutil.which("dcentvfy") is None, reason="dcentvfy (Debian package dicom3tools) is not installed")
def test_dcentvfyFindsPatientsStudiesAndSeriesConsistent(day):
    files = [str(path) for path in sorted(day.dicomFolder.rglob("*.dcm"))]
    result = subprocess.run(["dcentvfy", *files], capture_output=True, text=True, timeout=100)
    assert result.stderr == "" and result.stdout == ""
