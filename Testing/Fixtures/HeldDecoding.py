"""Decoding that takes as long as a test wants: slices of a volume arrive when they are let through, and not before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy
import pytest
from pydicom.uid import JPEG2000Lossless

from DICOMLib.Pixels import Decoded
from DICOMLib.Pixels.SliceReading import SliceReading
from DICOMPlugins.ScalarVolume import SlowLoad

from .Encoding import canEncode, withTransferSyntax
from .ReadyMade import axialCT

_SECONDS = 600  # a worker may wait for a test
_WINDOW = {"WindowCenter": 1000, "WindowWidth": 800}


class HeldDecoding:
    """Frames of compressed images are taken from the workers one by one; see :meth:`letThrough`.

    :ivar arrived: how many have been taken
    """

    def __init__(self):
        self.arrived = 0
        self._allowed = 0
        self._isOpen = False
        self._changed = threading.Condition()

    def letThrough(self, count: int) -> None:
        """So many more."""
        with self._changed:
            self._allowed += count
            self._changed.notify_all()

    def release(self) -> None:
        """All others, at once."""
        with self._changed:
            self._isOpen = True
            self._changed.notify_all()

    def takeOne(self) -> None:
        """On the thread that reads: until the next may arrive."""
        with self._changed:
            self._changed.wait_for(lambda: self._isOpen or self.arrived < self._allowed, _SECONDS)
            self.arrived += 1


@contextmanager
def heldDecoding(monkeypatch) -> Iterator[HeldDecoding]:
    """At first one slice is let through: the one that is shown first. What is held at the end is released."""
    held = HeldDecoding()
    held.letThrough(1)
    accept = SliceReading._acceptDecoded

    def acceptWhenAllowed(reading, *arguments):
        held.takeOne()
        accept(reading, *arguments)

    monkeypatch.setattr(SliceReading, "_acceptDecoded", acceptWhenAllowed)
    monkeypatch.setattr(Decoded, "deadlineFor", lambda _bytes: _SECONDS)
    for name in ("PATIENCE_SECONDS", "PATIENCE_SECONDS_DECODING"):  # the first slice is shown, however soon it came
        monkeypatch.setattr(SlowLoad, name, 0.0)
    yield held
    held.release()


def writeNoise(folder: Path, slices: int, size: int) -> Path:
    """Noise of 1000 to 1400 HU, compressed once, below the headers of many slices. :returns: the folder"""
    if not canEncode(JPEG2000Lossless):
        pytest.skip("no encoder of JPEG 2000 is installed")
    noise = numpy.random.default_rng(1).integers(1000, 1400, (1, size, size), dtype=numpy.int16)
    builder = axialCT(slices=1, rows=size, columns=size, pattern=noise, extra=_WINDOW)
    dataset = withTransferSyntax(builder.datasets()[0], JPEG2000Lossless)
    root, position = str(dataset.SOPInstanceUID), [float(value) for value in dataset.ImagePositionPatient]
    for number in range(slices):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{root[:50]}.{number}"
        dataset.InstanceNumber = number + 1
        dataset.ImagePositionPatient = [position[0], position[1], position[2] + 4 * number]
        dataset.save_as(folder / f"{number:03}.dcm", enforce_file_format=True)
    return folder
