"""Nodes that move other nodes: transforms to a parent frame, all in RAS and mm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonTransforms import vtkAbstractTransform, vtkGeneralTransform, vtkTransform

from ..Errors import SceneError
from ..Geometry.DisplacementGrid import DisplacementGrid
from .GridTransforms import PlacedGrid, transformOfGrid
from .Matrices import arrayFromMatrix, filledMatrix, matrixFromArray
from .Node import MODIFIED_EVENT, vtkMRMLNode
from .StorableNode import vtkMRMLStorableNode
from .TransformParts import TransformPart, fromParentOf

TRANSFORM_MODIFIED_EVENT = 15000


class vtkMRMLTransformableNode(vtkMRMLStorableNode):
    """A node with a place in space, which a transform node can move."""

    TransformModifiedEvent = TRANSFORM_MODIFIED_EVENT
    TRANSFORM_ROLE = "transform"
    referenceEvents = {TRANSFORM_ROLE: TRANSFORM_MODIFIED_EVENT}

    def SetAndObserveTransformNodeID(self, nodeID: str | None) -> bool:
        """Put the node under a transform node, or with None under none.

        :raises SceneError: when that would make a transform its own ancestor
        """
        ancestor = self.GetScene().GetNodeByID(nodeID) if nodeID and self.GetScene() else None
        while ancestor is not None:
            if ancestor is self:
                raise SceneError("a transform cannot be its own parent", self.GetName())
            ancestor = ancestor.GetParentTransformNode()
        self.SetNodeReferenceID(self.TRANSFORM_ROLE, nodeID)
        return True

    def GetTransformNodeID(self) -> str | None:
        return self.GetNodeReferenceID(self.TRANSFORM_ROLE)

    def GetParentTransformNode(self) -> vtkMRMLTransformNode | None:
        return self.GetNodeReference(self.TRANSFORM_ROLE)

    def onReferenceChanged(self, role: str) -> None:
        super().onReferenceChanged(role)
        if role == self.TRANSFORM_ROLE:
            self.InvokeEvent(self.TransformModifiedEvent, self)

    def processReferencedNode(self, role: str, node: vtkMRMLNode) -> None:
        if role == self.TRANSFORM_ROLE:
            self.InvokeEvent(self.TransformModifiedEvent, node)
        else:
            super().processReferencedNode(role, node)

    def transformToWorldArray(self) -> numpy.ndarray:
        """4×4 of this node's own RAS frame → world RAS (identity without a parent transform).

        :raises SceneError: when a transform on the way is not linear
        """
        parent = self.GetParentTransformNode()
        return numpy.eye(4) if parent is None else arrayFromMatrix(parent.GetMatrixTransformToWorld())

    def CanApplyNonLinearTransforms(self) -> bool:
        return False

    def ApplyTransformMatrix(self, matrix: vtkMatrix4x4) -> None:
        """Change the node's own data by a linear transform; subclasses define what that means."""
        raise SceneError("this node cannot be transformed permanently", self.GetName(), self.GetClassName())

    def ApplyTransform(self, transform: vtkAbstractTransform) -> None:
        """Change the node's own data by any transform. :raises SceneError: where only linear ones can be applied"""
        raise SceneError("only linear transforms can be applied to this node", self.GetName(), self.GetClassName())

    def HardenTransform(self) -> bool:
        """Apply the parent transform to the node's own data and leave the parent.

        :raises SceneError: when the data of this kind of node cannot be changed so
        """
        parent = self.GetParentTransformNode()
        if parent is None:
            return False
        if parent.IsTransformToWorldLinear():
            self.ApplyTransformMatrix(parent.GetMatrixTransformToWorld())
        else:
            self.ApplyTransform(parent.GetTransformToWorld())
        self.SetAndObserveTransformNodeID(None)
        return True


