"""Slices of many files, or of many frames, or of parts of these, to one array of voxels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy

from ..Errors import LimitExceededError, PixelDataError
from ..Instance import Instance
from ..Progress import Progress
from ..SliceSource import SliceSource
from ..SystemMemory import physicalMemory
from ..Workers.WorkerPool import WorkerPool
from .Decoded import NATIVE
from .LookupTable import LookupTable
from .PixelLayout import LARGEST_OBJECT_BYTES, layoutOf
from .Rescale import RESCALE_TAGS, Rescale, rescaleOf
from .SliceObjects import SliceObject, sliceObjects
from .SliceReading import SliceReading
from .Tables import hasModalityTable, readModalityTables, readPalettes
from .ValuePlan import Mapping, StoredSlice, planValues
from .VolumeAssembly import Assembly, ColourAssembly, GreyAssembly

# (source, its rescale) → the rescale, or the table of stored values, to use instead
Rescaling = Callable[[SliceSource, Rescale], Mapping]


@dataclass(frozen=True)
class VolumeSoFar:
    """A volume while it is read.

    :ivar array: as that of :class:`VoxelArray`, the very memory that is written to; slices that have not arrived are
        zero or what :attr:`fillUnread` put there. None where values can only be told in the end: a slice has come that
        the type of the ones before does not hold
    :ivar fillUnread: gives a value to all slices that nobody has begun to read
    """

    array: numpy.ndarray | None
    photometricInterpretation: str
    fillUnread: Callable[[float], None]


@dataclass
class VoxelArray:
    """Voxels of a volume.

    :ivar array: C order, shape (slices, rows, columns) or (slices, rows, columns, 3) for RGB
    :ivar photometricInterpretation: "MONOCHROME1" (to be shown inverted), "MONOCHROME2" or "RGB"
    :ivar rescaleApplied: whether the voxels are modality values different from the stored ones
    :ivar rescale: the one slope and intercept of all slices, None when slices differ or a table gave the values
    :ivar reader: who read the values (see Readers.py)
    :ivar readerNote: why that was not the first choice, a sentence; "" when it was
    """

    array: numpy.ndarray
    photometricInterpretation: str
    rescaleApplied: bool = False
    rescale: Rescale | None = None
    reader: str = NATIVE
    readerNote: str = ""

    @property
    def isColour(self) -> bool:
        """Whether each voxel has red, green and blue."""
        return self.array.ndim == 4


def readVolume(
    sources: Sequence[SliceSource | Instance],
    progress: Progress | None = None,
    workers: WorkerPool | None = None,
    largestObjectBytes: int = LARGEST_OBJECT_BYTES,
    rescaling: Rescaling | None = None,
    onSliceRead: Callable[[int, VolumeSoFar], None] | None = None,
    reader: str = NATIVE,
) -> VoxelArray:
    """Read slices in the order given; an object given instead of a source stands for all its frames.

    Grey values are what the modality measured: its table, or slope and intercept of the slice, applied; their type is
    as narrow as truth allows (see ValuePlan.py, with the bound of its rounding). MONOCHROME1 keeps its values. YBR and
    palette colours become RGB. Memory is taken for the volume and a few frames; native files are read frame by frame.

    :param workers: processes for what has to be decoded; without them some are started for this call
    :param largestObjectBytes: a compressed object may decode to
    :param rescaling: changes the rescale of slices, e.g. to standardised uptake values
    :param onSliceRead: called with the number of each slice that has arrived and the volume so far, on the reading
        threads, one call at a time; the middle slice comes first
    :param reader: "native", or "GDCM" for values as GDCM reads them
    :raises PixelDataError: when pixel data is missing, short, changed or cannot be decoded; ``where`` is the file
    :raises FileError: when a file cannot be opened or its header is beyond the limits
    :raises CancelledError: when `progress` was cancelled
    """
    progress = progress or Progress()
    slices = _sourcesOf(sources, largestObjectBytes)
    if not slices:
        raise PixelDataError("there are no images to read")
    objects = sliceObjects(slices, largestObjectBytes)
    reading = SliceReading(progress, workers, reader)
    try:
        assembly = _assembly(slices, objects, reading, rescaling, onSliceRead is not None)
        photometricInterpretation = "RGB" if objects[0].layout.isColour else objects[0].layout.photometricInterpretation
        fill = lambda value: assembly.fillUnread(value, progress)  # noqa: E731
        observer = onSliceRead and (
            lambda number: onSliceRead(number, VolumeSoFar(assembly.shown, photometricInterpretation, fill))
        )
        reading.read(objects, assembly, len(slices), observer)
    finally:
        reading.close()
    if isinstance(assembly, ColourAssembly):
        return VoxelArray(assembly.result(), "RGB", reader=reader)
    plan = assembly.plan
    return VoxelArray(assembly.result(), photometricInterpretation, not plan.isIdentity, plan.uniform, reader)


def _sourcesOf(sources: Sequence[SliceSource | Instance], largestObjectBytes: int) -> list[SliceSource]:
    result: list[SliceSource] = []
    for source in sources:
        if isinstance(source, SliceSource):
            result.append(source)
        else:
            if source.numberOfFrames > 1:
                layoutOf(source, largestObjectBytes)  # a forged number of frames must not become a list
            result += [SliceSource(source, frame) for frame in range(source.numberOfFrames)]
    return result


def _assembly(
    slices: Sequence[SliceSource], objects: Sequence[SliceObject], reading: SliceReading, rescaling: Rescaling | None,
    isWatched: bool,
) -> Assembly:  # fmt: skip
    shape = (len(slices), *objects[0].sliceShape)
    if objects[0].layout.isColour:
        _readPalettes(objects, reading)
        expected = _colourType(objects)
        _checkMemory(shape, expected or numpy.dtype("uint8"), objects[0])
        return ColourAssembly(shape, expected)
    plan = planValues(_storedSlices(slices, objects, reading, rescaling))
    _checkMemory(shape, plan.resultType or plan.storedType, objects[0])
    return GreyAssembly(shape, plan, isWatched)


def _readPalettes(objects: Sequence[SliceObject], reading: SliceReading) -> None:
    coloured = [one for one in objects if one.isIndexed]
    if coloured:
        tables = readPalettes([one.instance for one in coloured], reading.workers, reading.progress)
        for one, table in zip(coloured, tables, strict=True):
            one.palette = table


def _colourType(objects: Sequence[SliceObject]) -> numpy.dtype | None:
    """None where a decoder decides."""
    if not all(one.layout.isNative for one in objects):
        return None
    types = {one.palette.entries.dtype if one.palette else one.layout.storedType for one in objects}
    return max(types, key=lambda dtype: dtype.itemsize)


def _storedSlices(
    slices: Sequence[SliceSource], objects: Sequence[SliceObject], reading: SliceReading, rescaling: Rescaling | None
) -> list[StoredSlice]:
    tables = _modalityTables(objects, reading)
    described: list[StoredSlice | None] = [None] * len(slices)
    equal: dict[StoredSlice, StoredSlice] = {}
    rescales: dict[tuple, Rescale] = {}
    for one in objects:
        dtype, limits = one.layout.storedType, one.layout.storedRange
        table = tables.get(id(one))
        known: dict[tuple[float, float], Rescale] = {}
        same = None if table or one.instance.hasFunctionalGroups else _rescaleOf(one.instance, rescales)
        for frame, wanted in one.frames.items():
            mapping: Mapping = table or same or rescaleOf(one.instance, frame)
            for number, _ in wanted:
                used = mapping
                if rescaling is not None and isinstance(mapping, Rescale):
                    used = _changed(rescaling(slices[number], mapping), one, known)
                slice = StoredSlice(dtype, limits, used)
                described[number] = equal.setdefault(slice, slice)
    return described


def _changed(mapping: Mapping, one: SliceObject, known: dict[tuple[float, float], Rescale]) -> Mapping:
    """What a caller wants instead of the rescale; equal ones become the same."""
    if isinstance(mapping, Rescale):
        return known.setdefault((mapping.slope, mapping.intercept), mapping)
    if one.layout.floating:
        raise PixelDataError("a table of integers cannot be used for floating point pixels", one.instance.path)
    return mapping


def _rescaleOf(instance: Instance, known: dict[tuple, Rescale]) -> Rescale:
    """:func:`rescaleOf` of an object without frames of their own, once for all that say the same."""
    key = tuple(map(instance.values.get, RESCALE_TAGS))
    found = known.get(key)
    if found is None:
        found = known[key] = rescaleOf(instance)
    return found


def _modalityTables(objects: Sequence[SliceObject], reading: SliceReading) -> dict[int, LookupTable]:
    mapped = [one for one in objects if hasModalityTable(one.instance) and not one.layout.floating]
    if not mapped:
        return {}
    tables = readModalityTables([one.instance for one in mapped], reading.workers, reading.progress)
    return {id(one): table for one, table in zip(mapped, tables, strict=True)}


def _checkMemory(shape: tuple[int, ...], dtype: numpy.dtype, first: SliceObject) -> None:
    """A volume beyond the machine's memory would end other programs before it ends this one."""
    needed = dtype.itemsize
    for count in shape:
        needed *= count
    available = physicalMemory()
    if available and needed > available:
        what = f"the volume would take {needed:,} bytes; this computer has {available:,}"
        raise LimitExceededError(what, first.instance.path, hint="Load a part of it")
