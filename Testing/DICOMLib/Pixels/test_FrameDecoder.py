import shutil

import numpy
import pytest

from DICOMLib.Errors import LimitExceededError, PixelDataError, UnsupportedTransferSyntaxError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Volume import readVolume
from DICOMLib.Workers.WorkerPool import WorkerPool

from .EncodedFiles import (
    KINDS,
    decodedByDCMTK,
    deflated,
    encodedByDCMTK,
    encodedFrames,
    plainDataset,
    samplesOf,
    writeAs,
    writeEncapsulated,
)

RLE = "1.2.840.10008.1.2.5"
LOSSLESS = {
    RLE: "RLE", "1.2.840.10008.1.2.4.80": "JPEG-LS", "1.2.840.10008.1.2.4.90": "JPEG 2000",
    "1.2.840.10008.1.2.1.98": "encapsulated uncompressed", "1.2.840.10008.1.2.8.1": "deflated frames",
}  # fmt: skip
needsDCMTK = pytest.mark.skipif(not shutil.which("dcmcjpeg"), reason="DCMTK is not installed")


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("syntax", LOSSLESS, ids=LOSSLESS.values())
def test_everyKindOfSampleComesOutAsItWentIn(tmp_path, workers, syntax, kind, frames):
    values = samplesOf(kind, frames)
    instance = writeEncapsulated(tmp_path / "a.dcm", kind, values, syntax)
    voxels = readVolume([instance], workers=workers)
    assert voxels.array.dtype == values.dtype and numpy.array_equal(voxels.array, values)


@needsDCMTK
@pytest.mark.parametrize("kind", ["uint8", "12 bits", "uint16", "RGB"])
@pytest.mark.parametrize("options", [("+e1",), *(("+el", "+sv", str(number)) for number in range(1, 8))], ids=str)
def test_losslessJPEGOfEveryPredictorComesOutAsItWentIn(tmp_path, workers, kind, options):
    values = samplesOf(kind)
    path = encodedByDCMTK("dcmcjpeg", tmp_path, kind, values, *options)
    assert numpy.array_equal(readVolume([scanFile(path).toInstance()], workers=workers).array, values)


@needsDCMTK
@pytest.mark.parametrize(
    ("option", "kind", "syntax"),
    [("+eb", "uint8", 50), ("+ee", "uint8", 51), ("+ee", "12 bits", 51), ("+es", "uint8", 53), ("+es", "12 bits", 53),
     ("+ep", "uint8", 55), ("+ep", "12 bits", 55)],
)  # fmt: skip
def test_lossyJPEGIsWithinOneStepOfAnotherDecoder(tmp_path, workers, option, kind, syntax):
    values = samplesOf(kind)
    path = encodedByDCMTK("dcmcjpeg", tmp_path, kind, values, option, "+q", "95")
    instance = scanFile(path).toInstance()
    assert instance.transferSyntaxUID == f"1.2.840.10008.1.2.4.{syntax}"
    ours = readVolume([instance], workers=workers).array.astype(int)
    theirs = decodedByDCMTK("dcmdjpeg", path, tmp_path).astype(int)
    assert abs(ours - theirs).max() <= 1
    assert abs(ours - values).mean() < (4 if kind == "uint8" else 64)


@needsDCMTK
@pytest.mark.parametrize("kind", ["uint8", "uint16", "RGB"])
@pytest.mark.parametrize("error", [1, 5])
def test_nearLosslessJPEGLSIsWithinTheErrorThatWasAllowed(tmp_path, workers, kind, error):
    values = samplesOf(kind)
    path = encodedByDCMTK("dcmcjpls", tmp_path, kind, values, "+en", "+md", str(error))
    ours = readVolume([scanFile(path).toInstance()], workers=workers).array.astype(int)
    assert 0 < abs(ours - values).max() <= error
    assert numpy.array_equal(ours, decodedByDCMTK("dcmdjpls", path, tmp_path))


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.1.98", RLE])
@pytest.mark.parametrize("columns", [32, 33])
def test_singleBitsBeginWithAByteOfTheirOwnInEachFrame(tmp_path, workers, syntax, columns):
    values = numpy.random.default_rng(1).integers(0, 2, (3, 9, columns)).astype("uint8")
    packed = [numpy.packbits(frame.reshape(-1), bitorder="little").tobytes() for frame in values]
    if syntax.endswith("8.1"):
        packed = [deflated(frame) for frame in packed]
    elif syntax == RLE:
        from rle.utils import encode_segment

        head = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56)
        packed = [head + encode_segment(frame, 1) for frame in packed]
    bits = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}
    instance = writeEncapsulated(tmp_path / "a.dcm", "uint8", values, syntax, packed, **bits)
    assert numpy.array_equal(readVolume([instance], workers=workers).array, values)