class vtkMRMLTransformNode(vtkMRMLTransformableNode):
    """Any VTK transform from the children's frame to the parent's frame."""

    defaultName = "Transform"
    isDataNode = True
    storageClassName = "vtkMRMLTransformStorageNode"

    def __init__(self):
        super().__init__()
        self._toParent: vtkAbstractTransform = _linearTransform(vtkMatrix4x4())
        self._toParentTag = self._toParent.AddObserver(MODIFIED_EVENT, self._onTransformModified)
        self._fromParent: vtkAbstractTransform | None = None
        self._parts: tuple[TransformPart, ...] = ()

    def GetTransformToParent(self) -> vtkAbstractTransform:
        return self._toParent

    def GetTransformFromParent(self) -> vtkAbstractTransform:
        """The way back: the one given with the transform, else VTK's inverse (found by iteration for grids)."""
        return self._fromParent or self._toParent.GetInverse()

    def SetAndObserveTransformToParent(self, transform: vtkAbstractTransform) -> None:
        """Use this transform; when it is changed later, everything below hears of it."""
        self._useTransform(transform, None)

    def _useTransform(self, transform: vtkAbstractTransform, inverse: vtkAbstractTransform | None) -> None:
        self._toParent.RemoveObserver(self._toParentTag)
        self._toParent, self._fromParent, self._parts = transform, inverse, ()
        self._toParentTag = transform.AddObserver(MODIFIED_EVENT, self._onTransformModified)
        self._onTransformModified(transform, "ModifiedEvent")

    def setPartsFromParent(self, parts: Sequence[TransformPart]) -> None:
        """Move the parent's points to the children's frame through several transforms, the last one first.

        VTK searches for the way of each point to the parent.
        """
        fromParent = fromParentOf(parts)
        self._useTransform(fromParent.GetInverse(), fromParent)
        self._parts = tuple(parts)

    def partsFromParent(self) -> tuple[TransformPart, ...]:
        """Those that were set; none for another kind of transform."""
        return self._parts

    def _onTransformModified(self, caller: vtkAbstractTransform, event: str) -> None:
        self.Modified()
        self.InvokeEvent(self.TransformModifiedEvent, self)

    def IsLinear(self) -> bool:
        return hasattr(self._toParent, "GetMatrix")

    def IsTransformToWorldLinear(self) -> bool:
        parent = self.GetParentTransformNode()
        return self.IsLinear() and (parent is None or parent.IsTransformToWorldLinear())

    def SetMatrixTransformToParent(self, matrix: vtkMatrix4x4) -> bool:
        """Make this a linear transform with a copy of the matrix (child RAS → parent RAS)."""
        self.SetAndObserveTransformToParent(_linearTransform(matrix))
        return True

    def GetMatrixTransformToParent(self, matrix: vtkMatrix4x4 | None = None) -> vtkMatrix4x4:
        """Child RAS → parent RAS. :raises SceneError: when the transform is not linear"""
        if not self.IsLinear():
            raise SceneError("the transform is not linear, so it has no matrix", self.GetName())
        self._toParent.Update()
        return filledMatrix(self._toParent.GetMatrix(), matrix)

    def GetMatrixTransformToWorld(self, matrix: vtkMatrix4x4 | None = None) -> vtkMatrix4x4:
        """Child RAS → world RAS through all parents. :raises SceneError: when one of them is not linear"""
        toParent = arrayFromMatrix(self.GetMatrixTransformToParent())
        return filledMatrix(matrixFromArray(self.transformToWorldArray() @ toParent), matrix)

    def GetTransformToWorld(self) -> vtkGeneralTransform:
        """Child RAS → world RAS through all parents, linear or not."""
        transform = vtkGeneralTransform()
        transform.PostMultiply()
        node = self
        while node is not None:
            transform.Concatenate(node.GetTransformToParent())
            node = node.GetParentTransformNode()
        return transform

    def GetTransformFromWorld(self) -> vtkGeneralTransform:
        """World RAS → child RAS, the inverse of :meth:`GetTransformToWorld`."""
        transform = vtkGeneralTransform()
        node = self
        while node is not None:  # the outermost parent is undone first
            transform.Concatenate(node.GetTransformFromParent())
            node = node.GetParentTransformNode()
        return transform

    def ApplyTransformMatrix(self, matrix: vtkMatrix4x4) -> None:
        combined = arrayFromMatrix(matrix) @ arrayFromMatrix(self.GetMatrixTransformToParent())
        self.SetMatrixTransformToParent(matrixFromArray(combined))

    def CopyContent(self, node: vtkMRMLTransformNode, deepCopy: bool = True) -> None:
        if node.partsFromParent():
            self.setPartsFromParent(node.partsFromParent())
            return
        copy = node.GetTransformToParent().MakeTransform()
        copy.DeepCopy(node.GetTransformToParent())
        self._useTransform(copy if deepCopy else node.GetTransformToParent(), node._fromParent)


