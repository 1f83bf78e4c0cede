"""A rich scene through a DICOM object: it comes back data for data, and 3D Slicer's own code opens it from there."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from DICOMLib.Export.Exporting import examineItems, exportToFolder
from Testing.DICOMLib.SceneFiles.ScenesForTests import digestOf, richScene
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.SceneBundle.test_BundleObject import whatSlicerReads
from Testing.Fixtures.SlicerCore import slicerCore  # noqa: F401  (a fixture)
from Testing.Fixtures.SlicerScenes import slicerScenes  # noqa: F401  (a fixture)

CLASSES = ("vtkMRMLVolumeNode", "vtkMRMLModelNode", "vtkMRMLTextNode", "vtkMRMLTransformNode")


@pytest.fixture
def bench():
    made = Bench(scene=richScene())
    yield made
    made.close()


def digests(scene) -> dict[str, str]:
    return {node.GetName(): digestOf(node) for name in CLASSES for node in scene.GetNodesByClass(name)}


def bundleOf(bench: Bench, folder: Path) -> Path:
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    types = examineItems(bench.registry, hierarchy.GetItemChildren(hierarchy.GetSceneItemID()), bench.context)
    found = next(one for one in types if one.label == "Slicer Data Bundle")
    exportToFolder(bench.registry, found.exportables, str(folder), bench.context)
    (file,) = folder.rglob("*.dcm")
    return file


def test_everyNodeComesBackDigestByDigest(bench, tmp_path):
    file = bundleOf(bench, tmp_path / "out")
    other = Bench()
    other.load(file)
    assert digests(other.scene) == digests(bench.scene) and len(digests(bench.scene)) > 3
    volume = other.scene.GetFirstNodeByName("CT 1, a/b é")
    assert volume.GetParentTransformNode().GetName() == "to scanner"
    other.close()


def test_slicersArithmeticFindsAZipThatItsOwnCodeOpens(bench, slicerScenes, tmp_path):  # noqa: F811
    contents = whatSlicerReads(bundleOf(bench, tmp_path / "out"))
    with zipfile.ZipFile(io.BytesIO(contents)) as archive:
        archive.extractall(tmp_path / "unpacked")
    (text,) = (tmp_path / "unpacked").rglob("*.mrml")
    assert text.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    complaints = slicerScenes.saved(text, tmp_path / "slicers" / "slicers.mrml")
    assert "rror" not in complaints, complaints
    assert list((tmp_path / "slicers").rglob("*.nrrd"))
