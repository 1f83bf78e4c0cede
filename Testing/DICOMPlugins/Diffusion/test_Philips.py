"""What Philips' private elements say about the weighting of slices."""

from __future__ import annotations

import numpy
import pytest
from pydicom.dataset import Dataset

from DICOMPlugins.Diffusion.Philips import B_VALUE, DIRECTION, DIRECTION_LETTER, PhilipsRule
from DICOMPlugins.Diffusion.Rules import chooseWeighting
from DICOMPlugins.Diffusion.Weighting import DERIVED, DIRECTIONAL, ISOTROPIC, UNKNOWN, UNWEIGHTED
from Testing.DICOMPlugins.Diffusion.Slices import planesFrom, record
from Testing.DICOMPlugins.DiffusionComparison import dcm2niixDiffusion, difference, diffusionNodes
from Testing.Fixtures.DiffusionBuilder import (
    ORIENTATIONS,
    DiffusionBuilder,
    Volume,
    oblique,
    spreadDirections,
    volumesOf,
)

NAME = "Philips Medical Systems"
SOURCE = "Philips Imaging DD 001 (2001,xx03)"


def philips(bValue, vector=(0, 0, 0), letter="O", **others):
    """Values of one slice."""
    values = {B_VALUE.path: bValue, DIRECTION_LETTER.path: letter, "Manufacturer": NAME}
    values |= {element.path: value for element, value in zip(DIRECTION, vector, strict=True)}
    return {"ImageType": "ORIGINAL\\PRIMARY\\M_SE\\M\\SE", **values, **others}


def planes(*slices):
    return planesFrom([record(number, number, **values) for number, values in enumerate(slices)])


def read(*slices):
    return PhilipsRule().read(planes(*slices))


def test_bAndDirectionArePrivateAndInPatientCoordinates():
    found = read(philips(0, letter="I"), philips(800.5, (0, 0.6, -0.8)))
    assert found.bValues.tolist() == [0, 800.5]
    assert found.directions == pytest.approx(numpy.array([[0, 0, 0], [0, 0.6, -0.8]]))
    assert found.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL]
    assert found.sources == {"b-value": SOURCE, "direction": "Philips MR Imaging DD 001 (2005,xxB0–B2)"}
    assert found.notes == []


def test_anIsotropicDirectionIsATraceImageAtBAboveZero():
    found = read(philips(1000, letter="I"), philips(1000, (1, 0, 0), letter="I"), philips(0, letter="I"))
    assert found.kinds.tolist() == [ISOTROPIC, ISOTROPIC, UNWEIGHTED]


@pytest.mark.parametrize("vector", [(0, 0, 1), (3, 4, 5), (1e30, 0, 0), ("x", 0, 0)])
def test_anythingForADirectionAtZeroIsNothingToTellOf(vector):
    found = read(philips(0, vector), philips(1000, (1, 0, 0)))
    assert found.directions[0].tolist() == [0, 0, 0]
    assert found.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL]
    assert found.notes == []


def test_computedImagesAreSaidByTheirType():
    adc = philips(1000, ImageType="DERIVED\\PRIMARY\\ADC\\M\\ADC", letter="I")
    frame = philips(1000, FrameType="DERIVED\\PRIMARY\\DIFFUSION\\ADC", letter="I")
    assert read(adc, frame).kinds.tolist() == [DERIVED, DERIVED]


def test_aDirectionOfTheScannerThatIsNotToldStaysUnknown():
    found = read(philips(1000, letter="M"), philips(1000, letter="I"))
    assert found.kinds.tolist() == [UNKNOWN, ISOTROPIC]


@pytest.mark.parametrize(
    ("text", "notes"), [("", 0), ("abc", 0), ("-1.0", 0), ("-7", 1), ("1e20", 1), ("nan", 0), ("inf", 0)]
)
def test_aSenselessBValueIsUnknown(text, notes):
    found = read(philips(text, (1, 0, 0)), philips(1000, (0, 1, 0)))
    assert numpy.isnan(found.bValues[0])
    assert found.kinds.tolist() == [UNKNOWN, DIRECTIONAL]
    assert len(found.notes) == notes


def test_aSenselessDirectionIsUnknownAndTold():
    found = read(philips(1000, (4, 0, 0)), philips(1000, ("", 0, 1)), philips(1000, (0, 1, 0)))
    assert found.kinds.tolist() == [UNKNOWN, UNKNOWN, DIRECTIONAL]
    assert found.notes == [
        "Philips MR Imaging DD 001 (2005,xxB0–B2) is no direction in 1 of 3 slices, e.g. of length 4: not used."
    ]


