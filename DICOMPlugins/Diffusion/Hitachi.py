"""Diffusion weighting as Hitachi (Fujifilm Healthcare) writes it: the standard's elements, of Supplement 49.

===============  ===========  ==================================================================================
element          tag          meaning
===============  ===========  ==================================================================================
DiffusionBValue  0018,9087    b, s/mm²; where it is absent beside slices that have one, b = 0. [2] ExtractDWIData
…Orientation     0018,9089    patient coordinates, LPS: as the standard's. [1] siemensPhilipsCorrectBvecs, [2]
(0029,xx30)      MMCPrivate   b, s/mm², in classic objects. [3]
===============  ===========  ==================================================================================

The standard's rule reads the first two. No private element with a direction is known.

[1] rordenlab/dcm2niix, console/nii_dicom_batch.cpp; [2] HitachiDWIConverter of BRAINSTools; [3] pydicom's and GDCM's
dictionaries of private elements; that the creator is Hitachi's: Aliza MS, which tells vendors by it.
"""

from __future__ import annotations

import numpy

from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Tags import tagText

from .Columns import numbersOf, sensibleBValues
from .PrivateValues import (
    PrivateElement,
    isNamed,
    largestPrivateNumber,
    orphanNote,
    privateNumbers,
    privateTexts,
    tagsToKeep,
)
from .Standard import B_VALUE, SMALLEST_B_VALUE, takeAbsentForZero
from .Weighting import UNWEIGHTED, Weighting

PRIVATE_B_VALUE = PrivateElement(0x0029, "MMCPrivate", 0x30)


class HitachiRule:
    """Reads the private b-value, and takes one left out for zero."""

    name = "Hitachi"
    manufacturers = ("HITACHI", "FUJIFILM HEALTHCARE")
    tags = {
        **tagsToKeep((PRIVATE_B_VALUE,)),
        "diffusionBValue": B_VALUE,
        "imageType": tagText("ImageType"),
        "manufacturer": tagText("Manufacturer"),
    }

    def evidence(self, planes: Planes) -> str:
        """A private b-value above zero, or the vendor's name beside one of the standard."""
        largest = largestPrivateNumber(planes, PRIVATE_B_VALUE, self.manufacturers)
        if largest > 0:
            return f"{PRIVATE_B_VALUE} is up to {largest:g}"
        weighted = (numbersOf(planes, B_VALUE)[:, 0] > 0) & isNamed(planes, self.manufacturers)
        return "Manufacturer is Hitachi, and there are b-values" if weighted.any() else ""

    def read(self, planes: Planes) -> Weighting:
        """The private b-value of each slice; zero where nothing is said and other slices have one."""
        found = Weighting.unknown(len(planes))
        texts, isOrphan = privateTexts(planes, PRIVATE_B_VALUE, self.manufacturers)
        found.notes += orphanNote(isOrphan, PRIVATE_B_VALUE)
        found.bValues = sensibleBValues(privateNumbers(texts), found.notes, str(PRIVATE_B_VALUE))
        if not numpy.isnan(found.bValues).all():
            found.sources["b-value"] = str(PRIVATE_B_VALUE)
        takeAbsentForZero(planes, found, texts == "", self.manufacturers, self.name)
        with numpy.errstate(invalid="ignore"):
            unweighted = found.bValues < SMALLEST_B_VALUE
        found.directions[unweighted] = 0
        found.kinds[unweighted] = UNWEIGHTED
        return found
