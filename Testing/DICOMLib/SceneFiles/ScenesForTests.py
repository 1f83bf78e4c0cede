"""A scene with a node of many kinds, and what it holds, node by node, to compare."""

from __future__ import annotations

import hashlib

import numpy

from DICOMLib.Scene.Scene import Scene


def richScene(seed: int = 1) -> Scene:
    """Volumes, a model, transforms, text, a table, and a hierarchy with a patient and a study."""
    from vtkmodules.vtkFiltersSources import vtkSphereSource

    scene, random = Scene(), numpy.random.default_rng(seed)
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", f"CT {seed}, a/b é")
    volume.setVoxelArray(random.integers(-1000, 3000, (7, 9, 11)).astype(numpy.int16))
    volume.CreateDefaultDisplayNodes()
    volume.GetDisplayNode().SetWindowLevel(400, 40)
    volume.SetAttribute("DICOM.instanceUIDs", "1.2.3 1.2.4")
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    labels.setVoxelArray(random.integers(0, 3, (7, 9, 11)).astype(numpy.uint8))
    vectors = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "vectors")
    vectors.setVoxelArray(random.normal(size=(4, 5, 6, 3)).astype(numpy.float32))
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "to scanner")
    volume.SetAndObserveTransformNodeID(transform.GetID())
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", "sphere")
    source = vtkSphereSource()
    source.Update()
    model.SetAndObservePolyData(source.GetOutput())
    text = scene.AddNewNodeByClass("vtkMRMLTextNode", "note")
    text.SetText("a note\nof two lines " * 30)
    hierarchy = scene.GetSubjectHierarchyNode()
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Patient")
    hierarchy.SetItemUID(patient, "DICOM", f"patient {seed}")
    study = hierarchy.CreateStudyItem(patient, "Study")
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(volume), study)
    return scene


def contentOf(scene: Scene) -> dict[str, object]:
    """Every node by its ID: class, name, attributes, references and a digest of its data; and the hierarchy."""
    found: dict[str, object] = {
        node.GetID(): (
            node.GetClassName(), node.GetName(), {name: node.GetAttribute(name) for name in node.GetAttributeNames()},
            {role: nodeIDs for role, nodeIDs in node.allReferences().items() if role != "storage"}, digestOf(node),
        )
        for node in scene.nodes() if not node.IsA("vtkMRMLStorageNode")
    }  # fmt: skip
    hierarchy = scene.GetSubjectHierarchyNode()
    found["hierarchy"] = [
        (hierarchy.GetItemName(item), hierarchy.GetItemLevel(item), hierarchy.GetItemUID(item, "DICOM"),
         hierarchy.GetItemName(hierarchy.GetItemParent(item)))
        for item in hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True)
    ]  # fmt: skip
    return found


def digestOf(node) -> str:
    """Of voxels and where they are, of points, of a matrix, of a text."""
    digest = hashlib.sha256()
    if node.IsA("vtkMRMLVolumeNode") and node.GetImageData() is not None:
        digest.update(numpy.ascontiguousarray(node.voxelArray()).tobytes() + node.ijkToRASArray().tobytes())
        digest.update(str(node.voxelArray().dtype).encode())
    elif node.IsA("vtkMRMLModelNode") and node.GetPolyData() is not None:
        from vtkmodules.util.numpy_support import vtk_to_numpy

        polyData = node.GetPolyData()
        # Whoever turns an axis around and back leaves −0 where 0 was.
        digest.update((vtk_to_numpy(polyData.GetPoints().GetData()) + 0.0).tobytes())
        digest.update(vtk_to_numpy(polyData.GetPolys().GetConnectivityArray()).astype("<i8").tobytes())
    elif node.IsA("vtkMRMLTextNode"):
        digest.update(node.GetText().encode())
    return digest.hexdigest()
