"""What each written image says about its measurement: PS3.3 C.8.13.5.9, and how readers put images together.

Classic MR objects have no module for diffusion. These elements at the top level of the data set are what Siemens XA,
Canon, Hitachi and newer GE scanners write there as extension (PS3.4 B.4.1), and what dcm2niix and MRtrix look for.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy

from DICOMLib.TagPaths import normalizedPath

from .Standard import LARGEST_UNWEIGHTED_B_VALUE, SMALLEST_B_VALUE

DIRECTIONAL, ISOTROPIC, NONE, BMATRIX = "DIRECTIONAL", "ISOTROPIC", "NONE", "BMATRIX"
_MATRIX = "DiffusionBMatrixSequence[0].DiffusionBValue"
_MATRIX_ELEMENTS = ("XX", "XY", "XZ", "YY", "YZ", "ZZ")
# Manufacturers whose images others do not read by these elements: dcm2niix takes any direction in a file of theirs for
# one along the image's axes, as they do themselves (nii_dicom_batch.cpp: geCorrectBvecs and others, tried with it).
_OTHERWISE = ("GE", "UI", "CA")
_EQUIPMENT = "ContributingEquipmentSequence[0]."
_EQUIPMENT_PURPOSE = {"CodeValue": "109101", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Acquisition Equipment"}
_EQUIPMENT_KEYWORDS = (
    "Manufacturer", "ManufacturerModelName", "InstitutionName", "StationName", "DeviceSerialNumber", "SoftwareVersions",
)  # fmt: skip


def directionalities(bValues: numpy.ndarray, directions: numpy.ndarray, bMatrices: numpy.ndarray) -> list[str]:
    """DiffusionDirectionality of each measurement.

    :param bValues: (N,) s/mm²
    :param directions: (N, 3) unit vectors or zeros
    :param bMatrices: (N, 6), NaN where there is none
    """
    hasDirection, hasMatrix = directions.any(axis=1), ~numpy.isnan(bMatrices).any(axis=1)
    found = numpy.where(hasDirection, numpy.where(hasMatrix, BMATRIX, DIRECTIONAL), ISOTROPIC)
    found[(bValues < SMALLEST_B_VALUE) | (~hasDirection & (bValues <= LARGEST_UNWEIGHTED_B_VALUE))] = NONE
    return found.tolist()


def measurementAttributes(
    bValues: numpy.ndarray, directions: numpy.ndarray, bMatrices: numpy.ndarray
) -> list[dict[str, str]]:
    """Path → text for each measurement, the same paths in all: weighting, and its number for those that group by it.

    :param directions: (N, 3) LPS
    :param bMatrices: (N, 6) xx, xy, xz, yy, yz, zz, LPS, NaN where there is none
    """
    count = len(bValues)
    kinds = directionalities(bValues, directions, bMatrices)
    found = []
    for number in range(count):
        isDirectional, isMatrix = kinds[number] in (DIRECTIONAL, BMATRIX), kinds[number] == BMATRIX
        found.append({
            "AcquisitionNumber": str(number + 1),
            "TemporalPositionIdentifier": str(number + 1),
            "NumberOfTemporalPositions": str(count),
            "DiffusionBValue": repr(float(bValues[number])),
            "DiffusionDirectionality": kinds[number],
            "DiffusionGradientOrientation": "\\".join(map(repr, directions[number].tolist())) if isDirectional else "",
            **{
                _MATRIX + name: repr(value) if isMatrix else ""
                for name, value in zip(_MATRIX_ELEMENTS, bMatrices[number].tolist(), strict=True)
            },
        })  # fmt: skip
    return found


def isReadOtherwise(manufacturer: str) -> bool:
    """Whether readers take directions in images of a manufacturer for other than the standard's."""
    return manufacturer.strip().upper().startswith(_OTHERWISE)


def acquisitionEquipment(header: Mapping[str, str]) -> dict[str, str]:
    """Path → text of the scanner (PS3.3 C.12.1, PS3.16 D): it did not make the written images; empty if unknown."""
    told = {keyword: header.get(normalizedPath(keyword), "").strip() for keyword in _EQUIPMENT_KEYWORDS}
    if not told["Manufacturer"]:
        return {}
    purpose = {f"PurposeOfReferenceCodeSequence[0].{keyword}": text for keyword, text in _EQUIPMENT_PURPOSE.items()}
    return {_EQUIPMENT + keyword: text for keyword, text in {**purpose, **told}.items() if text}
