"""Vendors' private elements of all slices: believed below their creator only, or where anonymising took that away.

PS3.5 7.8.1: a private element belongs to the creator of its block. Some anonymisers remove the creators and leave the
elements. Such an orphan is believed where it stands in the block that vendors use, (gggg,10xx), no creator claims that
block, and the Manufacturer names nobody else; a note tells. An element under another creator is never believed.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from DICOMLib.Geometry.FrameTable import parseNumbers
from DICOMLib.Geometry.Planes import Planes

from .Columns import mappedTexts, textsOf

# What the scanner makes of bytes of unknown type, VR UN: each as two hexadecimal digits.
_BYTES = re.compile(r"[0-9a-f]{2}(?:\\[0-9a-f]{2})+")
_FLOATS = {4: "<f", 8: "<d"}
# What squares can be taken of; numbers like that are refused as directions later.
LARGEST_COMPONENT = 1e100
_NUMERIC = re.compile(r"[-+0-9.eE \\]+")


@dataclass(frozen=True)
class PrivateElement:
    """A private element by its creator.

    :ivar group: odd group number
    :ivar creator: value of the private creator element
    :ivar low: the last two digits of the element number
    """

    group: int
    creator: str
    low: int

    @property
    def path(self) -> str:
        """The path that finds it in any block."""
        return f'({self.group:04X},"{self.creator}",{self.low:02X})'

    @property
    def orphan(self) -> str:
        """Its tag in the block that vendors use first."""
        return f"{self.group:04X},10{self.low:02X}"

    @property
    def creatorTag(self) -> str:
        """The tag that names the creator of that block."""
        return f"{self.group:04X},0010"

    @property
    def tags(self) -> tuple[str, str, str]:
        """All that an import has to keep for it."""
        return self.path, self.orphan, self.creatorTag

    def __str__(self) -> str:
        return f"{self.creator} ({self.group:04X},xx{self.low:02X})"


def tagsToKeep(elements: Sequence[PrivateElement]) -> dict[str, str]:
    """For a rule's ``tags``."""
    return {f"private {tag}": tag for element in elements for tag in element.tags}


def privateTexts(
    planes: Planes, element: PrivateElement, manufacturers: Sequence[str], mustBeNamed: bool = False
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """(n,) object array of the texts of each slice, "" where there is none to believe; (n,) which are orphans.

    :param manufacturers: upper-case parts of Manufacturer that mean the vendor
    :param mustBeNamed: whether orphans need the vendor's Manufacturer, or its absence is enough
    """
    texts = numpy.array(textsOf(planes, element.path), object)
    isOrphan = numpy.zeros(len(texts), bool)
    absent = texts == ""
    if not absent.any() or planes.distinct(element.orphan) in ([], [""]):
        return texts, isOrphan
    orphans = numpy.array(textsOf(planes, element.orphan), object)
    isUnclaimed = mappedTexts(planes, element.creatorTag, lambda text: not text.strip(), bool)
    isOurs = isNamed(planes, manufacturers)
    if not mustBeNamed:
        isOurs |= mappedTexts(planes, "Manufacturer", lambda text: not text.strip(), bool)
    isOrphan = absent & (orphans != "") & isUnclaimed & isOurs
    return numpy.where(isOrphan, orphans, texts), isOrphan


def isNamed(planes: Planes, manufacturers: Sequence[str]) -> numpy.ndarray:
    """(n,) whether the Manufacturer of each slice is one of these (upper-case parts of its name)."""
    return mappedTexts(planes, "Manufacturer", lambda text: any(word in text.upper() for word in manufacturers), bool)


def orphanNote(isOrphan: numpy.ndarray, element: PrivateElement) -> list[str]:
    """What to tell of orphans, a sentence; nothing where there are none."""
    if not isOrphan.any():
        return []
    return [
        f"The creator of ({element.orphan}), {element.creator}, is missing in {int(isOrphan.sum()):,} of "
        f"{len(isOrphan):,} slices, perhaps removed by anonymising: the element is believed nevertheless."
    ]


def privateNumbers(texts: numpy.ndarray) -> numpy.ndarray:
    """(n,) the first number of each text, NaN where it is none; values of unknown type are decoded."""
    distinct, codes = numpy.unique(texts.astype(str), return_inverse=True)
    firsts = [_decoded(text).partition("\\")[0] for text in distinct.tolist()]
    return parseNumbers(firsts, 1)[codes.reshape(-1), 0]


def largestPrivateNumber(
    planes: Planes, element: PrivateElement, manufacturers: Sequence[str], modulus: int = 0
) -> float:
    """The largest number, at least 0, that a private element has where its vendor is named; 0 where it has none.

    :param modulus: numbers are taken modulo this; 0: as they are
    """
    numbers = privateNumbers(privateTexts(planes, element, manufacturers, mustBeNamed=True)[0])
    return float(numpy.nanmax(numbers % modulus if modulus else numbers, initial=0))


def allNumbers(texts: numpy.ndarray, count: int) -> numpy.ndarray:
    """(n, count) all numbers of each text; a row is NaN where they are not that many finite numbers."""
    distinct, codes = numpy.unique(texts.astype(str), return_inverse=True)
    return parseNumbers(distinct.tolist(), count)[codes.reshape(-1)].clip(-LARGEST_COMPONENT, LARGEST_COMPONENT)


def privateComponents(
    planes: Planes, elements: Sequence[PrivateElement], manufacturers: Sequence[str]
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """(n, m) one number of each of m elements, a row of NaN where one is absent; (n,) where the last is an orphan."""
    found = [privateTexts(planes, element, manufacturers) for element in elements]
    vectors = numpy.stack([privateNumbers(texts) for texts, _ in found], axis=1)
    vectors[numpy.isnan(vectors).any(axis=1)] = numpy.nan
    return vectors.clip(-LARGEST_COMPONENT, LARGEST_COMPONENT), found[-1][1]


def _decoded(text: str) -> str:
    """The text of a number that was stored with VR UN: the bytes of a little-endian float, or characters."""
    if not _BYTES.fullmatch(text):
        return text
    contents = bytes.fromhex(text.replace("\\", ""))
    characters = contents.decode("latin-1").strip(" \0")
    if _NUMERIC.fullmatch(characters):
        return characters
    form = _FLOATS.get(len(contents))
    return repr(struct.unpack(form, contents)[0]) if form else ""
