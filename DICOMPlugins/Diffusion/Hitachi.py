"""Diffusion weighting as Hitachi (Fujifilm Healthcare) writes it: the standard's elements, of Supplement 49.

===============  ===========  ==================================================================================
element          tag          meaning
===============  ===========  ==================================================================================
DiffusionBValue  0018,9087    b, s/mm²; where it is absent beside slices that have one, b = 0. [2] ExtractDWIData
…Orientation     0018,9089    patient coordinates, LPS: as the standard's. [1] siemensPhilipsCorrectBvecs, [2]
===============  ===========  ==================================================================================

No private element with weighting is known. The standard's rule reads these; this one names the vendor and takes what
was left out.

[1] rordenlab/dcm2niix, console/nii_dicom_batch.cpp; [2] HitachiDWIConverter of BRAINSTools.
"""

from __future__ import annotations

import numpy

from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Tags import tagText

from .Columns import mappedTexts, numbersOf
from .PrivateValues import isNamed
from .Standard import B_VALUE
from .Weighting import UNWEIGHTED, Weighting


class HitachiRule:
    """Takes a b-value left out for zero."""

    name = "Hitachi"
    manufacturers = ("HITACHI", "FUJIFILM HEALTHCARE")
    tags = {"diffusionBValue": B_VALUE, "imageType": tagText("ImageType"), "manufacturer": tagText("Manufacturer")}

    def evidence(self, planes: Planes) -> str:
        """The vendor's name beside a b-value of the standard."""
        isWeighted = self._isWeighted(planes)
        return "Manufacturer is Hitachi, and there are b-values" if isWeighted.any() else ""

    def read(self, planes: Planes) -> Weighting:
        """Zero where nothing is said and other slices have a b-value."""
        found = Weighting.unknown(len(planes))
        isSilent = mappedTexts(planes, B_VALUE, lambda text: not text.strip(), bool)
        isOriginal = mappedTexts(planes, "ImageType", lambda text: not text.upper().startswith("DERIVED"), bool)
        absent = isSilent & isOriginal & isNamed(planes, self.manufacturers)
        if self._isWeighted(planes).any() and absent.any():
            found.bValues[absent] = 0
            found.directions[absent] = 0
            found.kinds[absent] = UNWEIGHTED
            found.sources["b-value"] = "DiffusionBValue (0018,9087) left out, which means b = 0"
            found.notes.append(
                f"{int(absent.sum()):,} of {len(planes):,} slices have no b-value: Hitachi leaves it out at b = 0."
            )
        return found

    def _isWeighted(self, planes: Planes) -> numpy.ndarray:
        with numpy.errstate(invalid="ignore"):
            return (numbersOf(planes, B_VALUE)[:, 0] > 0) & isNamed(planes, self.manufacturers)
