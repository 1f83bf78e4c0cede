"""What 3D Slicer's own classes understand of how a scene is shown, and scenes of theirs with views set up.

For tests: ``from Testing.Fixtures.SlicerViews import SlicerViews`` with the fixture ``slicerCore``.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

SECONDS = 120
_START = '''
import json, os, sys
import numpy
from slicer_core import MRMLCore as M
from slicer_core import vtkSlicerMarkupsModuleMRML as Markups
from slicer_core import vtkSlicerVolumeRenderingModuleMRML as Rendering
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonDataModel import vtkImageData

scene = M.vtkMRMLScene()
for module in (Rendering, Markups):
    for name in dir(module):
        if name.endswith("Node") and name not in ("vtkMRMLVolumeRenderingDisplayNode", "vtkMRMLMarkupsNode"):
            try:
                scene.RegisterNodeClass(getattr(module, name)())
            except TypeError:  # of abstract ones there are no objects
                continue

def rows(matrix):
    return [[matrix.GetElement(i, j) for j in range(4)] for i in range(4)]

def first(className, tag=None):
    nodes = scene.GetNodesByClass(className)
    nodes.UnRegister(scene)
    found = [nodes.GetItemAsObject(n) for n in range(nodes.GetNumberOfItems())]
    return next((one for one in found if tag is None or one.GetSingletonTag() == tag), None)

def nameOf(nodeID):
    node = scene.GetNodeByID(nodeID) if nodeID else None
    return node.GetName() if node is not None else None

def points(function, count):
    values = [0.0] * (count + 2)
    found = []
    for n in range(function.GetSize()):
        function.GetNodeValue(n, values)
        found.append(values[:count])
    return found
'''
_READ = _START + '''
scene.SetURL(sys.argv[1])
scene.Connect()
camera, view = first("vtkMRMLCameraNode"), first("vtkMRMLViewNode")
crosshair, selection = first("vtkMRMLCrosshairNode"), first("vtkMRMLSelectionNode")
facts = {
    "layout": first("vtkMRMLLayoutNode").GetViewArrangement(),
    "camera": {
        "position": camera.GetPosition(), "focalPoint": camera.GetFocalPoint(), "viewUp": camera.GetViewUp(),
        "isParallel": bool(camera.GetParallelProjection()), "parallelScale": camera.GetParallelScale(),
        "viewAngle": camera.GetViewAngle(), "layoutName": camera.GetLayoutName(),
    },
    "view": {
        "renderMode": view.GetRenderModeAsString(view.GetRenderMode()), "box": bool(view.GetBoxVisible()),
        "letters": bool(view.GetAxisLabelsVisible()),
        "technique": view.GetRaycastTechniqueAsString(view.GetRaycastTechnique()),
    },
    "crosshair": [crosshair.GetCrosshairModeAsString(crosshair.GetCrosshairMode()), crosshair.GetCrosshairRAS()],
    "active": [nameOf(selection.GetActiveVolumeID()), nameOf(selection.GetActiveLabelVolumeID())],
    "slices": {}, "renderings": {},
}
for tag in ("Red", "Yellow", "Green"):
    slice, composite = first("vtkMRMLSliceNode", tag), first("vtkMRMLSliceCompositeNode", tag)
    slice.UpdateMatrices()
    facts["slices"][tag] = {
        "sliceToRAS": rows(slice.GetSliceToRAS()), "xyToRAS": rows(slice.GetXYToRAS()),
        "fieldOfView": slice.GetFieldOfView(), "dimensions": slice.GetDimensions(),
        "offset": slice.GetSliceOffset(), "orientation": slice.GetOrientation(),
        "layoutName": slice.GetLayoutName(), "visibleIn3D": bool(slice.GetSliceVisible()),
        "background": nameOf(composite.GetBackgroundVolumeID()),
        "foreground": nameOf(composite.GetForegroundVolumeID()), "label": nameOf(composite.GetLabelVolumeID()),
        "foregroundOpacity": composite.GetForegroundOpacity(), "labelOpacity": composite.GetLabelOpacity(),
        "linked": bool(composite.GetLinkedControl()),
    }
volumes = scene.GetNodesByClass("vtkMRMLVolumeNode")
for n in range(volumes.GetNumberOfItems()):
    volume = volumes.GetItemAsObject(n)
    for m in range(volume.GetNumberOfDisplayNodes()):
        display = volume.GetNthDisplayNode(m)
        if not display.IsA("vtkMRMLVolumeRenderingDisplayNode"):
            continue
        node = display.GetVolumePropertyNode()
        facts["renderings"][volume.GetName()] = {
            "visible": bool(display.GetVisibility()), "class": display.GetClassName(),
            "roi": nameOf(display.GetROINodeID()), "croppingEnabled": bool(display.GetCroppingEnabled()),
            "name": node.GetName() if node else None,
        }
        if node:
            looks = node.GetVolumeProperty()
            facts["renderings"][volume.GetName()] |= {
                "shade": bool(looks.GetShade()), "interpolation": looks.GetInterpolationType(),
                "lighting": [looks.GetAmbient(), looks.GetDiffuse(), looks.GetSpecular(), looks.GetSpecularPower()],
                "opacities": points(looks.GetScalarOpacity(), 2), "gradients": points(looks.GetGradientOpacity(), 2),
                "colors": points(looks.GetRGBTransferFunction(), 4),
            }
sys.stdout.write("RESULT" + json.dumps(facts))
'''
_WRITE = _START + '''
given = json.loads(sys.argv[2])

def volume(className, name, value):
    node = scene.AddNewNodeByClass(className, name)
    image = vtkImageData()
    image.SetDimensions(20, 24, 16)
    values = numpy.full(20 * 24 * 16, value, numpy.int16)
    values[::7] = 5
    image.GetPointData().SetScalars(numpy_to_vtk(values, deep=True))
    node.SetAndObserveImageData(image)
    node.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
    node.SetSpacing(2, 2, 3)
    node.CreateDefaultDisplayNodes()
    return node

def singleton(className, tag, name=None):
    node = getattr(M, className)()
    node.SetSingletonTag(tag)
    node.SetName(name or tag)
    if hasattr(node, "SetLayoutName") and name:
        node.SetLayoutName(tag)
    return scene.AddNode(node)

ct, pet = volume("vtkMRMLScalarVolumeNode", "ct", 100), volume("vtkMRMLScalarVolumeNode", "pet", 7)
labels = volume("vtkMRMLLabelMapVolumeNode", "labels", 3)
singleton("vtkMRMLLayoutNode", "vtkMRMLLayoutNode").SetViewArrangement(given["layout"])
for tag, said in given["slices"].items():
    slice, composite = singleton("vtkMRMLSliceNode", tag, tag), singleton("vtkMRMLSliceCompositeNode", tag, tag)
    matrix = vtkMatrix4x4()
    matrix.DeepCopy([value for row in said["sliceToRAS"] for value in row])
    slice.GetSliceToRAS().DeepCopy(matrix)
    slice.SetDimensions(*said["dimensions"])
    slice.SetFieldOfView(*said["fieldOfView"])
    slice.SetXYZOrigin(*said["xyzOrigin"])
    slice.SetSliceVisible(said["visibleIn3D"])
    slice.UpdateMatrices()
    for role, method in (("background", "SetBackgroundVolumeID"), ("foreground", "SetForegroundVolumeID"),
                         ("label", "SetLabelVolumeID")):
        node = scene.GetFirstNodeByName(said[role]) if said.get(role) else None
        getattr(composite, method)(node.GetID() if node else None)
    composite.SetForegroundOpacity(said["foregroundOpacity"])
    composite.SetLabelOpacity(said["labelOpacity"])
    composite.SetLinkedControl(said["linked"])
view = singleton("vtkMRMLViewNode", "1", "View1")
view.SetBoxVisible(given["box"])
view.SetRaycastTechnique(given["technique"])
view.SetRenderMode(1)
camera = scene.AddNewNodeByClass("vtkMRMLCameraNode", "Camera")
camera.SetLayoutName("1")
camera.SetPosition(*given["camera"]["position"])
camera.SetFocalPoint(*given["camera"]["focalPoint"])
camera.SetViewUp(*given["camera"]["viewUp"])
camera.SetParallelProjection(given["camera"]["isParallel"])
camera.SetParallelScale(given["camera"]["parallelScale"])
camera.SetViewAngle(given["camera"]["viewAngle"])
crosshair = singleton("vtkMRMLCrosshairNode", "default")
crosshair.SetCrosshairMode(given["crosshairMode"])
crosshair.SetCrosshairRAS(given["crosshairRAS"])
singleton("vtkMRMLSelectionNode", "Singleton").SetActiveVolumeID(ct.GetID())
singleton("vtkMRMLInteractionNode", "Singleton")
display = scene.AddNewNodeByClass(given["renderingClass"], "VolumeRendering")
property = scene.AddNewNodeByClass("vtkMRMLVolumePropertyNode", given["preset"])
looks = property.GetVolumeProperty()
for function in (looks.GetScalarOpacity(), looks.GetRGBTransferFunction(), looks.GetGradientOpacity()):
    function.RemoveAllPoints()
for point in given["opacities"]:
    looks.GetScalarOpacity().AddPoint(*point)
for point in given["colors"]:
    looks.GetRGBTransferFunction().AddRGBPoint(*point)
for point in given["gradients"]:
    looks.GetGradientOpacity().AddPoint(*point)
looks.SetShade(given["shade"])
looks.SetAmbient(given["ambient"])
looks.SetInterpolationTypeToLinear()
display.SetAndObserveVolumePropertyNodeID(property.GetID())
region = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "region")
display.SetAndObserveROINodeID(region.GetID())
display.SetCroppingEnabled(1)
display.SetVisibility(given["visible"])
pet.AddAndObserveDisplayNodeID(display.GetID())
if given["storageClass"]:
    storage = scene.AddNewNodeByClass(given["storageClass"])
    property.SetAndObserveStorageNodeID(storage.GetID())
scene.SaveSceneToSlicerDataBundleDirectory(sys.argv[1], None, M.vtkMRMLMessageCollection())
'''


class SlicerViews:
    """Each thing is done in a fresh process. :param python: of the environment that has Slicer's wheel"""

    def __init__(self, python: str):
        self._python = python

    def understood(self, path: Path) -> dict:
        """How Slicer would show the scene of a .mrml: the values of its nodes once it has read it."""
        output = self._run(_READ, str(path))
        assert "RESULT" in output, output
        return json.loads(output.split("RESULT", 1)[1])

    def write(self, folder: Path, **given) -> Path:
        """Have Slicer write a scene of two volumes and labels with its views set up. :returns: the .mrml"""
        folder.mkdir()
        complaints = self._run(_WRITE, str(folder), json.dumps(given))
        found = list(folder.glob("*.mrml"))
        assert found, complaints
        return found[0]

    def _run(self, program: str, *arguments: str) -> str:
        command = [self._python, "-c", program, *arguments]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        return finished.stderr + finished.stdout
