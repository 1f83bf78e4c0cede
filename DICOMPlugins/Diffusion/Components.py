"""Images of one weighting that are not the same kind of image: echoes, and phase beside magnitude."""

from __future__ import annotations

import numpy

from DICOMLib.Geometry.Grouping import Part
from DICOMLib.Geometry.Planes import Planes

from .Columns import mappedTexts

MAGNITUDE = "magnitude"
# Third and fourth value of ImageType (Siemens, Philips) or ComplexImageComponent (PS3.3 C.8.13.3.1.2) → kind.
_COMPONENTS = {
    "P": "phase", "PHASE": "phase", "PHASE MAP": "phase", "R": "real", "REAL": "real", "I": "imaginary",
    "IMAGINARY": "imaginary",
}  # fmt: skip
_ECHO_TAGS = ("EchoNumbers", "EchoTime", "EffectiveEchoTime")


def splitByComponent(planes: Planes, part: Part) -> list[Part]:
    """Magnitude apart from phase, real and imaginary part."""
    kinds = mappedTexts(planes, "ComplexImageComponent", lambda text: _COMPONENTS.get(text.strip().upper(), ""))
    ofType = mappedTexts(planes, "ImageType", _componentOfType)
    kinds = numpy.where(kinds == "", ofType, kinds)[part.indices]
    return _parts(part, numpy.where(kinds == "", MAGNITUDE, kinds))


def _componentOfType(text: str) -> str:
    words = [word.strip() for word in text.upper().split("\\")]
    return next((_COMPONENTS[word] for word in words[2:4] if word in _COMPONENTS), "")


def splitByEcho(planes: Planes, part: Part, bValues: numpy.ndarray) -> list[Part]:
    """Echoes apart, if each has the same slices: a scheme whose echo time follows from the b-value is one series.

    :param bValues: (n,) s/mm² of all slices
    """
    for tag in _ECHO_TAGS:
        codes, texts = planes.codes(tag)
        own = codes[part.indices]
        distinct, counts = numpy.unique(own, return_counts=True)
        if len(distinct) > 1 and (counts == counts[0]).all() and _haveSameSlices(planes, part, bValues, own, distinct):
            labels = numpy.array([f"{tag} {text}" for text in texts])[own]
            return _parts(part, labels)
    return [part]


def _haveSameSlices(
    planes: Planes, part: Part, bValues: numpy.ndarray, codes: numpy.ndarray, distinct: numpy.ndarray
) -> bool:
    """Whether every b-value and every place is in each of the pieces as often."""
    bValues = numpy.round(numpy.nan_to_num(bValues[part.indices], nan=-100), -1)
    places = numpy.round(planes.positions[part.indices], 2)
    described = [
        numpy.unique(numpy.column_stack([bValues[codes == code], places[codes == code]]), axis=0, return_counts=True)
        for code in distinct
    ]
    first = described[0]
    return all(
        numpy.array_equal(one[0], first[0], equal_nan=True) and numpy.array_equal(one[1], first[1])
        for one in described[1:]
    )


def _parts(part: Part, labels: numpy.ndarray) -> list[Part]:
    distinct, first = numpy.unique(labels, return_index=True)
    if len(distinct) == 1:
        return [part]
    ordered = distinct[numpy.argsort(first)]
    return [part.narrowed(part.indices[labels == label], str(label)) for label in ordered]