def test_elementsOfAnotherCreatorAreNotBelieved():
    values = {"2001,1003": "1000", "2001,0010": "ACME", "Manufacturer": NAME}
    assert PhilipsRule().evidence(planes(values)) == ""
    assert numpy.isnan(read(values).bValues).all()


def test_elementsOfUnknownTypeWithoutCreatorAreDecodedAndTold():
    found = read({"2001,1003": "00\\00\\7a\\44", "Manufacturer": NAME})
    assert found.bValues.tolist() == [1000]
    assert len(found.notes) == 1 and "perhaps removed by anonymising" in found.notes[0]


def test_evidenceIsAPrivateBValue():
    assert PhilipsRule().evidence(planes(philips(0), philips(800))) == f"{SOURCE} is up to 800"
    assert PhilipsRule().evidence(planes(philips(0), philips(-1))) == ""


def test_theStandardsElementsComeFirst():
    values = philips(1000, (1, 0, 0), DiffusionBValue=1000, DiffusionGradientOrientation="0\\1\\0")
    chosen = chooseWeighting(planes(values))
    assert chosen.weighting.directions.tolist() == [[0, 1, 0]]
    assert any("differ by up to 90.0°" in line for line in chosen.explanation)


# Against dcm2niix, on the same files

ACQUISITIONS = {**ORIENTATIONS, "oblique": oblique(), "oblique coronal": oblique(start="coronal")}
DIRECTIONS = spreadDirections(6)
TRACE = Volume(1000.0, isTrace=True)


@pytest.mark.parametrize("encoding", ["philips", "philipsEnhanced"])
@pytest.mark.parametrize("name", ACQUISITIONS)
def test_directionsAreThoseOfDcm2niix(tmp_path, encoding, name):
    builder = DiffusionBuilder(encoding, ACQUISITIONS[name], volumesOf((0, 1000), DIRECTIONS), dtype="int16")
    folder = builder.write(tmp_path / "in")
    (node,), (reference,) = diffusionNodes(folder), dcm2niixDiffusion(folder, tmp_path / "out")
    found = difference(node, reference)
    assert found.isNoneInAnyOrder, found
    assert len(node.bValuesArray()) == len(reference.bValues) == 7


@pytest.mark.parametrize("encoding", ["philips", "philipsEnhanced"])
@pytest.mark.parametrize("place", [0, 1, 4, 7])
def test_traceImagesAnywhereAreSetApart(tmp_path, encoding, place):
    volumes = volumesOf((0, 1000), DIRECTIONS)
    volumes.insert(place, TRACE)
    builder = DiffusionBuilder(encoding, volumes=volumes, dtype="int16")
    (node,) = diffusionNodes(builder.write(tmp_path / "in"))
    assert node.voxelArray() == pytest.approx(builder.array)
    assert node.bValuesArray() == pytest.approx(builder.bValues)
    alike = abs((node.gradientsRAS() * [-1, -1, 1] * builder.directions).sum(axis=1))
    assert alike[builder.bValues > 0].min() > 0.99999


def test_framesWithPrivateElementsOnlyAreRead(tmp_path):
    """Enhanced objects of older software: the group of each frame has b and direction, the standard's sequence not."""

    def edit(dataset, volume, number):
        for frame in dataset.PerFrameFunctionalGroupsSequence:
            (diffusion,) = frame.MRDiffusionSequence
            inside = Dataset()
            imaging = inside.private_block(0x2001, B_VALUE.creator, create=True)
            imaging.add_new(0x03, "FL", diffusion.DiffusionBValue)
            direction = [0.0, 0.0, 0.0]
            if "DiffusionGradientDirectionSequence" in diffusion:
                direction = diffusion.DiffusionGradientDirectionSequence[0].DiffusionGradientOrientation
            # In the third block of its group, as later software has it.
            inside.add_new(0x20050010, "LO", "Philips MR Imaging DD 003")
            inside.add_new(0x20050012, "LO", DIRECTION[0].creator)
            for tag, value in zip((0x200512B0, 0x200512B1, 0x200512B2), direction, strict=True):
                inside.add_new(tag, "FL", float(value))
            imaging.add_new(0x04, "CS", "O" if diffusion.DiffusionBValue else "I")
            frame.private_block(0x2005, "Philips MR Imaging DD 005", create=True).add_new(0x0F, "SQ", [inside])
            del frame.MRDiffusionSequence

    builder = DiffusionBuilder("philipsEnhanced", oblique(), volumesOf((0, 1000), DIRECTIONS), edit=edit, dtype="int16")
    (node,) = diffusionNodes(builder.write(tmp_path / "in"))
    assert node.bValuesArray() == pytest.approx(builder.bValues)
    alike = abs((node.gradientsRAS() * [-1, -1, 1] * builder.directions).sum(axis=1))
    assert alike[builder.bValues > 0].min() > 0.99999
