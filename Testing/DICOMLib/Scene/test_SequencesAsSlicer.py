"""Sequences and browsers do what 3D Slicer's own do, step by step, with plans made by chance."""

from pathlib import Path

import numpy

from DICOMLib.Scene.Matrices import matrixFromArray
from DICOMLib.Scene.Nodes import vtkMRMLSequenceBrowserNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.SequencesLogic import vtkSlicerSequencesLogic
from Testing.DICOMLib.Scene import RandomSequenceSteps
from Testing.DICOMLib.Scene.RandomSequenceSteps import Steps, planned
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)

_MODES = [
    "MissingItemCreateFromPrevious", "MissingItemCreateFromDefault", "MissingItemSetToDefault", "MissingItemIgnore",
    "MissingItemDisplayHidden",
]  # fmt: skip
_SLICERS = """
from slicer_core import vtkSlicerSequencesModuleLogic as Logic, vtkSlicerSequencesModuleMRML as Sequences

class Tools:
    modes = [getattr(Sequences.vtkMRMLSequenceBrowserNode, name) for name in given["modes"]]

    def make(self, className, number):
        node = getattr(MRMLCore, className)()
        self.fill(node, number)
        return node

    def fill(self, node, number):
        if node.IsA("vtkMRMLTransformNode"):
            place = vtkMatrix4x4()
            place.SetElement(0, 3, number)
            node.SetMatrixTransformToParent(place)
        elif node.IsA("vtkMRMLTextNode"):
            node.SetText(str(number))
        else:
            image = vtkImageData()
            image.SetDimensions(2, 2, 1)
            image.AllocateScalars(4, 1)
            image.GetPointData().GetScalars().Fill(number)
            node.SetAndObserveImageData(image)

    def told(self, node):
        if node.IsA("vtkMRMLTransformNode"):
            place = vtkMatrix4x4()
            node.GetMatrixTransformToParent(place)
            return int(place.GetElement(0, 3))
        if node.IsA("vtkMRMLTextNode"):
            return int(node.GetText() or 0)
        return int(node.GetImageData().GetScalarRange()[0]) if node.GetImageData() else 0

result["all"] = []
for plan in given["plans"]:
    own, logic = MRMLCore.vtkMRMLScene(), Logic.vtkSlicerSequencesLogic()
    logic.SetMRMLScene(own)
    result["all"].append(Steps(own, plan, Tools()).all())
"""


class Tools:
    """Of this program's nodes."""

    modes = tuple(getattr(vtkMRMLSequenceBrowserNode, name) for name in _MODES)

    def make(self, className: str, number: int):
        node = Scene().CreateNodeByClass(className)
        self.fill(node, number)
        return node

    def fill(self, node, number: int) -> None:
        if node.IsA("vtkMRMLTransformNode"):
            place = numpy.eye(4)
            place[0, 3] = number
            node.SetMatrixTransformToParent(matrixFromArray(place))
        elif node.IsA("vtkMRMLTextNode"):
            node.SetText(str(number))
        else:
            node.setVoxelArray(numpy.full((1, 2, 2), number, numpy.int16))

    def told(self, node) -> int:
        if node.IsA("vtkMRMLTransformNode"):
            return int(node.GetMatrixTransformToParent().GetElement(0, 3))
        if node.IsA("vtkMRMLTextNode"):
            return int(node.GetText() or 0)
        return int(node.voxelArray().min()) if node.GetImageData() else 0


def test_theyDoWhatSlicersOwnDo(slicerPrograms):  # noqa: F811
    plans = [planned(seed) for seed in range(25)]
    program = Path(RandomSequenceSteps.__file__).read_text(encoding="utf-8") + _SLICERS
    theirs = slicerPrograms.run(program, plans=plans, modes=_MODES)["all"]
    for number, (plan, expected) in enumerate(zip(plans, theirs, strict=True)):
        scene = Scene()
        logic = vtkSlicerSequencesLogic(scene)
        found = Steps(scene, plan, Tools()).all()
        assert logic.GetMRMLScene() is scene
        for place, (ours, slicers) in enumerate(zip(found, expected, strict=True)):
            assert ours == slicers, (number, place, plan["steps"][place])
