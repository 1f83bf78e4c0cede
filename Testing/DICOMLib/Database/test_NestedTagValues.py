"""Nested values and values of frames, asked of the database."""

import pytest

from DICOMLib.Database.FrameValues import StoredColumns, packed, unpacked
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import DatabaseCorruptError
from DICOMLib.TagPaths import TagPathError
from Testing.Fixtures import axialCT
from Testing.Fixtures.EnhancedObjects import enhancedFile, item

POSITION = "PerFrameFunctionalGroupsSequence[{}].PlanePositionSequence[0].ImagePositionPatient"
CODE = "(0008,1032)[0].(0008,0104)"


@pytest.fixture
def enhanced(database, tmp_path):
    path = tmp_path / "enhanced.dcm"
    path.write_bytes(enhancedFile(8))
    DICOMIndexer(database).importPaths([path])
    return database, path


def test_aRecordKnowsItsFrames(enhanced):
    database, path = enhanced
    (instance,) = database.instancesForSeriesAsRecords("2.25.13")

    assert instance.hasFunctionalGroups and instance.numberOfFrames == 8
    assert len(set(instance.frameValues("ImagePositionPatient"))) == 8
    assert instance.frameValues("PixelSpacing") == ["2.0\\2.0"] * 8  # shared by all frames
    assert instance.frameValue("Modality", 3) == "MR"  # of the data set
    assert instance.frameValue("DiffusionBValue", 5) == "500.0"
    assert instance.frameValue("DiffusionGradientOrientation", 4) == ""
    assert len(instance.frameNumbers("DiffusionGradientOrientation", 5, 3)) == 3
    assert instance.frameValue("MRDiffusionSequence[0].DiffusionBValue", 7) == "1500.0"
    assert instance.frameValue("PixelSpacing", 99) == "2.0\\2.0"
    assert instance.frameValue("ImagePositionPatient", -1) == ""
    assert instance.value("DimensionIndexSequence[*].DimensionIndexPointer") == "0020,9056\\0020,9057"
    assert instance == database.instanceRecordsForFiles([path])[0]


def test_pathsOfFramesAreAnsweredWithoutTheFile(enhanced):
    database, path = enhanced
    (record,) = database.instancesForSeriesAsRecords("2.25.13")
    expected = [record.frameValue("ImagePositionPatient", frame) for frame in (0, 7)]
    path.unlink()

    assert [database.fileValue(path, POSITION.format(k)) for k in (0, 7)] == expected
    assert database.instanceValue("2.25.11", POSITION.format(8)) == ""
    assert database.instanceValue("2.25.11", "(5200,9229)[0].(0028,9110)[0].(0018,0050)") == "3.0"
    assert database.instanceValue("2.25.11", POSITION.format("*")).count("\\") == 8 * 3 - 1
    assert database.fileValueExists(path, POSITION.format(0)) and not database.fileValueExists(path, POSITION.format(8))


def test_aPathNobodyDeclaredIsReadFromTheFile(enhanced):
    database, path = enhanced
    averages = "PerFrameFunctionalGroupsSequence[2].MRAveragesSequence[0].NumberOfAverages"

    assert database.fileValue(path, averages) == database.instanceValue("2.25.11", averages) == "1.0"


def test_declaredPathsAreKeptAtImport(database, tmp_path):
    def edit(dataset, _):
        dataset.ProcedureCodeSequence = [item(CodeMeaning="Head CT")]

    paths = axialCT(slices=3, edit=edit).write(tmp_path)
    database.tagsToPrecache = ["ProcedureCodeSequence[0].CodeMeaning", "SeriesDescription"]
    assert database.tagsToPrecache == (CODE,)
    DICOMIndexer(database).importPaths([tmp_path])
    path = str(paths[0])
    for each in paths:
        each.unlink()

    for written in (CODE, "ProcedureCodeSequence[0].CodeMeaning"):
        assert database.fileValue(path, written) == "Head CT"
    assert not database.fileValueExists(path, "ReferencedImageSequence[*].ReferencedSOPInstanceUID")


def test_excludedTagsAreReadFromTheFileInstead(database, tmp_path):
    axialCT(slices=1, extra={"StationName": "CT-1"}).write(tmp_path)
    database.tagsToPrecache = ["StationName", "OperatorsName"]
    database.tagsToExcludeFromStorage = ["0008,1010"]
    assert database.tagsToPrecache == ("0008,1070",) and database.tagsToExcludeFromStorage == ("0008,1010",)
    DICOMIndexer(database).importPaths([tmp_path])
    (path,) = database.allFiles()

    assert "0008,1010" not in database.instanceRecordsForFiles([path])[0].values
    assert database.fileValue(path, "StationName") == "CT-1"


def test_manyTagsOfManyInstancesAtOnce(database, tmp_path):
    axialCT(slices=4).write(tmp_path)
    DICOMIndexer(database).importPaths([tmp_path])
    (seriesUID,) = database.allSeries()
    instances = database.instancesForSeries(seriesUID)
    tags = ["InstanceNumber", "0008,0060", "ReferencedImageSequence[0].ReferencedSOPInstanceUID"]
    rows = database.seriesValues(seriesUID, tags)

    assert rows == [[str(number), "CT", ""] for number in range(1, 5)]
    assert database.instanceValuesOfTags(["2.25.404", *instances], tags) == [["", "", ""], *rows]
    assert database.instanceValues(instances, "InstanceNumber") == ["1", "2", "3", "4"]
    assert database.instanceValue(instances[0], 0x0020, 0x0013) == "1"


def test_whatIsNoTagIsRefused(enhanced):
    database, path = enhanced
    for ask in (lambda: database.fileValue(path, "nonsense"), lambda: database.instanceValue("2.25.11", "x[0]"),
                lambda: setattr(database, "tagsToPrecache", ["(0008,1115)[0]"])):  # fmt: skip
        with pytest.raises(TagPathError):
            ask()


@pytest.mark.parametrize("columns", [
    {}, {"(0018,9114)[0].(0018,9082)": "80.0"}, {"a": ["1", "2", None, ""]}, {"a": ["1"] * 500}, {"a": [None, None]},
    {"a": ["'; DROP", "\u202e", "\\"], "b": "王"},
])  # fmt: skip
def test_storedColumnsComeBack(columns):
    assert unpacked(packed(columns)) == columns and dict(StoredColumns(packed(columns))) == columns


def test_equalValuesOfFramesAreStoredOnce():
    assert len(packed({"a": ["a value of some length"] * 100_000})) < 100


@pytest.mark.parametrize("damaged", [b"", b"x", packed({"a": "1"})[:-3], packed({})[:1] + b"zzz"])
def test_damagedColumnsAreSaidToBe(damaged):
    with pytest.raises(DatabaseCorruptError, match="frames are damaged"):
        len(StoredColumns(damaged))
