"""Volumes of a scene to multi-frame files, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy
from pydicom.datadict import dictionary_VR

from DICOMLib.Export.CarriedModules import MODALITY_MODULES, MODULES
from Testing.DICOMPlugins.ScalarVolume.test_Exporting import GEOMETRY, addVolume, pluginOf, rotation

__all__ = ["GEOMETRY", "addVolume", "everythingKept", "exportAs", "oblique", "offered", "refusalOf", "slopeOf"]


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


def oblique(quaternion, spacing, origin, shear=0.0) -> numpy.ndarray:
    """4×4 from indices to RAS."""
    matrix = numpy.eye(4)
    matrix[:3, :3] = rotation(quaternion) * spacing
    matrix[:3, 2] += shear * matrix[:3, 1]
    matrix[:3, 3] = origin
    return matrix


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
