from DICOMLib.Wording import counted, dateText


def test_thingsAreCountedInWords():
    texts = [counted(1, "file"), counted(1200, "file"), counted(2, "study", "studies"), counted(0, "slice")]
    assert texts == ["1 file", "1,200 files", "2 studies", "0 slices"]


def test_datesReadAsDatesAndOtherTextStays():
    assert [dateText(text) for text in ("20261120", "2026.11.20", " 20261120 ", "", "unknown")] == [
        "2026-11-20", "2026-11-20", "2026-11-20", "", "unknown"
    ]  # fmt: skip
