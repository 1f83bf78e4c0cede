import pytest

from DICOMLib.Wording import counted, dateText, durationText, sizeText


def test_thingsAreCountedInWords():
    texts = [counted(1, "file"), counted(1200, "file"), counted(2, "study", "studies"), counted(0, "slice")]
    assert texts == ["1 file", "1,200 files", "2 studies", "0 slices"]


def test_datesReadAsDatesAndOtherTextStays():
    assert [dateText(text) for text in ("20261120", "2026.11.20", " 20261120 ", "", "unknown")] == [
        "2026-11-20", "2026-11-20", "2026-11-20", "", "unknown"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.4, "0 s"), (59, "59 s"), (130, "2 min 10 s"), (1800, "30 min"), (3900, "1 h 5 min")]
)
def test_durations_are_as_exact_as_an_estimate(seconds, shown):
    assert durationText(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 bytes"), (999, "999 bytes"), (3400, "3.4 kB"), (999_700, "1.0 MB"), (12e6, "12 MB"), (4.2e15, "4,200 TB")],
)
def test_sizes_are_told_as_file_managers_do(count, shown):
    assert sizeText(count) == shown


def test_whatHasNoNameIsCalledTheSameInTablesTreeAndNodes():
    from DICOMLib.DICOMPlugin import DICOMPlugin
    from DICOMLib.Instance import Instance
    from DICOMLib.Scene.SeriesInHierarchy import patientItemName, studyItemName
    from DICOMLib.Widgets.PatientModel import PatientModel
    from DICOMLib.Widgets.SeriesModel import SeriesModel
    from DICOMLib.Widgets.StudyModel import StudyModel

    nameless = Instance(b"x", {})
    missing = {column.key: column.missing for model in (PatientModel, StudyModel, SeriesModel)
               for column in model.columns if column.missing}  # fmt: skip
    assert missing == {
        "PatientName": patientItemName(nameless),
        "StudyDescription": studyItemName(nameless),
        "SeriesDescription": DICOMPlugin().defaultSeriesNodeName(nameless),
    }
