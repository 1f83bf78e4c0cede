"""Diffusion weighting as Siemens' scanners write it.

===============  ===========================  =====================  ===================================================
element          creator                      name                   meaning
===============  ===========================  =====================  ===================================================
0019,xx0C  IS    SIEMENS MR HEADER            B_value                s/mm²
0019,xx0D  CS    SIEMENS MR HEADER            DiffusionDirection-    DIRECTIONAL (also of b = 0, up to VB17), NONE,
                                              ality                  ISOTROPIC (trace images)
0019,xx0E  FD 3  SIEMENS MR HEADER            DiffusionGradient-     unit vector in patient coordinates (LPS); absent at
                                              Direction              b = 0
0019,xx27  FD 6  SIEMENS MR HEADER            B_matrix               xx, xy, xz, yy, yz, zz, s/mm², LPS; with what the
                                                                     imaging gradients add
0029,xx08  CS    SIEMENS CSA HEADER           CSA Image Header Type  that there is the next one
0029,xx10  OB    SIEMENS CSA HEADER           CSA Image Header Info  block with B_value, DiffusionDirectionality,
                                                                     DiffusionGradientDirection and B_matrix, as above
0021,xx75  CS    SIEMENS MR SDI 02            image type             of frames of XA scanners, as ImageType
0018,0024  SH                                 SequenceName           ``*ep_b1000#3`` third direction at b = 1000, ``…t``
                                                                     trace, ``ep_b0_1000`` ADC, ``calc_b1400`` computed
===============  ===========================  =====================  ===================================================

Sources: private dictionary of DCMTK and pydicom; dcm2niix, console/nii_dicom.cpp (readCSAImageHeader,
kDiffusionGradientDirectionSiemens) and Siemens/README.md; NA-MIC wiki, "DICOM for DWI and DTI"; nibabel, "Siemens
format DICOM with CSA header"; the names of sequences are those in files. Which software writes what: up to VA the block
only; VB and VE the block and group 0019; XA no block, but enhanced objects with the standard's elements, or classic
ones with group 0019 (from XA11 on).

As dcm2niix does, the stated direction is used and not the principal vector of the b-matrix, which has no sign; the
matrix helps where no direction is stated. (VB17, VD13 and XA60 state just that vector, to 0.00001°.) Group 0019 and
the block say the same, so that files are opened only where the former is not complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy

from DICOMLib.Errors import FileError
from DICOMLib.Files.SiemensHeader import SiemensHeader, readImageHeader
from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Instance import Instance
from DICOMLib.Tags import tagText
from DICOMLib.Wording import counted

from .Columns import LARGEST_B_VALUE, mappedTexts, principalDirections, sensibleBValues, unitVectors
from .PrivateValues import LARGEST_COMPONENT, PrivateElement, allNumbers, isNamed, orphanNote, privateTexts, tagsToKeep
from .Standard import LARGEST_UNWEIGHTED_B_VALUE, SMALLEST_B_VALUE, kindByWords, kindsOf, wordsOf
from .Weighting import DERIVED, ISOTROPIC, UNKNOWN, UNWEIGHTED, Weighting

B_VALUE, DIRECTIONALITY, DIRECTION, B_MATRIX = (
    PrivateElement(0x0019, "SIEMENS MR HEADER", low) for low in (0x0C, 0x0D, 0x0E, 0x27)
)
MANUFACTURERS = ("SIEMENS",)
BLOCK_TYPE = '(0029,"SIEMENS CSA HEADER",08)'
FRAME_IMAGE_TYPE = '(0021,"SIEMENS MR SDI 02",75)'
SEQUENCE_NAME = "0018,0024"

BLOCK_NAMES = ("B_value", "DiffusionDirectionality", "DiffusionGradientDirection", "B_matrix")
# While examining; b = 0 alone, which has no b-value in some software's blocks, comes in shorter runs.
FILES_LOOKED_AT = 12
# When so many blocks cannot be read and none could, the rest are not tried.
ENOUGH_DAMAGED = 50
_OF_ELEMENTS = "{} (0019,xx{}, SIEMENS MR HEADER)"
_OF_BLOCK = "{} in the header block (0029,xx10, SIEMENS CSA HEADER)"
# Early Trio software (VA25) writes vectors like this at b = 0: every component below what a unit vector has.
_IMPOSSIBLE_COMPONENT = -1.0
_NAME = re.compile(r"(?:^|[_*])(?P<computed>calc_)?b(?P<b>\d{1,6})(?:(?P<trace>t)|#\d+|_(?P<second>\d+))?$", re.ASCII)


class SiemensRule:
    """Reads group 0019, and the header block of the files in which that is not complete."""

    name = "Siemens"
    manufacturers = MANUFACTURERS
    tags = {
        **tagsToKeep((B_VALUE, DIRECTIONALITY, DIRECTION, B_MATRIX)),
        "blockType": BLOCK_TYPE,
        "sequenceName": SEQUENCE_NAME,
        "imageType": tagText("ImageType"),
    }

    def evidence(self, planes: Planes) -> str:
        """A private b-value above zero, else images or a sequence called diffusion in files with Siemens' elements."""
        bValues = allNumbers(privateTexts(planes, B_VALUE, self.manufacturers, mustBeNamed=True)[0], 1)[:, 0]
        known = bValues[~numpy.isnan(bValues)]
        if known.size and known.max() > 0:
            return f"{_OF_ELEMENTS.format('B_value', '0C')} is up to {known.max():g}"
        if not _isOfSiemens(planes):
            return ""
        for tag, name in (("ImageType", "ImageType"), (FRAME_IMAGE_TYPE, "ImageType (0021,xx75, SIEMENS MR SDI 02)")):
            for text in planes.distinct(tag):
                if "DIFFUSION" in text.upper().split("\\"):
                    return f"{name} is {text}"
        # Maps of the radio-frequency field are called b1.
        names = (text for text in planes.distinct(SEQUENCE_NAME) if bValueInName(text) > LARGEST_UNWEIGHTED_B_VALUE)
        return next((f"SequenceName (0018,0024) is {text}" for text in names), "")

    def __init__(self):
        self._areBlocksSilent = False

    def needsFiles(self, planes: Planes) -> bool:
        """Whether some slice's weighting is in its file's header block only, and a block that is looked at tells it.

        One file is opened, and few more where that one tells nothing: no more are read then, and that these are no
        diffusion series is known before one is offered.
        """
        if not any(planes.distinct(BLOCK_TYPE)):
            return False
        objects = _Slices(planes).objectsInBlock()
        looked = [*objects[len(objects) // 2 :][:1], *_spread(objects)]
        isTold = any(_tellsBValue(one) for one in looked)
        self._areBlocksSilent = bool(looked) and not isTold
        return isTold

    def read(self, planes: Planes) -> Weighting:
        """Group 0019, then the header block, then the b-value in the sequence's name; unknown is the rest.

        After :meth:`needsFiles` found nothing in the blocks, they are not read.
        """
        slices = _Slices(planes)
        slices.readBlocks(self._areBlocksSilent)
        slices.readNames()
        return slices.weighting()


class _Slices:
    """What is known of each slice so far.

    :ivar inBlock: (n,) where the header block is to be asked
    """

    def __init__(self, planes: Planes):
        self._planes = planes
        self._notes: list[str] = []
        self._sources: dict[str, list[str]] = {"b-value": [], "direction": []}
        self._bValues = allNumbers(self._texts(B_VALUE), 1)[:, 0]
        self._directions = allNumbers(self._texts(DIRECTION), 3)
        self._matrices = allNumbers(self._texts(B_MATRIX), 6)
        self._directionality = self._texts(DIRECTIONALITY)
        self._words = _words(planes)
        self._tell("b-value", _OF_ELEMENTS.format("B_value", "0C"), ~numpy.isnan(self._bValues))
        self._tell("direction", _OF_ELEMENTS.format("DiffusionGradientDirection", "0E"), self._hasDirection)
        hasBlock = mappedTexts(planes, BLOCK_TYPE, lambda text: bool(text.strip()), bool)
        self.inBlock = hasBlock & self._isIncomplete

    def _texts(self, element: PrivateElement) -> numpy.ndarray:
        texts, isOrphan = privateTexts(self._planes, element, MANUFACTURERS, mustBeNamed=True)
        if not self._notes:
            self._notes += orphanNote(isOrphan, element)
        return texts

    @property
    def _hasDirection(self) -> numpy.ndarray:
        return ~numpy.isnan(self._directions[:, 0])

    @property
    def _isIncomplete(self) -> numpy.ndarray:
        with numpy.errstate(invalid="ignore"):
            weighted = self._bValues >= SMALLEST_B_VALUE
        lacksDirection = weighted & ~self._hasDirection & (self._directionality != "ISOTROPIC")
        return (numpy.isnan(self._bValues) | lacksDirection) & (self._words == UNKNOWN)

    def _tell(self, what: str, source: str, where: numpy.ndarray) -> None:
        if where.any() and source not in self._sources[what]:
            self._sources[what].append(source)

    def objectsInBlock(self) -> list[Instance]:
        """Those whose header blocks are to be asked."""
        return [self._planes.table.objects[owner] for owner in numpy.unique(self._planes.owners[self.inBlock]).tolist()]

    def readBlocks(self, areSilent: bool = False) -> None:
        """Fill in what the header blocks say, each file opened once.

        :param areSilent: whether they are known to say nothing: few are opened then, to tell why
        """
        objects = self.objectsInBlock()
        if not objects or areSilent:
            self._openedBlocks(_spread(objects))
            return
        which = numpy.unique(self._planes.owners[self.inBlock], return_inverse=True)[1]
        headers = self._openedBlocks(objects)
        rows = numpy.flatnonzero(self.inBlock)
        for name, column, what in (
            ("B_value", self._bValues, "b-value"), ("DiffusionGradientDirection", self._directions, "direction"),
            ("B_matrix", self._matrices, ""),
        ):  # fmt: skip
            values = _numbersOf(headers, name, column[:1].size)[which.reshape(-1)].reshape(len(rows), *column.shape[1:])
            takes = numpy.isnan(column[rows].reshape(len(rows), -1)[:, 0])
            column[rows[takes]] = values[takes]
            if what:
                told = ~numpy.isnan(values.reshape(len(rows), -1)[:, 0]) & takes
                self._tell(what, _OF_BLOCK.format(name), told)
        texts = numpy.array([header.text("DiffusionDirectionality").upper() for header in headers], object)
        said = texts[which.reshape(-1)]
        self._directionality[rows[said != ""]] = said[said != ""]

    def _openedBlocks(self, objects: list[Instance]) -> list[SiemensHeader]:
        """The block of each object; empty ones, and a note, where it cannot be read."""
        headers, damage = [], []
        for one in objects:
            if len(damage) == len(headers) == ENOUGH_DAMAGED:
                break
            try:
                headers.append(readImageHeader(one.path, BLOCK_NAMES))
            except FileError as error:
                headers.append(SiemensHeader())
                damage.append(error.what)
        if damage:
            many = "all" if len(damage) == len(headers) else f"{len(damage):,}"
            self._notes.append(
                f"Siemens' header block (0029,xx10) is of no use in {many} of {counted(len(headers), 'file')}: "
                f"{damage[0]}."
            )
        return headers + [SiemensHeader()] * (len(objects) - len(headers))

    def readNames(self) -> None:
        """Take the nominal b-value of the sequence's name where there is no other."""
        unknown = numpy.isnan(self._bValues) & (self._words != DERIVED)
        if unknown.any():
            named = mappedTexts(self._planes, SEQUENCE_NAME, bValueInName, float)
            self._bValues[unknown] = named[unknown]
            self._tell("b-value", "SequenceName (0018,0024), nominal", ~numpy.isnan(self._bValues) & unknown)

    def weighting(self) -> Weighting:
        """All that is known, with what makes no sense taken out."""
        self._clearImpossibleDirections()
        found = Weighting.unknown(len(self._planes))
        found.notes = self._notes
        found.bMatrices = self._sensibleMatrices()
        found.bValues = sensibleBValues(self._bValues, found.notes, "Siemens' B_value")
        found.directions = unitVectors(self._directions, found.notes, "Siemens' DiffusionGradientDirection")
        self._useMatrices(found)
        found.kinds = self._kinds(found)
        found.directions[found.kinds == UNWEIGHTED] = 0
        found.sources = {what: " and ".join(sources) for what, sources in self._sources.items() if sources}
        return found

    def _clearImpossibleDirections(self) -> None:
        with numpy.errstate(invalid="ignore"):
            impossible = (self._directions < _IMPOSSIBLE_COMPONENT).all(axis=1)
        if impossible.any():
            self._directions[impossible] = numpy.nan
            self._bValues[impossible] = 0
            self._notes.append(
                f"DiffusionGradientDirection of {counted(int(impossible.sum()), 'slice')} is what early software "
                "writes at b = 0: taken as that."
            )

    def _sensibleMatrices(self) -> numpy.ndarray:
        """b-matrices of zeros are no more than room for one, and those beyond every b-value are damaged."""
        with numpy.errstate(invalid="ignore"):
            isSensible = (abs(self._matrices) <= LARGEST_B_VALUE).all(axis=1) & (self._matrices != 0).any(axis=1)
        return numpy.where(isSensible[:, None], self._matrices, numpy.nan)

    def _useMatrices(self, found: Weighting) -> None:
        with numpy.errstate(invalid="ignore"):
            lacks = numpy.isnan(found.directions[:, 0]) & (found.bValues > LARGEST_UNWEIGHTED_B_VALUE)
        lacks &= ~numpy.isnan(found.bMatrices[:, 0]) & (self._directionality != "ISOTROPIC")
        if lacks.any():
            found.directions[lacks] = principalDirections(found.bMatrices[lacks])
            self._tell("direction", "the principal vector of Siemens' B_matrix", lacks)

    def _kinds(self, found: Weighting) -> numpy.ndarray:
        with numpy.errstate(invalid="ignore"):
            hasDirection = (abs(found.directions) > 0).any(axis=1)
            isSmall = found.bValues <= LARGEST_UNWEIGHTED_B_VALUE
        # A direction counts more than this word, which some sequences write into all images.
        directionality = numpy.where(hasDirection & (self._directionality == "NONE"), "", self._directionality)
        kinds = kindsOf(found.bValues, found.directions, directionality)
        kinds[isSmall & ~hasDirection & (directionality != "ISOTROPIC")] = UNWEIGHTED
        hasWords = self._words != UNKNOWN
        kinds[hasWords] = self._words[hasWords]
        return kinds


def bValueInName(name: str) -> float:
    """The nominal b-value in the name of a Siemens sequence, s/mm²; NaN when it has none.

    >>> bValueInName("*ep_b1000#3"), bValueInName("ep_b0")
    (1000.0, 0.0)
    """
    match = _NAME.search(name.strip())
    return numpy.nan if match is None or match["second"] else float(match["b"])


def kindInName(name: str) -> int:
    """ISOTROPIC or DERIVED by the name of a Siemens sequence, else UNKNOWN.

    >>> kindInName("ep_b1000t") == ISOTROPIC, kindInName("ep_b0_1000") == DERIVED, kindInName("ep_b1000#3") == UNKNOWN
    (True, True, True)
    """
    match = _NAME.search(name.strip())
    if match is None:
        return UNKNOWN
    if match["computed"] or match["second"]:
        return DERIVED
    return ISOTROPIC if match["trace"] else UNKNOWN


def _spread(objects: list[Instance]) -> list[Instance]:
    """At most :data:`FILES_LOOKED_AT` of them, evenly spread."""
    return objects[:: max(1, -(-len(objects) // FILES_LOOKED_AT))]


def _tellsBValue(instance: Instance) -> bool:
    """Whether the header block of a file can be read and has a b-value."""
    try:
        return readImageHeader(instance.path, BLOCK_NAMES).number("B_value") is not None
    except FileError:
        return False


def _words(planes: Planes) -> numpy.ndarray:
    """(n,) DERIVED or ISOTROPIC by the image type, the frame's private one, or the sequence's name, else UNKNOWN."""
    kinds = wordsOf(planes)
    for tag, kindOf in ((FRAME_IMAGE_TYPE, kindByWords), (SEQUENCE_NAME, kindInName)):
        own = mappedTexts(planes, tag, kindOf, numpy.int8)
        kinds = numpy.where(kinds == UNKNOWN, own, kinds)
    return kinds


def _isOfSiemens(planes: Planes) -> bool:
    """Whether Manufacturer or private creators say so."""
    if any(text.strip() for tag in (BLOCK_TYPE, FRAME_IMAGE_TYPE, B_VALUE.path) for text in planes.distinct(tag)):
        return True
    return bool(isNamed(planes, MANUFACTURERS).any())


def _numbersOf(headers: Iterable[SiemensHeader], name: str, count: int) -> numpy.ndarray:
    """(n, count) numbers of an element of header blocks; NaN where they are not that many."""
    numbers = numpy.array([header.numbers(name, count) or (numpy.nan,) * count for header in headers], float)
    return numbers.clip(-LARGEST_COMPONENT, LARGEST_COMPONENT)
