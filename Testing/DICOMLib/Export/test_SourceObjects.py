"""Which frame of reference is written."""

import pytest

from DICOMLib.Errors import ExportError
from DICOMLib.Export.SourceObjects import frameOfReference
from DICOMLib.Export.UIDs import isValidUID


def headers(*frames):
    return [{"0020,0052": frame, "0020,000D": "1.2.1", "0020,000E": "1.2.2"} for frame in frames]


def test_thatOfTheSourceIsKeptWhereVoxelsAreInItsPlaces():
    assert frameOfReference("", headers("1.2.3", "1.2.3"), True) == "1.2.3"
    assert frameOfReference("", headers("1.2.3"), False) != "1.2.3"
    assert frameOfReference(" 1.2.9 ", headers("1.2.3"), True) == "1.2.9"


@pytest.mark.parametrize("frames", [("1.2.3", "1.2.4"), ("", ""), ("1.2.1",), ("no UID",), ()])
def test_whereThereIsNotOneFrameOfReferenceANewOneIsMade(frames):
    made = frameOfReference("", headers(*frames), True)
    assert isValidUID(made) and made not in frames


def test_whatIsNoUIDIsRefused():
    with pytest.raises(ExportError, match="not valid"):
        frameOfReference("1.02", [], False)
