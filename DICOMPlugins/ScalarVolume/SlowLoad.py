"""The preview of a volume whose reading takes a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy

from DICOMLib.Geometry.Slices import SliceStack
from DICOMLib.LoadPreview import LoadPreview
from DICOMLib.Pixels.PixelLayout import isNative
from DICOMLib.Pixels.Volume import VolumeSoFar, VoxelArray
from DICOMLib.Scene.Scene import Scene

from .Reader import addVolumeNode
from .VoxelValues import VoxelValues

# Who has waited so long, and has at least as much ahead, is shown what there is. A preview takes time from the reading
# (memory that was not read is filled, slices are drawn), so that a load of half a second is over before it would have
# paid; and of one that is longer the first picture shall be there half a second after the click.
PATIENCE_SECONDS = 0.25
# Decoding takes its time for sure, in processes of its own.
PATIENCE_SECONDS_DECODING = 0.1
LEAST_PART_LEFT = 0.5

Offer = Callable[[LoadPreview], None]


class SlowLoad:
    """Watches a volume being read, and offers a preview when that takes a while.

    :param offer: called on a reading thread
    :param clock: monotonic seconds, replaceable in tests
    """

    def __init__(
        self, name: str, stack: SliceStack, values: VoxelValues, offer: Offer,
        clock: Callable[[], float] = time.monotonic,
    ):  # fmt: skip
        self._name, self._stack, self._values, self._offer, self._clock = name, stack, values, offer, clock
        self._patience = PATIENCE_SECONDS if isNative(stack.instances[0]) else PATIENCE_SECONDS_DECODING
        self._started = clock()
        self._numbersRead: set[int] = set()
        self._reading: object = None
        self._preview: LoadPreview | None = None

    def onSliceRead(self, number: int, soFar: VolumeSoFar) -> None:
        """To be given to ``readVolume``. :raises CancelledError: when the load was cancelled"""
        if soFar.fillUnread is not self._reading:  # another reader has begun
            self.end()
            self._reading, self._numbersRead = soFar.fillUnread, set()
        self._numbersRead.add(number)  # not before: its values are final now
        if self._preview is not None:
            self._preview.slicesRead = len(self._numbersRead)
            self._preview.isOver |= soFar.array is None
        elif soFar.array is not None and self._isSlow(len(soFar.array)):
            self._begin(number, soFar)

    def end(self) -> None:
        """What was offered is not shown any longer."""
        if self._preview is not None:
            self._preview.isOver = True
            self._preview = None

    def _isSlow(self, count: int) -> bool:
        spent = self._clock() - self._started
        isWhole = count == len(self._stack.sources)  # else slices are left out, and lie elsewhere
        read, left = len(self._numbersRead), count - len(self._numbersRead)
        isLong = left >= LEAST_PART_LEFT * count and spent * left >= PATIENCE_SECONDS * read  # at the rate so far
        return isWhole and isLong and spent >= self._patience

    def _begin(self, number: int, soFar: VolumeSoFar) -> None:
        slice = soFar.array[number : number + 1]
        isInverted = soFar.photometricInterpretation == "MONOCHROME1"
        if soFar.array.ndim == 3:
            soFar.fillUnread(darkest(slice, isInverted))
        scene = Scene()
        volume = VoxelArray(soFar.array, soFar.photometricInterpretation)
        seen = VoxelArray(slice, soFar.photometricInterpretation)
        node = addVolumeNode(scene, self._name, self._stack, volume, self._values, windowedBy=seen)
        self._preview = LoadPreview(node, scene, len(self._numbersRead), numbersRead=self._numbersRead)
        self._offer(self._preview)


def darkest(slice: numpy.ndarray, isInverted: bool) -> float:
    """The value of a slice that is drawn darkest; 0 where there is no number.

    :param isInverted: whether high values are dark
    """
    values = slice[numpy.isfinite(slice)] if slice.dtype.kind == "f" else slice
    if not values.size:
        return 0
    return (values.max() if isInverted else values.min()).item()


@contextmanager
def watched(
    name: str, stack: SliceStack, values: VoxelValues, offer: Offer | None
) -> Iterator[Callable[[int, VolumeSoFar], None] | None]:
    """What to give to ``readVolume`` as ``onSliceRead``: None where nobody wants a preview."""
    load = SlowLoad(name, stack, values, offer) if offer is not None else None
    try:
        yield load and load.onSliceRead
    except BaseException:  # a cancel as well: the preview of what does not come has to go
        if load is not None:
            load.end()
        raise
