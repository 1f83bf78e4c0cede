"""Every kind of object that is written, in every pose, as programs that nobody here wrote see it.

A kind is one line of ``KINDS``: it is then checked by dciodvfy, dcmdump, pydicom, SimpleITK, dcm2niix and the server
Orthanc, which all have to agree with the volume in the scene on voxels and places. What one of them cannot say of a
kind is named there, with the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy
import pydicom
import pytest

from DICOMPlugins.DICOMScalarVolumePlugin import DICOMScalarVolumePluginClass
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.ReferenceReaders import Reference, sortedCorners, valuesAtOurVoxels
from Testing.Fixtures import rotationMatrix
from Testing.Fixtures.ExportOracles import (
    dciodvfy,
    dcm2niixVolumes,
    dcmdumpReads,
    pydicomFrames,
    simpleITKVolume,
)

SCALAR, LABELS, COLOURS = "vtkMRMLScalarVolumeNode", "vtkMRMLLabelMapVolumeNode", "vtkMRMLVectorVolumeNode"
SHAPE = (3, 7, 5)  # slices, rows, columns
PLACE_KEYWORDS = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
SPACING = numpy.array([0.7, 0.8, 2.5])


@dataclass
class Kind:
    """One way to write volumes.

    :ivar dtype: of the volume's voxels
    :ivar node: class of the volume
    :ivar format: of the exportable; "" takes the plugin's first
    :ivar tags: set in the exportable
    :ivar units: of the voxels, as nodes keep them
    :ivar silent: whom not to ask about this kind -> why; "SimpleITK places" leaves out only these
    """

    modality: str
    dtype: str
    node: str = SCALAR
    format: str = ""
    plugin: type = DICOMScalarVolumePluginClass
    tags: dict[str, str] = field(default_factory=dict)
    units: str = ""
    silent: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        words = [self.modality, self.dtype, *([self.format] if self.format else [])]
        return " ".join(
            words + [name for name, node in (("labels", LABELS), ("colours", COLOURS)) if node == self.node]
        )

    def voxels(self) -> numpy.ndarray:
        """Values over all of an integer type, no two slices alike; for real numbers with fractions."""
        shape = (*SHAPE, 3) if self.node == COLOURS else SHAPE
        dtype = numpy.dtype(self.dtype)
        low, high = (-12.5, 77.7) if dtype.kind == "f" else (numpy.iinfo(dtype).min, numpy.iinfo(dtype).max)
        return numpy.linspace(low, high, int(numpy.prod(shape))).astype(dtype).reshape(shape)


NO_PLACE = {"SimpleITK places": "GDCM knows no place of images of this class"}
NO_MAPS = {"SimpleITK": "GDCM reads no parametric maps"}
WORDS = {"dcm2niix": "it writes no colours of 16 bits", "Orthanc": "it gives no frames of colours of 16 bits"}
NUCLEAR = {"pydicom": "one place is stated for all slices (test_ModalityModules compares them)"}
KINDS = [
    Kind("CT", "i1"), Kind("CT", "u1"), Kind("CT", "i2"), Kind("CT", "u2"), Kind("CT", "f4"),
    Kind("MR", "i2"), Kind("MR", "u2"), Kind("MR", "f8", units='(um2/s, UCUM, "um2/s")'), Kind("MR", "i2", LABELS),
    Kind("PT", "i2"), Kind("PT", "u2"), Kind("PT", "f4", units='({SUVbw}g/ml, UCUM, "SUV body weight")'),
    Kind("US", "u1"), Kind("US", "i2"),
    Kind("CR", "u1", silent=NO_PLACE), Kind("CR", "i2", silent=NO_PLACE), Kind("CR", "f4", silent=NO_PLACE),
    Kind("DX", "u1", silent=NO_PLACE), Kind("DX", "u2", silent=NO_PLACE),
    Kind("NM", "u1", silent=NUCLEAR), Kind("NM", "u2", silent=NUCLEAR), Kind("NM", "f4"),
    Kind("XA", "u2"), Kind("OT", "u2", COLOURS, silent=WORDS), Kind("CT", "u1", LABELS),
    Kind("OT", "i1"), Kind("OT", "u1"), Kind("OT", "u2"), Kind("OT", "f4"), Kind("OT", "u1", COLOURS),
    Kind("CT", "i2", format="enhanced"), Kind("CT", "f4", format="enhanced"),
    Kind("MR", "u2", format="enhanced"), Kind("MR", "f8", format="enhanced", units='(um2/s, UCUM, "um2/s")'),
    Kind("PT", "f4", format="enhanced", units='({SUVbw}g/ml, UCUM, "SUV body weight")'),
    Kind("MR", "f4", format="parametricMap", silent=NO_MAPS), Kind("OT", "f8", format="parametricMap", silent=NO_MAPS),
    Kind("OT", "u2", format="parametricMap", silent=NO_MAPS), Kind("CT", "i2", format="parametricMap", silent=NO_MAPS),
]  # fmt: skip


def pose(rotation=None, shear: float = 0.0, mirrored: bool = False) -> numpy.ndarray:
    """4x4 from indices to RAS; DICOM's axial directions unless it is rotated."""
    axes = numpy.diag([-1.0, -1.0, 1.0]) if rotation is None else rotation
    matrix = numpy.eye(4)
    matrix[:3, :3] = axes * SPACING
    matrix[:3, 2] += shear * matrix[:3, 1]
    matrix[:3, 2] *= -1 if mirrored else 1
    matrix[:3, 3] = [11.125, -20.5, 33.3333333]
    return matrix


