"""Diffusion weighting as GE writes it.

=============================  =======================  ================================================================
element                        creator                  meaning
=============================  =======================  ================================================================
(0043,xx39), first value       GEMS_PARM_01             b, s/mm²; plus 1,000,000,000 in series with several b-values and
                                                        in computed ones. [1] set_bValGE, [2] #149, #602 (GE)
(0019,xxBB) (…BC) (…BD)        GEMS_ACQU_01             direction along frequency, phase and slice (User data 20–22).
                                                        [1] geCorrectBvecs, [3], [4]; turned by LogicalFrame
length of that direction                                below 0.97: b is that of the outermost shell, the true one is
                                                        b · length², to the next 5. [1] geCorrectBvecs, [2] #163, #245
(0043,xx30)                    GEMS_PARM_01             kind of image: 14 b = 0, 16 measured (b = 0 of the table of
                                                        directions included, which older software labels with the b of
                                                        the others), 18 FA, 19 trace. [2] #574, #690, #777 (GE)
(0019,xxE0)                    GEMS_ACQU_01             number of directions (User data 24); 0 where none was applied
                                                        singly: without direction at b > 0 is a trace image then, and
                                                        b = 0 of the table otherwise. [1] isGEADC, [2] #264, #777
(0018,9087)                                             b without the offset, absent at b = 0, and not scaled by the
                                                        length: the private one comes first. [1], [2] #163, #503, #602
(0018,9089)                                             patient coordinates where it is written; used where the private
                                                        direction is absent. [1] isBVecWorldCoordinates
=============================  =======================  ================================================================

[1] rordenlab/dcm2niix, console/nii_dicom.cpp and nii_dicom_batch.cpp; [2] its issues, answers of GE's J. Shin; [3]
"DICOM for DWI and DTI", NA-MIC wiki; [4] GEHC_tensor.pdf, mr-jaemin/ge-mri.
"""

from __future__ import annotations

import numpy

from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Tags import tagText

from .Columns import ZERO_LENGTH, sensibleBValues, unitVectors
from .LogicalFrame import PHASE_DIRECTION, patientDirections
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
from .Weighting import DERIVED, ISOTROPIC, UNKNOWN, UNWEIGHTED, Weighting

B_VALUE = PrivateElement(0x0043, "GEMS_PARM_01", 0x39)
DIRECTION = tuple(PrivateElement(0x0019, "GEMS_ACQU_01", low) for low in (0xBB, 0xBC, 0xBD))
IMAGE_KIND = PrivateElement(0x0043, "GEMS_PARM_01", 0x30)
DIRECTION_COUNT = PrivateElement(0x0019, "GEMS_ACQU_01", 0xE0)

OFFSET = 1_000_000_000
# dcm2niix's: shorter directions are none, longer ones are rounded.
SHORTEST_SCALED, LONGEST_SCALED = 0.03, 0.97
# Shells are prescribed in such steps.
B_VALUE_STEP = 5.0
MEASURED_IMAGE, ANISOTROPY_IMAGE, TRACE_IMAGE = 16, 18, 19


