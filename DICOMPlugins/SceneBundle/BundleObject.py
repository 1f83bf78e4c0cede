"""A scene bundle in one Secondary Capture object (PS3.3 A.8.1): a picture that everybody can show, the scene behind it.

The object is that of a picture and nothing else; the scene is in private elements (see ``BundleElements``), which a
program that does not know them keeps or leaves out.
"""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy

from DICOMLib.Database.Durability import openPrivately
from DICOMLib.Errors import ExportError
from DICOMLib.Export.Destination import writingErrors
from DICOMLib.Export.FileEncoding import SharedHeader, nativePixels
from DICOMLib.Export.SourceAttributes import putInto
from DICOMLib.Export.UIDs import newUID
from DICOMLib.Progress import Progress
from DICOMLib.TransferSyntaxes import EXPLICIT_LITTLE_ENDIAN

from ..ScalarVolume.ImageObjects import putTags
from .BundleElements import LARGEST_ZIP, elementsBefore

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

FILE_NAME = "SlicerDataBundle.dcm"
STORAGE_CLASS = "1.2.840.10008.5.1.4.1.1.7"
STORAGE_NAME = "Secondary Capture Image Storage"
SERIES_DESCRIPTION = "Slicer Data Bundle"
MODALITY = "OT"
_CHUNK = 1 << 20
_REQUIRED_EMPTY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "ReferringPhysicianName",
    "StudyID", "AccessionNumber", "SeriesNumber", "PatientOrientation", "Laterality",
)  # fmt: skip


@dataclass(frozen=True)
class BundleContent:
    """What is written beside the scene.

    :ivar tags: keyword → text; UIDs of study and series, and the Modality, are in it
    :ivar picture: RGB, shape (rows, columns, 3), uint8
    :ivar carried: path → text, of the chosen study's images: attributes of patient and study
    :ivar hasTextInPicture: whether it may show names; None when nobody knows
    """

    tags: Mapping[str, str]
    picture: numpy.ndarray
    carried: Mapping[str, str] = field(default_factory=dict)
    hasTextInPicture: bool | None = None


def writeObject(content: BundleContent, bundle: str, path: str, progress: Progress | None = None) -> str:
    """Write the object; the scene goes through memory piece by piece.

    :param bundle: path of the zip
    :param path: of the new file, of mode 0600: it is of a patient
    :returns: SHA-256 of the zip
    :raises ExportError: when the zip is larger than an element may be, or changes, or a tag cannot be written
    :raises CancelledError: when progress was cancelled
    """
    with writingErrors(path):
        size = os.path.getsize(bundle)
        requireRoom(size)
        head = _header(content)
        with open(path, "x+b", opener=openPrivately) as file:
            file.write(head)
            start = file.tell()
            file.write(elementsBefore(size, "0" * 64))
            digest = _copied(bundle, size, file, progress)
            file.write(b"\0" * (size % 2))
            file.seek(start)
            file.write(elementsBefore(size, digest))
            file.flush()
            os.fsync(file.fileno())
    return digest


def requireRoom(size: int) -> None:
    """:raises ExportError: when a zip of so many bytes does not fit into one element"""
    if size > LARGEST_ZIP:
        raise ExportError(
            "the scene is too large for one DICOM object, which holds less than 4 GiB",
            value=f"{size / (1 << 30):.1f} GiB compressed",
            hint="Save it as a scene file (.mrb), or take some of its volumes out",
        )


def _copied(bundle: str, size: int, file, progress: Progress | None) -> str:
    digest, done = hashlib.sha256(), 0
    with open(bundle, "rb") as source:
        while piece := source.read(_CHUNK):
            if progress is not None:
                progress.raiseIfCancelled()
                progress.report(done, size, "Writing the DICOM object")
            digest.update(piece)
            file.write(piece)
            done += len(piece)
    if done != size:
        raise ExportError("the scene changed while it was written")
    return digest.hexdigest()


def _header(content: BundleContent) -> bytes:
    """Everything before the private elements."""
    from pydicom.dataset import Dataset

    own = Dataset()
    own.SOPInstanceUID = newUID()
    try:
        header = SharedHeader(pictureDataset(content), EXPLICIT_LITTLE_ENDIAN).forFile(own)
    except ValueError as error:
        raise ExportError("a tag has a value that cannot be written", value=type(error).__name__) from None
    values = content.picture.tobytes()
    return b"".join((header, nativePixels(1, len(values)), values, b"\0" * (len(values) % 2)))


def pictureDataset(content: BundleContent) -> Dataset:
    """The object without identifier and pixels.

    :raises ExportError: when a tag has a value that the standard does not allow
    """
    from pydicom.dataset import Dataset

    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for keyword in _REQUIRED_EMPTY:
        setattr(dataset, keyword, "")
    putInto(dataset, content.carried)
    putTags(dataset, content.tags)
    dataset.pop("FrameOfReferenceUID", None)  # the picture is nowhere in the patient
    dataset.Modality = content.tags.get("Modality", "").strip() or MODALITY
    dataset.SeriesDescription = content.tags.get("SeriesDescription", "").strip() or SERIES_DESCRIPTION
    dataset.SOPClassUID = STORAGE_CLASS
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.ConversionType = "WSD"  # a workstation made it (C.8.6.1)
    dataset.InstanceNumber = 1
    _dates(dataset)
    rows, columns, _ = content.picture.shape
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = rows, columns, 3
    dataset.PhotometricInterpretation, dataset.PlanarConfiguration = "RGB", 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    if content.hasTextInPicture is not None:
        dataset.BurnedInAnnotation = "YES" if content.hasTextInPicture else "NO"
    return dataset


def _dates(dataset: Dataset) -> None:
    now = datetime.datetime.now()
    date, time = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = date, time
    dataset.DateOfSecondaryCapture, dataset.TimeOfSecondaryCapture = date, time
    if not dataset.get("ContentDate"):
        dataset.ContentDate, dataset.ContentTime = date, time
