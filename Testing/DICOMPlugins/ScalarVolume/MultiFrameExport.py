"""Volumes of a scene to multi-frame files, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy

from Testing.DICOMPlugins.ScalarVolume.test_Exporting import GEOMETRY, addVolume, pluginOf, rotation

__all__ = ["GEOMETRY", "addVolume", "exportAs", "oblique", "offered", "refusalOf", "rotation", "slopeOf"]


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
