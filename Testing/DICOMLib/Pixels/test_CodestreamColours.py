"""What colours and bits of a codestream mean, where the header leaves room for doubt: truth is the encoded picture."""

import io
import shutil
import subprocess

import numpy
import pytest
from PIL import Image
from pydicom.pixels import convert_color_space, get_encoder
from pydicom.uid import UID

from DICOMLib.Errors import PixelDataError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Codestream import hasColourTransform
from DICOMLib.Pixels.Volume import readVolume
from Testing.DICOMLib.Pixels.EncodedFiles import encodedFrames, plainDataset, writeEncapsulated

BASELINE, JPEG_2000, RLE = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5"
ROW, COLUMN = numpy.mgrid[:48, :64]
PICTURE = numpy.stack([COLUMN * 4, ROW * 5, (ROW + COLUMN) * 2], axis=-1).clip(0, 255).astype("uint8")
# What JPEG of this quality changes at most in so smooth a picture; colours taken for others differ by 100 and more.
CODING_ERROR = 12
ADOBE, JFIF = 0xEE, 0xE0
needsDCMTK = pytest.mark.skipif(not shutil.which("dcmcjpls"), reason="DCMTK is not installed")


def jpeg(isRGB=False, adobe=None):
    """The picture as a JPEG frame with components 1, 2, 3 and at most one marker that says what they are."""
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "JPEG", quality=98, subsampling=0, keep_rgb=isRGB)
    frame = withoutNames(buffer.getvalue())
    marker = b"" if adobe is None else b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([adobe])
    return frame[:2] + marker + frame[2:]


def withoutNames(frame):
    """Without JFIF and Adobe markers, components not called R, G, B."""
    kept, position = bytearray(frame[:2]), 2
    while True:
        marker, length = frame[position + 1], int.from_bytes(frame[position + 2 : position + 4], "big")
        segment = bytearray(frame[position : position + 2 + length])
        if marker in (0xC0, 0xDA):
            first, step = (10, 3) if marker == 0xC0 else (5, 2)
            segment[first : first + 3 * step : step] = bytes([1, 2, 3])
        if marker not in (ADOBE, JFIF):
            kept += segment
        position += 2 + length
        if marker == 0xDA:
            return bytes(kept) + frame[position:]


def difference(path, workers, frame, name, syntax=BASELINE, **header):
    frame += b"\0" * (len(frame) % 2)
    instance = writeEncapsulated(path, "RGB", PICTURE[None], syntax, [frame], PhotometricInterpretation=name, **header)
    return abs(readVolume([instance], workers=workers).array[0].astype(int) - PICTURE).max()


@pytest.mark.parametrize("name", ["YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT"])
def test_luminanceAndChrominanceOfJPEGHaveTheFullRangeWhateverTheyAreCalled(tmp_path, workers, name):
    assert difference(tmp_path / "a", workers, jpeg(), name) <= CODING_ERROR


def test_JPEGWithoutAnyMarkerIsWhatTheHeaderSays(tmp_path, workers):
    assert difference(tmp_path / "a", workers, jpeg(isRGB=True), "RGB") <= CODING_ERROR
    assert difference(tmp_path / "b", workers, jpeg(), "YBR_FULL_422") <= CODING_ERROR


@pytest.mark.parametrize("name", ["RGB", "YBR_FULL_422"])
def test_theMarkerOfAdobeCountsMoreThanTheHeader(tmp_path, workers, name):
    """It was written by who encoded the colours (ITU-T T.872 6.5.3); headers are edited afterwards."""
    assert difference(tmp_path / "a", workers, jpeg(isRGB=True, adobe=0), name) <= CODING_ERROR
    assert difference(tmp_path / "b", workers, jpeg(adobe=1), name) <= CODING_ERROR


@pytest.mark.parametrize("header", [{"PlanarConfiguration": 1}, {"PixelRepresentation": 1}], ids=str)
def test_whatMeansNothingInACodestreamChangesNothing(tmp_path, workers, header):
    """Colours of JPEG and JPEG 2000 lie together and are unsigned (PS3.5 8.2.1, 8.2.4)."""
    assert difference(tmp_path / "a", workers, jpeg(), "YBR_FULL_422", **header) <= CODING_ERROR
    (frame,) = encodedFrames("RGB", PICTURE[None], JPEG_2000)
    assert difference(tmp_path / "b", workers, frame, "RGB", JPEG_2000, **header) == 0


@pytest.mark.parametrize("name", ["RGB", "YBR_RCT", "YBR_FULL", "YBR_FULL_422"])
def test_theColourTransformOfJPEG2000CountsMoreThanTheHeader(tmp_path, workers, name):
    """A codestream with a transform holds RGB: who compressed YBR colours and left their name is believed no longer."""
    (frame,) = jpeg2000("YBR_RCT")
    assert hasColourTransform(frame)
    assert difference(tmp_path / "a", workers, frame, name, JPEG_2000) == 0


def test_withoutAColourTransformJPEG2000HoldsWhatTheHeaderSays(tmp_path, workers):
    contents = convert_color_space(PICTURE, "RGB", "YBR_FULL")
    (frame,) = jpeg2000("RGB", contents)
    assert not hasColourTransform(frame)
    assert difference(tmp_path / "a", workers, frame, "YBR_FULL", JPEG_2000) <= 2  # of rounding twice
    assert difference(tmp_path / "b", workers, jpeg2000("RGB")[0], "RGB", JPEG_2000) == 0


