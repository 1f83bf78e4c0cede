"""Diffusion weighting as the scanners of United Imaging Healthcare (UIH) write it.

===============  =======================  ==========================  =================================================
element          creator                  name                        meaning
===============  =======================  ==========================  =================================================
0065,xx09  FD    Image Private Header     BActualValue                s/mm², with what the imaging gradients add: some
                                                                      1.25 at b = 0
0065,xx0A  FD    Image Private Header     BUserValue                  s/mm², as prescribed
0065,xx37  FD 3  Image Private Header     MRDiffusionGradOrientation  unit vector in the frame of the image: along its
                                                                      rows, columns, and row × column; zeros at b = 0
===============  =======================  ==========================  =================================================

Sources: the table of private tags that UIH gave to dcm2niix (UIH/README.md there); dcm2niix, console/nii_dicom.cpp
(kDiffusion_bValueUIH, kDiffusionGradientDirectionUIH) and siemensPhilipsCorrectBvecs, which takes the vector for one in
the frame of the image. UIH's validation data (dcm_qa_uih) bear that out: the tables of three series with different
turns of the slices are one and the same table, to 0.0001°, after they are turned from the image to the patient.

Newer software writes the standard's elements, too. The private ones come first, as in dcm2niix: DiffusionBValue is the
prescribed value there, and users found DiffusionGradientOrientation not to follow the slices. One file may hold a
volume, with its slices in a grid (ImageType VFRAME, "SaveBySlc"), or one slice.
"""

from __future__ import annotations

import numpy

from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Tags import tagText

from .Columns import sensibleBValues, unitVectors
from .PrivateValues import PrivateElement, allNumbers, orphanNote, privateTexts, tagsToKeep
from .Standard import LARGEST_UNWEIGHTED_B_VALUE, kindsOf, wordsOf
from .Weighting import UNKNOWN, UNWEIGHTED, Weighting

ACTUAL_B_VALUE, USER_B_VALUE, DIRECTION = (
    PrivateElement(0x0065, "Image Private Header", low) for low in (0x09, 0x0A, 0x37)
)
MANUFACTURERS = ("UIH", "UNITED IMAGING")
_OF_ELEMENTS = "{} (0065,xx{:02X}, Image Private Header)"


class UIHRule:
    """Reads group 0065."""

    name = "UIH"
    manufacturers = MANUFACTURERS
    standardFirst = False
    tags = {
        **tagsToKeep((ACTUAL_B_VALUE, USER_B_VALUE, DIRECTION)),
        "imageType": tagText("ImageType"),
    }

    def evidence(self, planes: Planes) -> str:
        """A b-value beyond what imaging gradients do."""
        for element, name in ((ACTUAL_B_VALUE, "BActualValue"), (USER_B_VALUE, "BUserValue")):
            largest = numpy.nanmax(_numbers(planes, element, 1), initial=0)
            if largest > LARGEST_UNWEIGHTED_B_VALUE:
                return f"{_OF_ELEMENTS.format(name, element.low)} is up to {largest:g}"
        return ""

    def read(self, planes: Planes) -> Weighting:
        """b as it was, else as it was prescribed; directions turned from the image to the patient."""
        found = Weighting.unknown(len(planes))
        found.notes = orphanNote(privateTexts(planes, DIRECTION, MANUFACTURERS, mustBeNamed=True)[1], DIRECTION)
        found.bValues = self._bValues(planes, found)
        found.directions = self._directions(planes, found)
        with numpy.errstate(invalid="ignore"):
            isSmall = found.bValues <= LARGEST_UNWEIGHTED_B_VALUE
            hasDirection = (abs(found.directions) > 0).any(axis=1)
        found.kinds = kindsOf(found.bValues, found.directions, numpy.full(len(planes), "", object))
        found.kinds[isSmall & ~hasDirection] = UNWEIGHTED
        words = wordsOf(planes)
        found.kinds[words != UNKNOWN] = words[words != UNKNOWN]
        found.directions[found.kinds == UNWEIGHTED] = 0
        return found

    def _bValues(self, planes: Planes, found: Weighting) -> numpy.ndarray:
        bValues = numpy.full(len(planes), numpy.nan)
        for element, name in ((ACTUAL_B_VALUE, "BActualValue"), (USER_B_VALUE, "BUserValue")):
            source = _OF_ELEMENTS.format(name, element.low)
            own = sensibleBValues(_numbers(planes, element, 1)[:, 0], found.notes, f"UIH's {name}")
            takes = numpy.isnan(bValues) & ~numpy.isnan(own)
            bValues[takes] = own[takes]
            if takes.any():
                found.sources.setdefault("b-value", source)
        return bValues

    def _directions(self, planes: Planes, found: Weighting) -> numpy.ndarray:
        ofImage = unitVectors(_numbers(planes, DIRECTION, 3), found.notes, "UIH's MRDiffusionGradOrientation")
        if not numpy.isnan(ofImage).all():
            name = _OF_ELEMENTS.format("MRDiffusionGradOrientation", DIRECTION.low)
            found.sources["direction"] = f"{name}, turned from the image to the patient"
        return patientDirections(ofImage, planes)


def _numbers(planes: Planes, element: PrivateElement, count: int) -> numpy.ndarray:
    return allNumbers(privateTexts(planes, element, MANUFACTURERS, mustBeNamed=True)[0], count)


def patientDirections(ofImage: numpy.ndarray, planes: Planes) -> numpy.ndarray:
    """(n, 3) LPS from directions along rows, columns and row × column of each slice's image.

    :param ofImage: (n, 3); zeros stay zeros even where the orientation of the image is unknown
    """
    isZero = (ofImage == 0).all(axis=1)
    row, column = planes.orientations[:, :3], planes.orientations[:, 3:]
    axes = numpy.stack([row, column, planes.normals], axis=2)
    directions = (axes @ ofImage[:, :, None])[:, :, 0]
    directions[isZero] = 0
    return directions
