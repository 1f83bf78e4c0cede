"""The DICOMDIR of a media set, read by pydicom's file-set: every file under a name of eight characters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.fileset import FileSet
from pydicom.uid import BasicTextSRStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.UpkeepReport import NOTE
from DICOMLib.Errors import ExportError
from DICOMLib.Export.CopyOut import copyOut
from DICOMLib.Export.CopyOutReport import NOT_COPIED
from DICOMLib.Export.MediaDirectory import MediaDirectory
from Testing.Fixtures import SeriesBuilder

FILE_ID = re.compile(r"DICOM\\PT\d{6}\\ST\d{6}\\SE\d{6}\\IM\d{6}")


def mediaSetOf(folder, target):
    database = DICOMDatabase()
    database.openDatabase(":memory:")
    DICOMIndexer(database).importPaths([folder])
    try:
        return copyOut(database, database.allSeries(), target, "media")
    finally:
        database.closeDatabase()


def report(**values):
    """A structured report: no image, so that its record holds more than the database keeps."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = BasicTextSRStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dataset.PatientName, dataset.PatientID, dataset.Modality = "Doe^Jane", "R-1", "SR"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.StudyDate, dataset.StudyTime, dataset.StudyID = "20260314", "101112", "1"
    dataset.SeriesNumber, dataset.InstanceNumber = 1, 1
    dataset.CompletionFlag, dataset.VerificationFlag = "COMPLETE", "UNVERIFIED"
    dataset.ContentDate, dataset.ContentTime = "20260314", "101112"
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "121060", "DCM", "History"
    dataset.ConceptNameCodeSequence = [code]
    dataset.update(values)
    return dataset


def checkManyFiles(tmp_path, count):
    SeriesBuilder(slices=count, rows=8, columns=8).write(tmp_path / "files")
    written = mediaSetOf(tmp_path / "files", tmp_path / "out")
    directory = dcmread(tmp_path / "out" / "DICOMDIR")
    images = [record for record in directory.DirectoryRecordSequence if record.DirectoryRecordType == "IMAGE"]
    names = ["\\".join(record.ReferencedFileID) for record in images]

    assert written.files == count == len(set(names)) and all(map(FILE_ID.fullmatch, names))
    assert len(directory.DirectoryRecordSequence) == count + 3
    for record in images[:: max(1, count // 50)]:
        file = dcmread(tmp_path.joinpath("out", *record.ReferencedFileID))
        assert file.SOPInstanceUID == record.ReferencedSOPInstanceUIDInFile
        assert file.InstanceNumber == record.InstanceNumber


def test_everyFileHasANameOfEightCharacters(tmp_path):
    checkManyFiles(tmp_path, 300)


@pytest.mark.slow
def test_tenThousandFilesGoIntoOneMediaSet(tmp_path):
    checkManyFiles(tmp_path, 10_000)


def test_pydicomReadsTheHierarchyAndTheValues(tmp_path):
    for path in SeriesBuilder(slices=2, patientID="P-9").write(tmp_path / "files"):
        dataset = dcmread(path)
        dataset.SpecificCharacterSet, dataset.PatientName = "ISO_IR 192", "Müller^Jürgen=山田^太郎"
        dataset.save_as(path)
    mediaSetOf(tmp_path / "files", tmp_path / "out")
    fileSet = FileSet(tmp_path / "out" / "DICOMDIR")

    assert [str(instance.PatientName) for instance in fileSet] == ["Müller^Jürgen=山田^太郎"] * 2
    assert {instance.PatientID for instance in fileSet} == {"P-9"} and fileSet.ID == "DICOM"
    assert all(instance.path.startswith(str(tmp_path / "out" / "DICOM")) for instance in fileSet)


def test_aReportIsListedAsWhatItIs(tmp_path):
    (tmp_path / "files").mkdir()
    report().save_as(tmp_path / "files" / "sr.dcm", enforce_file_format=True)
    mediaSetOf(tmp_path / "files", tmp_path / "out")
    (record,) = dcmread(tmp_path / "out" / "DICOMDIR").DirectoryRecordSequence[3:]

    assert (record.DirectoryRecordType, record.CompletionFlag) == ("SR DOCUMENT", "COMPLETE")


def test_anObjectWithoutWhatItsRecordNeedsIsLeftOutByName(tmp_path):
    (tmp_path / "files").mkdir()
    incomplete = report()
    del incomplete.CompletionFlag
    incomplete.save_as(tmp_path / "files" / "sr.dcm", enforce_file_format=True)
    SeriesBuilder(slices=2).write(tmp_path / "files" / "ct")
    written = mediaSetOf(tmp_path / "files", tmp_path / "out")

    assert [(one.kind, Path(one.path.decode()).name) for one in written.findings] == [(NOT_COPIED, "sr.dcm")]
    assert written.files == 2 == len(FileSet(tmp_path / "out" / "DICOMDIR"))
    assert len([path for path in (tmp_path / "out" / "DICOM").rglob("*") if path.is_file()]) == 2


def test_valuesThatMustBeThereAreMadeUpInTheDirectoryOnly(tmp_path):
    SeriesBuilder(slices=2).write(tmp_path / "files")
    for path in (tmp_path / "files").rglob("*.dcm"):
        dataset = dcmread(path)
        dataset.PatientID, dataset.StudyDate, dataset.StudyID, dataset.InstanceNumber = "", "", "", None
        dataset.save_as(path)
    written = mediaSetOf(tmp_path / "files", tmp_path / "out")
    records = dcmread(tmp_path / "out" / "DICOMDIR").DirectoryRecordSequence

    assert written.isComplete and {finding.kind for finding in written.findings} == {NOTE}
    assert records[0].PatientID.startswith("UNKNOWN-") and records[1].StudyDate == "19000101"
    assert sorted(record.InstanceNumber for record in records[3:]) == [1, 2]
    assert dcmread(tmp_path.joinpath("out", *records[3].ReferencedFileID)).PatientID == ""


def test_aFileWithoutMetaInformationIsLeftOutByName(tmp_path):
    SeriesBuilder(slices=2).write(tmp_path / "files")
    first = sorted((tmp_path / "files").rglob("*.dcm"))[0]
    dataset = dcmread(first)
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.save_as(first, implicit_vr=True, little_endian=True)
    contents = first.read_bytes()
    meta = 144 + int.from_bytes(contents[140:144], "little")
    first.write_bytes(contents[meta:])
    written = mediaSetOf(tmp_path / "files", tmp_path / "out")

    assert [(one.kind, one.path) for one in written.findings] == [(NOT_COPIED, bytes(first))]
    assert written.files == 1


def test_aDirectoryThatListsWhatIsNotThereIsFoundOut(tmp_path):
    SeriesBuilder(slices=2).write(tmp_path / "files")
    database = DICOMDatabase()
    database.openDatabase(":memory:")
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    directory = MediaDirectory()
    for number, instance in enumerate(database.instancesForSeriesAsRecords(database.allSeries()[0])):
        directory.add(instance, ("DICOM", f"IM{number:06d}"), "1", number)
    directory.write(str(tmp_path / "DICOMDIR"))
    database.closeDatabase()

    with pytest.raises(ExportError, match="IM000000 is not there"):
        directory.check(str(tmp_path / "DICOMDIR"))
