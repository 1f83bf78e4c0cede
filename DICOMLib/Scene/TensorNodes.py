"""Diffusion tensor volumes: a symmetric matrix for each voxel, shown as a number or colour made of it."""

from __future__ import annotations

import numpy
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData

from ..Diffusion.Invariants import (
    COLOR_ORIENTATION,
    FRACTIONAL_ANISOTROPY,
    INVARIANT_NAMES,
    KNOWN_RANGES,
    LINEAR_MEASURE,
    PLANAR_MEASURE,
    RELATIVE_ANISOTROPY,
    SPHERICAL_MEASURE,
    TRACE,
    invariant,
    matricesOf,
    sixOf,
    turned,
)
from ..Errors import SceneError
from .DisplayNodes import vtkMRMLScalarVolumeDisplayNode, windowLevelOf
from .FramedVolumeNodes import vtkMRMLFramedVolumeNode
from .Images import imageDataFromArray
from .Node import vtkMRMLNode


class vtkMRMLDiffusionTensorVolumeDisplayNode(vtkMRMLScalarVolumeDisplayNode):
    """Which number of the tensors is shown, and all that a scalar volume has. At first: fractional anisotropy."""

    defaultName = "DiffusionTensorVolumeDisplay"
    copiedFields = (*vtkMRMLScalarVolumeDisplayNode.copiedFields, "_scalarInvariant")

    def __init__(self):
        super().__init__()
        self._scalarInvariant = FRACTIONAL_ANISOTROPY

    def GetScalarInvariant(self) -> int:
        """MRML's number of what is shown, see ``DICOMLib.Diffusion.Invariants.INVARIANT_NAMES``."""
        return self._scalarInvariant

    def GetScalarInvariantAsString(self) -> str:
        return INVARIANT_NAMES[self._scalarInvariant]

    def SetScalarInvariant(self, number: int) -> None:
        """Show another number of the tensors, in the window that fits it. :raises SceneError: for an unknown one"""
        if number not in INVARIANT_NAMES:
            raise SceneError("there is no such scalar invariant", self.GetName(), number)
        if number == self._scalarInvariant:
            return
        wasModifying = self.StartModify()
        self.setAndNotify("_scalarInvariant", int(number))
        self._autoWindowLevel = True  # a window for one number says nothing about another
        volume = self.GetDisplayableNode()
        if volume is not None and volume.GetImageData() is not None:
            self.onImageDataModified(volume.voxelArray())
        self.EndModify(wasModifying)

    def SetScalarInvariantToTrace(self) -> None:
        self.SetScalarInvariant(TRACE)

    def SetScalarInvariantToRelativeAnisotropy(self) -> None:
        self.SetScalarInvariant(RELATIVE_ANISOTROPY)

    def SetScalarInvariantToFractionalAnisotropy(self) -> None:
        self.SetScalarInvariant(FRACTIONAL_ANISOTROPY)

    def SetScalarInvariantToLinearMeasure(self) -> None:
        self.SetScalarInvariant(LINEAR_MEASURE)

    def SetScalarInvariantToPlanarMeasure(self) -> None:
        self.SetScalarInvariant(PLANAR_MEASURE)

    def SetScalarInvariantToSphericalMeasure(self) -> None:
        self.SetScalarInvariant(SPHERICAL_MEASURE)

    def SetScalarInvariantToColorOrientation(self) -> None:
        """Red, green and blue: along R-L, A-P and S-I."""
        self.SetScalarInvariant(COLOR_ORIENTATION)

    @staticmethod
    def GetNumberOfScalarInvariants() -> int:
        return len(INVARIANT_NAMES)

    @staticmethod
    def GetNthScalarInvariant(n: int) -> int:
        return list(INVARIANT_NAMES)[n]

    def onImageDataModified(self, voxels: numpy.ndarray | None) -> None:
        if not self._autoWindowLevel or voxels is None:
            return
        known = KNOWN_RANGES.get(self._scalarInvariant)
        if known is not None:
            self._applyWindowLevel(known[1] - known[0], (known[0] + known[1]) / 2)
        else:
            self._applyWindowLevel(*windowLevelOf(invariant(voxels, self._scalarInvariant)))


