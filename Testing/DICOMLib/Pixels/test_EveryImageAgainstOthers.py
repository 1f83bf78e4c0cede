"""Every real image against what DCMTK and SimpleITK decode in processes of their own, beside pydicom."""

import itertools
import shutil
import subprocess
import warnings
from fnmatch import fnmatchcase

import numpy
import pydicom
import pytest

from DICOMLib.Errors import DICOMError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Rescale import rescaleOf
from DICOMLib.Pixels.Volume import readVolume
from Testing.DICOMLib.Pixels.ExpectedVoxels import differenceText, expectedVoxels

pytestmark = pytest.mark.data

FILES_OF_A_DATASET = 8  # of the many equal files of a series
# One of how many is compared, and how many images these are at least. That all are as pydicom has them is another test.
HOW_MANY = pytest.mark.parametrize("each, least", [(4, 90), pytest.param(1, 400, marks=pytest.mark.slow)])
JPEG = {f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 53, 55, 57, 70)}
PROGRAMS = {
    **dict.fromkeys(JPEG, ("dcmdjpeg", "+cn")),  # colours as they are stored
    "1.2.840.10008.1.2.4.80": ("dcmdjpls",),
    "1.2.840.10008.1.2.4.81": ("dcmdjpls",),
    "1.2.840.10008.1.2.5": ("dcmdrle",),
}


def realFiles(sharedData):
    for folder in sorted(sharedData.glob("*/*/dicom")):
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        yield from files[:FILES_OF_A_DATASET] if len(files) > 40 else files


def images(sharedData, workers, each):
    """(path, record, our voxels) of images that are read by us."""
    for path in itertools.islice(realFiles(sharedData), 0, None, each):
        try:
            instance = scanFile(path).toInstance()
            if instance.hasPixelData:
                yield path, instance, readVolume([instance], workers=workers)
        except DICOMError:
            continue


def voxelsByDCMTK(path, instance, scratch):
    """Voxels of the data set that DCMTK writes without compression; None where it or pydicom cannot."""
    program = PROGRAMS.get(instance.transferSyntaxUID, ("dcmconv", "+te"))
    output = scratch / "decoded.dcm"
    output.unlink(missing_ok=True)
    done = subprocess.run([*program, str(path), str(output)], capture_output=True, timeout=60)
    if done.returncode or not output.exists():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return expectedVoxels(pydicom.dcmread(output), instance)
        except ValueError:  # bits or numbers that pydicom refuses
            return None


# Pattern of the file → largest difference, in steps of stored values, and why; the first one that fits counts.
ROUNDED = "decoders of lossy JPEG may round differently (ITU-T T.83)"
COLOURS = "lossy JPEG with shared chrominance: interpolated by one decoder, repeated by another"
WORDS = "32 bits in big endian: swapped in words of 16 bits there; ours are those of the little endian twin"
LOSSY = {
    "*YBR422.dcm": (12, COLOURS), "*YBRFull.dcm": (3, COLOURS), "examples_ybr_color.dcm": (3, COLOURS),
    "SC_rgb_dcmtk_+eb+cy+n*.dcm": (2, COLOURS), "SC_rgb_jpeg_lossy_gdcm.dcm": (2, COLOURS),
    "SC_*jpeg*.dcm": (1, ROUNDED), "SC_rgb_dcmtk_+eb+cr.dcm": (1, ROUNDED), "CT0012.*jpeg_baseline*": (1, ROUNDED),
    "CTImage.dcm_JPEGProcess*": (1.01, ROUNDED), "JPEG-lossy.dcm": (1, ROUNDED), "JPGExtended.dcm": (1, ROUNDED),
}  # fmt: skip
DCMTK_DIFFERENCES = {**LOSSY, "rtdose_expb*.dcm": (float("inf"), WORDS)}
GDCM_DIFFERENCES = {
    **LOSSY,
    "rtdose_expb*.dcm": (float("inf"), WORDS),
    "liver_nonbyte_aligned.dcm": (1, "GDCM reads the last bits from behind the file: now these, now others"),
    "SC_rgb_rle_??bit*.dcm": (float("inf"), "GDCM mixes up bytes of wide colours in RLE; ours equal the plain twin"),
}


def unexplained(path, text, instance, voxels, expected, known):
    """What differs beyond what is known, in words."""
    if not text:
        return ""
    allowed = next((one for pattern, (one, _) in known.items() if fnmatchcase(path.name, pattern)), 0)
    steps = allowed * rescaleOf(instance, 0).slope
    return differenceText(voxels, expected, steps) and f"{path.name}: {text}"


@HOW_MANY
def test_everyImageIsThatOfDCMTK(sharedData, workers, tmp_path, each, least):
    if not shutil.which("dcmconv"):
        pytest.skip("DCMTK is not installed")
    found, compared, equal = [], 0, 0
    for path, instance, voxels in images(sharedData, workers, each):
        expected = voxelsByDCMTK(path, instance, tmp_path)
        if expected is None:
            continue
        text = differenceText(voxels.array, expected)
        compared, equal = compared + 1, equal + (not text)
        found.append(unexplained(path, text, instance, voxels.array, expected, DCMTK_DIFFERENCES))
    print(f"DCMTK: {compared} images compared, {equal} equal")
    assert list(filter(None, found)) == []
    assert compared > least and compared - equal < 25


@HOW_MANY
def test_everyImageIsThatOfSimpleITK(sharedData, workers, each, least):
    found, compared, equal = [], 0, 0
    for path, instance, voxels in images(sharedData, workers, each):
        try:
            expected = readVolume([instance], workers=workers, reader="GDCM").array
        except DICOMError:  # what GDCM does not read
            continue
        text = differenceText(voxels.array, expected)
        compared, equal = compared + 1, equal + (not text)
        found.append(unexplained(path, text, instance, voxels.array, expected, GDCM_DIFFERENCES))
    print(f"SimpleITK: {compared} images compared, {equal} equal")
    assert list(filter(None, found)) == []
    assert compared > least and compared - equal < 25


@pytest.mark.parametrize("name", ["rtdose", "rtdose_1frame"])
def test_wordsOf32BitsInBigEndianAreThoseOfTheLittleEndianTwin(sharedData, workers, name):
    folder = sharedData / "rt/pydicom_rt/dicom"
    one, other = (
        readVolume([scanFile(folder / file).toInstance()], workers=workers).array
        for file in (f"{name}.dcm", f"{name.replace('rtdose', 'rtdose_expb')}.dcm")
    )
    assert numpy.array_equal(one, other)
