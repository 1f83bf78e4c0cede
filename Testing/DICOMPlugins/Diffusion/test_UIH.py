"""What the private elements of UIH's scanners say about the weighting of slices; a real series beside dcm2niix."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Geometry.Planes import planesOf
from DICOMPlugins.Diffusion.Rules import anglesBetween, chooseWeighting
from DICOMPlugins.Diffusion.UIH import UIHRule
from DICOMPlugins.Diffusion.Weighting import DERIVED, DIRECTIONAL, ISOTROPIC, UNKNOWN, UNWEIGHTED
from Testing.DICOMPlugins.Diffusion.Slices import X, Y, Z, planesFrom, planesOfFolder, record
from Testing.DICOMPlugins.DiffusionComparison import (
    dcm2niixDiffusion,
    difference,
    diffusionNodes,
    readReference,
)
from Testing.Fixtures.Encoding import encodeDataset
from Testing.Fixtures.ReadyMade import rotationMatrix
from Testing.Fixtures.SeriesBuilder import SeriesBuilder

CREATOR = "Image Private Header"


def elements(actual=None, direction=None, user=None, **others):
    """Group 0065 of one slice, as an import keeps it."""
    own = {"09": actual, "0A": user, "37": direction}
    values = {f'(0065,"{CREATOR}",{low})': value for low, value in own.items() if value is not None}
    return {"Manufacturer": "UIH", "ImageType": "ORIGINAL\\PRIMARY\\M", **values, **others}


def planes(*slices):
    return planesFrom([record(number, number, **values) for number, values in enumerate(slices)])


def read(*slices):
    return UIHRule().read(planes(*slices))


def test_bValuesAreThoseThatWereAndNotThosePrescribed():
    found = read(elements(1.25, (0, 0, 0), 0), elements(928.3, Y, 1000), elements(None, X, 1000))
    assert found.bValues.tolist() == [1.25, 928.3, 1000]
    assert found.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL, DIRECTIONAL]
    assert found.directions.tolist() == [[0, 0, 0], list(Y), list(X)]
    assert found.sources == {
        "b-value": "BActualValue (0065,xx09, Image Private Header)",
        "direction": (
            "MRDiffusionGradOrientation (0065,xx37, Image Private Header), turned from the image to the patient"
        ),
    }
    assert found.notes == []


def test_directionsAreTurnedFromTheImageToThePatient():
    """Along rows, columns and row × column of images of any orientation."""
    for angles in ((0, 0, 0), (90, 0, 0), (0, 90, 0), (20, -35, 50)):
        turn = rotationMatrix(*numpy.radians(angles))
        cosines = [float(one) for one in turn[:, :2].T.reshape(-1)]
        slices = [elements(1000, one, ImageOrientationPatient=cosines) for one in (X, Y, Z, (0.6, 0, -0.8))]
        expected = numpy.array([X, Y, Z, (0.6, 0, -0.8)]) @ turn.T
        assert read(*slices).directions == pytest.approx(expected, abs=1e-9)


def test_elementsOfAnotherCreatorAreNotBelieved():
    slices = planesOf([record(1, 0, **{"0065,0010": "SOMEBODY", "0065,1009": "1000", "0065,1037": "1\\0\\0"})])
    assert UIHRule().evidence(slices) == "" and UIHRule().read(slices).kinds.tolist() == [UNKNOWN]


def test_aDirectionOfNoLengthAtALargeBValueIsATrace():
    assert read(elements(1000, (0, 0, 0))).kinds.tolist() == [ISOTROPIC]
    assert read(elements(1000, Y, ImageType="DERIVED\\PRIMARY\\ADC")).kinds.tolist() == [DERIVED]


def test_aBValueWithoutDirectionIsUnknownUnlessItIsSmall():
    assert read(elements(1000), elements(1.25)).kinds.tolist() == [UNKNOWN, UNWEIGHTED]


def test_withoutOrientationADirectionIsUnknown():
    found = read(elements(1000, Y, ImageOrientationPatient=""), elements(1.25, (0, 0, 0), ImageOrientationPatient=""))
    assert found.kinds.tolist() == [UNKNOWN, UNWEIGHTED]


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (elements(-5, Y), "UIH's BActualValue makes no sense in 1 of 1 slices, e.g. -5: not used."),
        (elements(1000, (3, 4, 0)),
         "UIH's MRDiffusionGradOrientation is no direction in 1 of 1 slices, e.g. of length 5: not used."),
    ],
)  # fmt: skip
def test_whatMakesNoSenseIsUnknownAndTold(values, note):
    found = read(values)
    assert found.kinds.tolist() == [UNKNOWN] and found.notes == [note]


def test_evidenceNamesTagAndValue():
    rule = UIHRule()
    assert rule.evidence(planes(elements(1.25), elements(928.3, Y))) == (
        "BActualValue (0065,xx09, Image Private Header) is up to 928.3"
    )
    assert rule.evidence(planes(elements(None, Y, 1000))) == (
        "BUserValue (0065,xx0A, Image Private Header) is up to 1000"
    )
    assert rule.evidence(planes(elements(1.25, (0, 0, 0), 0))) == "" and rule.evidence(planes({})) == ""


def test_theStandardsElementsComeSecondAndContradictionsAreTold():
    standard = {"DiffusionBValue": 1000, "DiffusionGradientOrientation": X}
    chosen = chooseWeighting(planes(elements(928.3, Y, **standard), elements(1.25, (0, 0, 0), DiffusionBValue=0)))
    assert chosen.weighting.bValues.tolist() == [928.3, 1.25]
    assert chosen.weighting.directions[0].tolist() == list(Y)
    assert any("differ by up to 90.0°" in text for text in chosen.explanation)
    only = chooseWeighting(planes({"Manufacturer": "UIH", **standard}))
    assert only.weighting.directions[0].tolist() == list(X) and only.weighting.bValues.tolist() == [1000]


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"])
@pytest.mark.parametrize("otherBlocks", [0, 2])
def test_elementsAreFoundInAnyBlockAndWithoutStatedVR(tmp_path, syntax, otherBlocks):
    (dataset,) = SeriesBuilder(modality="MR", slices=1).datasets()
    for number in range(otherBlocks):
        dataset.private_block(0x0065, f"SOMEBODY {number}", create=True).add_new(0x09, "FD", 5.0)
    private = dataset.private_block(0x0065, CREATOR, create=True)
    private.add_new(0x09, "FD", 928.2885599370205)
    private.add_new(0x37, "FD", [0.6, 0.0, -0.8])
    (tmp_path / "one.dcm").write_bytes(encodeDataset(dataset, syntax))
    found = UIHRule().read(planesOfFolder(tmp_path))
    assert found.bValues.tolist() == [928.2885599370205]
    assert found.kinds.tolist() == [DIRECTIONAL]


# A real series


@pytest.mark.data
def test_everyMeasurementIsAsInDcm2niix(sharedData, tmp_path):
    folder = sharedData / "dwi/uih_dir16_ap/dicom"
    (reference,) = dcm2niixDiffusion(folder, tmp_path)
    (node,) = diffusionNodes(folder)
    assert node.GetNumberOfGradients() == len(reference.bValues) == 17
    found = difference(node, reference)
    assert found.isNone, found
    (nifti,) = tmp_path.glob("*.nii")
    known = numpy.loadtxt(folder.parent / "ref/dti_tra_dir16_AP_9_134431.bval")
    assert node.bValuesArray() == pytest.approx(known, abs=1)
    assert readReference(nifti).bValues == pytest.approx(known, abs=1)


# From two more series of the same validation data (dcm_qa_uih), slices turned by 25° and by 16°: the cosines of their
# images, and the first directions in the table that the scanner shows.
SHOWN = [
    ((0.906672, -0.421019, 0.0262637, 0.420842, 0.907052, 0.0121906),
     ((0.512686127, 0.273859821, -0.813728297), (0.692197649, 0.394244083, -0.604511373),
      (0.828478743, 0.029174907, -0.559260043), (-0.057810152, 0.733245059, -0.677502558))),
    ((0.961448, 0.273573, 0.0278504, -0.273459, 0.961851, -0.00792131),
     ((0.336649421, -0.480003173, -0.810101306), (0.484645323, -0.636430398, -0.600062702),
      (0.144193198, -0.824165958, -0.547684935), (0.708600267, 0.153991054, -0.688601813))),
]  # fmt: skip


@pytest.mark.data
def test_tablesShownByTheScannerConfirmTheFrameOfTheDirections(sharedData):
    """Whatever the turn of the slices, the scanner uses one and the same directions in the patient. The tables it shows
    are those turned twice from the patient to the image, the elements those turned once: so they are in the image's
    frame. If they were in the patient's, the tables would differ by up to 78°.
    """
    folder = sharedData / "dwi/uih_dir16_ap"
    table = planesOfFolder(folder / "dicom")
    weighting = UIHRule().read(table)
    first = numpy.flatnonzero(numpy.diff(table.owners, prepend=-1))[1:]
    ours = weighting.directions[first]
    own = numpy.loadtxt(folder / "ref/Grad_AP.csv", delimiter=",")
    assert anglesBetween(ours, turnedTwice(own, table.orientations[0])).max() < 1e-4
    for cosines, shown in SHOWN:
        assert anglesBetween(ours[:4], turnedTwice(numpy.array(shown), numpy.array(cosines))).max() < 1e-3


def turnedTwice(directions, cosines):
    """From the image to the patient, and once more."""
    row, column = cosines.reshape(2, 3)
    turn = numpy.stack([row, column, numpy.cross(row, column)], axis=1)
    return directions @ turn.T @ turn.T
