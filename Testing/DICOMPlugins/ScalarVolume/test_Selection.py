import pytest

from DICOMPlugins.ScalarVolume.Selection import divideImages, reasonNotAnImage
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice


def test_anImageHasNoReasonToBeLeftOut():
    assert reasonNotAnImage(memorySlice(1, (0, 0, 0))) == ""


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4"}, "a segmentation"),
        ({"Modality": "SR"}, "a structured report (Modality SR)"),
        ({"Modality": "SM"}, "a slide microscopy image"),
        ({"rows": None}, "no image: Rows is absent, Columns is 30"),
        ({"NumberOfFrames": 100_001}, "NumberOfFrames 100001 is beyond 100000"),
    ],
)
def test_theReasonNamesTheTagThatDecides(tags, reason):
    assert reason in reasonNotAnImage(memorySlice(1, None, **tags))


def test_reasonsAreCounted():
    report = memorySlice(3, None, Modality="SR")
    report.pixelDataOffset = -1
    images, reasons = divideImages([memorySlice(1, None), report, report])
    assert len(images) == 1 and reasons == {"a structured report (Modality SR)": 2}
