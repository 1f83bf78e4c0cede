"""One volume drawn by ray casting. VTK only; the sampling is coarse while the view moves and fine when it rests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPlane
from vtkmodules.vtkRenderingCore import (
    vtkRenderer,
    vtkRenderWindow,
    vtkVolume,
    vtkVolumeProperty,
)
from vtkmodules.vtkRenderingVolume import vtkGPUVolumeRayCastMapper
from vtkmodules.vtkRenderingVolumeOpenGL2 import vtkOpenGLGPUVolumeRayCastMapper

from DICOMLib.Scene.DisplayNodes import windowLevelOf
from DICOMLib.Scene.Images import arrayFromImageData, imageDataFromArray
from DICOMLib.Scene.Matrices import matrixFromArray
from DICOMLib.Scene.VolumeRenderingNodes import renderingOf, vtkMRMLVolumePropertyNode
from DICOMLib.SceneFiles.RegionNodes import planesOf, vtkMRMLRegionNode

from .RegularCopy import RegularCopy
from .VolumeAppearance import ijkToWorld, placeState
from .VolumeLooks import fill, fittingPreset, followVoxels, propertyOf

# What is drawn fluently: software OpenGL shares the processor with everything else; hardware is limited by memory.
MAXIMUM_VOXELS_SOFTWARE = 5_000_000
MAXIMUM_VOXELS_HARDWARE = 256_000_000
SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "swrast", "swiftshader", "software")


def rendersInSoftware(window: vtkRenderWindow) -> bool | None:
    """Whether a window's OpenGL runs on the processor; None before the window was first drawn."""
    if not window.GetReadyForRendering():
        return None
    capabilities = window.ReportCapabilities().lower()
    return any(name in capabilities for name in SOFTWARE_RENDERERS)


class VolumeRendering:
    """A volume node in a renderer.

    ``vtkGPUVolumeRayCastMapper`` honours the actor's user matrix, shear of a tilted gantry included; the software
    mapper of VTK does not, so it is not used. Mesa's llvmpipe runs the former on machines without a graphics card.
    A volume under a transform that is not linear is drawn from a copy on a rectangular grid, once that is made.

    :param modality: DICOM modality, chooses the first preset
    :param whenReady: called on another thread when such a copy is made and :meth:`refresh` is to take it over; without
        it the copy is waited for
    """

    def __init__(
        self, renderer: vtkRenderer, node, modality: str = "", software: bool = False,
        whenReady: Callable[[], None] | None = None,
    ):  # fmt: skip
        self.node = node
        self.modality = modality
        self._renderer = renderer
        self._state: tuple = ()
        self._stride = np.ones(3, dtype=int)
        self._range = (0.0, 1.0)
        self._isSoftware = software
        self._whenReady = whenReady
        self._copy: RegularCopy | None = None
        self._drawn: tuple = (None, 0)
        self.mapper: vtkGPUVolumeRayCastMapper = vtkOpenGLGPUVolumeRayCastMapper()
        self.mapper.SetAutoAdjustSampleDistances(False)
        self.mapper.SetUseJittering(True)
        self.actor = vtkVolume()
        self.actor.SetMapper(self.mapper)
        self.actor.PickableOff()
        renderer.AddVolume(self.actor)
        self.refresh()

    @property
    def isReady(self) -> bool:
        """Whether there is something to see, and not only a copy being made."""
        return self._copy is None or (self._copy.image is not None and self._drawn[0] is self._copy.image)

    def _look(self) -> vtkMRMLVolumePropertyNode:
        """What the display node says, or the look that fits the modality in the range of the voxels."""
        found = propertyOf(self.node)
        if found is None:
            found = vtkMRMLVolumePropertyNode()
            fill(found, fittingPreset(self.node, self.modality), *self._range)
        elif self._copy is None:
            followVoxels(found, fittingPreset(self.node, self.modality), *self._range)
        return found

    def _lookState(self) -> tuple:
        found = propertyOf(self.node)
        return (fittingPreset(self.node, self.modality).name,) if found is None else (found, found.GetMTime())

    def refresh(self) -> bool:
        """Take over image, position and look of the node.

        :returns: whether the picture changes; window and level, for example, do not change it
        """
        image = self.node.shownImageData()
        region = _regionOf(self.node)
        state = (*_version(image), placeState(self.node), *self._lookState(), region)
        if state == self._state and (self._copy is None or self.isReady or self._copy.image is None):
            return False
        self._followWarp(isStale=state[:3] != self._state[:3])
        source = image if self._copy is None else self._copy.image
        if source is not None and _version(source) != self._drawn:
            self._useImage(source)
            self._drawn = _version(source)
        self._state = state
        self.actor.SetVisibility(self.isReady)
        if not self.isReady:
            return True
        self.actor.SetUserMatrix(matrixFromArray(self._matrix()))
        self._useLook(self._look())
        self._cropTo(region)
        return True

    def _cropTo(self, region: tuple) -> None:
        self.mapper.RemoveAllClippingPlanes()
        for point, normal in region:
            plane = vtkPlane()
            plane.SetOrigin(*point)
            plane.SetNormal(*normal)
            self.mapper.AddClippingPlane(plane)

    def _followWarp(self, isStale: bool) -> None:
        """Have a copy of the volume made where it is warped and there is none that shows its present state."""
        if self._copy is not None and (isStale or not self.node.isWarped()):
            self._copy.cancel()
            self._copy = None
        if self._copy is None and self.node.isWarped():
            self._copy = RegularCopy(self.node, self._mostVoxels(), self._whenReady)

    def wait(self) -> None:
        """Until a copy that is being made is there; :meth:`refresh` takes it over."""
        if self._copy is not None:
            self._copy.wait()

    def _mostVoxels(self) -> int:
        return MAXIMUM_VOXELS_SOFTWARE if self._isSoftware else MAXIMUM_VOXELS_HARDWARE

    def _place(self) -> np.ndarray:
        """4x4 from indices of the image that is drawn to RAS mm."""
        return ijkToWorld(self.node) if self._copy is None else self._copy.ijkToRAS

    def setSampling(self, coarseness: float) -> None:
        """1 = one sample a voxel and one ray a pixel; larger numbers are faster and coarser."""
        self.mapper.SetImageSampleDistance(min(max(coarseness, 1.0), 10.0))
        # Rays follow world millimetres: the voxel's smallest edge as it lies in the world.
        edge = float(np.linalg.norm(self._matrix()[:3, :3], axis=0).min())
        self.mapper.SetSampleDistance(edge * min(max(coarseness, 1.0), 2.5))

    def stop(self) -> None:
        """Nothing is told any more, and what is computed in the background ends."""
        if self._copy is not None:
            self._copy.cancel()

    def remove(self) -> None:
        """Take the volume out of the renderer and free its textures."""
        self.stop()
        self._renderer.RemoveVolume(self.actor)
        if self._renderer.GetRenderWindow() is not None:
            self.actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())

    def _matrix(self) -> np.ndarray:
        """Indices of the (thinned) image → RAS mm."""
        thinned = np.diag([*self._stride.astype(float), 1.0])
        thinned[:3, 3] = self._stride // 2
        return self._place() @ thinned

    def _useImage(self, image: vtkImageData) -> None:
        voxels = arrayFromImageData(image)
        spacing = np.linalg.norm(self._place()[:3, :3], axis=0)
        self._stride = strideFor(image.GetDimensions(), spacing, self._mostVoxels())
        if needsCopy(voxels, self._stride):
            image = imageDataFromArray(thinnedVoxels(voxels, self._stride))
        self.mapper.SetInputData(image)
        window, level = windowLevelOf(voxels)
        self._range = (level - window / 2, level + window / 2)

    def _useLook(self, look: vtkMRMLVolumePropertyNode) -> None:
        appearance = vtkVolumeProperty()
        appearance.SetColor(look.GetColor())
        appearance.SetScalarOpacity(look.GetScalarOpacity())
        if any(point[1] != 1 for point in look.gradientPoints()):  # else VTK would compute gradients for nothing
            appearance.SetGradientOpacity(look.GetGradientOpacity())
        appearance.SetInterpolationType(look.GetInterpolationType())
        appearance.SetShade(look.GetShade())
        ambient, diffuse, specular, power = look.lighting()
        appearance.SetAmbient(ambient)
        appearance.SetDiffuse(diffuse)
        appearance.SetSpecular(specular)
        appearance.SetSpecularPower(power)
        appearance.SetScalarOpacityUnitDistance(float(np.linalg.norm(self._matrix()[:3, :3], axis=0).mean()))
        self.actor.SetProperty(appearance)
        if look.isProjection():
            self.mapper.SetBlendModeToMaximumIntensity()
        else:
            self.mapper.SetBlendModeToComposite()


