"""A volume to single-frame image objects, one file for each slice."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from DICOMLib.Errors import ExportError
from DICOMLib.Export.Compression import Compression, SliceEncoder
from DICOMLib.Export.DecimalString import decimalString, decimalStrings
from DICOMLib.Export.Destination import writingErrors
from DICOMLib.Export.FileEncoding import SharedHeader, encapsulatedPixels, nativePixels, writePrivateFile
from DICOMLib.Export.SourceAttributes import Carried, putInto
from DICOMLib.Export.UIDs import newUID
from DICOMLib.Progress import Progress
from DICOMLib.TransferSyntaxes import EXPLICIT_LITTLE_ENDIAN
from DICOMLib.Workers.WorkerPool import WorkerPool

from .ImageObjects import seriesObject
from .SlicePlanes import SlicePlanes, slicePlanes
from .StorageClasses import PT, StorageClass, storageClassFor
from .StoredVoxels import StoredVoxels, storedVoxels
from .VolumeContent import VolumeContent

if TYPE_CHECKING:
    import numpy
    from pydicom.dataset import Dataset

FILE_NAME = "IMG%04d.dcm"
LARGEST_SIDE = 65535
# References of a computed slice to all it was made of; more would be larger than the images.
_MOST_REFERENCES = 20_000


@dataclass
class VolumeSource:
    """What a volume was made of.

    :ivar references: (SOP class UID, SOP instance UID) of its objects, in slice order
    :ivar isSamePlace: whether slices are where, and as many as, those of the source
    :ivar hasSameFrame: whether voxels are where those of the source are, though slices may be of many images each
    :ivar imageType: third value of their image type
    :ivar rescaleType: what their rescaled values are, e.g. HU
    """

    carried: Carried = field(default_factory=Carried)
    references: Sequence[tuple[str, str]] = ()
    isSamePlace: bool = False
    hasSameFrame: bool = False
    imageType: str = ""
    rescaleType: str = ""


@dataclass
class PlannedSeries:
    """Files in slice order, and what a reader has to find in them."""

    files: list[str]
    instanceUIDs: list[str]
    storage: StorageClass
    stored: StoredVoxels
    planes: SlicePlanes
    dataset: Dataset
    """What all objects have in common, with what is the last one's own."""
    content: VolumeContent
    source: VolumeSource
    ofImages: Sequence[Mapping[str, str]] = ()
    """For each file what it alone has, path → text; the same paths in all, "" where one has none."""


def planSeries(
    content: VolumeContent,
    tags: Mapping[str, str],
    folder: str,
    source: VolumeSource | None = None,
    progress: Progress | None = None,
) -> PlannedSeries:
    """What is to be written: files ``IMG0001.dcm`` and so on, one for each slice.

    :param tags: keyword → text; study, series and frame of reference UIDs are in it
    :raises ExportError: when DICOM cannot say this
    :raises CancelledError: when progress was cancelled
    """
    source = source or VolumeSource()
    if max(content.dimensions[:2]) > LARGEST_SIDE:
        raise ExportError("images of this size cannot be written", content.name, f"at most {LARGEST_SIDE} a side")
    isOriented = content.hasPlace or bool(source.carried.common.get("PatientOrientation"))
    storage = storageClassFor(tags.get("Modality", ""), content.array, isOriented)
    planes = slicePlanes(content.ijkToLPS, content.dimensions, content.name)
    stored = storedVoxels(content.array, storage, content.name, progress, eachSlice=storage is PT)
    dataset = seriesObject(
        content, storage, stored, planes, tags, source.carried.common, source.imageType, source.rescaleType
    )
    dataset.DerivationDescription = derivationText(content, stored)
    count = len(content.array)
    files = [os.path.join(folder, FILE_NAME % number) for number in range(1, count + 1)]
    return PlannedSeries(files, [newUID() for _ in range(count)], storage, stored, planes, dataset, content, source)


def writeSeries(
    series: PlannedSeries,
    onWritten: Callable[[int], None] | None = None,
    progress: Progress | None = None,
    compression: Compression | None = None,
    workers: WorkerPool | None = None,
) -> None:
    """Write all slices.

    :param onWritten: called with the number of files that are complete, after each
    :param workers: encode where there is a compression
    :raises ExportError: when files cannot be written, and what `onWritten` raises
    :raises CancelledError: when progress was cancelled
    """
    if compression is None:
        _writeAll(series, _SliceWriter(series), onWritten, progress)
        return
    with SliceEncoder(compression, os.path.dirname(series.files[0]), workers, progress) as encoder:
        codestreams = encoder.encoded(series.stored.slice, len(series.files))
        _writeAll(series, _SliceWriter(series, compression.syntaxUID, codestreams), onWritten, progress)


def _writeAll(
    series: PlannedSeries,
    writer: _SliceWriter,
    onWritten: Callable[[int], None] | None,
    progress: Progress | None,
) -> None:
    count = len(series.files)
    for k, (path, uid) in enumerate(zip(series.files, series.instanceUIDs, strict=True)):
        if progress is not None:
            progress.raiseIfCancelled()
        try:
            with writingErrors(path):
                writer.write(k, uid, path)
        except ValueError:  # pydicom's, which quotes the value: it may be the patient's
            raise ExportError("a value is not one that the standard allows", series.content.name) from None
        if onWritten is not None:
            onWritten(k + 1)
        if progress is not None:
            progress.report(k + 1, count, "Writing and checking")


