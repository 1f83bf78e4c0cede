"""Real files in every transfer syntax there is: equal to their uncompressed twin where coding loses nothing, within a
stated error where it does, and equal to what DCMTK and SimpleITK decode."""

import shutil

import numpy
import pytest

from DICOMLib.Errors import PixelDataError, UnsupportedTransferSyntaxError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Volume import readVolume
from DICOMLib.TransferSyntaxes import transferSyntax

from .EncodedFiles import decodedByDCMTK

pytestmark = pytest.mark.data

CT14 = "syntax/one_ct_in_14_syntaxes/dicom"
# UID → largest difference to the original, in stored values, that its lossy coding made in this image. The three last
# ones were made of the image scaled to fewer bits: only other decoders can be compared.
CODING_ERROR = {"1.2.840.10008.1.2.4.91": 5, "1.2.840.10008.1.2.4.81": 1}
SCALED = {f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 53, 55)}
TWINS = {
    "enhanced/emri_small_syntaxes/dicom/emri_small.dcm": [
        "emri_small_RLE.dcm", "emri_small_big_endian.dcm", "emri_small_jpeg_2k_lossless.dcm",
        "emri_small_jpeg_ls_lossless.dcm", "emri_small_jpeg_2k_lossless_too_short.dcm",
    ],
    "syntax/pydicom_small/dicom/MR_small.dcm": [
        "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_expb.dcm", "MR_small_implicit.dcm",
        "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_padded.dcm",
    ],
    "syntax/deflate_dicomparser/dicom/CT0012.explicit_little_endian.dcm": [
        "CT0012.fragmented_no_bot_jpeg_lossless.70.dcm", "CT0012.fragmented_no_bot_jpeg_ls.80.dcm",
        "CT0012.not_fragmented_bot_rle.dcm",
    ],
    "syntax/htj2k_deflated_frame/dicom/liver.dcm": [
        "liver_deflate.dcm", "liver_expb.dcm", "liver_j2k.dcm", "liver_rle.dcm",
    ],
    "syntax/htj2k_deflated_frame/dicom/liver_nonbyte_aligned.dcm": [
        "liver_nonbyte_aligned_deflate.dcm", "liver_nonbyte_aligned_j2k.dcm", "liver_nonbyte_aligned_rle.dcm",
    ],
    "syntax/testpattern_colour/dicom/TestPattern_RGB.dcm": [
        "TestPattern_JPEG-LS-Lossless.dcm", "TestPattern_JPEG-Lossless_RGB.dcm",
    ],
    "sc/pydicom_sc_rgb/dicom/SC_rgb_rle.dcm": ["SC_rgb_gdcm_KY.dcm", "SC_rgb_jpeg_gdcm.dcm"],
    "sc/pydicom_data_sc_rgb/dicom/SC_rgb_16bit.dcm": ["../../pydicom_sc_rgb/dicom/SC_rgb_rle_16bit.dcm"],
    "sc/pydicom_data_sc_rgb/dicom/SC_rgb_32bit_2frame.dcm": ["../../pydicom_sc_rgb/dicom/SC_rgb_rle_32bit_2frame.dcm"],
    "us/palette_variants/dicom/OBXXXX1A.dcm": ["OBXXXX1A_rle.dcm", "OBXXXX1A_expb.dcm"],
    "us/palette_cine_dcm4che/dicom/US-PAL-8-10x-echo": ["jpeg-ls-Palette.dcm"],
    "syntax/pydicom_small/dicom/JPGExtended.dcm": ["JPEG-lossy.dcm"],
}  # fmt: skip


def storedValues(path, workers):
    voxels = readVolume([scanFile(path).toInstance()], workers=workers)
    if not voxels.rescaleApplied:
        return voxels.array
    return numpy.rint((voxels.array.astype(float) - voxels.rescale.intercept) / voxels.rescale.slope).astype("int32")


def pairs():
    return [(twin, name) for twin, names in TWINS.items() for name in names]


@pytest.mark.parametrize(("twin", "name"), pairs(), ids=[name for _, name in pairs()])
def test_pixelsEqualThoseOfTheUncompressedTwin(sharedData, workers, twin, name):
    original = storedValues(sharedData / twin, workers)
    assert numpy.array_equal(storedValues((sharedData / twin).parent / name, workers), original)


