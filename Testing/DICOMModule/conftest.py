"""What tests of the whole program start from."""

import pytest

from Testing.Fixtures.HostWindow import hostWindow


@pytest.fixture
def layout():
    """Of the views in windows whose settings a test does not choose. To draw each view more takes most of the time."""
    return "Red"


@pytest.fixture
def window(qapp, layout):
    """The main window with the DICOM module open."""
    with hostWindow(qapp, layout) as opened:
        yield opened
