"""Directions along frequency, phase and slice become directions in the patient, as dcm2niix turns them."""

from __future__ import annotations

import numpy
import pytest

from DICOMPlugins.Diffusion.LogicalFrame import AXIAL, CORONAL, SAGITTAL, patientDirections, planeKinds
from Testing.DICOMPlugins.Diffusion.Slices import planesFrom, record
from Testing.DICOMPlugins.DiffusionComparison import dcm2niixDiffusion, difference, diffusionNodes
from Testing.Fixtures.DiffusionBuilder import ORIENTATIONS, DiffusionBuilder, oblique, spreadDirections, volumesOf

ACQUISITIONS = {
    **ORIENTATIONS,
    "axial with rows backwards": ((0, 1, 0), (-1, 0, 0)),
    "axial upside down": ((1, 0, 0), (0, -1, 0)),
    "coronal upside down": ((-1, 0, 0), (0, 0, 1)),
    "sagittal from the left": ((0, -1, 0), (0, 0, -1)),
    "oblique axial": oblique(),
    "oblique coronal": oblique(start="coronal"),
    "oblique sagittal": oblique(start="sagittal"),
    "steep axial": oblique(38, 5, 0),
}


def turned(vector, phase, orientation="1\\0\\0\\0\\1\\0", notes=None):
    """One vector of one slice, in the patient."""
    values = {"InPlanePhaseEncodingDirection": phase, "ImageOrientationPatient": orientation}
    planes = planesFrom([record(1, 0, **values)])
    return patientDirections(planes, numpy.array([vector], float), [] if notes is None else notes)[0].tolist()


@pytest.mark.parametrize("encoding", ["ge", "canon"])
@pytest.mark.parametrize("phaseAlongRows", [False, True], ids=["COL", "ROW"])
@pytest.mark.parametrize("name", ACQUISITIONS)
def test_directionsAreThoseOfDcm2niixAndOfTheFixture(tmp_path, encoding, phaseAlongRows, name):
    """Files in every orientation, read by both: voxels, places, b-values and directions agree."""
    volumes = volumesOf((0, 1000), spreadDirections(7))
    builder = DiffusionBuilder(encoding, ACQUISITIONS[name], volumes, phaseAlongRows=phaseAlongRows, dtype="int16")
    folder = builder.write(tmp_path / "in")
    (node,) = diffusionNodes(folder)
    (reference,) = dcm2niixDiffusion(folder, tmp_path / "out")
    found = difference(node, reference)
    assert found.isNone, found
    assert len(node.bValuesArray()) == len(reference.bValues) == len(volumes)
    alike = abs((node.gradientsRAS() * [-1, -1, 1] * builder.directions).sum(axis=1))
    assert alike[1:].min() > 0.99999


@pytest.mark.parametrize(
    ("orientation", "phase", "expected"),
    [
        ("1\\0\\0\\0\\1\\0", "COL", [1, 2, -3]),
        ("1\\0\\0\\0\\1\\0", "ROW", [2, -1, -3]),
        ("0\\1\\0\\0\\0\\-1", "COL", [3, 1, -2]),
        ("0\\1\\0\\0\\0\\-1", "ROW", [3, 2, 1]),
        ("1\\0\\0\\0\\0\\-1", "COL", [1, -3, 2]),
        ("1\\0\\0\\0\\0\\-1", "ROW", [2, 3, -1]),
    ],
    ids=["axial COL", "axial ROW", "sagittal COL", "sagittal ROW", "coronal COL", "coronal ROW"],
)
def test_theTableOfPlanesAndPhases(orientation, phase, expected):
    assert turned((1, 2, 3), phase, orientation) == expected


def test_enhancedObjectsSayCOLUMN():
    assert turned((1, 2, 3), "COLUMN") == [1, 2, -3]


def test_aMissingPhaseDirectionIsTakenForColumnsAndTold():
    notes: list[str] = []
    assert turned((1, 2, 3), "", notes=notes) == [1, 2, -3]
    assert notes == [
        "Warning: InPlanePhaseEncodingDirection (0018,1312) says neither ROW nor COL in 1 of 1 slices: COL is assumed, "
        "and directions are turned by 90° in the plane if that is wrong."
    ]


def test_nothingIsToldWhereThereIsNoDirectionToTurn():
    notes: list[str] = []
    assert turned((0, 0, 0), "", notes=notes) == [0, 0, 0]
    assert numpy.isnan(turned((numpy.nan,) * 3, "", notes=notes)).all()
    assert notes == []


def test_aSliceOfUnknownOrientationHasNoDirection():
    assert numpy.isnan(turned((1, 0, 0), "COL", orientation="")).all()


def test_thePlaneIsTheClosestOne():
    orientations = ["1\\0\\0\\0\\1\\0", "1\\0\\0\\0\\0\\-1", "0\\1\\0\\0\\0\\-1", "1\\0\\0\\0\\0.8\\-0.6",
                    "1\\0\\0\\0\\0.6\\-0.8"]  # fmt: skip
    planes = planesFrom([record(k, k, ImageOrientationPatient=one) for k, one in enumerate(orientations)])
    assert planeKinds(planes).tolist() == [AXIAL, CORONAL, SAGITTAL, AXIAL, CORONAL]