POSES = {
    "axial": pose(),
    "oblique": pose(rotationMatrix(20, -35, 50)),
    "tilted": pose(shear=0.4),
    "left-handed": pose(rotationMatrix(-15, 10, 25), mirrored=True),
}


@dataclass
class Written:
    """A volume and its files in the order of their names."""

    kind: Kind
    pose: str
    voxels: numpy.ndarray
    ijkToRAS: numpy.ndarray
    files: list[Path]

    @property
    def dimensions(self) -> tuple[int, int, int]:
        return tuple(reversed(self.voxels.shape[:3]))

    def slack(self) -> float:
        """Half a quantum, and what single precision takes away."""
        if self.voxels.dtype.kind != "f":
            return 0.0
        datasets = [pydicom.dcmread(file, stop_before_pixels=True) for file in self.files]  # PET has a slope a slice
        elements = [element for dataset in datasets for element in dataset.iterall()]
        slopes = [float(element.value) for element in elements if element.keyword == "RescaleSlope"]
        return max(slopes, default=0.0) / 2 + 1e-5

    def agreesWith(self, volume: Reference, tolerance: float) -> None:
        """Voxels and places, the latter to millimetres. Of a tilted stack, whose shear neither SimpleITK nor dcm2niix
        keeps, the place of the slice that is their first."""
        theirs = volume.ijkToRAS.copy()
        if self.pose == "tilted":
            ours = self.ijkToRAS[:3, 2]
            theirs[:3, 2] = ours * numpy.sign(ours @ theirs[:3, 2])
        corners = [sortedCorners(theirs, volume.dimensions), sortedCorners(self.ijkToRAS, self.dimensions)]
        assert corners[0] == pytest.approx(corners[1], abs=tolerance)
        placed = Reference(volume.array, theirs)
        self.agreesOnVoxels(valuesAtOurVoxels(placed, self.ijkToRAS, self.dimensions))

    def agreesOnVoxels(self, values: numpy.ndarray) -> None:
        assert values.shape == self.voxels.shape
        assert numpy.abs(values.astype("f8") - self.voxels.astype("f8")).max() <= self.slack()


@pytest.fixture(scope="module", params=KINDS, ids=str)
def written(request, tmp_path_factory) -> list[Written]:
    """One kind in all poses, exported together."""
    kind = request.param
    bench = Bench()
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    subject = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Müller")
    for name, value in {"PatientName": "Müller^Jürgen", "PatientID": "P-1", "PatientSex": "M"}.items():
        hierarchy.SetItemAttribute(subject, f"DICOM.{name}", value)
    study = hierarchy.CreateStudyItem(subject, "study")
    plugin = kind.plugin()
    plugin.context = bench.context
    folder = tmp_path_factory.mktemp("export")
    exportables = []
    for number, (name, matrix) in enumerate(POSES.items(), 1):
        node = bench.scene.AddNewNodeByClass(kind.node, name)
        node.setVoxelArray(kind.voxels())
        node.SetIJKToRASMatrix(matrix)
        if kind.units:
            node.SetVoxelValueUnits(kind.units)
        offered = plugin.exportFormats(hierarchy.CreateItem(study, node))
        exportable = next(one for one in offered if kind.format in ("", one.format))
        exportable.directory = str(folder)
        tags = {"Modality": kind.modality, "SeriesNumber": str(number), "SeriesDescription": f"Größe {name}"}
        for keyword, value in {**tags, **kind.tags}.items():
            exportable.setTag(keyword, value)
        exportables.append(exportable)
    assert plugin.export(exportables) == ""
    folders = [Path(series.folder) for series in plugin.exported]
    bench.close()
    return [
        Written(kind, name, kind.voxels(), matrix, sorted(seriesFolder.iterdir()))
        for (name, matrix), seriesFolder in zip(POSES.items(), folders, strict=True)
    ]


