"""Surfaces in RAS mm."""

from __future__ import annotations

from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonTransforms import vtkAbstractTransform, vtkTransform

from .DisplayableNode import vtkMRMLDisplayableNode
from .Matrices import NO_BOUNDS, filledBounds
from .Node import MODIFIED_EVENT, vtkMRMLNode


class vtkMRMLModelNode(vtkMRMLDisplayableNode):
    """Holds a vtkPolyData whose points are RAS mm."""

    PolyDataModifiedEvent = 17001
    MeshModifiedEvent = PolyDataModifiedEvent
    defaultName = "Model"
    displayClassName = "vtkMRMLModelDisplayNode"
    storageClassName = "vtkMRMLModelStorageNode"

    def __init__(self):
        super().__init__()
        self._polyData: vtkPolyData | None = None
        self._polyDataTag = 0

    def GetPolyData(self) -> vtkPolyData | None:
        return self._polyData

    GetMesh = GetPolyData

    def SetAndObservePolyData(self, polyData: vtkPolyData | None) -> None:
        if self._polyData is not None:
            self._polyData.RemoveObserver(self._polyDataTag)
        self._polyData = polyData
        if polyData is not None:
            self._polyDataTag = polyData.AddObserver(MODIFIED_EVENT, self._onPolyDataModified)
        self._onPolyDataModified(None, "ModifiedEvent")

    SetAndObserveMesh = SetAndObservePolyData

    def _onPolyDataModified(self, caller: vtkPolyData | None, event: str) -> None:
        self.InvokeEvent(self.PolyDataModifiedEvent, self)
        self.Modified()

    def GetNodeBounds(self, bounds: list | None = None) -> tuple[float, ...]:
        """RAS box without parent transforms; minimum above maximum for an empty surface."""
        empty = self._polyData is None or not self._polyData.GetNumberOfPoints()
        return filledBounds(NO_BOUNDS if empty else self._polyData.GetBounds(), bounds)

    def GetRASBounds(self, bounds: list | None = None) -> tuple[float, ...]:
        """World RAS box, parent transforms included; minimum above maximum for an empty surface."""
        parent = self.GetParentTransformNode()
        if parent is None or self._polyData is None or not self._polyData.GetNumberOfPoints():
            return self.GetNodeBounds(bounds)
        return filledBounds(transformedSurface(self._polyData, parent.GetTransformToWorld()).GetBounds(), bounds)

    GetBounds = GetRASBounds

    def CanApplyNonLinearTransforms(self) -> bool:
        return True

    def ApplyTransformMatrix(self, matrix: vtkMatrix4x4) -> None:
        transform = vtkTransform()
        transform.SetMatrix(matrix)
        self.ApplyTransform(transform)

    def ApplyTransform(self, transform: vtkAbstractTransform) -> None:
        if self._polyData is not None:
            self.SetAndObservePolyData(transformedSurface(self._polyData, transform))

    def toPyVista(self):
        """A pyvista.PolyData in world RAS mm, parent transforms applied; shares memory when there are none."""
        import pyvista

        parent = self.GetParentTransformNode()
        polyData = self._polyData or vtkPolyData()
        return pyvista.wrap(polyData if parent is None else transformedSurface(polyData, parent.GetTransformToWorld()))

    def CopyContent(self, node: vtkMRMLNode, deepCopy: bool = True) -> None:
        polyData = node.GetPolyData()
        if polyData is not None and deepCopy:
            copy = vtkPolyData()
            copy.DeepCopy(polyData)
            polyData = copy
        self.SetAndObservePolyData(polyData)


def transformedSurface(polyData: vtkPolyData, transform: vtkAbstractTransform) -> vtkPolyData:
    """A surface whose points, normals and vectors are moved by any transform."""
    from vtkmodules.vtkFiltersGeneral import vtkTransformFilter

    transformer = vtkTransformFilter()
    transformer.SetInputData(polyData)
    transformer.SetTransform(transform)
    transformer.Update()
    return transformer.GetOutput()
