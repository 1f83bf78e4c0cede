"""The witnesses of exporting say what is right and complain about what is not."""

import shutil

import numpy
import pydicom
import pytest

from Testing.Fixtures import axialCT, rgbSecondaryCapture
from Testing.Fixtures.ExportOracles import (
    dciodvfy,
    dcm2niixVolumes,
    dcmdumpReads,
    needed,
    pydicomFrames,
    simpleITKVolume,
)
from Testing.Fixtures.Orthanc import OrthancMissingError, serverIn


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    builder = axialCT()
    folder = tmp_path_factory.mktemp("ct")
    builder.write(folder)
    return builder, sorted(folder.iterdir())


def ijkToRAS(builder):
    return numpy.diag([-1, -1, 1, 1]) @ builder.ijkToLPS


def test_dciodvfyTellsErrorsFromWarningsOnce(series, tmp_path):
    _, files = series
    dataset = pydicom.dcmread(files[0])
    del dataset.Modality
    dataset.save_as(tmp_path / "wrong.dcm")
    found = dciodvfy([tmp_path / "wrong.dcm"] * 2)
    assert any("Modality" in text for text in found.errors)
    assert len(set(found.errors)) == len(found.errors) and len(set(found.warnings)) == len(found.warnings)


def test_dcmdumpComplainsAboutWhatIsCutOff(series, tmp_path):
    _, files = series
    assert "(7fe0,0010)" in dcmdumpReads(files[0])
    (tmp_path / "cut.dcm").write_bytes(files[0].read_bytes()[:-20])
    with pytest.raises(AssertionError, match="cut.dcm"):
        dcmdumpReads(tmp_path / "cut.dcm")


def test_whatIsNotInstalledSkipsWithTheReason():
    with pytest.raises(pytest.skip.Exception, match="no-such-program .Debian package none. is not installed"):
        needed("no-such-program", "none")


def test_simpleITKAndPydicomSeeTheBuilder(series):
    builder, files = series
    volume = simpleITKVolume(files)
    assert numpy.array_equal(volume.array[0], builder.array)
    assert volume.ijkToRAS == pytest.approx(ijkToRAS(builder), abs=1e-6)
    frames = pydicomFrames(files)
    assert numpy.array_equal([frame.array[0, 0] for frame in frames], builder.array)
    for k, frame in enumerate(frames):
        assert frame.ijkToRAS[:3, 3] == pytest.approx((ijkToRAS(builder) @ [0, 0, k, 1])[:3], abs=1e-6)
        assert frame.ijkToRAS[:3, :2] == pytest.approx(ijkToRAS(builder)[:3, :2], abs=1e-6)


def test_dcm2niixSeesTheBuilder(series, tmp_path):
    builder, files = series
    (volume,) = dcm2niixVolumes(files[0].parent, tmp_path / "nifti")
    assert numpy.array_equal(volume.array[0, :, ::-1], builder.array)


def test_orthancGivesBackFramesAndTags(orthanc, series, tmp_path):
    builder, files = series
    uids = orthanc.upload(files)
    assert uids == [builder.sopInstanceUID(k) for k in range(builder.slices)]
    assert numpy.array_equal([orthanc.frame(uid) for uid in uids], builder.storedArray)
    assert orthanc.rawFrame(uids[1]) == builder.storedArray[1].tobytes()
    assert orthanc.tags(uids[0])["Modality"] == "CT"
    rgbSecondaryCapture().write(tmp_path)
    (colour,) = list(tmp_path.iterdir())
    (uid,) = orthanc.upload([colour])
    assert numpy.array_equal(orthanc.frame(uid), pydicom.dcmread(colour).pixel_array)
    with pytest.raises(AssertionError, match="Orthanc answered 400"):
        orthanc.upload([__file__])


def test_orthancGivesBackBitsAndRealNumbers(orthanc, series, tmp_path):
    _, files = series
    dataset = pydicom.dcmread(files[0])
    bits = numpy.arange(3 * 5 * 3).reshape(3, 5, 3) % 2
    dataset.Rows, dataset.Columns, dataset.NumberOfFrames = 5, 3, 3
    dataset.BitsAllocated = dataset.BitsStored = 1
    dataset.HighBit, dataset.PixelRepresentation, dataset.SOPInstanceUID = 0, 0, "1.2.3.4"
    dataset.PixelData = numpy.packbits(bits.reshape(-1), bitorder="little").tobytes()
    dataset.save_as(tmp_path / "bits.dcm")
    numbers = numpy.linspace(-1.5, 2.5, 45, dtype="f4").reshape(3, 5, 3)
    del dataset.PixelData
    dataset.BitsAllocated, dataset.FloatPixelData, dataset.SOPInstanceUID = 32, numbers.tobytes(), "1.2.3.5"
    dataset.save_as(tmp_path / "numbers.dcm")
    orthanc.upload([tmp_path / "bits.dcm", tmp_path / "numbers.dcm"])
    assert numpy.array_equal([orthanc.frame("1.2.3.4", k) for k in range(3)], bits)
    assert numpy.array_equal([orthanc.frame("1.2.3.5", k) for k in range(3)], numbers)


@pytest.mark.network
@pytest.mark.skipif(not shutil.which("Orthanc"), reason="Orthanc is not installed")
def test_aServerLeavesNothing(tmp_path):
    with serverIn(tmp_path / "server") as server:
        assert server.version()
    assert not list(tmp_path.iterdir())
    with pytest.raises(ConnectionRefusedError):
        server.version()


def test_withoutOrthancTheReasonIsGiven(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OrthancMissingError, match="not installed"), serverIn(tmp_path / "server"):
        pytest.fail("nothing can have started")