def derivationText(content: VolumeContent, stored: StoredVoxels) -> str:
    """What was done to the voxels."""
    if content.array.dtype.kind != "f" or not stored.isRescaled:
        return "Exported volume, voxel values unchanged"
    most = "" if stored.slopes is None else "at most "
    return f"Exported volume, values rounded to steps of {most}{stored.slope:.6g}, by at most {stored.slope / 2:.6g}"


class _SliceWriter:
    """Encodes what slices share once, and the elements of each slice that are its own."""

    def __init__(
        self,
        series: PlannedSeries,
        syntaxUID: str = EXPLICIT_LITTLE_ENDIAN,
        codestreams: Iterator[bytes] | None = None,
    ):
        """:param codestreams: of all slices, where they are encoded"""
        self._series = series
        self._codestreams = codestreams
        self._source = source = series.source
        self._normal = _normal(series.planes)
        ofSlices = {path for mapping in source.carried.ofSlices for path in mapping}
        ofEach = {path for path in ofSlices if "." not in path} if source.isSamePlace else set()
        self._defaults = {
            keyword: value for keyword, value in series.storage.defaults.items()
            if keyword in ofEach and isinstance(value, str)
        }  # fmt: skip
        self._added = _sequencesAddedTo(series.dataset, ofSlices)
        _referToAll(series)
        ofEach |= {path.partition("[")[0] for mapping in series.ofImages[:1] for path in mapping}
        self._header = SharedHeader(series.dataset, syntaxUID, ofEach)
        for keyword in ofEach:
            series.dataset.pop(keyword, None)

    def write(self, k: int, uid: str, path: str) -> None:
        own = self._own(k, uid)
        writePrivateFile((self._header.forFile(own), *self._pixels(k)), path)
        if k == len(self._series.files) - 1:
            self._series.dataset.update(own)

    def _pixels(self, k: int) -> Sequence:
        if self._codestreams is not None:
            return encapsulatedPixels([next(self._codestreams)])
        pixels = self._series.stored.slice(k)
        pixels = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False)
        return nativePixels(pixels.dtype.itemsize, pixels.nbytes), pixels.data, b"\0" * (pixels.nbytes % 2)

    def _own(self, k: int, uid: str) -> Dataset:
        from pydicom.dataset import Dataset

        own = copy.deepcopy(self._added) if self._added else Dataset()
        self._place(own, k, uid)
        if self._source.isSamePlace:
            self._describe(own, k)
        if self._series.ofImages:
            attributes = self._series.ofImages[k]
            for path in attributes:
                own.pop(path.partition("[")[0], None)
            putInto(own, {path: text for path, text in attributes.items() if text})
        return own

    def _place(self, own: Dataset, k: int, uid: str) -> None:
        own.SOPInstanceUID = uid
        own.InstanceNumber = k + 1
        planes = self._series.planes
        if self._series.content.hasPlace:
            position = planes.positions[k]
            own.ImagePositionPatient = decimalStrings(position)
            own.SliceLocation = decimalString(float(self._normal @ position))
        if self._series.storage is PT:
            own.ImageIndex = k + 1
        if self._series.stored.slopes is not None:
            self._scale(own, self._series.stored.slopes[k])

    def _scale(self, own: Dataset, slope: float) -> None:
        own.RescaleSlope = decimalString(slope)
        mappings = copy.deepcopy(self._series.dataset.get("RealWorldValueMappingSequence"))
        if mappings:
            mappings[0].RealWorldValueSlope = slope
            own.RealWorldValueMappingSequence = mappings

    def _describe(self, own: Dataset, k: int) -> None:
        if self._source.references:
            own.SourceImageSequence = [_reference(self._source.references[k])]
        if self._source.carried.ofSlices:
            putInto(own, {**self._defaults, **self._source.carried.ofSlices[k]})


def _sequencesAddedTo(dataset: Dataset, paths: Iterable[str]) -> Dataset:
    """The sequences that paths of single slices lead into, as the slices share them: each slice adds to a copy."""
    from pydicom.dataset import Dataset

    roots = {path.partition("[")[0] for path in paths if "." in path}
    added = Dataset()
    added.update({root: dataset[root] for root in roots if root in dataset})
    return added


def _referToAll(series: PlannedSeries) -> None:
    """Where no slice is made of one object, each refers to all of them, as long as these are not too many."""
    references = series.source.references
    if references and not series.source.isSamePlace and len(references) * len(series.files) <= _MOST_REFERENCES:
        series.dataset.SourceImageSequence = [_reference(one) for one in references]


def _normal(planes: SlicePlanes) -> numpy.ndarray:
    import numpy

    return numpy.cross(planes.orientation[:3], planes.orientation[3:])


def _reference(identifiers: tuple[str, str]) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = identifiers
    return item
