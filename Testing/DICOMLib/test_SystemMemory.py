"""How much memory there is, as far as the system tells."""

import io

from DICOMLib import SystemMemory


def test_freeMemoryIsPartOfThatOfTheMachine():
    assert 0 < SystemMemory.freeMemory() <= SystemMemory.physicalMemory()


def test_linuxTellsWhatProgramsCanStillTake(monkeypatch):
    text = "MemTotal:       16000 kB\nMemFree:          100 kB\nMemAvailable:    4000 kB\n"
    monkeypatch.setattr("builtins.open", lambda *_args, **_more: io.StringIO(text))
    assert SystemMemory.freeMemory() == 4000 * 1024


def test_whereNothingIsToldAllOfTheMachineCounts(monkeypatch):
    def refuse(*_args, **_more):
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", refuse)
    assert SystemMemory.freeMemory() == SystemMemory.physicalMemory()
    monkeypatch.delattr("os.sysconf")  # Windows
    assert SystemMemory.freeMemory() == 0
