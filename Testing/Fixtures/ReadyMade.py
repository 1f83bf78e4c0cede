"""Series that many tests want, each one call away. Keyword arguments override what the maker chose."""

from __future__ import annotations

from math import cos, radians, sin, tan
from pathlib import Path

import numpy

from .SeriesBuilder import SeriesBuilder

# A rotation about all three axes; orthonormal to machine precision.
OBLIQUE_ANGLES_DEGREES = (20.0, -15.0, 30.0)
GANTRY_TILT_DEGREES = 20.0


def axialCT(**changes: object) -> SeriesBuilder:
    """Five axial slices, 0.8 x 0.7 x 2.5 mm, slope 1, intercept -1024.

    >>> axialCT(slices=3).array[2, 1, 4]
    np.float64(214.0)
    """
    return SeriesBuilder(**{"modality": "CT", "spacing": (0.8, 0.7, 2.5), "origin": (-20.5, -30.25, 100.0),
                            "seriesDescription": "Axial CT", "seriesNumber": 2, **changes})


def obliqueMR(**changes: object) -> SeriesBuilder:
    """A double-oblique MR without rescale: no voxel axis lies along a patient axis.

    >>> bool((abs(obliqueMR().ijkToLPS[:3, :3]) > 0.01).all())
    True
    """
    rotation = rotationMatrix(*OBLIQUE_ANGLES_DEGREES)
    orientation = tuple(rotation[:, 0]) + tuple(rotation[:, 1])
    return SeriesBuilder(**{"modality": "MR", "spacing": (1.2, 0.9, 3.3), "origin": (12.5, -40.0, -7.75),
                            "orientation": orientation, "rescale": None, "dtype": "uint16", "bitsStored": 12,
                            "seriesDescription": "Oblique MR", "seriesNumber": 4, **changes})


def tiltedCT(**changes: object) -> SeriesBuilder:
    """A head CT with the gantry tilted 20 degrees: the table moves along the patient, not along the slice normal.

    >>> tiltedCT().shear[1] != 0
    True
    """
    tilt = radians(GANTRY_TILT_DEGREES)
    orientation = (1.0, 0.0, 0.0, 0.0, cos(tilt), sin(tilt))
    spacing = (0.8, 0.7, 2.5)
    # Along the table (the third patient axis) each step is spacing / cos(tilt); its part in the slice is the shear.
    return SeriesBuilder(**{"modality": "CT", "spacing": spacing, "origin": (-20.5, -30.25, 100.0),
                            "orientation": orientation, "shear": (0.0, spacing[2] * tan(tilt)),
                            "extra": {"GantryDetectorTilt": GANTRY_TILT_DEGREES},
                            "seriesDescription": "Tilted CT", "seriesNumber": 5, **changes})


def missingSliceCT(**changes: object) -> SeriesBuilder:
    """Eight slices of which number 3 (counted from 0) is not there.

    >>> missingSliceCT().array.shape[0]
    7
    """
    return axialCT(**{"slices": 8, "missing": (3,), "seriesDescription": "CT with a hole", "seriesNumber": 6,
                      **changes})


def rgbSecondaryCapture(**changes: object) -> SeriesBuilder:
    """One 8-bit RGB picture with no patient geometry.

    >>> rgbSecondaryCapture().array.shape
    (1, 16, 12, 3)
    """
    return SeriesBuilder(**{"modality": "OT", "slices": 1, "samplesPerPixel": 3, "dtype": "uint8", "rescale": None,
                            "seriesDescription": "Colour capture", "seriesNumber": 9, **changes})


def ultrasoundCine(**changes: object) -> SeriesBuilder:
    """One multi-frame 8-bit ultrasound object of 6 frames.

    >>> len(ultrasoundCine().datasets())
    1
    """
    return SeriesBuilder(**{"modality": "US", "slices": 6, "dtype": "uint8", "rescale": None, "multiframe": True,
                            "pattern": lambda k, j, i: 20 * k + 5 * j + i, "seriesDescription": "Cine",
                            "seriesNumber": 8, **changes})


def compressibleCT(transferSyntax: str, **changes: object) -> SeriesBuilder:
    """A CT with signed stored values in one of `ALL_TRANSFER_SYNTAXES`; large enough (32 x 32) for every codec.

    >>> compressibleCT("1.2.840.10008.1.2.5").transferSyntax
    '1.2.840.10008.1.2.5'
    """
    return axialCT(**{"rows": 32, "columns": 32, "slices": 3, "dtype": "int16", "rescale": (1.0, 0.0),
                      "pattern": lambda k, j, i: 100 * k + 10 * j + i - 300, "transferSyntax": transferSyntax,
                      "seriesDescription": "Encoded CT", **changes})


def twoPatients(folder: str | Path) -> dict[str, list[Path]]:
    """Two patients in `folder`: a CT and an MR in two studies of the first, a CT of the second (UTF-8 name).

    Returns {"ct": paths, "mr": paths, "other": paths}, each in spatial order; `twoPatientBuilders` gives the builders.
    """
    return {name: builder.write(Path(folder) / name) for name, builder in twoPatientBuilders().items()}


def twoPatientBuilders() -> dict[str, SeriesBuilder]:
    """The builders behind `twoPatients`, by the same names."""
    first = {"patientName": "First^Patient", "patientID": "P-001"}
    return {
        "ct": axialCT(**first),
        "mr": obliqueMR(**first, studyDate="20260401", studyDescription="Follow-up"),
        "other": axialCT(patientName="Müller^Jürgen", patientID="P-002", charset="ISO_IR 192", patientSex="M"),
    }


def rotationMatrix(aboutX: float, aboutY: float, aboutZ: float) -> numpy.ndarray:
    """3x3 rotation Rz Ry Rx from angles in degrees."""
    x, y, z = radians(aboutX), radians(aboutY), radians(aboutZ)
    rotateX = numpy.array([[1, 0, 0], [0, cos(x), -sin(x)], [0, sin(x), cos(x)]])
    rotateY = numpy.array([[cos(y), 0, sin(y)], [0, 1, 0], [-sin(y), 0, cos(y)]])
    rotateZ = numpy.array([[cos(z), -sin(z), 0], [sin(z), cos(z), 0], [0, 0, 1]])
    return rotateZ @ rotateY @ rotateX
