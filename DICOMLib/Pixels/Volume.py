"""A list of objects to one array of voxels."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import numpy

from ..Errors import PixelDataError
from ..Instance import Instance
from ..Progress import Progress
from ..Workers.WorkerPool import Task, WorkerPool
from .Decoded import decodeTask
from .NativeReader import checkLength, readNative
from .PixelLayout import LARGEST_OBJECT_BYTES, PixelLayout, layoutOf
from .Rescale import (
    Rescale,
    RescalePlan,
    fitsAfterRescale,
    planRescale,
    rescaleInPlace,
    rescaleInto,
    rescaleOf,
    resultTypeForValues,
)


@dataclass
class VoxelArray:
    """Voxels of a volume.

    :ivar array: C order, shape (slices, rows, columns) or (slices, rows, columns, 3) for RGB
    :ivar photometricInterpretation: "MONOCHROME1" (to be shown inverted), "MONOCHROME2" or "RGB"
    :ivar rescaleApplied: whether the voxels are modality values different from the stored ones
    :ivar rescale: the one slope and intercept of all slices, None when slices differ
    """

    array: numpy.ndarray
    photometricInterpretation: str
    rescaleApplied: bool = False
    rescale: Rescale | None = None

    @property
    def isColour(self) -> bool:
        """Whether each voxel has red, green and blue."""
        return self.array.ndim == 4


def readVolume(
    instances: Sequence[Instance],
    progress: Progress | None = None,
    workers: WorkerPool | None = None,
    largestObjectBytes: int = LARGEST_OBJECT_BYTES,
) -> VoxelArray:
    """Read objects in the order given, one slice each (multi-frame objects one slice a frame), rescale applied.

    Grey values keep an integer type when slope and intercept are integral, else they become float32 (float64 for
    32-bit samples). MONOCHROME1 keeps its values. YBR and palette colours become RGB.

    :param workers: processes for what has to be decoded; without them some are started for this call
    :raises PixelDataError: when pixel data is missing, short, changed or cannot be decoded; ``where`` is the file
    :raises FileError: when a file cannot be opened or its header is beyond the limits
    :raises CancelledError: when `progress` was cancelled
    """
    if not instances:
        raise PixelDataError("there are no images to read")
    progress = progress or Progress()
    layouts = [layoutOf(instance, largestObjectBytes) for instance in instances]
    _checkUniform(instances, layouts)
    _checkLengths(instances, layouts)
    assembly = _Assembly(instances, layouts)
    progress.report(0, len(instances), "Reading images")
    _readNatives(assembly, progress)
    _decodeOthers(assembly, progress, workers)
    return assembly.result()


def _checkUniform(instances: Sequence[Instance], layouts: Sequence[PixelLayout]) -> None:
    """One shape for all; whether grey or colour counts too."""
    for instance, layout in zip(instances, layouts, strict=True):
        if layout.frameShape != layouts[0].frameShape:
            what = f"images differ in size: {_shapeText(layout)}, the first one is {_shapeText(layouts[0])}"
            raise PixelDataError(what, instance.path, hint="Load them as separate volumes")


def _shapeText(layout: PixelLayout) -> str:
    return f"{layout.columns}×{layout.rows}{' colour' if layout.isColour else ''}"


def _checkLengths(instances: Sequence[Instance], layouts: Sequence[PixelLayout]) -> None:
    """That records promise all the bytes, before memory is taken for any of them; files are checked when opened."""
    for instance, layout in zip(instances, layouts, strict=True):
        if layout.isReadDirectly:
            size = instance.fileSize or instance.pixelDataOffset + instance.pixelDataLength
            checkLength(instance, layout, size)


class _Assembly:
    """The volume while its slices arrive, from the reading thread and from those of the workers."""

    def __init__(self, instances: Sequence[Instance], layouts: Sequence[PixelLayout]):
        self.instances = instances
        self.layouts = layouts
        self.firstSlices = [0, *accumulate(layout.frames for layout in layouts)]
        self.shape = (self.firstSlices[-1], *layouts[0].frameShape)
        self.plan = None if layouts[0].isColour else self._plan()
        self._array: numpy.ndarray | None = None
        self._lock = threading.Lock()

    def _plan(self) -> RescalePlan:
        rescales = [
            rescale
            for instance, layout in zip(self.instances, self.layouts, strict=True)
            for rescale in [rescaleOf(instance)] * layout.frames
        ]
        storedType = numpy.result_type(*{layout.storedType for layout in self.layouts})
        ranges = [layout.storedRange for layout in self.layouts]
        if storedType.kind == "f":  # signed and unsigned 64-bit slices have no common integer type
            return RescalePlan(storedType, storedType, tuple(rescales))
        return planRescale(rescales, storedType, (min(low for low, _ in ranges), max(high for _, high in ranges)))

    def isDirect(self, index: int) -> bool:
        """Whether an object is read here rather than by a worker."""
        return self.layouts[index].isReadDirectly

    def readDirectly(self, index: int) -> None:
        """One native object into its slices, by way of a scratch array only where the type changes."""
        instance, layout = self.instances[index], self.layouts[index]
        ownMemory = self._ownMemory(index)
        if ownMemory is not None:
            readNative(instance, layout, ownMemory)
            self._rescaleOwn(index)
            return
        scratch = numpy.empty((layout.frames, *layout.frameShape), layout.storedType)
        readNative(instance, layout, scratch)
        for frame in range(layout.frames):
            self.accept(index, frame, scratch[frame])

    def _ownMemory(self, index: int) -> numpy.ndarray | None:
        """The volume's memory for the slices of an object, seen as stored samples; None where the sizes differ."""
        layout = self.layouts[index]
        if self.plan is not None and not (self.plan.inPlace or self.plan.resultType is None):
            return None
        array = self._allocated(layout.storedType)
        if array.dtype.itemsize != layout.storedType.itemsize or array.dtype.kind == "f":
            return None
        if self.plan is not None and layout.storedType != self.plan.storedType:
            return None
        return self._slices(index).view(layout.storedType)

    def _slices(self, index: int) -> numpy.ndarray:
        return self._array[self.firstSlices[index] : self.firstSlices[index + 1]]

    def _rescaleOwn(self, index: int) -> None:
        if self.plan is not None and self.plan.resultType is not None and not self.plan.isIdentity:
            rescaleInPlace(self._slices(index), self.plan.rescales[self.firstSlices[index]])

    def accept(self, index: int, frame: int, samples: numpy.ndarray) -> None:
        """One slice of stored values (or RGB) from a scratch array or a worker."""
        number = self.firstSlices[index] + frame
        if samples.dtype.kind == "f" or self.plan is None:
            self._acceptAsIs(index, number, samples)
            return
        array = self._allocated(samples.dtype)
        rescale = Rescale() if self.plan.resultType is None else self.plan.rescales[number]
        if not fitsAfterRescale(samples, rescale, array.dtype):
            what = "decoded values are larger than the header announces"
            raise PixelDataError(what, self.instances[index].path, f"{samples.min()} to {samples.max()}")
        rescaleInto(array[number], samples, rescale)

    def _acceptAsIs(self, index: int, number: int, samples: numpy.ndarray) -> None:
        """Colours and floating point pixels: the type of the first slice is the type of the volume."""
        if self._array is None and samples.dtype.kind == "f":
            self.plan = None
        array = self._allocated(samples.dtype)
        if array.dtype != samples.dtype:
            value = f"{samples.dtype} and {array.dtype}"
            raise PixelDataError("slices differ in the type of their values", self.instances[index].path, value)
        array[number] = samples

    def _allocated(self, arriving: numpy.dtype) -> numpy.ndarray:
        """The volume, made when the first slice is known to exist: a forged header alone takes no memory."""
        with self._lock:
            if self._array is None:
                dtype = arriving if self.plan is None else (self.plan.resultType or self.plan.storedType)
                self._array = numpy.empty(self.shape, dtype)
            return self._array

    def result(self) -> VoxelArray:
        array, plan = self._array, self.plan
        if plan is None:
            colour = self.layouts[0].isColour
            return VoxelArray(array, "RGB" if colour else self.layouts[0].photometricInterpretation)
        if plan.resultType is None:
            resultType = resultTypeForValues(array, plan.uniform)
            array = array.view(resultType) if resultType.itemsize == array.dtype.itemsize else array.astype(resultType)
            rescaleInPlace(array, plan.uniform)
        return VoxelArray(array, self.layouts[0].photometricInterpretation, not plan.isIdentity, plan.uniform)


def _readNatives(assembly: _Assembly, progress: Progress) -> None:
    for index in range(len(assembly.instances)):
        if assembly.isDirect(index):
            progress.raiseIfCancelled()
            assembly.readDirectly(index)
            progress.report(progress.done + 1)


def _decodeOthers(assembly: _Assembly, progress: Progress, workers: WorkerPool | None) -> None:
    others = [index for index in range(len(assembly.instances)) if not assembly.isDirect(index)]
    if not others:
        return
    if workers is None:
        with WorkerPool(size=min(2, len(others))) as temporary:
            _decodeAll(assembly, others, progress, temporary)
    else:
        _decodeAll(assembly, others, progress, workers)


def _decodeAll(assembly: _Assembly, others: Sequence[int], progress: Progress, workers: WorkerPool) -> None:
    tasks = [
        decodeTask(assembly.instances[index], assembly.layouts[index], partial(assembly.accept, index))
        for index in others
    ]
    lock = threading.Lock()

    def done(_: Task) -> None:
        with lock:
            progress.report(progress.done + 1)

    workers.runAll(tasks, progress, done)
