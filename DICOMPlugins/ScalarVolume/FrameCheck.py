"""A multi-frame object that was written is read back, and compared with the volume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy

from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Export.ReadBack import COSINE_TOLERANCE, POSITION_TOLERANCE_MM, BackgroundCheck, Expectation

from .SlicePlanes import SlicePlanes
from .StoredVoxels import StoredVoxels
from .VolumeContent import VolumeContent

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_REQUIRED = ("SOPClassUID", "ImageType", "ContentDate", "FrameOfReferenceUID", "DimensionIndexValues", "FrameType")


def checkFrames(
    path: str,
    content: VolumeContent,
    tags: Mapping[str, str],
    stored: StoredVoxels,
    dataset: Dataset,
    planes: SlicePlanes,
    context: PluginContext,
    isReadByGDCM: bool = True,
) -> None:
    """Voxels, places and identifiers of every frame.

    :param stored: voxels as they were to be written
    :param isReadByGDCM: whether GDCM knows objects of this class
    :raises ExportError: what is not as it was meant
    :raises CancelledError: when the context's progress was cancelled
    """
    count = len(content.array)
    numbers = {
        "PixelSpacing": (numpy.tile(numpy.asarray(planes.pixelSpacing), (count, 1)), POSITION_TOLERANCE_MM),
        "ImagePositionPatient": (planes.positions, POSITION_TOLERANCE_MM),
        "ImageOrientationPatient": (numpy.tile(planes.orientation, (count, 1)), COSINE_TOLERANCE),
        "InStackPositionNumber": (numpy.arange(1, count + 1)[:, numpy.newaxis], 0),
        "NumberOfFrames": (numpy.full((count, 1), count), 0),
        "RescaleSlope": (numpy.full((count, 1), stored.slope), 0),
        "RescaleIntercept": (numpy.full((count, 1), stored.intercept), 0),
    }
    texts = {
        "SOPInstanceUID": [str(dataset.SOPInstanceUID)] * count,
        **{name: [tags[name].strip()] * count for name in ("SeriesInstanceUID", "StudyInstanceUID", "Modality")},
    }
    expected = Expectation(
        [path] * count, stored.slice, stored.dtype, stored.slope, stored.intercept, str(dataset.SOPClassUID),
        numbers=numbers, texts=texts, required=_REQUIRED, isMultiFrame=True,
        isReadByGDCM=isReadByGDCM,
    )  # fmt: skip
    with BackgroundCheck(expected, context.workers, context.progress) as check:
        check.finish()
