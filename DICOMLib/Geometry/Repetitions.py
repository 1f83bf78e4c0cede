"""Volumes that repeat the same positions: which tag tells them apart. Rows are slices of one table of planes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from .FrameTable import parseNumbers
from .Planes import Planes

# What an import has to keep for these. GE has magnitude, phase, real and imaginary part in one series under one
# ImageType and numbers them 0 to 3 here.
GE_IMAGE_KIND = '(0043,"GEMS_PARM_01",2F)'
PRIVATE_TAGS = {"geImageKind": GE_IMAGE_KIND}

# Tags that tell volumes at the same positions apart, the most telling first. Kind of image before echo before time:
# a magnitude and a phase image share their echo time, and every slice has a content time of its own.
REPETITION_TAGS = (
    "ImageType",
    "FrameType",
    "ComplexImageComponent",
    '(2005,"Philips MR Imaging DD 005",0F)[0].(2005,"Philips MR Imaging DD 001",11)',
    GE_IMAGE_KIND,
    "StackID",
    "ReferencedSegmentNumber",
    "LUTLabel",
    "KVP",
    "ConvolutionKernel",
    "FlipAngle",
    "EnergyWindowVector",
    "DetectorVector",
    "EchoNumbers",
    "EchoTime",
    "EffectiveEchoTime",
    "InversionTime",
    "InversionTimes",
    "ASLContext",
    "TemporalPositionIdentifier",
    "TemporalPositionIndex",
    "TemporalPositionTimeOffset",
    "DiffusionBValue",
    "DiffusionGradientOrientation",
    "VelocityEncodingDirection",
    "TriggerTime",
    "NominalPercentageOfCardiacPhase",
    "NominalCardiacTriggerDelayTime",
    "NominalPercentageOfRespiratoryPhase",
    "NominalRespiratoryTriggerDelayTime",
    "RRIntervalVector",
    "TimeSlotVector",
    "PhaseVector",
    "TimeSliceVector",
    "ContrastBolusAgent",
    "AcquisitionNumber",
    "FrameAcquisitionNumber",
    "FrameReferenceTime",
    "AcquisitionTime",
    "FrameAcquisitionDateTime",
    "ContentTime",
)
# Clock times begin anew at midnight; the dates they belong to.
DATES = {"AcquisitionTime": "AcquisitionDate", "ContentTime": "ContentDate"}
DIMENSIONS = "DimensionIndexValues"
# How the rule is called where no tag tells repetitions apart.
BY_OCCURRENCE = "InstanceNumber"
# Names for people of tags that have no keyword.
TAG_NAMES = {REPETITION_TAGS[3]: "Philips' image type (2005,xx11)", GE_IMAGE_KIND: "GE's kind of image (0043,xx2F)"}

# Stations along the body overlap in part. They may be more than there are slices at any place; then each has to be
# large, or a time that a few slices share would shatter a series of which one slice is stored twice.
FEWEST_SLICES_OF_A_STATION = 3
SMALLEST_STATION = 0.1
STATION_OVERLAP = 0.75

# What tells pieces apart: for each piece its label and its rows.
Pieces = list[tuple[str, numpy.ndarray]]


def objectCodes(planes: Planes) -> numpy.ndarray:
    """(n,) a number for each multi-frame or packed object, and one, -1, for all images of a single slice."""
    slicesOf = numpy.bincount(planes.table.owners)
    return numpy.where(slicesOf[planes.owners] > 1, planes.owners, -1)


class Repetitions:
    """Slices of which some are at the same place.

    :param planes: of the slices
    :param places: (n,) for each slice the number of its place
    """

    def __init__(self, planes: Planes, places: numpy.ndarray):
        self._planes, self._places = planes, places
        numbers = planes.instanceNumbers
        # The order of acquisition, as far as headers tell.
        self._order = numpy.empty(len(planes), int)
        self._order[numpy.lexsort((planes.rows, planes.frames, numbers))] = numpy.arange(len(planes))
        self._splitters = self._availableSplitters()

    def _availableSplitters(self) -> list[tuple[str, numpy.ndarray, list[str]]]:
        """(name, codes, texts) of what differs at all."""
        planes = self._planes
        found = [(TAG_NAMES.get(tag, tag), *planes.codes(tag)) for tag in REPETITION_TAGS]
        objects = objectCodes(planes)
        found.insert(0, ("object", objects - objects.min(), []))
        found += self._dimensions()
        return [one for one in found if (one[1] != one[1][0]).any()]

    def _dimensions(self) -> list[tuple[str, numpy.ndarray, list[str]]]:
        """One for each index of DimensionIndexValues (PS3.3 C.7.6.17)."""
        codes, texts = self._planes.codes(DIMENSIONS)
        longest = max(text.count("\\") + 1 if text else 0 for text in texts)
        found = []
        for dimension in range(longest):
            parts = [(text.split("\\") + [""] * longest)[dimension] for text in texts]
            numbers = {part: number for number, part in enumerate(dict.fromkeys(parts))}
            own = numpy.array([numbers[part] for part in parts])[codes]
            found.append((f"{DIMENSIONS}[{dimension + 1}]", own, list(numbers)))
        return found

    def split(self) -> Pieces:
        """Pieces of which none repeats a place, with the rule that made each; in the order of the values that did."""
        return self._split(numpy.arange(len(self._places)))

    def _split(self, indices: numpy.ndarray) -> Pieces:
        if not self._repeats(indices):
            return [("", indices)]
        for rule in (self._coversEqually, self._leavesNoRepetition, self._coversMost):
            for name, codes, texts in self._splitters:
                own = codes[indices]
                distinct, own = numpy.unique(own, return_inverse=True)
                if len(distinct) > 1 and rule(indices, own, len(distinct)):
                    return self._pieces(name, indices, own, [texts[code] if texts else "" for code in distinct])
        return [(BY_OCCURRENCE, piece) for piece in self._byOccurrence(indices)]

    def _pieces(self, name: str, indices: numpy.ndarray, codes: numpy.ndarray, texts: Sequence[str]) -> Pieces:
        pieces = [indices[codes == code] for code in range(len(texts))]
        found = []
        for position, number in enumerate(self._sorted(name, pieces, texts), 1):
            label = f"{name} {texts[number] or 'absent'}" if name != "object" else f"object {position} of {len(texts)}"
            found += [(" and ".join(filter(None, (label, how))), piece) for how, piece in self._split(pieces[number])]
        return found

    def _sorted(self, name: str, pieces: Sequence[numpy.ndarray], texts: Sequence[str]) -> list[int]:
        """Single numbers by size (times by their dates first), everything else in the order of acquisition."""
        numbers = parseNumbers(texts, 1)[:, 0]
        if numpy.isnan(numbers).any():
            numbers = [self._order[piece].min() for piece in pieces]
        dates = numpy.zeros(len(pieces))
        if name in DATES:
            ofSlices = numpy.nan_to_num(parseNumbers(self._planes.texts(DATES[name]), 1)[:, 0])
            dates = [ofSlices[piece].min() for piece in pieces]
        return numpy.lexsort((numbers, dates)).tolist()

    def _repeats(self, indices: numpy.ndarray) -> bool:
        return bool((numpy.bincount(self._places[indices]) > 1).any())

    def _coversEqually(self, indices: numpy.ndarray, codes: numpy.ndarray, count: int) -> bool:
        """Whether every piece holds every place, all pieces the same number of times."""
        every, places = numpy.unique(self._places[indices], return_inverse=True)
        if count * len(every) > len(indices):
            return False
        times = numpy.bincount(codes * len(every) + places, minlength=count * len(every)).reshape(count, -1)
        return bool((times > 0).all() and (times == times[:, :1]).all())

    def _leavesNoRepetition(self, indices: numpy.ndarray, codes: numpy.ndarray, count: int) -> bool:
        """Whether no piece repeats a place, and there are no more pieces than it takes."""
        places = self._places[indices]
        if len(numpy.unique(codes * (self._places.max() + 1) + places)) < len(indices):
            return False
        times = numpy.bincount(places)
        return count <= times.max() or self._areStations(codes, count, times[places] > 1, int((times > 0).sum()))

    @staticmethod
    def _areStations(codes: numpy.ndarray, count: int, isRepeated: numpy.ndarray, placesInAll: int) -> bool:
        """Whether every piece is large and shares some places with others, but has others for itself."""
        sizes, shared = numpy.bincount(codes), numpy.bincount(codes[isRepeated], minlength=count)
        fewest = max(FEWEST_SLICES_OF_A_STATION, SMALLEST_STATION * placesInAll)
        return bool(sizes.min() >= fewest and (shared > 0).all() and (shared <= STATION_OVERLAP * sizes).all())

    def _coversMost(self, indices: numpy.ndarray, codes: numpy.ndarray, count: int) -> bool:
        """Whether every piece holds most of the places: one of several things that vary, with slices missing."""
        every, places = numpy.unique(self._places[indices], return_inverse=True)
        pairs = numpy.unique(codes * len(every) + places)
        return bool((2 * numpy.bincount(pairs // len(every), minlength=count) > len(every)).all())

    def _byOccurrence(self, indices: numpy.ndarray) -> list[numpy.ndarray]:
        """First occurrence of every place, second occurrences, …, in the order of acquisition."""
        ordered = indices[numpy.lexsort((self._order[indices], self._places[indices]))]
        places = self._places[ordered]
        starts = numpy.flatnonzero(numpy.r_[True, places[1:] != places[:-1]])
        occurrence = numpy.arange(len(ordered)) - numpy.repeat(starts, numpy.diff(numpy.r_[starts, len(ordered)]))
        return [numpy.sort(ordered[occurrence == number]) for number in range(int(occurrence.max()) + 1)]


def piecesByTag(planes: Planes, tag: str) -> Pieces:
    """All slices by the value of one tag, values as :meth:`Repetitions.split` orders them."""
    codes, texts = planes.codes(tag)
    distinct, codes = numpy.unique(codes, return_inverse=True)
    labels = [texts[code] for code in distinct]
    numbers = parseNumbers(labels, 1)[:, 0]
    if numpy.isnan(numbers).any():
        numbers = [planes.instanceNumbers[codes == code].min() for code in range(len(labels))]
    return [(labels[number], numpy.flatnonzero(codes == number)) for number in numpy.argsort(numbers, kind="stable")]
