"""Slicer's own MRML opens our bundles with all their data, and what it saves comes back equal."""

from __future__ import annotations

import subprocess
import zipfile

import pytest

from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from Testing.DICOMLib.SceneFiles.ScenesForTests import digestOf, richScene
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.SlicerCore import slicerCore  # noqa: F401  (a fixture)
from Testing.Fixtures.SlicerScenes import slicerScenes  # noqa: F401  (a fixture)


def _digests(scene) -> dict[str, str]:
    return {
        node.GetName(): digestOf(node)
        for className in ("vtkMRMLVolumeNode", "vtkMRMLModelNode", "vtkMRMLTextNode", "vtkMRMLTransformNode")
        for node in scene.GetNodesByClass(className)
    }


def test_slicerOpensOurBundleAndWhatItSavesHasTheSameData(slicerScenes, tmp_path):  # noqa: F811
    scene = richScene()
    saved = saveScene(scene, tmp_path / "ours.mrb")
    with zipfile.ZipFile(saved.path) as archive:
        archive.extractall(tmp_path / "unpacked")
    complaints = slicerScenes.saved(tmp_path / "unpacked" / "ours" / "ours.mrml", tmp_path / "slicers" / "slicers.mrml")
    assert "rror" not in complaints and "not written" not in complaints, complaints
    staged = openScene(tmp_path / "slicers" / "slicers.mrml", runWorkers())
    assert staged.problems == []
    assert _digests(staged.scene) == _digests(scene)
    volume = staged.scene.GetFirstNodeByName("CT 1, a/b é")
    assert volume.GetParentTransformNode().GetName() == "to scanner"
    hierarchy = staged.scene.GetSubjectHierarchyNode()
    item = hierarchy.GetItemByDataNode(volume)
    assert hierarchy.GetItemName(hierarchy.GetItemParent(item)) == "Study"


def test_aSceneOfSlicersInABundleOfAnothersZipIsOpened(slicerScenes, tmp_path):  # noqa: F811
    source = slicerScenes.everything()
    path = tmp_path / "slicers.mrb"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(source.parent.rglob("*")):
            archive.write(file, f"everything/{file.relative_to(source.parent).as_posix()}")
    beside, bundled = openScene(source, runWorkers()), openScene(path, runWorkers())
    assert bundled.problems == beside.problems == []
    weighted = bundled.scene.GetFirstNodeByClass("vtkMRMLDiffusionWeightedVolumeNode")
    assert weighted.voxelArray()[..., 1].ravel()[:3].tolist() == [1, 8, 15]
    assert weighted.bValuesArray().tolist() == [0] + [1000] * 6
    assert weighted.gradientsArray()[1].tolist() == pytest.approx([0, 0.6, 0.8])
    assert bundled.scene.GetFirstNodeByClass("vtkMRMLDiffusionTensorVolumeNode").GetImageData() is not None
    assert _digests(bundled.scene) == _digests(beside.scene)
    assert [node.GetID() for node in bundled.scene.nodes()] == [node.GetID() for node in beside.scene.nodes()]
    again = openScene(saveScene(bundled.scene, tmp_path / "again.mrb").path, runWorkers())
    assert _digests(again.scene) == _digests(beside.scene)


def test_unzipReadsOurBundles(tmp_path):
    saved = saveScene(richScene(), tmp_path / "ours.mrb")
    try:
        done = subprocess.run(["unzip", "-t", str(saved.path)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        with zipfile.ZipFile(saved.path) as archive:
            assert archive.testzip() is None
        return
    assert done.returncode == 0, done.stdout