def _regionOf(node) -> tuple:
    """Points and normals, pointing inwards, of the planes that a volume is cut by, RAS mm; () where it is not cut."""
    display = renderingOf(node)
    region = display.GetROINode() if display is not None and display.GetCroppingEnabled() else None
    box = region.boxInWorld() if isinstance(region, vtkMRMLRegionNode) else None
    if box is None:
        return ()
    points, normals = planesOf(box)
    return tuple(zip(map(tuple, points.tolist()), map(tuple, (-normals).tolist()), strict=True))


def _version(image: vtkImageData) -> tuple:
    """Something that differs when voxels have changed."""
    return image, max(image.GetMTime(), image.GetPointData().GetScalars().GetMTime())


def strideFor(dimensions: tuple[int, int, int], spacing: np.ndarray, limit: int) -> np.ndarray:
    """Every how many-th voxel to draw along i, j, k so that at most ``limit`` remain; the finest axis goes first."""
    stride = np.ones(3, dtype=int)
    sizes = np.array(dimensions)
    while np.prod(np.ceil(sizes / stride)) > limit:
        stride[int(np.argmin(spacing * stride))] += 1
    return stride


def needsCopy(voxels: np.ndarray, stride: np.ndarray) -> bool:
    """Whether voxels cannot be drawn from where they are."""
    return bool(np.any(stride > 1)) or voxels.dtype.itemsize > 4 or voxels.dtype.kind == "f"


def thinnedVoxels(voxels: np.ndarray, stride: np.ndarray) -> np.ndarray:
    """Every n-th voxel, the middle one of each group, in a type that graphics cards take; NaN becomes 0.

    :param voxels: shape (k, j, i)
    :param stride: along i, j, k
    """
    i, j, k = (int(step) for step in stride)
    thinned = voxels[k // 2 :: k, j // 2 :: j, i // 2 :: i]
    if thinned.dtype.itemsize > 4 or thinned.dtype.kind == "f":
        return np.nan_to_num(thinned.astype(np.float32))
    return np.ascontiguousarray(thinned)