def ctFiles(sharedData):
    return {path.name.rsplit("_", 1)[1][:-4]: path for path in (sharedData / CT14).glob("CTImage.dcm_*")}


@pytest.mark.parametrize("syntax", [
    "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5",
    *(f"1.2.840.10008.1.2.4.{number}" for number in (57, 70, 80, 81, 90, 91)),
])  # fmt: skip
def test_oneCTInEverySyntaxIsTheSameOrWithinItsCodingError(sharedData, workers, syntax):
    original = storedValues(sharedData / CT14 / "CTImage.dcm", workers).astype(int)
    decoded = storedValues(ctFiles(sharedData)[syntax], workers)
    error = abs(decoded - original).max()
    assert error <= CODING_ERROR.get(syntax, 0)
    assert transferSyntax(syntax).isLossless == (error == 0)


@pytest.mark.parametrize(("number", "program"), [
    (50, "dcmdjpeg"), (51, "dcmdjpeg"), (53, "dcmdjpeg"), (55, "dcmdjpeg"), (57, "dcmdjpeg"), (70, "dcmdjpeg"),
    (80, "dcmdjpls"), (81, "dcmdjpls"), (0, "dcmdrle"),
])  # fmt: skip
def test_DCMTKDecodesTheSame(sharedData, workers, tmp_path, number, program):
    if not shutil.which(program):
        pytest.skip("DCMTK is not installed")
    syntax = f"1.2.840.10008.1.2.4.{number}" if number else "1.2.840.10008.1.2.5"
    path = ctFiles(sharedData)[syntax]
    theirs = decodedByDCMTK(program, path, tmp_path).astype(int)
    # Decoders of JPEG may round differently (ITU-T T.83); everything else is exact.
    assert abs(storedValues(path, workers) - theirs).max() <= (1 if syntax in SCALED else 0)


@pytest.mark.parametrize("number", [50, 51, 53, 55, 57, 70, 80, 81, 90, 91])
def test_SimpleITKDecodesTheSame(sharedData, workers, number):
    path = ctFiles(sharedData)[f"1.2.840.10008.1.2.4.{number}"]
    instance = scanFile(path).toInstance()
    ours = readVolume([instance], workers=workers)
    theirs = readVolume([instance], workers=workers, reader="GDCM")
    steps = abs(ours.array.astype(float) - theirs.array) / ours.rescale.slope
    assert theirs.reader == "GDCM" and steps.max() <= (1.01 if number in (50, 51, 53, 55) else 0)


def test_highThroughputJPEG2000GivesThePixelsOfItsReference(sharedData, workers):
    import hashlib

    pixels = storedValues(sharedData / "syntax/htj2k_deflated_frame/dicom/HTJ2KLossless_08_RGB.dcm", workers)
    assert pixels.shape == (1, 480, 640, 3)
    assert hashlib.sha256(pixels.tobytes()).hexdigest().startswith("9d87240604")


def test_subsampledColourIsThatOfDCMTKWithinItsInterpolation(sharedData, workers, tmp_path):
    path = sharedData / "syntax/testpattern_colour/dicom/TestPattern_JPEG-Baseline_YBRFull.dcm"
    ours = storedValues(path, workers).astype(int)
    original = storedValues(path.with_name("TestPattern_RGB.dcm"), workers).astype(int)
    assert abs(ours - original).mean() < 2


def test_JPEGXLIsNamedWithAWayOut(sharedData, workers):
    path = sharedData / "syntax/jpeg_xl/dicom/will-jxl.dcm"
    with pytest.raises(UnsupportedTransferSyntaxError) as caught:
        storedValues(path, workers)
    assert caught.value.where == str(path)
    assert "JPEG XL JPEG Recompression" in caught.value.value and "imagecodecs" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("syntax/pydicom_small/dicom/JPEG2000-embedded-sequence-delimiter.dcm", "the compressed image is"),
        ("sc/cine_multiframe_fodicom/dicom/multiframe.dcm", "the compressed image is 55×240"),
    ],
)
def test_damagedStreamsAreRefusedInWords(sharedData, workers, name, message):
    with pytest.raises(PixelDataError, match=message):
        storedValues(sharedData / name, workers)
