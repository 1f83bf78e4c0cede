"""Diffusion volumes: several measurements for each voxel, with the weighting of each.

Gradients are unit vectors (zero for b = 0) in the measurement frame, which a matrix turns into RAS; what this project
loads has RAS gradients and the identity.
"""

from __future__ import annotations

import numpy
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDataArray, vtkDoubleArray
from vtkmodules.vtkCommonDataModel import vtkImageData

from ..Errors import SceneError
from .DisplayNodes import vtkMRMLScalarVolumeDisplayNode
from .FramedVolumeNodes import vtkMRMLFramedVolumeNode
from .Images import imageDataFromArray
from .Node import vtkMRMLNode


class vtkMRMLDiffusionWeightedVolumeDisplayNode(vtkMRMLScalarVolumeDisplayNode):
    """How one measurement of a diffusion volume is shown: which one, and all that a scalar volume has."""

    defaultName = "DiffusionWeightedVolumeDisplay"
    copiedFields = (*vtkMRMLScalarVolumeDisplayNode.copiedFields, "_diffusionComponent")

    def __init__(self):
        super().__init__()
        self._diffusionComponent = 0

    def GetDiffusionComponent(self) -> int:
        """Number of the measurement that is shown, from 0."""
        return self._diffusionComponent

    def SetDiffusionComponent(self, component: int) -> None:
        """Show another measurement; window and level stay, so that measurements can be compared."""
        self.setAndNotify("_diffusionComponent", max(0, int(component)))

    def SetAutoWindowLevel(self, automatic: bool) -> None:
        """Follow the voxels; asked for again, window and level are those of the measurement that is shown now."""
        wasAutomatic = self.GetAutoWindowLevel()
        super().SetAutoWindowLevel(automatic)
        volume = self.GetDisplayableNode()
        if automatic and wasAutomatic and volume is not None and volume.GetImageData() is not None:
            self.onImageDataModified(volume.voxelArray())

    def onImageDataModified(self, voxels: numpy.ndarray | None) -> None:
        if voxels is not None:
            voxels = voxels[..., min(self._diffusionComponent, voxels.shape[-1] - 1)]
        super().onImageDataModified(voxels)