class vtkMRMLDiffusionTensorVolumeNode(vtkMRMLFramedVolumeNode):
    """A symmetric tensor for each voxel, mm²/s.

    :meth:`voxelArray` is (k, j, i, 6): xx, xy, xz, yy, yz, zz in the measurement frame (what this project makes has the
    identity: RAS). MRML keeps nine numbers as VTK's tensors; :meth:`GetTensorImageData` gives these.
    """

    defaultName = "DiffusionTensorVolume"
    displayClassName = "vtkMRMLDiffusionTensorVolumeDisplayNode"
    BASELINE_ROLE, MASK_ROLE, WEIGHTED_ROLE = "baseline", "mask", "diffusionWeighted"

    def __init__(self):
        super().__init__()
        self._shown: tuple = ()

    def GetDiffusionTensorVolumeDisplayNode(self) -> vtkMRMLNode | None:
        return self.GetDisplayNode()

    # Voxels

    def setVoxelArray(self, array: numpy.ndarray) -> None:
        """Use the array's memory as tensors; the geometry stays.

        :param array: (k, j, i, 6) xx, xy, xz, yy, yz, zz, or (k, j, i, 9) or (k, j, i, 3, 3), which are copied
        :raises SceneError: for another shape
        """
        if array.ndim == 5 or array.shape[-1] == 9:
            array = sixOf(array.reshape(*array.shape[:3], 3, 3)).astype(array.dtype)
        if array.ndim != 4 or array.shape[-1] != 6:
            raise SceneError("tensors have six or nine numbers for each voxel", self.GetName(), array.shape)
        super().setVoxelArray(array)

    def SetAndObserveImageData(self, image: vtkImageData | None) -> None:
        """Use these tensors: an image with scalars of six components, or as in MRML with tensors of nine."""
        data = None if image is None else image.GetPointData()
        if data is not None and data.GetScalars() is None and data.GetTensors() is not None:
            nine = vtk_to_numpy(data.GetTensors()).reshape(*image.GetDimensions()[::-1], 3, 3)
            image = imageDataFromArray(sixOf(nine).astype(nine.dtype), isVector=True)
        super().SetAndObserveImageData(image)

    def GetTensorImageData(self) -> vtkImageData | None:
        """A copy with nine numbers for each voxel as VTK's tensors, as MRML keeps them."""
        if self.GetImageData() is None:
            return None
        matrices = matricesOf(self.voxelArray())
        image = imageDataFromArray(matrices.reshape(*matrices.shape[:3], 9), isVector=True)
        data = image.GetPointData()
        tensors = data.GetScalars()
        tensors.SetName("tensors")
        data.SetScalars(None)
        data.SetTensors(tensors)
        return image

    def tensorsRAS(self) -> numpy.ndarray:
        """(k, j, i, 6) copy in RAS: the measurement frame applied."""
        return turned(self.voxelArray(), self._measurementFrame)

    # What is shown

    def scalarInvariantArray(self, number: int) -> numpy.ndarray:
        """(k, j, i) float32 of one number of the tensors; of COLOR_ORIENTATION (k, j, i, 3) uint8, axes of world RAS.

        :raises SceneError: without voxels, or for a number that is not known
        """
        if number not in INVARIANT_NAMES:
            raise SceneError("there is no such scalar invariant", self.GetName(), number)
        tensors = self.voxelArray()
        frame = self.measurementFrameToWorldArray()
        if number == COLOR_ORIENTATION and not numpy.array_equal(frame, numpy.eye(3)):
            tensors = turned(tensors, frame)
        return invariant(tensors, number)

    def shownScalarInvariant(self) -> int:
        """MRML's number of what views show."""
        display = self.GetDisplayNode()
        return display.GetScalarInvariant() if display is not None else FRACTIONAL_ANISOTROPY

    def shownImageData(self) -> vtkImageData | None:
        image = self.GetImageData()
        if image is None or image.GetPointData().GetScalars() is None:
            return image
        number = self.shownScalarInvariant()
        time = max(image.GetMTime(), image.GetPointData().GetScalars().GetMTime())
        version = (image, time, number, self.measurementFrameToWorldArray().tobytes())
        if self._shown[:4] != version:
            values = self.scalarInvariantArray(number)
            self._shown = (*version, imageDataFromArray(values, values.ndim == 4))
        return self._shown[4]

    def toPyVista(self):
        """As for any volume, with ``tensors`` (nine numbers for each voxel, world RAS) as VTK's active tensors."""
        from vtkmodules.util.numpy_support import numpy_to_vtk

        mesh = super().toPyVista()
        matrices = matricesOf(turned(self.voxelArray(), self.measurementFrameToWorldArray()))
        tensors = numpy_to_vtk(matrices.reshape(-1, 9), deep=True)
        tensors.SetName("tensors")
        mesh.GetPointData().SetTensors(tensors)
        return mesh

    # What they were made of

    def SetBaselineNodeID(self, nodeID: str | None) -> None:
        self.SetNodeReferenceID(self.BASELINE_ROLE, nodeID)

    def GetBaselineNodeID(self) -> str | None:
        return self.GetNodeReferenceID(self.BASELINE_ROLE)

    def GetBaselineNode(self) -> vtkMRMLNode | None:
        return self.GetNodeReference(self.BASELINE_ROLE)

    def SetMaskNodeID(self, nodeID: str | None) -> None:
        self.SetNodeReferenceID(self.MASK_ROLE, nodeID)

    def GetMaskNodeID(self) -> str | None:
        return self.GetNodeReferenceID(self.MASK_ROLE)

    def GetMaskNode(self) -> vtkMRMLNode | None:
        return self.GetNodeReference(self.MASK_ROLE)

    def SetDiffusionWeightedNodeID(self, nodeID: str | None) -> None:
        self.SetNodeReferenceID(self.WEIGHTED_ROLE, nodeID)

    def GetDiffusionWeightedNodeID(self) -> str | None:
        return self.GetNodeReferenceID(self.WEIGHTED_ROLE)

    def GetDiffusionWeightedNode(self) -> vtkMRMLNode | None:
        return self.GetNodeReference(self.WEIGHTED_ROLE)
