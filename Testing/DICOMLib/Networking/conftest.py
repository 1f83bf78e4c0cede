"""Files to send, without pauses between tries."""

import pytest

from DICOMLib.Networking import Send
from Testing.Fixtures.SeriesBuilder import SeriesBuilder


@pytest.fixture
def paths(tmp_path):
    return SeriesBuilder(slices=4).write(tmp_path / "series")


@pytest.fixture
def noPauses(monkeypatch):
    monkeypatch.setattr(Send, "PAUSES", (0.0, 0.0))
