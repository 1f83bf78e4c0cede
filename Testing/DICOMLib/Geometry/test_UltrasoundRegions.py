import pytest

from DICOMLib.Geometry.Slices import analyzeStack
from DICOMLib.Geometry.UltrasoundRegions import ultrasoundSpacing
from DICOMLib.Pixels.Thumbnail import pixelSize
from DICOMLib.TagPaths import normalizedPath
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice

PICTURE = ("1", "3", "3", "0.02", "0.03")
SPECTRUM = ("3", "4", "7", "0.001", "0.5")
NAMES = ("RegionSpatialFormat", "PhysicalUnitsXDirection", "PhysicalUnitsYDirection", "PhysicalDeltaX",
         "PhysicalDeltaY")  # fmt: skip


def ultrasound(*regions, **keywords):
    instance = memorySlice(1, None, None, **{"pixelSpacing": None, "Modality": "US", **keywords})
    for name, values in zip(NAMES, zip(*regions, strict=True), strict=True):
        instance.values[normalizedPath(f"SequenceOfUltrasoundRegions[*].{name}")] = "\\".join(values)
    return instance


def test_centimetresOfTheRegionBecomeMillimetresBetweenRowsAndColumns():
    assert ultrasoundSpacing(ultrasound(PICTURE)) == pytest.approx((0.3, 0.2))
    assert pixelSize(ultrasound(PICTURE)) == pytest.approx((0.3, 0.2))


def test_spectraBesideThePictureDoNotCount():
    assert ultrasoundSpacing(ultrasound(SPECTRUM, PICTURE)) == pytest.approx((0.3, 0.2))
    assert ultrasoundSpacing(ultrasound(SPECTRUM)) is None


def test_directionsThatCountBackwardsHaveTheSameSize():
    assert ultrasoundSpacing(ultrasound(("1", "3", "3", "-0.02", "0.03"))) == pytest.approx((0.3, 0.2))


def test_picturesOfTheSameSizeAgreeAndOthersLeaveItOpen():
    assert ultrasoundSpacing(ultrasound(PICTURE, PICTURE)) == pytest.approx((0.3, 0.2))
    assert ultrasoundSpacing(ultrasound(PICTURE, ("1", "3", "3", "0.04", "0.03"))) is None


@pytest.mark.parametrize("region", [("1", "3", "3", "0", "0.03"), ("1", "3", "", "0.02", "0.03"),
                                    ("1", "3", "3", "inf", "0.03")])  # fmt: skip
def test_senselessRegionsAreLeftOut(region):
    assert ultrasoundSpacing(ultrasound(region)) is None


def test_theVolumeHasTheSpacingAndTheFindingSaysWhereItIsFrom():
    stack = analyzeStack([ultrasound(PICTURE)])
    assert stack.spacing[:2] == pytest.approx((0.2, 0.3))
    assert stack.finding("regionSpacing") is not None and stack.finding("guessedPixelSpacing") is None


def test_pixelSpacingComesFirst():
    assert analyzeStack([ultrasound(PICTURE, pixelSpacing=(1.5, 2.5))]).spacing[:2] == pytest.approx((2.5, 1.5))


@pytest.mark.data
def test_realPicturesHaveTheSpacingOfTheirRegion(sharedData):
    from DICOMLib.Files.HeaderScanner import scanFile

    instance = scanFile(sharedData / "us/pydicom_examples/dicom/examples_ybr_color.dcm").toInstance()
    assert ultrasoundSpacing(instance) == pytest.approx((0.51049705594778061,) * 2)
