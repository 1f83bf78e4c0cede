"""Every real file against what pydicom makes of it: stored values, modality values, colours."""

import warnings

import pydicom
import pytest

from DICOMLib.Errors import DICOMError, PixelDataError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.UptakeValue import uptakeFactor
from DICOMLib.Pixels.Volume import readVolume
from Testing.DICOMLib.Pixels.ExpectedVoxels import differenceText, expectedVoxels

pytestmark = pytest.mark.data

# Of the many equal files of a series these few.
FILES_OF_A_DATASET = 8


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
    return differenceText(voxels, expected)


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