class GERule:
    """Reads GE's private elements."""

    name = "GE"
    manufacturers = ("GE MEDICAL", "GE HEALTHCARE", "GENERAL ELECTRIC")
    standardFirst = False
    tags = {
        **tagsToKeep((B_VALUE, *DIRECTION, IMAGE_KIND, DIRECTION_COUNT)),
        "phaseEncodingDirection": PHASE_DIRECTION,
        "imageType": tagText("ImageType"),
        "manufacturer": tagText("Manufacturer"),
    }

    def evidence(self, planes: Planes) -> str:
        """A private b-value above zero."""
        largest = largestPrivateNumber(planes, B_VALUE, self.manufacturers, OFFSET)
        return f"{B_VALUE} is up to {largest:g}" if largest > 0 else ""

    def read(self, planes: Planes) -> Weighting:
        """Of each slice what the private elements say."""
        found = Weighting.unknown(len(planes))
        bTexts, isOrphan = privateTexts(planes, B_VALUE, self.manufacturers)
        found.notes += orphanNote(isOrphan, B_VALUE)
        vectors = self._vectors(planes, found)
        bValues = privateNumbers(bTexts)
        bValues = numpy.where(bValues >= OFFSET, bValues % OFFSET, bValues)
        bValues = sensibleBValues(bValues, found.notes, str(B_VALUE))
        if not numpy.isnan(bValues).all():
            found.sources["b-value"] = str(B_VALUE)
        imageKinds = privateNumbers(privateTexts(planes, IMAGE_KIND, self.manufacturers)[0])
        lengths = numpy.linalg.norm(vectors, axis=1)
        isOfTable = self._isOfTable(planes, imageKinds, bValues, lengths, found)
        found.bValues = numpy.where(isOfTable, 0, _scaledBValues(bValues, lengths, found))
        directions = _lengthened(vectors, lengths)
        directions = unitVectors(directions, found.notes, f"{DIRECTION[0].creator} (0019,xxBB–BD)")
        found.directions = patientDirections(planes, directions, found.notes)
        found.kinds = _kinds(planes, found, imageKinds)
        found.directions[found.kinds == UNWEIGHTED] = 0
        return found

    def _isOfTable(
        self, planes: Planes, imageKinds: numpy.ndarray, bValues: numpy.ndarray, lengths: numpy.ndarray,
        found: Weighting,
    ) -> numpy.ndarray:  # fmt: skip
        """(n,) whether a slice without direction at b > 0 is b = 0 of a table of directions, no trace image."""
        with numpy.errstate(invalid="ignore"):
            isDirectional = (lengths > SHORTEST_SCALED) & (bValues > 0)
            isWithout = (lengths <= SHORTEST_SCALED) & (bValues > 0)
        if not isWithout.any() or not isDirectional.any():
            return numpy.zeros(len(planes), bool)
        counts = privateNumbers(privateTexts(planes, DIRECTION_COUNT, self.manufacturers)[0])
        isOfTable = isWithout & ((imageKinds == MEASURED_IMAGE) | (numpy.isnan(imageKinds) & (counts != 0)))
        if isOfTable.any():
            first = bValues[isOfTable][0]
            found.notes.append(
                f"{int(isOfTable.sum()):,} of {len(planes):,} slices are of the table of directions and have none: "
                f"they are b = 0, although {B_VALUE} says {first:g}."
            )
        return isOfTable

    def _vectors(self, planes: Planes, found: Weighting) -> numpy.ndarray:
        """(n, 3) as written: frequency, phase, slice."""
        vectors, isOrphan = privateComponents(planes, DIRECTION, self.manufacturers)
        found.notes += orphanNote(isOrphan, DIRECTION[2])
        if not numpy.isnan(vectors).all():
            creator = DIRECTION[0].creator
            found.sources["direction"] = f"{creator} (0019,xxBB–BD), along frequency, phase and slice"
        return vectors


def _scaledBValues(bValues: numpy.ndarray, lengths: numpy.ndarray, found: Weighting) -> numpy.ndarray:
    """(n,) b of each slice's own shell."""
    with numpy.errstate(invalid="ignore"):
        isScaled = (bValues > 0) & (lengths > SHORTEST_SCALED) & (lengths < LONGEST_SCALED)
    scaled = bValues.copy()
    if isScaled.any():
        steps = numpy.floor(bValues[isScaled] * lengths[isScaled] ** 2 / B_VALUE_STEP + 0.5)
        scaled[isScaled] = B_VALUE_STEP * numpy.maximum(1, steps)
        first = numpy.flatnonzero(isScaled)[0]
        found.notes.append(
            f"Directions shorter than 1 tell the shell in {int(isScaled.sum()):,} of {len(bValues):,} slices: b is "
            f"multiplied by the square of the length, e.g. {bValues[first]:g} to {scaled[first]:g}."
        )
    return scaled


def _lengthened(vectors: numpy.ndarray, lengths: numpy.ndarray) -> numpy.ndarray:
    """(n, 3) of unit length where they tell the shell, zero where they are too short for that."""
    with numpy.errstate(invalid="ignore", divide="ignore"):
        isShort = (lengths > SHORTEST_SCALED) & (lengths < LONGEST_SCALED)
        units = numpy.where(isShort[:, None], vectors / lengths[:, None], vectors)
        units[(lengths <= max(ZERO_LENGTH, SHORTEST_SCALED))] = 0
    return units


def _kinds(planes: Planes, found: Weighting, imageKinds: numpy.ndarray) -> numpy.ndarray:
    """(n,) by b-value and direction; what ImageType or GE's own number of the kind says comes first."""
    kinds = kindsOf(found.bValues, found.directions, numpy.full(len(planes), "", object))
    words = wordsOf(planes)
    kinds[words != UNKNOWN] = words[words != UNKNOWN]
    kinds[imageKinds == ANISOTROPY_IMAGE] = DERIVED
    kinds[imageKinds == TRACE_IMAGE] = ISOTROPIC
    return kinds
