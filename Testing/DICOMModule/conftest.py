"""What tests of the whole program start from."""

import pytest

from Testing.Fixtures.HostWindow import hostWindow


@pytest.fixture
def window(qapp):
    """The main window with the DICOM module open."""
    with hostWindow(qapp) as opened:
        yield opened
