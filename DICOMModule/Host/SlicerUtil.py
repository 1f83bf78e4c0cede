"""``slicer.util`` for nodes, arrays, files and modules: the functions Slicer scripts use, over one application."""

from __future__ import annotations

import fnmatch
import os
import tempfile
from collections import OrderedDict
from contextlib import contextmanager
from datetime import datetime

import numpy

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Matrices import arrayFromMatrix, matrixFromArray
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.VolumeNodes import vtkMRMLVolumeNode

from .SlicerFiles import SlicerFiles
from .SlicerMessages import SlicerMessages
from .VTKObservationMixin import VTKObservationMixin


class MRMLNodeNotFoundException(Exception):  # noqa: N818
    """No node of the scene fits; the name is Slicer's."""


class SlicerUtil(SlicerFiles, SlicerMessages):
    """Each public method is a function of ``slicer.util``. Voxel arrays are indexed (k, j, i[, component])."""

    MRMLNodeNotFoundException = MRMLNodeNotFoundException
    VTKObservationMixin = VTKObservationMixin

    # Nodes

    def getNodes(self, pattern: str = "*", scene: Scene | None = None, useLists: bool = False) -> OrderedDict:
        """Nodes whose name or ID matches a pattern with * and ?, by name (``useLists``: lists by name)."""
        found: OrderedDict = OrderedDict()
        for node in (scene or self.application.scene).nodes():
            name = node.GetName() or ""
            if fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(node.GetID(), pattern):
                if useLists:
                    found.setdefault(name, []).append(node)
                else:
                    found[name] = node
        return found

    def getNode(self, pattern: str = "*", index: int = 0, scene: Scene | None = None) -> vtkMRMLNode:
        """The node of this ID or name, else the ``index``-th that matches the pattern.

        :raises MRMLNodeNotFoundException: when there is none
        """
        scene = scene or self.application.scene
        exact = scene.GetNodeByID(pattern) or scene.GetFirstNodeByName(pattern)
        if exact is not None and index == 0:
            return exact
        nodes = [node for some in self.getNodes(pattern, scene, useLists=True).values() for node in some]
        if not 0 <= index < len(nodes):
            raise MRMLNodeNotFoundException(f"could not find nodes in the scene by name or id '{pattern}'")
        return nodes[index]

    def getNodesByClass(self, className: str, scene: Scene | None = None) -> list[vtkMRMLNode]:
        return list((scene or self.application.scene).GetNodesByClass(className))

    def getFirstNodeByName(self, name: str, className: str | None = None) -> vtkMRMLNode | None:
        """The first node whose name starts with this."""
        nodes = self.application.scene.nodes()
        fitting = (node for node in nodes if className is None or node.IsA(className))
        return next((node for node in fitting if (node.GetName() or "").startswith(name)), None)

    def getFirstNodeByClassByName(self, className: str, name: str, scene=None) -> vtkMRMLNode | None:
        return next(iter((scene or self.application.scene).GetNodesByClassByName(className, name)), None)

    @staticmethod
    @contextmanager
    def NodeModify(node: vtkMRMLNode):  # noqa: N802
        """``with NodeModify(node):`` — observers hear of all changes once, at the end."""
        wasModifying = node.StartModify()
        try:
            yield node
        finally:
            node.EndModify(wasModifying)

    # Arrays

    def array(self, pattern: str = "", index: int = 0) -> numpy.ndarray:
        """The voxels or points of the node that :meth:`getNode` finds."""
        node = self.getNode(pattern, index)
        if isinstance(node, vtkMRMLVolumeNode):
            return self.arrayFromVolume(node)
        if node.IsA("vtkMRMLModelNode"):
            return self.arrayFromModelPoints(node)
        if node.IsA("vtkMRMLTransformNode"):
            return self.arrayFromTransformMatrix(node)
        raise TypeError(f"{node.GetClassName()} has no array")

    @staticmethod
    def arrayFromVolume(volumeNode: vtkMRMLVolumeNode) -> numpy.ndarray:
        """The voxels' own memory; call :meth:`arrayFromVolumeModified` after writing.

        The proxy of a sequence gets voxels of its own first, so that the sequence stays what it is, as in Slicer.
        """
        volumeNode.ownVoxels()
        return volumeNode.voxelArray()

    @staticmethod
    def arrayFromVolumeModified(volumeNode: vtkMRMLVolumeNode) -> None:
        volumeNode.imageDataModified()

    @staticmethod
    def updateVolumeFromArray(volumeNode: vtkMRMLVolumeNode, narray: numpy.ndarray) -> None:
        """Replace the voxels by a copy of an array; the geometry stays."""
        volumeNode.setVoxelArray(numpy.array(narray))

    def addVolumeFromArray(
        self, narray: numpy.ndarray, ijkToRAS=None, name: str | None = None, nodeClassName: str | None = None
    ) -> vtkMRMLVolumeNode:
        """A new volume with a copy of an array. :param ijkToRAS: vtkMatrix4x4 or 4×4 array; default: unit geometry"""
        scene = self.application.scene
        node = scene.CreateNodeByClass(nodeClassName or "vtkMRMLScalarVolumeNode")
        if ijkToRAS is not None:
            node.SetIJKToRASMatrix(ijkToRAS)
        node.setVoxelArray(numpy.array(narray))
        node.SetName(name or scene.GenerateUniqueName(node.defaultName))
        scene.AddNode(node)
        node.CreateDefaultDisplayNodes()
        return node

    @staticmethod
    def arrayFromModelPoints(modelNode) -> numpy.ndarray:
        """The points' own memory, shape (n, 3), RAS mm."""
        from vtkmodules.util.numpy_support import vtk_to_numpy

        return vtk_to_numpy(modelNode.GetPolyData().GetPoints().GetData())

    @staticmethod
    def arrayFromModelPointsModified(modelNode) -> None:
        modelNode.GetPolyData().GetPoints().GetData().Modified()
        modelNode.GetPolyData().Modified()

    @staticmethod
    def arrayFromVTKMatrix(vmatrix) -> numpy.ndarray:
        """A 4×4 copy."""
        return arrayFromMatrix(vmatrix)

    @staticmethod
    def vtkMatrixFromArray(narray: numpy.ndarray):
        return matrixFromArray(narray)

    @staticmethod
    def updateVTKMatrixFromArray(vmatrix, narray: numpy.ndarray) -> None:
        vmatrix.DeepCopy(matrixFromArray(narray))

    @staticmethod
    def arrayFromTransformMatrix(transformNode, toWorld: bool = False) -> numpy.ndarray:
        """4×4 copy of the matrix to the parent, or with ``toWorld`` to the world."""
        get = transformNode.GetMatrixTransformToWorld if toWorld else transformNode.GetMatrixTransformToParent
        return arrayFromMatrix(get())

    @staticmethod
    def updateTransformMatrixFromArray(transformNode, narray: numpy.ndarray, toWorld: bool = False) -> None:
        """Set the matrix to the parent (with ``toWorld``: so that the matrix to the world becomes this)."""
        toParent = numpy.asarray(narray, dtype=float)
        if toWorld:
            toParent = numpy.linalg.inv(transformNode.transformToWorldArray()) @ toParent
        transformNode.SetMatrixTransformToParent(matrixFromArray(toParent))

    @staticmethod
    def arrayFromSegmentBinaryLabelmap(segmentationNode, segmentId: str, referenceVolumeNode=None) -> numpy.ndarray:
        """Where a segment is, indexed (k, j, i) in the voxels of the segmentation: a copy, uint8, 1 inside.

        :param referenceVolumeNode: None, or a volume with the same voxels: nothing is computed anew
        :raises SceneError: when there is no such segment, or the volume has other voxels
        """
        segmentation = segmentationNode.GetSegmentation()
        found = segmentation.segmentArray(segmentId).astype(numpy.uint8)
        isSame = referenceVolumeNode is None or (
            referenceVolumeNode.GetDimensions() == found.shape[::-1]
            and numpy.allclose(referenceVolumeNode.ijkToRASArray(), segmentation.ijkToRASArray(), atol=1e-3)
        )
        if not isSame:
            raise SceneError("the volume has other voxels than the segmentation", referenceVolumeNode.GetName())
        return found

    @staticmethod
    def updateSegmentBinaryLabelmapFromArray(
        narray: numpy.ndarray, segmentationNode, segmentId: str, referenceVolumeNode=None
    ) -> None:
        """Say where a segment is: not 0 inside, indexed (k, j, i) in the voxels of the segmentation.

        :param referenceVolumeNode: its voxels are taken over where the segmentation has none yet
        :raises SceneError: for another size, or when there is no such segment
        """
        if referenceVolumeNode is not None:
            segmentationNode.SetReferenceImageGeometryParameterFromVolumeNode(referenceVolumeNode)
        segmentationNode.GetSegmentation().setSegmentArray(segmentId, narray)

    @staticmethod
    def arrayFromTableColumn(tableNode, columnName: str) -> numpy.ndarray:
        """The numbers' own memory. :raises SceneError: when there is no such column, or it has no numbers"""
        from vtkmodules.util.numpy_support import vtk_to_numpy

        column = tableNode.GetTable().GetColumnByName(columnName)
        if column is None or not column.IsNumeric():
            raise SceneError("the table has no such column of numbers", tableNode.GetName(), columnName)
        return vtk_to_numpy(column)

    # Folders

    def tempDirectory(
        self, key: str = "__SlicerTemp__", tempDir: str | None = None, includeDateTime: bool = True
    ) -> str:
        """A new private folder; it is removed with the program unless made elsewhere with ``tempDir``."""
        stamp = datetime.now().strftime("%Y-%m-%d_%H+%M+%S.%f") if includeDateTime else ""
        parent = tempDir or str(self.application.temporaryFolder())
        return tempfile.mkdtemp(prefix=f"{key}{stamp}", dir=parent)

    # Modules and settings

    def selectModule(self, module) -> None:
        """Show a module's panel, by name or module object. Without a window there is none to show."""
        name = module if isinstance(module, str) else getattr(module, "name", "")
        if self.application.mainWindow is None:
            self.application.moduleManager.module(name)
        else:
            self.application.moduleManager.selectModule(name)

    def selectedModule(self) -> str:
        return self.application.moduleManager.selectedModule()

    def moduleNames(self) -> list[str]:
        return self.application.moduleManager.moduleNames()

    def getModule(self, name: str):
        """The module's record, with ``widgetRepresentation()`` and ``logic()``. :raises ModuleError: for no module"""
        return self.application.moduleManager.module(name)

    def getModuleWidget(self, module):
        return (self.getModule(module) if isinstance(module, str) else module).widgetRepresentation()

    def getModuleLogic(self, module):
        return (self.getModule(module) if isinstance(module, str) else module).logic()

    def settingsValue(self, key: str, default, converter=lambda value: value, settings=None):
        """A setting, converted; ``default`` when it is not set."""
        stored = (settings or self.application.slicerNames.app.settings()).value(key)
        return default if stored is None else converter(stored)

    @staticmethod
    def toBool(value) -> bool:
        """Whether a setting's text or number means yes."""
        return value.strip().lower() in ("true", "1", "yes", "on") if isinstance(value, str) else bool(value)

    @staticmethod
    def longPath(path: str) -> str:
        """The path in the form that Windows wants beyond 260 characters; unchanged elsewhere."""
        isLong = os.name == "nt" and len(path) > 240 and not path.startswith("\\\\?\\")
        return "\\\\?\\" + path.replace("/", "\\") if isLong else path

    @staticmethod
    def exit(status: int = 0) -> None:
        """End the script, and a program without a window, with this exit code."""
        raise SystemExit(status)

    quit = exit