@pytest.mark.parametrize(
    ("uid", "words"),
    [
        ("1.2.840.10008.1.2.4.110", ["JPEG XL Lossless", "imagecodecs"]),
        ("1.2.840.10008.1.2.4.100", ["MPEG2 Main Profile / Main Level", "ffmpeg"]),
        ("1.2.840.10008.1.2.4.107", ["HEVC/H.265", "ffmpeg"]),
        ("1.2.840.10008.1.2.4.94", ["JPIP", "archive"]),
        ("1.2.3.4.5", ["1.2.3.4.5", "convert"]),
    ],
)
def test_whatNothingReadsIsImportedAndNamesFileSyntaxAndWayOut(tmp_path, workers, uid, words):
    values = samplesOf("uint8")
    instance = writeEncapsulated(tmp_path / "film.dcm", "uint8", values, uid, [b"\xff\x0a" + bytes(500)])
    assert instance.rows == values.shape[1]
    with pytest.raises(UnsupportedTransferSyntaxError) as caught:
        readVolume([instance], workers=workers)
    assert caught.value.where.endswith("film.dcm")
    assert all(word in str(caught.value) for word in [*words, uid])


def test_aMissingPackageIsNamed(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "openjpeg.py").write_text("raise ImportError")
    (folder / "PIL.py").write_text("raise ImportError")
    monkeypatch.syspath_prepend(str(folder))
    instance = writeEncapsulated(tmp_path / "a.dcm", "uint8", samplesOf("uint8"), "1.2.840.10008.1.2.4.90")
    with WorkerPool(size=1) as pool, pytest.raises(UnsupportedTransferSyntaxError) as caught:
        readVolume([instance], workers=pool)
    assert "not installed" in caught.value.what and caught.value.hint == "Install the Python package pylibjpeg-openjpeg"


@pytest.mark.parametrize("syntax", list(LOSSLESS), ids=LOSSLESS.values())
def test_aFrameThatIsCutShortIsRefusedNeverFilledUp(tmp_path, workers, syntax):
    values = samplesOf("uint16")
    (whole,) = encodedFrames("uint16", values, syntax)
    for kept in (0.02, 0.5, 0.95):
        part = whole[: int(len(whole) * kept) // 2 * 2]
        instance = writeEncapsulated(tmp_path / "a.dcm", "uint16", values, syntax, [part])
        with pytest.raises(PixelDataError) as caught:
            readVolume([instance], workers=workers)
        assert caught.value.where.endswith("a.dcm")


@pytest.mark.parametrize("syntax", list(LOSSLESS), ids=LOSSLESS.values())
def test_aFrameOfAnotherSizeThanTheHeaderAnnouncesIsRefused(tmp_path, workers, syntax):
    values = samplesOf("uint16")
    for header in ({"Rows": 20}, {"Columns": 60}, {"Rows": 74}, {"Rows": 65535, "Columns": 8000}):
        instance = writeEncapsulated(tmp_path / "a.dcm", "uint16", values, syntax, **header)
        with pytest.raises((PixelDataError, LimitExceededError)):
            readVolume([instance], workers=workers)


def test_pixelsInsideADeflatedFileAreInflatedNoFurtherThanAnnounced(tmp_path, workers):
    values = samplesOf("12 bits signed", 5)
    from Testing.Fixtures.Encoding import encodeDataset

    path = tmp_path / "deflated.dcm"
    path.write_bytes(encodeDataset(plainDataset("12 bits signed", values), "1.2.840.10008.1.2.1.99"))
    instance = scanFile(path).toInstance()
    assert numpy.array_equal(readVolume([instance], workers=workers).array, values)
    instance.values = {**instance.values, "0028,0010": "38"}
    with pytest.raises(PixelDataError, match="pixel data short"):
        readVolume([instance], workers=workers)


def test_theScannersOwnSyntaxOfGEIsReadWithItsBytesTurned(tmp_path, workers):
    values = samplesOf("int16")
    dataset = plainDataset("int16", values.byteswap())
    instance = writeAs(tmp_path / "ge.dcm", dataset, "1.2.840.10008.1.2.1")
    instance.transferSyntaxUID = "1.2.840.113619.5.2"
    assert numpy.array_equal(readVolume([instance], workers=workers).array, values)
