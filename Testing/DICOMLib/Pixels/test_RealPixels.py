"""Every real file against what pydicom makes of it: stored values, modality values, colours."""

import warnings

import numpy
import pydicom
import pytest
from pydicom.pixels import apply_color_lut, apply_modality_lut

from DICOMLib.Errors import DICOMError, PixelDataError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.UptakeValue import uptakeFactor
from DICOMLib.Pixels.Volume import readVolume
from DICOMLib.Workers.WorkerPool import WorkerPool

pytestmark = pytest.mark.data

# Of the many equal files of a series these few.
FILES_OF_A_DATASET = 8


@pytest.fixture(scope="module")
def workers():
    with WorkerPool(size=1) as pool:
        yield pool


def expectedVoxels(dataset, instance):
    """Modality values or RGB by pydicom alone."""
    pixels = dataset.pixel_array
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        return apply_color_lut(pixels, dataset)[..., :3]
    if dataset.get("SamplesPerPixel", 1) > 1:
        return pixels
    if instance.hasFunctionalGroups:
        frames = pixels.reshape(-1, *pixels.shape[-2:]).astype(float)
        for number, frame in enumerate(frames):
            slope, intercept = _rescaleOfFrame(dataset, number)
            frame *= slope
            frame += intercept
        return frames
    if dataset.get("Modality") == "RTDOSE":
        return pixels * float(dataset.DoseGridScaling)
    return apply_modality_lut(pixels, dataset)


def _rescaleOfFrame(dataset, number):
    groups = [*dataset.get("PerFrameFunctionalGroupsSequence", [])[number : number + 1],
              *dataset.get("SharedFunctionalGroupsSequence", [])[:1]]  # fmt: skip
    for group in groups:
        for item in group.get("PixelValueTransformationSequence", []):
            return float(item.RescaleSlope), float(item.RescaleIntercept)
    return float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))


def differences(path, workers):
    """What is different, in words; "" when nothing is; None when pydicom cannot say."""
    try:
        instance = scanFile(path).toInstance()
    except DICOMError:
        return None
    if not instance.hasPixelData:
        return None
    try:
        dataset = pydicom.dcmread(path, force=True)
        if "TransferSyntaxUID" not in dataset.file_meta:
            dataset.file_meta.TransferSyntaxUID = instance.transferSyntaxUID
        expected = expectedVoxels(dataset, instance)
    except Exception:  # noqa: BLE001 - whatever it is: there is no reference then
        return None
    try:
        voxels = readVolume([instance], workers=workers).array
    except PixelDataError as error:
        return f"pydicom reads it, we do not: {error}"
    if expected.size != voxels.size:
        return f"{voxels.shape}, not {expected.shape}"
    if voxels.dtype == numpy.uint8 and expected.dtype == numpy.uint16 and expected.max() > 0xFF:
        expected = expected >> 8  # a palette that repeats its 8 bits
    expected = expected.reshape(voxels.shape).astype(float)
    largest = float(numpy.nanmax(abs(expected)))
    difference = float(numpy.nanmax(abs(voxels - expected)))
    tolerance = 1e-6 * max(1.0, largest) if voxels.dtype.kind == "f" else 0
    return "" if difference <= tolerance else f"differs by {difference} of {largest}"


def test_everyRealFileHasTheVoxelsThatPydicomFinds(sharedData, workers):
    found, compared = [], 0
    for folder in sorted(sharedData.glob("*/*/dicom")):
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        for path in files[:FILES_OF_A_DATASET] if len(files) > 40 else files:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = differences(path, workers)
            compared += result is not None
            if result:
                found.append(f"{path.relative_to(sharedData)}: {result}")
    print(f"{compared} files compared")
    assert found == [] and compared > 250


@pytest.mark.parametrize("name", ["GH340.dcm", "badVR.dcm"])
def test_whatPydicomRefusesIsReadNevertheless(sharedData, workers, name):
    (path,) = sharedData.glob(f"broken/*/dicom/{name}")
    assert readVolume([scanFile(path).toInstance()], workers=workers).array.any()


def test_uptakeOfARealSeriesIsItsDoseAtTheStartOfTheScan(sharedData):
    """66.2 kg, 381.47 MBq injected at 11:39:00, series at 13:02:44.678, half-life 6586.2 s."""
    (path, *_) = sorted((sharedData / "pet_seg_sr/QIN_HEADNECK_pet/dicom").iterdir())
    seconds = (13 * 3600 + 2 * 60 + 44.678) - (11 * 3600 + 39 * 60)
    expected = 66_200 / (381_470_000 * 2 ** (-seconds / 6586.2))
    assert uptakeFactor(scanFile(path).toInstance()).factor == pytest.approx(expected, rel=1e-12)