class vtkMRMLDiffusionWeightedVolumeNode(vtkMRMLFramedVolumeNode):
    """N measurements for each voxel, a gradient and a b-value for each measurement."""

    defaultName = "DiffusionWeightedVolume"
    displayClassName = "vtkMRMLDiffusionWeightedVolumeDisplayNode"

    def __init__(self):
        super().__init__()
        self._gradients = numpy.zeros((0, 3))
        self._bValues = numpy.zeros(0)
        self._shown: tuple = ()

    def GetDiffusionWeightedVolumeDisplayNode(self) -> vtkMRMLNode | None:
        return self.GetDisplayNode()

    # Weighting

    def GetNumberOfGradients(self) -> int:
        return len(self._bValues)

    def SetNumberOfGradients(self, count: int) -> None:
        """As many gradients and b-values; what is new is zero."""
        if count < 0:
            raise SceneError("the number of gradients cannot be negative", self.GetName(), count)
        gradients, bValues = numpy.zeros((count, 3)), numpy.zeros(count)
        kept = min(count, len(self._bValues))
        gradients[:kept], bValues[:kept] = self._gradients[:kept], self._bValues[:kept]
        self._gradients, self._bValues = gradients, bValues
        self.Modified()

    def GetDiffusionGradient(self, number: int, gradient: list | None = None) -> tuple[float, float, float]:
        """In the measurement frame; also written into ``gradient`` when given.

        :raises SceneError: when there is no such measurement
        """
        found = tuple(self._gradients[self._checked(number)].tolist())
        if gradient is not None:
            gradient[:] = found
        return found

    def SetDiffusionGradient(self, number: int, gradient) -> None:
        """A unit vector in the measurement frame, or zeros.

        :raises SceneError: when there is no such measurement, or for anything but three finite numbers
        """
        vector = numpy.array(gradient, float)
        if vector.shape != (3,) or not numpy.isfinite(vector).all():
            raise SceneError("a gradient is a vector of three finite numbers", self.GetName(), number)
        self._gradients[self._checked(number)] = vector
        self.Modified()

    def GetDiffusionGradients(self) -> vtkDoubleArray:
        """A copy of all gradients, a tuple of three each."""
        return numpy_to_vtk(self._gradients, deep=True)

    def SetDiffusionGradients(self, gradients: vtkDataArray | numpy.ndarray) -> None:
        """All gradients, shape (N, 3); the number of gradients follows. :raises SceneError: for another shape"""
        array = vtk_to_numpy(gradients) if isinstance(gradients, vtkDataArray) else gradients
        array = numpy.array(array, float)
        if array.ndim != 2 or array.shape[1] != 3 or not numpy.isfinite(array).all():
            raise SceneError("gradients are finite vectors of three numbers", self.GetName(), array.shape)
        wasModifying = self.StartModify()
        self.SetNumberOfGradients(len(array))
        self._gradients = array
        self.EndModify(wasModifying)

    def GetBValue(self, number: int) -> float:
        """s/mm². :raises SceneError: when there is no such measurement"""
        return float(self._bValues[self._checked(number)])

    def SetBValue(self, number: int, bValue: float) -> None:
        """s/mm². :raises SceneError: when there is no such measurement, or for no finite number"""
        if not numpy.isfinite(bValue):
            raise SceneError("a b-value is a finite number", self.GetName(), bValue)
        self._bValues[self._checked(number)] = bValue
        self.Modified()

    def GetBValues(self) -> vtkDoubleArray:
        """A copy of all b-values, s/mm²."""
        return numpy_to_vtk(self._bValues, deep=True)

    def SetBValues(self, bValues: vtkDataArray | numpy.ndarray) -> None:
        """All b-values, s/mm²; the number of gradients follows. :raises SceneError: unless they are finite numbers"""
        array = vtk_to_numpy(bValues) if isinstance(bValues, vtkDataArray) else bValues
        array = numpy.array(array, float).reshape(-1)
        if not numpy.isfinite(array).all():
            raise SceneError("b-values are finite numbers", self.GetName())
        wasModifying = self.StartModify()
        self.SetNumberOfGradients(len(array))
        self._bValues = array
        self.EndModify(wasModifying)

    def _checked(self, number: int) -> int:
        if not 0 <= number < len(self._bValues):
            raise SceneError(f"there are {len(self._bValues)} gradients", self.GetName(), number)
        return number

    def gradientsArray(self) -> numpy.ndarray:
        """(N, 3) copy of the gradients in the measurement frame."""
        return self._gradients.copy()

    def bValuesArray(self) -> numpy.ndarray:
        """(N,) copy of the b-values, s/mm²."""
        return self._bValues.copy()

    def gradientsRAS(self) -> numpy.ndarray:
        """(N, 3) gradients in RAS: the measurement frame applied."""
        return self._gradients @ self._measurementFrame.T

    def gradientsWorld(self) -> numpy.ndarray:
        """(N, 3) gradients in world RAS: turned by the rotation of the transforms above the volume, too."""
        return self._gradients @ self.measurementFrameToWorldArray().T

    # Voxels

    def voxelArray(self) -> numpy.ndarray:
        """The voxels' own memory, indexed (k, j, i, measurement), also where there is one measurement."""
        array = super().voxelArray()
        return array[..., None] if array.ndim == 3 else array

    def shownComponent(self) -> int:
        """Number of the measurement that views show; 0 without voxels."""
        display, image = self.GetDisplayNode(), self.GetImageData()
        wanted = display.GetDiffusionComponent() if display is not None else 0
        return min(wanted, image.GetNumberOfScalarComponents() - 1) if image is not None else 0

    def shownImageData(self) -> vtkImageData | None:
        """The measurement that views show, as an image of one component."""
        image = self.GetImageData()
        if image is None or image.GetPointData().GetScalars() is None:
            return image
        component = self.shownComponent()
        version = (image, max(image.GetMTime(), image.GetPointData().GetScalars().GetMTime()), component)
        if self._shown[:3] != version:
            array = numpy.ascontiguousarray(self.voxelArray()[..., component])
            self._shown = (*version, imageDataFromArray(array))
        return self._shown[3]

    def toPyVista(self):
        """As for any volume, with all measurements as components of ``ImageScalars``; ``field_data`` has ``gradients``
        (N, 3) in world RAS and ``bValues`` (N,)."""
        mesh = super().toPyVista()
        mesh.field_data["gradients"], mesh.field_data["bValues"] = self.gradientsWorld(), self.bValuesArray()
        return mesh

    def CopyContent(self, node: vtkMRMLNode, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        self.SetDiffusionGradients(node.gradientsArray())
        self.SetBValues(node.bValuesArray())
