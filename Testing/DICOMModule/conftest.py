"""What tests of the whole program start from."""

import pytest

from Testing.Fixtures.HostWindow import hostWindow


@pytest.fixture
def layout():
    """Of the views in windows whose settings a test does not choose. To draw each view more takes most of the time."""
    return "Red"


@pytest.fixture
def drawsViews():
    """Whether these are to be seen. Windows in which they are hidden are there in less than half the time: for tests of
    all that is around them."""
    return True


@pytest.fixture
def window(qapp, layout, drawsViews):
    """The main window with the DICOM module open."""
    with hostWindow(qapp, layout, drawsViews) as opened:
        yield opened
