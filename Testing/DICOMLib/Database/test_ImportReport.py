"""What an import says it did."""

import csv
import io

from DICOMLib.Database.ImportReport import ImportReport
from DICOMLib.Files.CarefulScan import DIED


def report():
    made = ImportReport(1, 2, 3, instancesAdded=4, instancesUnchanged=5, seconds=1.25)
    made.addSkipped(b"/data/\xff\x1b[2J", "not a DICOM file")
    made.addNote(b"/data/other", "a note")
    return made


def test_summaryIsOneSentence():
    assert report().summary() == (
        "Import finished in 1.2 s: 4 instances of 1 new patient, 2 new studies and 3 new series added, "
        "5 already there, 1 file skipped, 1 note."
    )


def test_summaryOfACancelledImport():
    assert ImportReport(cancelled=True).summary() == "Import cancelled in 0.0 s: nothing new."


def test_summaryOfAnImportThatFoundOnlyWhatIsThere():
    assert ImportReport(instancesUnchanged=1200).summary() == (
        "Import finished in 0.0 s: nothing new, 1,200 already there."
    )


def test_readingProcessesThatEndedAreCounted():
    made = report()
    made.addSkipped(b"/data/killer", DIED)
    assert "2 files skipped, 1 reading process ended by such files, 1 note." in made.summary()


def test_pathsInTextAreHarmless():
    text = report().asText()

    assert "/data/\\xff\\x1b[2J: not a DICOM file" in text
    assert "\x1b" not in text


def test_CSVHasARowForEveryFileAndNoFormulas():
    made = report()
    made.addSkipped(b"=cmd()", "=1+1")
    rows = list(csv.reader(io.StringIO(made.asCSV())))

    assert rows[0] == ["outcome", "path", "reason"]
    assert rows[1] == ["skipped", "/data/\\xff\\x1b[2J", "not a DICOM file"]
    assert rows[2] == ["skipped", "'=cmd()", "'=1+1"]
    assert rows[3][0] == "note"
