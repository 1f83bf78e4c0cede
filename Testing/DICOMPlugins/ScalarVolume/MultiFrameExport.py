"""Volumes of a scene to multi-frame files, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
from pydicom.datadict import dictionary_VR

from DICOMLib.Export.CarriedModules import MODALITY_MODULES, MODULES
from Testing.DICOMPlugins.ScalarVolume.ExportedVolumes import pluginOf
from Testing.Fixtures.ExportOracles import dciodvfy, dcmdumpReads

ENHANCED, MAP = "enhanced", "parametricMap"
# What dciodvfy says of valid objects; Resources/Docs/Export.md explains each.
EXPLAINED = (
    "needed to build DICOMDIR",
    "is only permitted to be empty when actually unknown",
    "RealWorldValueMappingSequence",  # of an enhanced PET: it asks for it and does not know it
    "Unrecognized defined term = <QUANTITY>",  # of parametric maps
)


def offered(bench, item, format):
    """The exportable of a format; None where it is not offered."""
    return next((one for one in pluginOf(bench).exportFormats(item) if one.format == format), None)


def exportAs(bench, item, directory, format, modality="CT", **tags) -> Path:
    """The one file that is written."""
    exportable = offered(bench, item, format)
    exportable.directory = str(directory)
    for name, value in {"Modality": modality, **tags}.items():
        exportable.setTag(name, value)
    plugin = pluginOf(bench)
    assert plugin.export([exportable]) == ""
    bench.exported = plugin.exported[0]
    (file,) = Path(bench.exported.folder).iterdir()
    return file


def refusalOf(bench, item, directory, format, **tags) -> str:
    """Why an export is not done, after a look that nothing was left."""
    exportable = offered(bench, item, format)
    exportable.directory = str(directory)
    for name, value in tags.items():
        exportable.setTag(name, value)
    text = pluginOf(bench).export([exportable])
    assert not Path(directory).exists()
    assert text and text.count("\n") == 0
    return text


def slopeOf(dataset) -> float:
    """Of the values of all frames, the largest."""
    groups = [*dataset.SharedFunctionalGroupsSequence, *dataset.PerFrameFunctionalGroupsSequence]
    found = [one for group in groups for one in group.get("PixelValueTransformationSequence", [])]
    return max(float(one.RescaleSlope) for one in found)


def assertValid(file) -> None:
    found = dciodvfy(file)
    assert found.errors == []
    assert [text for text in found.warnings if not any(known in text for known in EXPLAINED)] == []
    dcmdumpReads(file)


def assertFramesAreThoseOf(dataset, builder, node) -> None:
    """Every frame is in its place and refers to the image it was."""
    assert len(dataset.PerFrameFunctionalGroupsSequence) == builder.slices
    for k, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        (derivation,) = frame.DerivationImageSequence
        (reference,) = derivation.SourceImageSequence
        assert reference.ReferencedSOPInstanceUID == builder.sopInstanceUID(k)
        position = numpy.array(frame.PlanePositionSequence[0].ImagePositionPatient, float)
        expected = node.ijkToRASArray() @ [0, 0, k, 1] * [-1, -1, 1, 1]
        assert position == pytest.approx(expected[:3], abs=1e-6)
    (series,) = dataset.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == builder.seriesUID


def assertHighdicomReads(volume, node) -> None:
    """A volume of highdicom's has the same voxels in the same places; its axes are slice, row and column, in LPS."""
    inIndices = numpy.linalg.inv(node.ijkToRASArray()) @ numpy.diag([-1, -1, 1, 1]) @ volume.affine
    isReversed = inIndices[2, 0] < 0
    assert numpy.array_equal(volume.array[::-1] if isReversed else volume.array, node.voxelArray())
    assert inIndices[:3, 3] == pytest.approx([0, 0, len(volume.array) - 1 if isReversed else 0], abs=1e-6)


_VALUES = {
    "LO": "text", "SH": "text", "PN": "A^B", "DA": "20240102", "TM": "101112", "DT": "20240102101112", "DS": "1",
    "IS": "1", "CS": "NO", "AS": "040Y", "LT": "long", "ST": "short", "UT": "text", "US": 1, "SS": 1, "FD": 1.0,
    "FL": 1.0, "UL": 1,
}  # fmt: skip
_OF_MODALITY = {
    "CT": {},
    "MR": {"ScanningSequence": "SE", "SequenceVariant": "NONE", "ScanOptions": "PFF", "MRAcquisitionType": "2D",
           "InPlanePhaseEncodingDirection": "ROW"},
    "PT": {"CorrectedImage": ["DECY"], "DecayCorrection": "START", "CountsSource": "EMISSION", "Units": "BQML"},
}  # fmt: skip


def everythingKept(modality: str) -> dict[str, object]:
    """Attributes of a source that says all that is kept of any."""
    names = [name for part in (*MODULES.values(), MODALITY_MODULES[modality]) for name in part if "[" not in name]
    return {
        **{name: _VALUES[vr] for name in names if (vr := dictionary_VR(name)) in _VALUES},
        **{"BodyPartExamined": "KNEE", "Laterality": "L", "PatientPosition": "HFS", "PregnancyStatus": 4},
        **{"PatientSexNeutered": "ALTERED", "ResponsiblePersonRole": "OWNER", "PatientIdentityRemoved": "YES"},
        **{"DeidentificationMethod": "a program", "LossyImageCompression": "01", "LossyImageCompressionRatio": "10"},
        **{"LossyImageCompressionMethod": "ISO_10918_1"},
        **_OF_MODALITY[modality],
    }
