"""How sequences are treated, as scene files say it."""

from DICOMLib.Scene.SequenceSynchronization import DISPLAY_HIDDEN, Synchronization


def test_theTextIsThatOfSlicer_andComesBack():
    assert Synchronization().text() == (
        "playback true recording false overwriteProxyName false saveChanges false missingItemMode createFromPrevious "
    )
    other = Synchronization(False, True, True, True, DISPLAY_HIDDEN)
    assert Synchronization.fromText(other.text()) == other


def test_whatIsNotUnderstoodIsAsAtFirst():
    assert Synchronization.fromText("") == Synchronization()
    text = "saveChanges true text true missingItemMode sometimes recording"
    assert Synchronization.fromText(text) == Synchronization(saveChanges=True)
