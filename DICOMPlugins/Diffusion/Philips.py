"""Diffusion weighting as Philips writes it, beside or instead of the standard's elements.

=========================  =========================  ================================================================
element                    creator                    meaning
=========================  =========================  ================================================================
(2001,xx03)                Philips Imaging DD 001     b, s/mm². [1] kDiffusion_bValuePhilips, [2]
(2001,xx04)                Philips Imaging DD 001     direction: P, M, S (along preparation, measurement, slice), O
                                                      (oblique), I (none: b = 0, or an average over directions at
                                                      b > 0.1). [2], [4]
(2005,xxB0) (…B1) (…B2)    Philips MR Imaging DD 001  unit vector right–left, anterior–posterior, foot–head: patient
                                                      coordinates, LPS; zeros for trace images; anything for b = 0. In
                                                      block 10 or 12, as the creator says. [1]
                                                      kDiffusionDirectionRL, [2]
ImageType, FrameType       (0008,0008) (0008,9007)    ADC, FA, …: computed. Read by the standard's rule
=========================  =========================  ================================================================

Enhanced objects have them for each frame in (2005,"Philips MR Imaging DD 005",0F). Later software writes 0018,9087,
9075 and 9089 too, which come first: the private direction of older ones may lack the slice's angulation ([3] #182).
Trace and ADC images are appended or mixed in anywhere: the kind tells them.

[1] rordenlab/dcm2niix, console/nii_dicom.cpp and Philips/README.md; [2] "DICOM for DWI and DTI", NA-MIC wiki; [3]
dcm2niix' issues; [4] PhilipsDWIConverter of BRAINSTools.
"""

from __future__ import annotations

import numpy

from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Tags import tagText

from .Columns import sensibleBValues, unitVectors
from .PrivateValues import (
    PrivateElement,
    largestPrivateNumber,
    orphanNote,
    privateComponents,
    privateNumbers,
    privateTexts,
    tagsToKeep,
)
from .Standard import kindsOf, wordsOf
from .Weighting import UNKNOWN, UNWEIGHTED, Weighting

B_VALUE = PrivateElement(0x2001, "Philips Imaging DD 001", 0x03)
DIRECTION_LETTER = PrivateElement(0x2001, "Philips Imaging DD 001", 0x04)
DIRECTION = tuple(PrivateElement(0x2005, "Philips MR Imaging DD 001", low) for low in (0xB0, 0xB1, 0xB2))

# What series without diffusion have as b-value.
_NO_B_VALUE = -1.0
_LETTERS_WITH_DIRECTION = ("P", "M", "S", "O")


class PhilipsRule:
    """Reads Philips' private elements, of files and of frames."""

    name = "Philips"
    manufacturers = ("PHILIPS",)
    tags = {
        **tagsToKeep((B_VALUE, DIRECTION_LETTER, *DIRECTION)),
        "imageType": tagText("ImageType"),
        "manufacturer": tagText("Manufacturer"),
    }

    def evidence(self, planes: Planes) -> str:
        """A private b-value above zero."""
        largest = largestPrivateNumber(planes, B_VALUE, self.manufacturers)
        return f"{B_VALUE} is up to {largest:g}" if largest > 0 else ""

    def read(self, planes: Planes) -> Weighting:
        """Of each slice what the private elements say."""
        found = Weighting.unknown(len(planes))
        texts, isOrphan = privateTexts(planes, B_VALUE, self.manufacturers)
        found.notes += orphanNote(isOrphan, B_VALUE)
        bValues = privateNumbers(texts)
        bValues[bValues == _NO_B_VALUE] = numpy.nan
        found.bValues = sensibleBValues(bValues, found.notes, str(B_VALUE))
        if not numpy.isnan(bValues).all():
            found.sources["b-value"] = str(B_VALUE)
        letters = privateTexts(planes, DIRECTION_LETTER, self.manufacturers)[0]
        letters = numpy.array([text.strip().upper()[:1] for text in letters], object)
        found.directions = self._directions(planes, letters, found)
        found.kinds = kindsOf(found.bValues, found.directions, numpy.where(letters == "I", "ISOTROPIC", ""))
        words = wordsOf(planes)
        found.kinds[words != UNKNOWN] = words[words != UNKNOWN]
        found.directions[found.kinds == UNWEIGHTED] = 0
        return found

    def _directions(self, planes: Planes, letters: numpy.ndarray, found: Weighting) -> numpy.ndarray:
        """(n, 3) unit vectors or zeros, LPS; NaN where a letter says that there was one, and it is not told."""
        vectors, _ = privateComponents(planes, DIRECTION, self.manufacturers)
        source = f"{DIRECTION[0].creator} (2005,xxB0–B2)"
        if not numpy.isnan(vectors).all():
            found.sources["direction"] = source
        with numpy.errstate(invalid="ignore"):
            weighted = found.bValues > 0
        # b = 0 comes with anything for a direction, which is nothing to tell of.
        vectors[~weighted] = 0
        directions = unitVectors(vectors, found.notes, source)
        untold = weighted & (directions == 0).all(axis=1) & numpy.isin(letters, _LETTERS_WITH_DIRECTION)
        directions[untold] = numpy.nan
        return directions
