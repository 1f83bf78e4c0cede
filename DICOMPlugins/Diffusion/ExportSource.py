"""What the stored objects that a diffusion volume was made of say about what is written of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy

from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import DICOMError
from DICOMLib.Export.SourceAttributes import carriedAttributes, sourceHeaders
from DICOMLib.Export.SourceObjects import objectReferences, sourceInstances
from DICOMLib.Geometry.Slices import planesToAnalyse
from DICOMLib.Instance import Instance

from ..ScalarVolume.Selection import divideImages
from ..ScalarVolume.VolumeContent import VolumeContent
from ..ScalarVolume.VolumeSources import isPlacedAs, thirdImageType
from ..ScalarVolume.Writer import VolumeSource
from .DiffusionSeries import DiffusionSeries
from .ExportContent import DiffusionContent
from .SeriesReading import readSeries
from .Standard import kindByWords
from .Weighting import UNKNOWN

IMAGE_TYPE = "DIFFUSION"
# Values of image types that tell nothing.
_UNTOLD = ("", "OTHER", "NONE")
# Numbers in headers are read the same way each time; this is for those that were rounded on their way through a file.
_SAME_NUMBER = 1e-5


@dataclass
class DiffusionSource:
    """What a diffusion volume was made of.

    :ivar source: by image, slice after slice with all measurements in each, where it is known which image is which
    :ivar headers: of the same images; else of all objects
    :ivar bMatrices: (N, 6) xx, xy, xz, yy, yz, zz, LPS as measured; NaN where there are none
    :ivar isSamePlace: whether slices are where those of the source are
    """

    source: VolumeSource
    headers: list[Mapping[str, str]] = field(default_factory=list)
    bMatrices: numpy.ndarray = field(default_factory=lambda: numpy.empty((0, 6)))
    isSamePlace: bool = False


def diffusionSource(content: DiffusionContent, tags: Mapping[str, str], context: PluginContext) -> DiffusionSource:
    """The source of a volume; measurements are matched by reading the source's weighting again.

    :param tags: keyword → text of what is written
    :raises CancelledError: when the context's progress was cancelled
    """
    instances = sourceInstances(content.volume.instanceUIDs, context.database)
    series = _sameSeries(content, instances)
    images = instances if series is None else _imagesOf(series)
    found = DiffusionSource(VolumeSource(imageType=IMAGE_TYPE), bMatrices=numpy.full((len(content), 6), numpy.nan))
    headerOf = dict(zip(map(id, instances), _headers(instances, context), strict=True))
    found.headers = [header for one in images if (header := headerOf.get(id(one))) is not None]
    if not found.headers:
        return found
    isByImage = series is not None and len(found.headers) == len(images)
    source = found.source
    source.isSamePlace = isByImage
    source.carried = carriedAttributes(found.headers, tags, isByImage)
    source.references = objectReferences(found.headers)
    if found.headers[0].get("0008,0060", "").strip() == "MR":
        source.imageType = _imageType(found.headers[0].get("0008,0008", ""))
        source.rescaleType = found.headers[0].get("0028,1054", "").strip()
    if isByImage:
        found.bMatrices = series.bMatrices
        found.isSamePlace = isPlacedAs(content.volume, series.stack)
    return found


def _headers(instances: list[Instance], context: PluginContext) -> list[Mapping[str, str] | None]:
    """One for each object, None where it cannot be read any more."""
    return [next(iter(sourceHeaders([one], context.progress)), None) for one in instances]


def _imageType(text: str) -> str:
    third = thirdImageType(text)
    return IMAGE_TYPE if third in _UNTOLD or kindByWords(third) != UNKNOWN else third


def _imagesOf(series: DiffusionSeries) -> list[Instance]:
    """The object of each image, slice after slice with all measurements in each."""
    measurements, slices = series.rows.shape
    sources = series.sources
    return [sources[number * slices + k].instance for k in range(slices) for number in range(measurements)]


def _sameSeries(content: DiffusionContent, instances: list[Instance]) -> DiffusionSeries | None:
    """The series whose measurements are those of the volume, one by one; None where they were changed since."""
    images = [one for one in divideImages(instances)[0] if one.samplesPerPixel == 1]
    if not images:
        return None
    try:
        found = readSeries(planesToAnalyse(images)).series
    except DICOMError:
        return None
    return next((series for series in found if _isSame(content, series)), None)


def _isSame(content: DiffusionContent, series: DiffusionSeries) -> bool:
    shape: VolumeContent = content.volume
    if series.rows.shape != (len(content), shape.dimensions[2]) or series.stack.dimensions != shape.dimensions:
        return False
    if not isPlacedAs(replace(shape, ijkToLPS=content.ownIJKToLPS), series.stack):
        return False  # slices may have changed their order, or be computed from several
    directions = series.directions @ content.turn.T
    return bool(
        (abs(series.bValues - content.bValues) <= _SAME_NUMBER * (1 + content.bValues)).all()
        and (abs(directions - content.directions) <= _SAME_NUMBER).all()
    )
