"""What tests of all plugins start from."""

import pytest

from Testing.DICOMPlugins.ImportedSeries import Bench


@pytest.fixture
def bench():
    made = Bench()
    yield made
    made.close()