def jpeg2000(name, contents=PICTURE):
    """Lossless, with a colour transform for YBR_RCT."""
    options = {
        "rows": 48, "columns": 64, "number_of_frames": 1, "samples_per_pixel": 3, "bits_allocated": 8, "bits_stored": 8,
        "pixel_representation": 0, "photometric_interpretation": name, "pixel_keyword": "PixelData",
        "planar_configuration": 0,
    }  # fmt: skip
    return [get_encoder(UID(JPEG_2000)).encode(contents, **options)]


@pytest.mark.parametrize("name", ["YBR_FULL", "YBR_PARTIAL"])
def test_coloursInRunsOfBytesAreConvertedAsWithoutCompression(tmp_path, workers, name):
    contents = numpy.random.default_rng(1).integers(16, 236, (1, 48, 64, 3)).astype("uint8")
    found = [
        readVolume([writeEncapsulated(tmp_path / syntax, "RGB", contents, syntax, PhotometricInterpretation=name)],
                   workers=workers).array
        for syntax in (RLE, "1.2.840.10008.1.2.1.98")
    ]  # fmt: skip
    assert numpy.array_equal(*found)
    if name == "YBR_FULL":
        assert numpy.array_equal(found[0], convert_color_space(contents, name, "RGB"))


@pytest.mark.parametrize("name", ["YBR_RCT", "HSV"])
def test_coloursThatACompressionCannotHaveAreRefused(tmp_path, workers, name):
    instance = writeEncapsulated(tmp_path / "a", "RGB", PICTURE[None], RLE, PhotometricInterpretation=name)
    with pytest.raises(PixelDataError, match=f"colours of this kind.*{name}") as caught:
        readVolume([instance], workers=workers)
    assert caught.value.where.endswith("a")


# Bits


@needsDCMTK
@pytest.mark.parametrize(("allocated", "stored", "high", "signed"), [
    (16, 12, 11, 0), (16, 12, 15, 0), (16, 12, 11, 1), (16, 9, 8, 1), (8, 7, 6, 0), (8, 6, 5, 1),
])  # fmt: skip
@pytest.mark.parametrize("program", ["dcmcjpls", "dcmcjpeg", "dcmcrle"])
def test_whatALosslessCodestreamCarriesBesideTheSamplesIsDropped(
    tmp_path, workers, program, allocated, stored, high, signed
):
    """Encoders that take all allocated bits as they are keep overlays in unused ones, and samples in the upper ones."""
    contents = numpy.random.default_rng(stored).integers(0, 1 << allocated, (1, 40, 50)).astype(f"uint{allocated}")
    dataset = plainDataset(f"uint{allocated}", contents)
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = stored, high, signed
    dataset.save_as(tmp_path / "plain", enforce_file_format=True)
    options = {"dcmcjpeg": ["+e1"], "dcmcjpls": ["+el"], "dcmcrle": []}[program]
    paths = [str(tmp_path / name) for name in ("plain", "encoded")]
    subprocess.run([program, *options, *paths], check=True, capture_output=True)
    expected, found = (readVolume([scanFile(path).toInstance()], workers=workers).array for path in paths)
    assert found.dtype == expected.dtype and numpy.array_equal(found, expected)


@pytest.mark.parametrize("isSigned", [False, True])
def test_JPEG2000OfAllAllocatedBitsIsAlsoCutToThoseStored(tmp_path, workers, isSigned):
    contents = numpy.random.default_rng(4).integers(0, 1 << 16, (1, 40, 50)).astype("uint16")
    expected = (contents & 0xFFF).astype("int16")
    if isSigned:
        expected = (expected << 4) >> 4
    bits = {"BitsStored": 12, "HighBit": 11, "PixelRepresentation": int(isSigned)}
    instance = writeEncapsulated(tmp_path / "a", "uint16", contents, JPEG_2000, **bits)
    assert numpy.array_equal(readVolume([instance], workers=workers).array, expected)


def test_moreBitsThanAreAllocatedAreRefusedNotCutOff(tmp_path, workers):
    contents = numpy.full((1, 37, 46), 3000, "uint16")
    frames = encodedFrames("12 bits", contents, JPEG_2000)
    bits = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    instance = writeEncapsulated(tmp_path / "a", "uint8", contents.astype("uint8"), JPEG_2000, frames, **bits)
    with pytest.raises(PixelDataError, match="12 bits a sample, more than the 8"):
        readVolume([instance], workers=workers)


def test_whiteOfLossyJPEGNeverBecomesBlack(tmp_path, workers):
    """Seven bits in a codestream of eight: errors of the compression may exceed the largest value."""
    picture = numpy.where((COLUMN // 4 + ROW // 4) % 2, 127, 100).astype("uint8")
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=40)
    frame = buffer.getvalue() + b"\0" * (len(buffer.getvalue()) % 2)
    bits = {"BitsStored": 7, "HighBit": 6}
    instance = writeEncapsulated(tmp_path / "a", "uint8", picture[None], BASELINE, [frame], **bits)
    array = readVolume([instance], workers=workers).array
    assert array.max() == 127 and array.min() > 50
