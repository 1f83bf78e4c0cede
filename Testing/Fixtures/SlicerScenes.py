"""Whole scenes of 3D Slicer's own MRML classes: they write one with every kind of node, and read and write ours.

For tests: ``from Testing.Fixtures.SlicerCore import slicerCore`` and ``slicerScenes`` of this module.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from Testing.Fixtures.SlicerProcess import runInSlicer

_START = '''
import importlib, json, os, sys
import numpy
from slicer_core import MRMLCore as M
from slicer_core import vtkSlicerSequencesModuleMRML as Sequences
from slicer_core import vtkSlicerMarkupsModuleMRML as Markups
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkStringArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersSources import vtkSphereSource

scene = M.vtkMRMLScene()
for one in (Sequences.vtkMRMLSequenceBrowserNode, Markups.vtkMRMLMarkupsJsonStorageNode):
    scene.RegisterNodeClass(one())
'''
_WRITE = _START + '''
from slicer_core import vtkSegmentationCore

def image(dtype, components, isTensor=False):
    values = numpy.arange(60 * components).astype(dtype).reshape(-1, components)
    if isTensor:
        matrices = values.reshape(-1, 3, 3)
        values = (matrices + matrices.transpose(0, 2, 1)).reshape(-1, 9)
    data = numpy_to_vtk(values, deep=True)
    result = vtkImageData()
    result.SetDimensions(5, 4, 3)
    if isTensor:
        data.SetName("tensors")
        result.GetPointData().SetTensors(data)
    else:
        result.GetPointData().SetScalars(data)
    return result

def volume(className, name, *args):
    node = scene.AddNewNodeByClass(className, name)
    node.SetAndObserveImageData(image(*args))
    matrix = vtkMatrix4x4()
    matrix.DeepCopy([-0.5, 0, 0, 10.25, 0, -0.75, 0, 20, 0, 0, 2.5, -30.125, 0, 0, 0, 1])
    node.SetIJKToRASMatrix(matrix)
    node.CreateDefaultDisplayNodes()
    return node

def singleton(className, tag, name=None):
    node = getattr(M, className)()
    node.SetSingletonTag(tag)
    if name:
        node.SetName(name)
        node.SetLayoutName(tag)
    return scene.AddNode(node)

transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moves; \\"x\\" <é>:%")
matrix = vtkMatrix4x4()
matrix.SetElement(0, 3, 12.5)
transform.SetMatrixTransformToParent(matrix)
ct = volume("vtkMRMLScalarVolumeNode", "2: CT Thorax/äö", numpy.int16, 1)
ct.SetAttribute("DICOM.instanceUIDs", "1.2.3 1.2.4")
ct.SetAttribute("odd", "a;b:c%d\\"e'f<g>&h\\ni é😀")
ct.SetAttribute("empty", "")
ct.SetDescription("with \\"quotes\\"")
ct.SetAndObserveTransformNodeID(transform.GetID())
shown = ct.GetDisplayNode()
shown.SetAutoWindowLevel(0)
shown.SetWindowLevel(400, 40)
shown.AddWindowLevelPreset(1500, -600)
shown.SetAndObserveColorNodeID("vtkMRMLColorTableNodeGrey")
shown.SetThreshold(10, 200)
shown.SetApplyThreshold(1)
shown.AddViewNodeID("vtkMRMLSliceNodeRed")
volume("vtkMRMLLabelMapVolumeNode", "labels", numpy.uint8, 1)
volume("vtkMRMLVectorVolumeNode", "rgb", numpy.uint8, 3)
# Slicer writes no gradients into files of fewer than seven.
dwi = volume("vtkMRMLDiffusionWeightedVolumeNode", "3: dwi %", numpy.int16, 7)
dwi.SetNumberOfGradients(7)
directions = [[0, 0, 0], [0, .6, .8], [1, 0, 0]] + [[0, 0, 1]] * 4
dwi.SetDiffusionGradients(numpy_to_vtk(numpy.array(directions, float), deep=True))
dwi.SetBValues(numpy_to_vtk(numpy.array([0] + [1000.0] * 6), deep=True))
volume("vtkMRMLDiffusionTensorVolumeNode", "dti", numpy.float32, 9, True)
model = scene.AddNewNodeByClass("vtkMRMLModelNode", "liver")
source = vtkSphereSource()
source.Update()
model.SetAndObservePolyData(source.GetOutput())
model.CreateDefaultDisplayNodes()
model.GetDisplayNode().SetColor(1, 0.5, 0.25)
model.GetDisplayNode().SetOpacity(0.4)
colors = scene.AddNewNodeByClass("vtkMRMLColorTableNode", "my colors")
colors.SetTypeToUser()
colors.SetNumberOfColors(2)
colors.SetColor(0, "none", 0, 0, 0, 0)
colors.SetColor(1, "tumor x", 1, 0.5, 0, 1)
table = scene.AddNewNodeByClass("vtkMRMLTableNode", "table")
column = vtkStringArray()
column.SetName("A")
column.InsertNextValue("x y")
table.AddColumn(column)
text = scene.AddNewNodeByClass("vtkMRMLTextNode", "text")
text.SetText("hello\\nworld \\"x\\" <y>")
for className, name in (("vtkMRMLMarkupsFiducialNode", "points"), ("vtkMRMLMarkupsLineNode", "line"),
                        ("vtkMRMLMarkupsROINode", "region"), ("vtkMRMLMarkupsPlaneNode", "plane")):
    marks = scene.AddNewNodeByClass(className, name)
    marks.AddControlPoint(1, 2, 3)
    marks.CreateDefaultDisplayNodes()
    storage = scene.AddNewNodeByClass("vtkMRMLMarkupsJsonStorageNode")
    marks.SetAndObserveStorageNodeID(storage.GetID())
segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segments")
segmentation.CreateDefaultDisplayNodes()
segmentation.SetReferenceImageGeometryParameterFromVolumeNode(ct)
segment = vtkSegmentationCore.vtkSegment()
segment.SetName("tumor")
voxels = vtkSegmentationCore.vtkOrientedImageData()
voxels.SetDimensions(5, 4, 3)
voxels.AllocateScalars(3, 1)
voxels.GetPointData().GetScalars().Fill(1)
segment.AddRepresentation("Binary labelmap", voxels)
segmentation.GetSegmentation().AddSegment(segment, "S1")
sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "sequence")
sequence.SetIndexName("time")
sequence.SetIndexUnit("s")
for value in ("0", "1.5"):
    sequence.SetDataNodeAtValue(ct, value)
browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "browser")
browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
camera = scene.AddNewNodeByClass("vtkMRMLCameraNode", "camera")
camera.SetPosition(1, 2, 300)
singleton("vtkMRMLSliceNode", "Red", "Red").SetOrientationToAxial()
singleton("vtkMRMLViewNode", "1", "View1")
singleton("vtkMRMLSliceCompositeNode", "Red", "Red").SetBackgroundVolumeID(ct.GetID())
for className in ("vtkMRMLLayoutNode", "vtkMRMLSelectionNode", "vtkMRMLInteractionNode", "vtkMRMLCrosshairNode"):
    node = singleton(className, "Singleton")
    if className == "vtkMRMLSelectionNode":
        node.SetActiveVolumeID(ct.GetID())
parameters = scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "parameters")
parameters.SetParameter("a", "b")
tree = scene.GetSubjectHierarchyNode()
patient = tree.CreateSubjectItem(tree.GetSceneItemID(), "Pat;ient: ^x")
study = tree.CreateStudyItem(patient, "Study")
tree.SetItemUID(patient, "DICOM", "P;1:2")
tree.SetItemAttribute(patient, "DICOM.PatientName", "Doe^J;o:h%n\\"'<>&")
tree.SetItemUID(study, "DICOM", "1.2.3")
item = tree.CreateItem(tree.CreateFolderItem(study, "folder"), ct)
tree.SetItemUID(item, "DICOM", "1.2.3.4")
tree.SetItemUID(item, "DICOMInstanceUID", "1.2.3.4.1 1.2.3.4.2")
tree.SetItemAttribute(item, "DICOM.Modality", "CT")
tree.SetItemExpanded(patient, False)
tree.CreateItem(study, model)
scene.SaveSceneToSlicerDataBundleDirectory(sys.argv[1], None, M.vtkMRMLMessageCollection())
'''
_REWRITE = _START + '''
scene.SetURL(sys.argv[1])
scene.Connect()
scene.Commit(sys.argv[2])
'''

_SAVE = """
import os, sys
from slicer_core import MRMLCore

