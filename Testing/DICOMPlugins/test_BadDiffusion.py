"""Diffusion series with something wrong in them: one sentence tells, and the slices still load as scalar volumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
import pytest

from DICOMLib.DICOMLoadable import DICOMLoadable
from DICOMLib.Errors import DICOMError
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures.DiffusionBuilder import DiffusionBuilder, Volume, oblique, spreadDirections, volumesOf
from Testing.Fixtures.DiffusionEncodings import ENCODINGS

VOLUMES = volumesOf((0, 1000), spreadDirections(8))
VENDORS = sorted(set(ENCODINGS) - {"siemensMosaicReversed"})


@dataclass
class Outcome:
    """What examining and loading a folder gave.

    :ivar texts: everything that is told: warnings, explanations, rejections, messages
    :ivar weighted: loaded diffusion volumes
    :ivar scalars: what the scalar volume plugin offers: each volume, and often all of them as one
    :ivar scalarVoxels: voxels in all of these, loaded
    """

    weighted: list
    offered: list[DICOMLoadable]
    scalars: list[DICOMLoadable]
    texts: list[str]
    scalarVoxels: int

    def tells(self, *words: str) -> str:
        """The one sentence that has all the words."""
        sentences = [text for block in self.texts for text in block.splitlines()]
        found = [text for text in sentences if all(word.lower() in text.lower() for word in words)]
        assert found, (words, sentences)
        return found[0]

    @property
    def chosen(self) -> list[DICOMLoadable]:
        """Diffusion volumes that are selected before anybody asks."""
        return [one for one in self.offered if one.selected]


def outcome(builder, folder):
    builder.write(folder)
    bench = Bench()
    try:
        found = bench.examine(folder)
        offered, scalars, weighted, texts, voxels = [], [], [], [], 0
        for plugin, loadables in found.items():
            texts += plugin.rejections
            for one in loadables:
                texts += [one.warning, one.explanation]
                isOurs = plugin.loadType == "Diffusion Volume" and "DWI Volume" in one.name
                try:
                    node = plugin.load(one)
                except DICOMError as error:
                    assert isOurs, error
                    texts.append(str(error))
                    continue
                if isOurs:
                    weighted.append(node)
                    offered.append(one)
                    texts += [one.warning, one.explanation]
                elif plugin.loadType == "Scalar Volume":
                    scalars.append(one)
                    voxels += node.voxelArray().size
        return Outcome(weighted, offered, scalars, texts + bench.messages, voxels)
    finally:
        bench.close()


def voxelsWritten(builder):
    rows, columns, slices = builder.size
    count = sum(not builder.isMissing(n, k) for n in range(len(builder.volumes)) for k in range(slices))
    return count * rows * columns


def removed(dataset, encoding):
    """Leave no b-value and no direction in an object."""
    for keyword in ("DiffusionBValue", "DiffusionGradientOrientation", "DiffusionDirectionality", "ImageComments"):
        if keyword in dataset:
            delattr(dataset, keyword)
    for group in (0x0019, 0x0043, 0x0065, 0x2001, 0x2005):
        if encoding != "uihGrid":
            for element in [one for one in dataset if one.tag.group == group]:
                del dataset[element.tag]
    if encoding == "uihGrid":
        for element in (0x1009, 0x100A, 0x1037):
            if (0x0065, element) in dataset:
                del dataset[0x0065, element]
    if encoding == "siemensMosaic":
        del dataset[0x0029, 0x1010]
        dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", 5)
    for frame in dataset.get("PerFrameFunctionalGroupsSequence", ())[15:20]:
        frame.MRDiffusionSequence = []


@pytest.mark.parametrize("encoding", VENDORS)
def test_aVolumeWithoutGradientIsToldAndLeftToTheScalarVolumes(tmp_path, encoding):
    """One of nine volumes says nothing of its weighting."""
    edit = lambda dataset, n, _k: removed(dataset, encoding) if n in (3, -1) else None  # noqa: E731
    builder = DiffusionBuilder(encoding, oblique(), VOLUMES, edit=edit)
    found = outcome(builder, tmp_path / "dicom")
    found.tells("missing for", "of")
    assert len(found.weighted) == 1
    assert found.weighted[0].GetNumberOfGradients() == len(VOLUMES) - 1
    assert found.scalarVoxels >= voxelsWritten(builder)


@pytest.mark.parametrize("number", [-500.0, float("nan"), 1e9 + 1000, 1e30])
@pytest.mark.parametrize("encoding", ["standard", "philips", "uih", "toshiba"])
def test_aBValueThatMakesNoSenseIsNotUsed(tmp_path, encoding, number):
    def edit(dataset, n, _k):
        if n != 3:
            return
        if encoding == "philips":
            dataset[0x2001, 0x1003].value = min(number, 3e38)
        elif encoding == "uih":
            dataset[0x0065, 0x1009].value = dataset[0x0065, 0x100A].value = number
        else:
            dataset.DiffusionBValue = number

    builder = DiffusionBuilder(encoding, oblique(), VOLUMES, edit=edit)
    found = outcome(builder, tmp_path / "dicom")
    found.tells("b-value is missing")
    bValues = found.weighted[0].bValuesArray()
    assert len(bValues) == len(VOLUMES) - 1 and set(bValues.round()) == {0, 1000}
    assert found.scalarVoxels >= voxelsWritten(builder)


@pytest.mark.parametrize("length", [6, 90, 700])
def test_aHeaderBlockCutShortIsTold(tmp_path, length):
    def edit(dataset, n, _k):
        element = dataset[0x0029, 0x1010]
        if n == 3:
            element.value = element.value[:length] + b"\0" * (length % 2)

    builder = DiffusionBuilder("siemensMosaic", oblique(), VOLUMES, edit=edit)
    found = outcome(builder, tmp_path / "dicom")
    assert sum("header" in text.lower() or "missing" in text.lower() for text in found.texts) >= 1
    for node in found.weighted:
        assert node.GetNumberOfGradients() == len(VOLUMES) - 1
    rows, columns, slices = builder.size
    # A mosaic that does not say how many slices it has is one image of no place.
    assert found.scalarVoxels >= (len(VOLUMES) - 1) * rows * columns * slices


def test_filesOfSeveralVendorsAreToldAndNotChosen(tmp_path):
    edit = lambda dataset, n, _k: setattr(dataset, "Manufacturer", "SIEMENS") if n > 4 else None  # noqa: E731
    builder = DiffusionBuilder("ge", oblique(), VOLUMES, edit=edit)
    found = outcome(builder, tmp_path / "dicom")
    found.tells("several vendors", "Siemens", "GE")
    assert found.chosen == []
    assert found.scalars and found.scalarVoxels >= voxelsWritten(builder)


@pytest.mark.parametrize("encoding", VENDORS)
def test_aMissingVolumeIsNoReasonNotToLoadTheOthers(tmp_path, encoding):
    builder = DiffusionBuilder(encoding, oblique(), VOLUMES, missing=[(4, None)])
    found = outcome(builder, tmp_path / "dicom")
    (node,) = found.weighted
    assert numpy.array_equal(node.voxelArray(), builder.array)
    assert found.scalarVoxels >= voxelsWritten(builder)


PACKED = {"siemensMosaic", "siemensMosaicReversed", "uihGrid"}


@pytest.mark.parametrize("encoding", sorted(set(VENDORS) - PACKED))
@pytest.mark.parametrize("slices", [(2,), (0,), (1, 3)])
def test_aVolumeWithMissingSlicesIsLeftOutAndTold(tmp_path, encoding, slices):
    builder = DiffusionBuilder(encoding, oblique(), VOLUMES, missing=[(4, k) for k in slices])
    found = outcome(builder, tmp_path / "dicom")
    (node,) = found.weighted
    assert numpy.array_equal(node.voxelArray(), builder.array)
    found.tells("left out")
    assert found.scalarVoxels >= voxelsWritten(builder)


@pytest.mark.parametrize("encoding", ["philips", "siemens", "canon"])
def test_whereTheStandardAndTheVendorContradictEachOtherItIsTold(tmp_path, encoding):
    """The standard's elements say another b-value and direction than the vendor's own."""

    def edit(dataset, n, _k):
        dataset.DiffusionBValue = 700.0 if n else 0.0
        if n:
            dataset.DiffusionGradientOrientation = [0.0, 0.6, 0.8]

    builder = DiffusionBuilder(encoding, oblique(), VOLUMES, edit=edit)
    found = outcome(builder, tmp_path / "dicom")
    found.tells("contradiction", "700")
    if encoding != "canon":
        found.tells("contradiction", "direction")
    assert found.scalarVoxels >= voxelsWritten(builder)


def test_directionsOfNoLengthOrOfTooMuchAreNone(tmp_path):
    def edit(dataset, n, _k):
        if n == 2:
            dataset.DiffusionGradientOrientation = [0.1, 0.0, 0.0]
        if n == 5:
            dataset.DiffusionGradientOrientation = [3.0, 4.0, 0.0]

    builder = DiffusionBuilder("standard", oblique(), VOLUMES, edit=edit)
    found = outcome(builder, tmp_path / "dicom")
    found.tells("direction", "missing for")
    assert found.weighted[0].GetNumberOfGradients() == len(VOLUMES) - 2
    assert numpy.linalg.norm(found.weighted[0].gradientsRAS(), axis=1)[1:] == pytest.approx(1)


@pytest.mark.parametrize("encoding", VENDORS)
def test_bOfFiveForZeroIsAMeasurementAndNoTraceImage(tmp_path, encoding):
    """First and last of the series, as in scans that spare themselves the bright fluid of b = 0."""
    volumes = [Volume(5.0), *VOLUMES[1:], Volume(5.0)]

    def edit(dataset, n, _k):
        if encoding == "philips" and n in (0, len(volumes) - 1):
            dataset[0x2001, 0x1004].value = "N"

    builder = DiffusionBuilder(encoding, oblique(), volumes, edit=edit)
    found = outcome(builder, tmp_path / "dicom")
    (node,) = found.weighted
    assert numpy.array_equal(node.voxelArray(), builder.array)
    # What GE's table of directions has no direction for is b = 0 there.
    assert node.bValuesArray()[[0, -1]].tolist() == ([0, 0] if encoding == "ge" else [5, 5])
    assert len(found.chosen) == 1 and found.chosen[0].warning == ""


def test_aSeriesWithoutAnyWeightedVolumeIsNoDiffusionSeries(tmp_path):
    found = outcome(DiffusionBuilder("standard", volumes=volumesOf((0, 0, 0), spreadDirections(1))), tmp_path / "dicom")
    assert found.weighted == [] and found.offered == []
    assert found.scalars
