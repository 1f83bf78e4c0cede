"""What exports of all kinds have in common: tags that may be written, and one patient for each study."""

import os

import numpy
import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError
from DICOMLib.Export.SeriesExport import ExportedSeries, exportSeries
from DICOMLib.Export.UIDs import isValidUID
from DICOMLib.Scene.Scene import Scene
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.ScalarVolume.ExportedVolumes import export, loaded, pluginOf
from Testing.Fixtures import axialCT

TAGS = {"PatientName": "Doe^Jane", "PatientID": "P-1", "Modality": "OT"}


class Exporting:
    """Writes nothing but an empty file, and remembers the tags that it was to write."""

    def __init__(self, directory, database=None):
        self.directory = directory
        self.context = PluginContext(database, Scene())
        self.written = []

    def run(self, *series):
        """:param series: tags that are others than :data:`TAGS`, of each"""
        exportables = [
            DICOMExportable(f"kind {number}", subjectHierarchyItemID=number, directory=str(self.directory),
                            tags={**TAGS, **tags})
            for number, tags in enumerate(series)
        ]  # fmt: skip
        return exportSeries(exportables, self.context, "Test", self._write)

    def refusal(self, *series):
        with pytest.raises(ExportError) as caught:
            self.run(*series)
        assert not os.path.exists(self.directory)
        assert str(caught.value).count("\n") == 0
        return str(caught.value)

    def _write(self, exportable, tags, folder):
        self.written.append(tags)
        with open(os.path.join(folder, "a.dcm"), "wb"):
            return ExportedSeries(exportable.name, folder, 1, "Nothing", tags["SeriesInstanceUID"])


@pytest.fixture
def exporting(tmp_path):
    return Exporting(tmp_path / "out")


WRONG = {
    "SeriesDescription": "one\\two", "PatientName": "A\\B", "PatientID": "line\nline", "StudyDescription": "\x1b$B",
    "PatientSex": "male", "StudyDate": "20231340", "SeriesNumber": "1e3", "PatientAge": "12", "KVP": "12O",
    "Laterality": "Q", "Manufacturer": "x" * 65,
    # would make files that nobody reads, or that say what is not so
    "MediaStorageSOPClassUID": "1.2.3", "CommandField": "1", "FileSetID": "X", "NumberOfFrames": "5",
    "PlanarConfiguration": "1", "PixelAspectRatio": "1\\2", "SmallestImagePixelValue": "9", "PixelPaddingValue": "3",
    "VOILUTFunction": "SIGMOID", "WindowWidth": "0", "RescaleSlope": "2",
    "PresentationLUTShape": "INVERSE", "ImageType": "ORIGINAL\\PRIMARY", "SliceThickness": "9", "InstanceNumber": "7",
}  # fmt: skip


@pytest.mark.parametrize("keyword", WRONG)
def test_aTagThatMayNotBeWrittenIsNamed(exporting, keyword):
    assert keyword in exporting.refusal({keyword: WRONG[keyword]})
    assert exporting.written == []


@pytest.mark.parametrize("text", ["שלום עולם", "مرحبا", "放射線 部", "Größe µ", "x" * 64])
def test_textOfAnyScriptIsWritten(exporting, text):
    exporting.run({"SeriesDescription": text, "PatientName": "Wang^XiaoDong=王^小東=ワン^シャ"})
    assert exporting.written[0]["SeriesDescription"] == text


def test_oneUIDIsOneThing(exporting):
    assert "StudyInstanceUID and SeriesInstanceUID are the same" in exporting.refusal(
        {"StudyInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2.3"}
    )
    assert "SeriesInstanceUID and FrameOfReferenceUID are the same" in exporting.refusal(
        {"FrameOfReferenceUID": "1.2.3", "SeriesInstanceUID": "1.2.3"}
    )


def test_seriesOfOnePatientGoToOneNewStudyAndThoseOfAnotherToTheirOwn(exporting):
    exporting.run({}, {}, {"PatientID": "P-2", "PatientName": "Other"})
    first, second, other = (tags["StudyInstanceUID"] for tags in exporting.written)
    assert first == second != other
    assert isValidUID(first) and isValidUID(other)


def test_oneStudyIsOfOnePatientAndSaysOneThing(exporting):
    same = {"StudyInstanceUID": "1.2.3"}
    assert "several values of PatientID" in exporting.refusal(same, {**same, "PatientID": "P-2"})
    assert "several values of PatientName" in exporting.refusal(same, {**same, "PatientName": "Other"})
    assert "several values of StudyDate" in exporting.refusal(same, {**same, "StudyDate": "20240102"})
    assert "several values of PatientSex" in exporting.refusal({}, {"PatientSex": "F"})


def test_aKnownStudyTakesNoSeriesOfAnotherPatient(tmp_path):
    bench = Bench()
    axialCT().write(tmp_path / "known")
    (series,) = bench.importFolder(tmp_path / "known")
    study = bench.database.studyForSeries(series)
    patientID = bench.database.fieldForPatient("PatientID", bench.database.patientForStudy(study))
    exporting = Exporting(tmp_path / "out", bench.database)
    message = exporting.refusal({"StudyInstanceUID": study, "PatientID": "P-other"})
    assert "of a patient with another PatientID" in message
    assert patientID not in message and "P-other" not in message
    exporting.run({"StudyInstanceUID": study, "PatientID": f" {patientID} "})
    bench.database.closeDatabase()
    exporting.directory = tmp_path / "unknown"
    exporting.run({"StudyInstanceUID": study, "PatientID": "P-other"})
    bench.close()


def test_theDatabaseKeepsEachStudyWithItsPatient(tmp_path):
    """Through a plugin: what was loaded is exported under another PatientID."""
    bench = Bench()
    item, _ = loaded(bench, tmp_path, axialCT())
    exportable = pluginOf(bench).examineForExport(item)[0]
    exportable.directory = str(tmp_path / "out")
    exportable.setTag("PatientID", "P-other")
    assert "another PatientID" in pluginOf(bench).export([exportable])
    assert not (tmp_path / "out").exists()
    assert numpy.all([file.exists() for file in export(bench, item, tmp_path / "own")])
    bench.close()


def test_withoutADatabaseEveryStudyMayBeWritten(exporting):
    exporting.context.database = DICOMDatabase()
    exporting.run({"StudyInstanceUID": "1.2.3"})
    assert exporting.written[0]["StudyInstanceUID"] == "1.2.3"