scene = MRMLCore.vtkMRMLScene()
scene.SetURL(sys.argv[1])
scene.Connect()
folder = os.path.dirname(sys.argv[2])
scene.SetURL(sys.argv[2])
scene.SetRootDirectory(folder)
os.makedirs(os.path.join(folder, "Data"), exist_ok=True)
for n in range(scene.GetNumberOfNodes()):
    node = scene.GetNthNode(n)
    storage = node.GetStorageNode() if node.IsA("vtkMRMLStorableNode") else None
    if storage is not None and storage.GetFileName():
        storage.SetFileName(os.path.join(folder, "Data", os.path.basename(storage.GetFileName())))
        storage.ResetFileNameList()
        if not storage.WriteData(node):
            print("not written:", node.GetID(), node.GetName())
scene.Commit(sys.argv[2])
"""


@pytest.fixture(scope="session")
def slicerScenes(slicerCore, tmp_path_factory) -> SlicerScenes:
    """Skips where Slicer's wheel is not installed, as the fixture ``slicerCore``."""
    return SlicerScenes(slicerCore.python, tmp_path_factory.mktemp("slicerScenes"))


class SlicerScenes:
    """Each thing is done in a fresh process."""

    def __init__(self, python: str, folder: Path):
        self._python = python
        self._folder = folder / "everything"

    def everything(self) -> Path:
        """The .mrml of a scene with every kind of node, with its files beside it; written once, not to be changed."""
        path = self._folder / "everything.mrml"
        if not path.exists():
            self._folder.mkdir()
            self._run(_WRITE, str(self._folder))
        return path

    def rewritten(self, path: Path, target: Path) -> str:
        """Have Slicer read a .mrml and write what it understood. :returns: what it complained of"""
        complaints = self._run(_REWRITE, str(path), str(target))
        assert target.exists(), complaints
        return complaints

    def saved(self, path: Path, target: Path) -> str:
        """Have Slicer read a .mrml with its files and write it with them. :returns: what it complained of"""
        complaints = self._run(_SAVE, str(path), str(target))
        assert target.exists(), complaints
        return complaints

    def _run(self, program: str, *arguments: str) -> str:
        finished = runInSlicer(self._python, program, *arguments)
        return finished.stderr + finished.stdout
