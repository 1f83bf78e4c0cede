"""A volume to single-frame image objects, one file for each slice."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from DICOMLib.Errors import ExportError
from DICOMLib.Export.DecimalString import decimalString, decimalStrings
from DICOMLib.Export.Destination import writingErrors
from DICOMLib.Export.SourceAttributes import Carried, putInto
from DICOMLib.Export.UIDs import newUID
from DICOMLib.Progress import Progress

from .ImageObjects import seriesObject
from .SlicePlanes import SlicePlanes, slicePlanes
from .StorageClasses import PT, StorageClass, storageClassFor
from .StoredVoxels import StoredVoxels, storedVoxels
from .VolumeContent import VolumeContent

if TYPE_CHECKING:
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
    :ivar imageType: third value of their image type
    :ivar rescaleType: what their rescaled values are, e.g. HU
    """

    carried: Carried = field(default_factory=Carried)
    references: Sequence[tuple[str, str]] = ()
    isSamePlace: bool = False
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
    storage = storageClassFor(tags.get("Modality", ""), content.array)
    planes = slicePlanes(content.ijkToLPS, content.dimensions, content.name)
    stored = storedVoxels(content.array, storage, content.name, progress)
    dataset = seriesObject(
        content, storage, stored, planes, tags, source.carried.common, source.imageType, source.rescaleType
    )
    dataset.DerivationDescription = derivationText(content, stored)
    count = len(content.array)
    files = [os.path.join(folder, FILE_NAME % number) for number in range(1, count + 1)]
    return PlannedSeries(files, [newUID() for _ in range(count)], storage, stored, planes, dataset, content, source)


def writeSeries(
    series: PlannedSeries, onWritten: Callable[[int], None] | None = None, progress: Progress | None = None
) -> None:
    """Write all slices.

    :param onWritten: called with the number of files that are complete, after each
    :raises ExportError: when files cannot be written, and what `onWritten` raises
    :raises CancelledError: when progress was cancelled
    """
    writer = _SliceWriter(series)
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
    return f"Exported volume, values rounded to multiples of {stored.slope:.6g}, by at most {stored.slope / 2:.6g}"


class _SliceWriter:
    """Changes one data set from slice to slice, so that what they share is made once."""

    def __init__(self, series: PlannedSeries):
        dataset, source, storage = series.dataset, series.source, series.storage
        self._dataset = dataset
        self._content = series.content
        self._storage = storage
        self._stored = series.stored
        self._planes = series.planes
        self._source = source
        self._ofImages = series.ofImages
        self._ofSlices = {path for mapping in source.carried.ofSlices for path in mapping if "." not in path}
        self._defaults = {
            keyword: value for keyword, value in storage.defaults.items()
            if keyword in self._ofSlices and isinstance(value, str)
        }  # fmt: skip
        slices = len(series.files)
        self._refersToAll = not source.isSamePlace and len(source.references) * slices <= _MOST_REFERENCES
        if source.references and self._refersToAll:
            dataset.SourceImageSequence = [_reference(one) for one in source.references]

    def write(self, k: int, uid: str, path: str) -> None:
        self._place(k, uid)
        if self._source.isSamePlace:
            self._describe(k)
        if self._ofImages:
            self._setOwn(self._ofImages[k])
        pixels = self._stored.slice(k)
        contents = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes()
        dataset = self._dataset
        dataset.PixelData = contents + b"\0" * (len(contents) % 2)
        dataset["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"
        _save(dataset, path)

    def _place(self, k: int, uid: str) -> None:
        dataset = self._dataset
        dataset.SOPInstanceUID = uid
        dataset.InstanceNumber = k + 1
        if self._content.hasPlace:
            position = self._planes.positions[k]
            dataset.ImagePositionPatient = decimalStrings(position)
            normal = _normal(self._planes)
            dataset.SliceLocation = decimalString(float(normal @ position))
        if self._storage is PT:
            dataset.ImageIndex = k + 1

    def _describe(self, k: int) -> None:
        if self._source.references:
            self._dataset.SourceImageSequence = [_reference(self._source.references[k])]
        if self._source.carried.ofSlices:
            for keyword in self._ofSlices:  # else a slice without a value would get that of the one before
                self._dataset.pop(keyword, None)
            putInto(self._dataset, {**self._defaults, **self._source.carried.ofSlices[k]})

    def _setOwn(self, attributes: Mapping[str, str]) -> None:
        for path in attributes:
            self._dataset.pop(path.partition("[")[0], None)
        putInto(self._dataset, {path: text for path, text in attributes.items() if text})


def _normal(planes: SlicePlanes):
    import numpy

    return numpy.cross(planes.orientation[:3], planes.orientation[3:])


def _reference(identifiers: tuple[str, str]) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = identifiers
    return item


def _save(dataset: Dataset, path: str) -> None:
    """With a file of mode 0600: it holds a patient's image."""
    from pydicom import dcmwrite
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        dcmwrite(file, dataset, enforce_file_format=True)
