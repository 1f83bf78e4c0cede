"""What programs that nobody here wrote say of files that were written: validity, voxels, places.

Each skips the test that asks, with the reason, where its program is not installed. (The server Orthanc is the fixture
``orthanc``; see Orthanc.py.)
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy
import pydicom
import pytest

from Testing.DICOMPlugins.ReferenceReaders import Reference, dcm2niix

_SECONDS = 100
_LPS_TO_RAS = numpy.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass
class Findings:
    """What dciodvfy (PS3.3, by David Clunie) finds, each text once.

    :ivar errors: what the standard forbids
    :ivar warnings: what it leaves open or discourages
    """

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def needed(program: str, package: str) -> str:
    """Its path; skips the test where it is not installed."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} (Debian package {package}) is not installed")
    return path


def dciodvfy(files: Path | Iterable[Path]) -> Findings:
    """Check one file or several; that the program itself ends by a signal counts as an error."""
    program = needed("dciodvfy", "dicom3tools")
    findings = Findings()
    for file in [files] if isinstance(files, (str, Path)) else files:
        run = subprocess.run([program, "-new", str(file)], capture_output=True, timeout=_SECONDS)
        lines = (run.stderr + run.stdout).decode("utf-8", "replace").splitlines()
        findings.warnings += [_withoutNumber(line) for line in lines if line.startswith("Warning")]
        errors = [_withoutNumber(line) for line in lines if line.startswith("Error")]
        if run.returncode < 0:
            errors.append(f"dciodvfy ended by signal {-run.returncode}: {' '.join(lines[-1:])}")
        elif run.returncode > 0 and not errors:
            errors.append(f"dciodvfy answered {run.returncode}")
        findings.errors += errors
    return Findings(*(list(dict.fromkeys(texts)) for texts in (findings.errors, findings.warnings)))


def _withoutNumber(line: str) -> str:
    return re.sub(r"^(Error|Warning) - ", "", line).strip()


def dcmdumpReads(files: Path | Iterable[Path]) -> str:
    """:returns: the data sets of one file or several as text
    :raises AssertionError: when DCMTK complains about anything, with its words
    """
    names = [str(file) for file in ([files] if isinstance(files, (str, Path)) else files)]
    run = subprocess.run([needed("dcmdump", "dcmtk"), *names], capture_output=True, timeout=_SECONDS)
    complaints = [line for line in run.stderr.decode("utf-8", "replace").splitlines() if line[:2] in ("E:", "W:", "F:")]
    if run.returncode or complaints:
        raise AssertionError(f"dcmdump answered {run.returncode}: {' '.join(complaints)}")
    return run.stdout.decode("utf-8", "replace")


def dcm2niixVolumes(folder: Path, target: Path) -> list[Reference]:
    """Every volume dcm2niix writes into ``target`` (made here), with the modality's rescale applied."""
    pytest.importorskip("dcm2niix")
    return dcm2niix(folder, target, philipsScaling=True)  # else it takes the slope of a PET's first slice for all


def simpleITKVolume(files: Sequence[Path]) -> Reference:
    """SimpleITK's (GDCM's) volume of one multi-frame file, or of a series with one file a slice in their order."""
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    names = [str(file) for file in files]
    image = SimpleITK.ReadImage(names if len(names) > 1 else names[0])
    matrix = numpy.eye(4)
    matrix[:3, :3] = numpy.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    matrix[:3, 3] = image.GetOrigin()
    return Reference(SimpleITK.GetArrayFromImage(image)[None], _LPS_TO_RAS @ matrix, "SimpleITK")


def pydicomFrames(files: Path | Iterable[Path]) -> list[Reference]:
    """Each frame by itself, in the order of the files: pydicom's pixels, and the plane the standard's equation says
    (PS3.3 section C.7.6.2.1.1), from the file's root or from the functional groups; the k axis is the unit normal.

    Values are those after the modality's rescale; real-world mappings are not applied. A frame without a place has the
    identity.
    """
    frames = []
    for file in [files] if isinstance(files, (str, Path)) else files:
        dataset = pydicom.dcmread(file)
        count = int(dataset.get("NumberOfFrames", 1) or 1)
        pixels = dataset.pixel_array if count > 1 else dataset.pixel_array[None]
        frames += [Reference(_rescaled(dataset, k, pixels[k])[None, None], _plane(dataset, k)) for k in range(count)]
    return frames


def _value(dataset: pydicom.Dataset, frame: int, sequence: str, keyword: str):
    """Of a frame: from its own functional groups, those all share, or the root."""
    perFrame = dataset.get("PerFrameFunctionalGroupsSequence", [])[frame : frame + 1]
    for group in [*perFrame, *dataset.get("SharedFunctionalGroupsSequence", [])]:
        for item in group.get(sequence, []):
            if keyword in item:
                return item.get(keyword)
    return dataset.get(keyword)


def _rescaled(dataset: pydicom.Dataset, frame: int, pixels: numpy.ndarray) -> numpy.ndarray:
    slope = _value(dataset, frame, "PixelValueTransformationSequence", "RescaleSlope")
    intercept = _value(dataset, frame, "PixelValueTransformationSequence", "RescaleIntercept")
    if slope is None or (float(slope), float(intercept)) == (1, 0):
        return pixels
    return pixels * float(slope) + float(intercept)


def _plane(dataset: pydicom.Dataset, frame: int) -> numpy.ndarray:
    position = _value(dataset, frame, "PlanePositionSequence", "ImagePositionPatient")
    orientation = _value(dataset, frame, "PlaneOrientationSequence", "ImageOrientationPatient")
    spacing = _value(dataset, frame, "PixelMeasuresSequence", "PixelSpacing")
    if position is None or orientation is None:
        return numpy.eye(4)
    row, column = numpy.array(orientation, float).reshape(2, 3)
    plane = numpy.eye(4)
    plane[:3, 0] = row * float(spacing[1])
    plane[:3, 1] = column * float(spacing[0])
    plane[:3, 2] = numpy.cross(row, column)
    plane[:3, 3] = numpy.array(position, float)
    return _LPS_TO_RAS @ plane
