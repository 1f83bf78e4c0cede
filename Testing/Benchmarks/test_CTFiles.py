"""The generated CT files are what the benchmarks say they are."""

from __future__ import annotations

import pydicom
import pytest

from DICOMLib.Files.HeaderScanner import scanFile
from Testing.Benchmarks.CTFiles import PIXEL_BYTES, SeriesPlan, SeriesWriter, evenPlan, patientName, writeSeries
from Testing.Benchmarks.CTTemplate import ELEMENTS, constantElements


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two series of three files; the second one with pixel data."""
    folder = tmp_path_factory.mktemp("ct")
    plans = [SeriesPlan(0, 0, 0, 3), SeriesPlan(1, 1, 1, 3)]
    list(writeSeries(folder / "holes", plans[:1]))
    list(writeSeries(folder / "whole", plans[1:], bytes(range(256)) * (PIXEL_BYTES // 256)))
    return [sorted((folder / name).rglob("*.dcm")) for name in ("holes", "whole")]


def test_aHeaderHasItsElementsSequencesAndPrivateGroups(files):
    dataset = pydicom.dcmread(files[0][0])
    tags = [element.tag for element in dataset]
    assert len(tags) - 1 == ELEMENTS == 265
    assert tags == sorted(tags)
    assert len([tag for tag in tags if tag.is_private]) > 100
    assert len([element for element in dataset if element.VR == "SQ"]) == 9
    assert dataset.RequestAttributesSequence[0].ScheduledProtocolCodeSequence[0].CodeMeaning == "CT Chest"


def test_someValuesDifferFromFileToFileAndInLength(files):
    first, second = (pydicom.dcmread(path) for path in files[0][:2])
    differing = {element.keyword for element in first if element != second[element.tag]}
    assert 20 <= len([element for element in first if element != second[element.tag]]) <= 30
    assert {"SOPInstanceUID", "InstanceNumber", "ImagePositionPatient", "AcquisitionTime"} <= differing
    writer = SeriesWriter(evenPlan(200)[0])
    assert len({len(writer.header(index)) for index in range(200)}) > 3


def test_namesKeepTheirCharacterSets(files):
    names = [str(pydicom.dcmread(group[0]).PatientName) for group in files]
    assert names == ["Müller0000^Jürgen", "Smith0001^Anna^Maria"]
    for number in range(8):
        header = SeriesWriter(SeriesPlan(number, 0, number, 1)).header(0)
        dataset = pydicom.dcmread(pydicom.filebase.DicomBytesIO(header + bytes(PIXEL_BYTES)))
        assert str(dataset.PatientName) == patientName(number)[2]


def test_theImporterReadsThemWhole(files):
    for path in [*files[0], *files[1]]:
        header = scanFile(path)
        assert (header.truncated, header.pixelDataLength) == ("", PIXEL_BYTES)


def test_holesReadAsZerosAndWholeFilesAsTheirPixels(files):
    assert not pydicom.dcmread(files[0][0]).pixel_array.any()
    assert pydicom.dcmread(files[1][2]).PixelData == bytes(range(256)) * (PIXEL_BYTES // 256)


def test_tooFewElementsAreRefused():
    with pytest.raises(ValueError, match="leave no room"):
        constantElements(50)
