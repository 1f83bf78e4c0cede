"""Diffusion weighting as Canon and, before, Toshiba write it: the standard's elements and a comment.

===============  ===========  ==================================================================================
element          tag          meaning
===============  ===========  ==================================================================================
DiffusionBValue  0018,9087    b, s/mm²; older software leaves it out at b = 0. [1] Canon/README.md
…Orientation     0018,9089    patient coordinates, LPS (Toshiba; enhanced objects). Read by the standard's rule, and
                              first: [1] isBVecWorldCoordinates, [2] #1000
ImageComments    0020,4000    "b=1500(0.445,0.000,0.895)": b and the direction in the image's frame, as (phase,
                              frequency, slice) of LogicalFrame. Not corrected for the polarity of the phase encoding,
                              which no header tells. [1] nii_dicom.cpp, Canon/README.md; [2] #388, #422
===============  ===========  ==================================================================================

[1] rordenlab/dcm2niix; [2] its issues; [3] neurolabusc/dcm_qa_canon and dcm_qa_toshiba.
"""

from __future__ import annotations

import re

import numpy

from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Tags import tagText

from .Columns import mappedTexts, numbersOf, sensibleBValues, unitVectors
from .LogicalFrame import PHASE_DIRECTION, patientDirections
from .PrivateValues import isNamed
from .Standard import B_VALUE, kindsOf, takeAbsentForZero, wordsOf
from .Weighting import UNKNOWN, UNWEIGHTED, Weighting

COMMENTS = "0020,4000"
_NUMBER = r"\s*([-+]?[0-9]{1,7}(?:\.[0-9]{0,15})?)\s*"
_COMMENT = re.compile(rf"\s*b\s*={_NUMBER}\({_NUMBER},{_NUMBER},{_NUMBER}\)")
_SOURCE = "ImageComments (0020,4000)"


class CanonRule:
    """Reads the comment, and takes a b-value left out for zero."""

    name = "Canon"
    manufacturers = ("CANON", "TOSHIBA")
    tags = {
        "diffusionBValue": B_VALUE,
        "comments": COMMENTS,
        "phaseEncodingDirection": PHASE_DIRECTION,
        "imageType": tagText("ImageType"),
        "manufacturer": tagText("Manufacturer"),
    }

    def evidence(self, planes: Planes) -> str:
        """A comment with b-value and direction, or the vendor's name beside a b-value of the standard."""
        for text in planes.distinct(COMMENTS):
            if _parsed(text)[0] > 0:
                return f"{_SOURCE} is {text.strip()}"
        weighted = self._hasBValue(planes) & isNamed(planes, self.manufacturers)
        return "Manufacturer is Canon or Toshiba, and there are b-values" if weighted.any() else ""

    def read(self, planes: Planes) -> Weighting:
        """Of each slice what the comment says; zero where nothing does and other slices have a b-value."""
        found = Weighting.unknown(len(planes))
        values = mappedTexts(planes, COMMENTS, _parsed, float).reshape(-1, 4)
        found.bValues = sensibleBValues(values[:, 0].copy(), found.notes, _SOURCE)
        if not numpy.isnan(values).all():
            found.sources = {"b-value": _SOURCE, "direction": f"{_SOURCE}, along phase, frequency and slice"}
        vectors = unitVectors(values[:, [2, 1, 3]], found.notes, _SOURCE)
        found.directions = patientDirections(planes, vectors, found.notes)
        takeAbsentForZero(planes, found, numpy.isnan(found.bValues), self.manufacturers, "Toshiba")
        found.kinds = kindsOf(found.bValues, found.directions, numpy.full(len(planes), "", object))
        words = wordsOf(planes)
        found.kinds[words != UNKNOWN] = words[words != UNKNOWN]
        found.directions[found.kinds == UNWEIGHTED] = 0
        return found

    def _hasBValue(self, planes: Planes) -> numpy.ndarray:
        with numpy.errstate(invalid="ignore"):
            return numbersOf(planes, B_VALUE)[:, 0] > 0


def _parsed(text: str) -> tuple[float, ...]:
    """b and the three numbers of a comment; NaN where it has another form."""
    match = _COMMENT.match(text)
    return tuple(map(float, match.groups())) if match else (numpy.nan,) * 4