class vtkMRMLLinearTransformNode(vtkMRMLTransformNode):
    """A transform that is a 4×4 matrix."""

    defaultName = "LinearTransform"

    def SetAndObserveTransformToParent(self, transform: vtkAbstractTransform) -> None:
        """:raises SceneError: for a transform that is not linear"""
        if not hasattr(transform, "GetMatrix"):
            what = "a linear transform node wants a linear transform"
            raise SceneError(what, self.GetName(), transform.GetClassName())
        super().SetAndObserveTransformToParent(transform)


class vtkMRMLBSplineTransformNode(vtkMRMLTransformNode):
    """Cubic B-splines, as registration makes them: from the parent (:meth:`setPartsFromParent`)."""

    defaultName = "BSplineTransform"


class vtkMRMLGridTransformNode(vtkMRMLTransformNode):
    """A displacement grid (such as vtkGridTransform), for example the one that corrects uneven slices."""

    defaultName = "GridTransform"

    def __init__(self):
        super().__init__()
        self._grid: PlacedGrid | None = None

    def setDisplacementGrid(
        self, ijkToRAS: numpy.ndarray, grid: DisplacementGrid, inverseGrid: DisplacementGrid | None = None
    ) -> None:
        """Move children by a grid in the voxel indices of a volume, linear between its points.

        :param ijkToRAS: 4×4 of that volume, which may be sheared
        :param grid: displacements in voxels, to the parent
        :param inverseGrid: displacements back; VTK searches for the way back of each point when it is not given
        """
        inverse = None if inverseGrid is None else transformOfGrid(ijkToRAS, inverseGrid)
        self._useGrid(PlacedGrid(numpy.array(ijkToRAS, float), grid, isFromParent=False), inverse)

    def setDisplacementGridFromParent(self, ijkToRAS: numpy.ndarray, grid: DisplacementGrid) -> None:
        """The same for a grid that moves the parent's points to the children's frame, as registration makes it.

        VTK searches for the way of each point to the parent.
        """
        self.setPlacedGrid(PlacedGrid(numpy.array(ijkToRAS, float), grid, isFromParent=True))

    def setPlacedGrid(self, placed: PlacedGrid) -> None:
        """Use a grid as it says itself; VTK searches for the other way of each point."""
        self._useGrid(placed, None)

    def _useGrid(self, placed: PlacedGrid, inverse: vtkAbstractTransform | None) -> None:
        moving = placed.transform()
        if placed.isFromParent:
            self._useTransform(moving.GetInverse(), moving)
        else:
            self._useTransform(moving, inverse)
        self._grid = placed

    def displacementGrid(self) -> PlacedGrid | None:
        """The grid that was set; None for another kind of transform."""
        return self._grid

    def _useTransform(self, transform: vtkAbstractTransform, inverse: vtkAbstractTransform | None) -> None:
        self._grid = None
        super()._useTransform(transform, inverse)

    def CopyContent(self, node: vtkMRMLTransformNode, deepCopy: bool = True) -> None:
        grid = node.displacementGrid() if isinstance(node, vtkMRMLGridTransformNode) else None
        if grid is not None and grid.isFromParent:
            self.setPlacedGrid(grid)
            return
        super().CopyContent(node, deepCopy)
        self._grid = grid


def _linearTransform(matrix: vtkMatrix4x4) -> vtkTransform:
    transform = vtkTransform()
    transform.SetMatrix(matrix)
    return transform