def ask(written: list[Written], who: str) -> None:
    """Skips, with the reason, where this program cannot say anything about the kind."""
    if who in written[0].kind.silent:
        pytest.skip(written[0].kind.silent[who])


# Kinds without a place of their own in the standard: a standard extended object has it nevertheless.
_PLACED_BY_EXTENSION = "(CR|DX|NM|OT|US|XA) "
_NOT_IN_IOD = "Attribute is not present in standard DICOM IOD"
# What the manual says about each warning of dciodvfy: whose objects it is about, and what it is.
EXPLAINED = [
    (".*", r"</Study(Date|Time)\(.*needed to build DICOMDIR"),
    ("(?!DX).*", r"</Laterality\(.*only permitted to be empty when actually unknown"),
    (_PLACED_BY_EXTENSION, rf"</(ImagePosition|ImageOrientation)Patient\(.*{_NOT_IN_IOD}"),
    (_PLACED_BY_EXTENSION, rf"</(SliceLocation|SliceThickness|SpacingBetweenSlices)\(.*{_NOT_IN_IOD}"),
    (_PLACED_BY_EXTENSION, rf"</(FrameOfReferenceUID|PositionReferenceIndicator)\(.*{_NOT_IN_IOD}"),
    ("US ", rf"</PixelSpacing\(.*{_NOT_IN_IOD}"),
    ("MR f8", r"</Rescale(Slope|Intercept|Type)\(.*(not present in standard|may cause windowing problems)"),
    (".* parametricMap", r".*/(ImageType|FrameType)\(.*Unrecognized defined term = <QUANTITY>"),
    ("PT .* enhanced", rf".*/RealWorldValueMappingSequence\(.*{_NOT_IN_IOD}"),
]


def test_dciodvfyFindsNoErrorAndEveryWarningIsExplained(written):
    ask(written, "dciodvfy")
    for one in written:
        findings = dciodvfy(one.files)
        assert findings.errors == []
        explained = [re.compile(text) for kind, text in EXPLAINED if re.match(kind, str(one.kind))]
        assert [text for text in findings.warnings if not any(known.match(text) for known in explained)] == []


def test_dcmdumpReadsEveryFile(written):
    ask(written, "dcmdump")
    for one in written:
        assert dcmdumpReads(one.files).count("(7fe0,00") == len(one.files)


def test_pydicomFindsEverySliceAtItsPlace(written):
    ask(written, "pydicom")
    for one in written:
        values = numpy.zeros(one.voxels.shape, "f8")
        found = []
        for frame in pydicomFrames(one.files):
            first = numpy.linalg.inv(one.ijkToRAS) @ frame.ijkToRAS[:, 3]
            k = int(round(first[2]))
            assert first == pytest.approx([0, 0, k, 1], abs=1e-6)
            assert frame.ijkToRAS[:3, :2] == pytest.approx(one.ijkToRAS[:3, :2], abs=1e-6)
            values[k] = frame.array[0, 0]
            found.append(k)
        assert sorted(found) == list(range(len(values)))
        one.agreesOnVoxels(values)


def test_simpleITKReadsTheSameVolume(written):
    ask(written, "SimpleITK")
    for one in written:
        volume = simpleITKVolume(one.files)
        if "SimpleITK places" in one.kind.silent:
            one.agreesOnVoxels(volume.array[0])
        else:
            one.agreesWith(volume, 1e-5)


def test_dcm2niixMakesTheSameVolume(written, tmp_path):
    ask(written, "dcm2niix")
    for one in written:
        volumes = dcm2niixVolumes(one.files[0].parent, tmp_path / one.pose)
        # Of a tilted stack it also writes one that it made upright by interpolation.
        (volume,) = [volume for volume in volumes if "_Tilt" not in volume.name]
        one.agreesWith(volume, 1e-3)


def test_orthancGivesBackTheSameFramesAndTags(written, orthanc):
    ask(written, "Orthanc")
    for one in written:
        for uid, file in zip(orthanc.upload(one.files), one.files, strict=True):
            dataset = pydicom.dcmread(file)
            pixels = dataset.pixel_array
            frames = pixels if int(dataset.get("NumberOfFrames", 1)) > 1 else pixels[None]
            for number, frame in enumerate(frames):
                assert numpy.array_equal(orthanc.frame(uid, number), frame)
            tags = orthanc.tags(uid)
            assert tags["PatientName"] == "Müller^Jürgen"
            assert tags["SeriesDescription"] == f"Größe {one.pose}"
            for keyword in PLACE_KEYWORDS:
                if keyword in dataset:
                    numbers = [float(text) for text in tags[keyword].split("\\")]
                    assert numbers == [float(number) for number in dataset[keyword].value]
