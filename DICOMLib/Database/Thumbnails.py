"""Small pictures of series, made when first asked for and kept in the database, where they go with the series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from typing import TYPE_CHECKING

from ..Errors import CancelledError, DICOMError, FileError, PixelDataError, UnreadableFileError
from ..Instance import Instance
from ..Progress import Progress
from .DatabasePart import inGroups, placeholders
from .Schema import storedVersion
from .TagValues import TagValues

if TYPE_CHECKING:
    from ..Workers.WorkerPool import WorkerPool

# First version of the tables with thumbnails; an older database may be open for reading only.
FIRST_VERSION = 2
# Instances whose positions are compared to find the middle one: odd, so that there is one.
CANDIDATES = 17
SAME_ORIENTATION = 1e-3

WHOLE_SLIDE_IMAGE = "1.2.840.10008.5.1.4.1.1.77.1.6"
# Of a slide's objects (third value of ImageType), the best first: the label would show the patient's name.
_SLIDE_PREFERENCE = ("THUMBNAIL", "OVERVIEW", "VOLUME")

_KEPT = """
    SELECT SeriesInstanceUID, picture, problem, madeOfInstances, madeOf, thumbnails.modifiedTime
    FROM thumbnails JOIN series ON series.id = thumbnails.seriesKey LEFT JOIN instances ON SOPInstanceUID = madeOf
    WHERE SeriesInstanceUID IN ({}) AND madeOfInstances = instanceCount
        AND (madeOf = '' OR instances.modifiedTime = thumbnails.modifiedTime)"""
_WITH_PIXELS = """
    SELECT SOPInstanceUID FROM instances WHERE seriesKey = (SELECT id FROM series WHERE SeriesInstanceUID = ?)
        AND pixelDataOffset >= 0 AND (truncated = '') = ? ORDER BY instanceNumber, id"""


@dataclass(frozen=True)
class SeriesThumbnail:
    """What there is to show of a series.

    :ivar picture: PNG; empty for a series without images, and when it could not be made
    :ivar problem: why it could not be made; "" when it was, or when there is no image
    :ivar isLasting: False when another try may succeed without a change of the files
    :ivar madeOfInstances: how many instances the series had
    :ivar madeOf: SOPInstanceUID of the one shown, "" without one
    :ivar modifiedTime: of its file
    """

    picture: bytes = b""
    problem: str = ""
    isLasting: bool = True
    madeOfInstances: int = 0
    madeOf: str = ""
    modifiedTime: int = 0


class Thumbnails(TagValues):
    """Pictures are at most 128 pixels high and wide, and hold no text."""

    def thumbnailForSeries(self, seriesUID: str) -> bytes:
        """A picture of the middle image as PNG, made now if it was not made before or the series has changed since.

        :returns: b"" for series without images (reports, structure sets, waveforms, …), for unreadable ones, and for
            series that are not in the database
        :raises DatabaseError: when the database fails
        """
        kept = self.thumbnailsForSeries([seriesUID])
        if seriesUID not in kept:
            kept[seriesUID] = self.makeThumbnail(seriesUID)
            self.keepThumbnails(kept)
        return kept[seriesUID].picture

    def thumbnailsForSeries(self, seriesUIDs: Iterable[str]) -> dict[str, SeriesThumbnail]:
        """What is kept and up to date, failures included; one query for every 500 series."""
        found: dict[str, SeriesThumbnail] = {}
        if not self._hasThumbnails():
            return found
        with self._reading() as connection:
            for group in inGroups(seriesUIDs):
                for uid, picture, problem, *madeOf in connection.execute(_KEPT.format(placeholders(len(group))), group):
                    found[uid] = SeriesThumbnail(picture, problem, True, *madeOf)
        return found

    def makeThumbnail(
        self, seriesUID: str, workers: WorkerPool | None = None, progress: Progress | None = None
    ) -> SeriesThumbnail:
        """Make the picture of a series; nothing is written.

        :param workers: decode what is compressed; one is started for this call when none are given
        :raises CancelledError: when `progress` was cancelled, or `workers` were closed
        :raises DatabaseError: when the database fails
        """
        from ..Pixels.PNG import encodePNG
        from ..Pixels.Thumbnail import makeThumbnail

        count = self._single("SELECT instanceCount FROM series WHERE SeriesInstanceUID = ?", seriesUID, default=0)
        instance = self._middleInstance(seriesUID)
        if instance is None:
            return SeriesThumbnail(madeOfInstances=count)
        picture, problem, isLasting = b"", "", True
        try:
            picture = encodePNG(makeThumbnail(instance, workers=workers, progress=progress))
        except (PixelDataError, FileError) as error:
            if workers is not None and workers.isClosed:
                raise CancelledError() from error
            problem, isLasting = _withoutPath(error), not isinstance(error, UnreadableFileError)
        return SeriesThumbnail(picture, problem, isLasting, count, instance.SOPInstanceUID, instance.modifiedTime)

    def keepThumbnails(self, thumbnails: Mapping[str, SeriesThumbnail]) -> None:
        """Write pictures and lasting failures in one transaction; a database that is only read keeps none.

        :param thumbnails: by SeriesInstanceUID; series that were removed meanwhile are left out
        """
        lasting = {uid: thumbnail for uid, thumbnail in thumbnails.items() if thumbnail.isLasting}
        if not lasting or self.connections().readOnly:
            return
        with self.connections().writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO thumbnails(seriesKey, picture, problem, madeOfInstances, madeOf, modifiedTime)"
                " SELECT id, ?, ?, ?, ?, ? FROM series WHERE SeriesInstanceUID = ?",
                [
                    (one.picture, one.problem, one.madeOfInstances, one.madeOf, one.modifiedTime, uid)
                    for uid, one in lasting.items()
                ],
            )

    def forgetFailedThumbnails(self) -> None:
        """Have those pictures tried again that could not be made."""
        if self._hasThumbnails() and not self.connections().readOnly:
            with self.connections().writing() as connection:
                connection.execute("DELETE FROM thumbnails WHERE problem != ''")

    def _hasThumbnails(self) -> bool:
        with self._reading() as connection:
            return storedVersion(connection) >= FIRST_VERSION

    def _middleInstance(self, seriesUID: str) -> Instance | None:
        """The instance to show; complete ones are preferred."""
        uids = self._firstColumn(_WITH_PIXELS, seriesUID, True) or self._firstColumn(_WITH_PIXELS, seriesUID, False)
        chosen = evenlySpaced(uids, CANDIDATES)
        rows = self._recordRows(f"WHERE SOPInstanceUID IN ({placeholders(len(chosen))})", chosen)
        records = {record.SOPInstanceUID: record for record in map(self._record, rows)}
        return mostTelling([records[uid] for uid in chosen if uid in records])


def evenlySpaced(items: Sequence[str], count: int) -> list[str]:
    """At most `count` items, the first and the last among them; the middle one too if `count` is odd."""
    if len(items) <= count:
        return list(items)
    return [items[round(number * (len(items) - 1) / (count - 1))] for number in range(count)]


def mostTelling(instances: Sequence[Instance]) -> Instance | None:
    """The instance that stands for the others: of a slide its overview, else the middle one in space.

    :param instances: in order of their numbers, which decides where there are no positions
    """
    if not instances:
        return None
    middle = instances[len(instances) // 2]
    if middle.SOPClassUID == WHOLE_SLIDE_IMAGE:
        return min(instances, key=_slideRank)
    normal = _normal(middle)
    if normal is None:
        return middle
    # Of a series that repeats a stack, the middle number may be the end of the head.
    alike = [one for one in instances if one.imagePosition and _isParallel(one, middle)]
    alike.sort(key=lambda one: sum(map(mul, one.imagePosition, normal)))
    return alike[len(alike) // 2] if alike else middle


def _slideRank(instance: Instance) -> tuple[int, int]:
    kind = (instance.value("ImageType").split("\\") + [""] * 3)[2]
    known = kind in _SLIDE_PREFERENCE
    return _SLIDE_PREFERENCE.index(kind) if known else len(_SLIDE_PREFERENCE), instance.numberOfFrames


def _normal(instance: Instance) -> tuple[float, ...] | None:
    """Direction across the slice, LPS; None without an orientation or a position."""
    cosines = instance.imageOrientation
    if cosines is None or instance.imagePosition is None:
        return None
    a, b, c, d, e, f = cosines
    return b * f - c * e, c * d - a * f, a * e - b * d


def _isParallel(first: Instance, second: Instance) -> bool:
    pairs = zip(first.imageOrientation or (), second.imageOrientation or (), strict=False)
    differences = [abs(a - b) for a, b in pairs]
    return bool(differences) and max(differences) < SAME_ORIENTATION


def _withoutPath(error: DICOMError) -> str:
    """What went wrong, without the file's name: it may hold the patient's, and may change."""
    return str(type(error)(error.what, None, error.value, error.hint))
