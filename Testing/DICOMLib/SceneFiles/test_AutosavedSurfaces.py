"""Autosaved segmentations of surfaces, which have a folder of their own."""

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneAutosave import SceneAutosave
from Testing.DICOMLib.SceneFiles.test_SceneAutosave import written
from Testing.DICOMLib.SceneFiles.test_SegmentSurfaces import ofSurfaces


def test_noEmptyFolderIsLeftWhenTheyGoAway(tmp_path):
    scene, autosave = Scene(), SceneAutosave(tmp_path)
    scene.AddNewNodeByClass("vtkMRMLTextNode", "stays")
    node = ofSurfaces()
    scene.AddNode(node)
    assert written(autosave, scene)
    folders = [path for path in (tmp_path / "Data").rglob("*") if path.is_dir()]
    assert len(folders) == 1 and len(list(folders[0].glob("*.vtp"))) >= 2
    scene.RemoveNode(node)
    written(autosave, scene)
    assert [path for path in tmp_path.rglob("*") if path.is_dir()] in ([tmp_path / "Data"], [])
