from DICOMLib.Wording import counted


def test_thingsAreCountedInWords():
    texts = [counted(1, "file"), counted(1200, "file"), counted(2, "study", "studies"), counted(0, "slice")]
    assert texts == ["1 file", "1,200 files", "2 studies", "0 slices"]
