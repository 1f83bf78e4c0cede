"""Tag values from the database and from files."""

import pydicom
import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import FileError
from DICOMLib.Files.HeaderScanner import scanFile
from Testing.Fixtures import SeriesBuilder, compressibleCT, noMeta, twoPatientBuilders


def test_recordsHoldWhatTheFilesHold(filled, files):
    for name, builder in twoPatientBuilders().items():
        expected = {path: scanFile(path) for path in map(str, files[name])}
        records = filled.instancesForSeriesAsRecords(builder.seriesUID)

        assert [record.filePath for record in records] == list(expected)
        for record in records:
            header = expected[record.filePath]
            header.values.pop("0002,0002", None)
            assert dict(record.values) == header.values
            assert record == header.toInstance()


def test_recordsOfASeriesAreOneQuery(filled):
    statements = []
    seriesUID = filled.allSeries()[0]
    with filled.connections().reading() as connection:
        connection.set_trace_callback(statements.append)
        filled.instancesForSeriesAsRecords(seriesUID)
        connection.set_trace_callback(None)

    assert len(statements) == 1


def test_valuesThatDifferAndValuesThatAreMissingComeBack(database, tmp_path):
    def edit(dataset, index):
        dataset.WindowCenter = str(index)
        if index == 1:
            del dataset.StudyDescription
        if index == 2:
            dataset.ProtocolName = "Third"

    SeriesBuilder(slices=3, edit=edit).write(tmp_path)
    DICOMIndexer(database).importPaths([tmp_path])
    records = database.instancesForSeriesAsRecords(database.allSeries()[0])

    assert [record.value("WindowCenter") for record in records] == ["0", "1", "2"]
    assert ["0008,1030" in record.values for record in records] == [True, False, True]
    assert [record.value("ProtocolName") for record in records] == ["", "", "Third"]


def test_constantValuesAreStoredOnce(database, tmp_path):
    SeriesBuilder(slices=50, rows=2, columns=2).write(tmp_path)
    DICOMIndexer(database).importPaths([tmp_path])
    with database.connections().reading() as connection:
        longest = connection.execute("SELECT max(length(differingValues)) FROM instances").fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert longest < 120


@pytest.mark.parametrize("contents, syntax", [
    (noMeta("1.2.840.10008.1.2.2"), "1.2.840.10008.1.2.2"),
    (compressibleCT("1.2.840.10008.1.2.5").encoded()[0], "1.2.840.10008.1.2.5"),
])
def test_transferSyntaxIsKeptRecognizedOnesToo(database, tmp_path, contents, syntax):
    (tmp_path / "file").write_bytes(contents)
    DICOMIndexer(database).importPaths([tmp_path / "file"])
    (record,) = database.instancesForSeriesAsRecords(database.allSeries()[0])

    assert record.transferSyntaxUID == syntax
    assert "syntax" not in record.values


def test_recordsForFilesKeepTheOrderAndReadUnknownFiles(filled, files, tmp_path):
    (stranger,) = SeriesBuilder(slices=1, seed="stranger", seriesDescription="Stranger").write(tmp_path / "x")
    paths = [files["mr"][2], stranger, files["ct"][1], files["mr"][0]]
    records = filled.instanceRecordsForFiles([str(path) for path in paths])

    assert [record.filePath for record in records] == [str(path) for path in paths]
    assert records[1].value("SeriesDescription") == "Stranger"
    assert records[2].modality == "CT"


def test_recordsForFilesThatCannotBeReadAreAnError(filled, tmp_path):
    with pytest.raises(FileError, match="nothing"):
        filled.instanceRecordsForFiles([tmp_path / "nothing"])


def test_recordsForCopiesAndTheirOriginals(database, tmp_path):
    paths = SeriesBuilder(slices=2).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    copies = database.filesForSeries(database.allSeries()[0])

    assert [record.filePath for record in database.instanceRecordsForFiles(copies)] == copies
    assert [record.filePath for record in database.instanceRecordsForFiles(paths)] == copies
    assert database.instanceForFile(paths[1]) == database.instanceForFile(copies[1])


@pytest.mark.parametrize("tag", ["0010,0010", "0010,0010".lower(), 0x00100010, (0x0010, 0x0010)])
def test_tagsAreWrittenInAnyWay(filled, files, tag):
    assert filled.fileValue(str(files["ct"][0]), tag) == "First^Patient"


def test_groupAndElementAsNumbers(filled, files):
    sop = filled.instanceForFile(files["ct"][0])

    assert filled.fileValue(files["ct"][0], 0x0008, 0x0060) == "CT"
    assert filled.instanceValue(sop, 0x0020, 0x0013) == filled.instanceValue(sop, "0020,0013")


def test_severalValuesAreJoinedByBackslashes(filled, files):
    expected = "\\".join(str(value) for value in pydicom.dcmread(files["mr"][0]).ImageOrientationPatient)

    assert filled.fileValue(files["mr"][0], "0020,0037") == expected


def test_tagsThatWereNotKeptAreReadFromTheFile(database, tmp_path):
    (path,) = SeriesBuilder(slices=1, extra={"XRayTubeCurrent": "140"}).write(tmp_path)
    DICOMIndexer(database).importPaths([path])

    assert database.fileValue(path, "0018,1151") == "140"
    assert database.instanceValue(database.instanceForFile(path), "0018,1151") == "140"


def test_tagsThatWereLookedForAndAbsentOpenNothing(filled, files):
    sop = filled.instanceForFile(files["ct"][0])
    files["ct"][0].unlink()

    assert filled.fileValue(str(files["ct"][0]), "0018,9087") == ""
    assert not filled.fileValueExists(str(files["ct"][0]), "0018,9087")
    assert filled.instanceValueExists(sop, "0008,0060")
    assert not filled.instanceValueExists("x", "0008,0060")


def test_filesOutsideTheDatabaseAreRead(database, tmp_path):
    (path,) = SeriesBuilder(slices=1).write(tmp_path)

    assert database.fileValue(path, "0008,0060") == "CT"
    assert database.fileValueExists(path, "0008,0060")
    assert not database.fileValueExists(path, "0018,9087")


def test_valuesOfManyInstancesKeepTheirOrder(filled):
    seriesUID = twoPatientBuilders()["ct"].seriesUID
    sops = filled.instancesForSeries(seriesUID)[::-1] + ["unknown"]

    assert filled.instanceValues(sops, "0020,0013") == [str(n) for n in range(len(sops) - 1, 0, -1)] + [""]


def test_oneInstanceAsRecord(filled):
    sop = filled.instancesForSeries(filled.allSeries()[0])[0]

    assert filled.instanceRecord(sop).SOPInstanceUID == sop
    assert filled.instanceRecord("x") is None
