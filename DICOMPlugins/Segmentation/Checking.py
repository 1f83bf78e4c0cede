"""A written segmentation is read again, by readers that had no part in writing it, and compared with the labels.

Header and places are read by our own scanner, voxels by GDCM in a worker process. They are read by our own reader,
which had no part in packing them either, where GDCM would have to hold very many frames at a time, where the bits of
all frames do not fill the last byte: then GDCM reads the last ones wrong, or where the first two frames lie in one
plane: then ITK refuses the file.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy

from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError, FileError, LoadError, PixelDataError
from DICOMLib.Export.ReadBack import POSITION_TOLERANCE_MM
from DICOMLib.Geometry.FrameTable import parseNumbers
from DICOMLib.Pixels.Decoded import GDCM, NATIVE
from DICOMLib.Progress import Progress
from DICOMLib.Workers.WorkerPool import WorkerPool, givenOrOwn

from .Layers import FrameReader
from .SegmentationObject import BINARY, SegmentationObject, readSegmentationObject
from .Segments import Segment
from .Writer import LabelVolume, writtenName
from .WrittenTexts import writtenCode

REQUIRED = ("SOPInstanceUID", "ContentDate", "SeriesNumber", "ImageType")
COSINE_TOLERANCE = 1e-9
LARGEST_FOR_GDCM = 256 << 20


def checkWritten(path: str, labels: LabelVolume, tags: Mapping[str, str], context: PluginContext) -> None:
    """Compare every voxel, the places of all frames, the segments and the identifiers.

    :raises ExportError: what is not as it was meant
    :raises CancelledError: when the context's progress was cancelled
    """
    try:
        source = readSegmentationObject(path)
        _checkHeader(source, labels, tags)
        slices = _checkPlaces(source, labels)
        with givenOrOwn(context.workers) as workers:
            _checkVoxels(source, labels, slices, workers, context.progress)
    except (FileError, PixelDataError, LoadError) as error:
        raise _failed(error.what, error.value) from None


def _failed(what: str, value: object = None) -> ExportError:
    return ExportError(f"the written file failed the check: {what}", value=value)


def _checkHeader(source: SegmentationObject, labels: LabelVolume, tags: Mapping[str, str]) -> None:
    instance = source.instance
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "Modality"):
        if instance.value(keyword).strip() != tags[keyword].strip():
            raise _failed(f"{keyword} read back is not the one that was written")
    for keyword in REQUIRED:
        if not instance.value(keyword).strip():
            raise _failed(f"{keyword} is missing")
    if source.kind != BINARY:
        raise _failed("the type of segmentation is another", source.kind)
    found = {
        number: (one.label, one.displayName, one.category[:2], one.type[:2]) for number, one in source.segments.items()
    }
    meant = [_described(segment) for segment in labels.segments]
    if found != dict(zip(labels.numbers, meant, strict=True)):
        raise _failed("the segments read back are not those that were written")


def _described(segment: Segment) -> tuple:
    """What has to be found of a segment."""
    name = writtenName(segment)
    return segment.label, name, writtenCode(segment.category, name)[:2], writtenCode(segment.type, name)[:2]


def _checkPlaces(source: SegmentationObject, labels: LabelVolume) -> list[int]:
    """:returns: slice of each frame"""
    instance, planes = source.instance, labels.planes
    positions = parseNumbers(instance.frameValues("ImagePositionPatient"), 3)
    orientations = parseNumbers(instance.frameValues("ImageOrientationPatient"), 6)
    spacings = parseNumbers(instance.frameValues("PixelSpacing"), 2)
    if not numpy.abs(orientations - planes.orientation).max() <= COSINE_TOLERANCE:
        raise _failed("the orientation read back is not the one that was written")
    if not numpy.abs(spacings - planes.pixelSpacing).max() <= POSITION_TOLERANCE_MM:
        raise _failed("the pixel spacing read back is not the one that was written")
    slices = []
    for position in positions:
        away = numpy.abs(planes.positions - position).max(axis=1)
        slices.append(int(away.argmin()))
        if not away.min() <= POSITION_TOLERANCE_MM:
            raise _failed("a frame is not where it was meant to be")
    # Uneven slices lie on a grid with planes between them.
    if labels.stride is not None and source.grid.planes != len(labels.array):
        raise _failed("the grid read back has another number of planes", source.grid.planes)
    return slices


def _checkVoxels(
    source: SegmentationObject, labels: LabelVolume, slices: list[int], workers: WorkerPool, progress: Progress | None
) -> None:
    instance = source.instance
    bits = instance.rows * instance.columns * instance.numberOfFrames
    # The first two frames are what ITK takes the distance of slices from, and it takes no distance of zero.
    isApart = slices[:1] != slices[1:2]
    reader = GDCM if bits <= LARGEST_FOR_GDCM and bits % 8 == 0 and isApart else NATIVE
    if len(set(zip(slices, source.segmentOfFrame.tolist(), strict=True))) < len(slices):
        raise _failed("a segment has two frames at the same place")
    told = 0
    numbers = dict(zip(labels.numbers, (segment.label for segment in labels.segments), strict=True))
    frames = numpy.arange(instance.numberOfFrames)
    if (instance.rows, instance.columns) != labels.array.shape[1:]:
        raise _failed("images of another size were written")
    for frame, (_, values) in enumerate(FrameReader(source, workers, progress, reader).read(frames)):
        wanted = labels.array[slices[frame]] == numbers[int(source.segmentOfFrame[frame])]
        if not numpy.array_equal(values != 0, wanted):
            raise _failed("voxels read back are not those that were written")
        told += int(numpy.count_nonzero(wanted))
    # Frames that were left out were empty.
    if told != int(numpy.count_nonzero(labels.array)):
        raise _failed("labels are missing in the written file")
