"""A volume as three slices through its middle, along the patient's axes. VTK only."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkRenderer

from .SliceGeometry import SliceGeometry
from .SliceImages import SliceLayer
from .VolumeAppearance import cornersOf, dimensionsOf, ijkToWorld

PATIENT_AXES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


class OrthogonalSlices:
    """Sagittal, coronal and axial slice of a volume node in a 3D renderer.

    A volume of one slice (a picture, a single image) shows that slice alone, however it lies.
    """

    def __init__(self, renderer: vtkRenderer, node):
        self.node = node
        self._renderer = renderer
        self._planes = [vtkPlane() for _axis in PATIENT_AXES]
        self._layers = [SliceLayer(renderer, plane) for plane in self._planes]
        self.refresh()

    @property
    def actors(self) -> list:
        """What draws, one for each of the three slices."""
        return [layer.drawnActor for layer in self._layers]

    @property
    def isReady(self) -> bool:
        """Slices are there at once."""
        return True

    def refresh(self) -> None:
        """Take over image, place and appearance of the node."""
        matrix, dimensions = ijkToWorld(self.node), np.array(dimensionsOf(self.node))
        centre, corners = self.node.worldFromIJK((dimensions - 1) / 2), cornersOf(self.node)
        isFlat = bool(np.any(dimensions == 1))
        normals = [_flatNormal(matrix, dimensions)] * 3 if isFlat else PATIENT_AXES
        for plane, normal in zip(self._planes, normals, strict=True):
            plane.SetOrigin(*centre)
            plane.SetNormal(*normal)
        for number, (layer, normal) in enumerate(zip(self._layers, normals, strict=True)):
            if self.node.isWarped():
                layer.place(_sliceThrough(centre, np.asarray(normal), corners, int(dimensions.max())))
            layer.setNode(self.node if number == 0 or not isFlat else None)

    def remove(self) -> None:
        """Take the slices out of the renderer."""
        for layer in self._layers:
            layer.setNode(None)
            for actor in layer.actors:
                self._renderer.RemoveViewProp(actor)
                if self._renderer.GetRenderWindow() is not None:
                    actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())


def _flatNormal(matrix: np.ndarray, dimensions: np.ndarray) -> np.ndarray:
    """Unit vector across the plane of an image of one slice."""
    inPlane = [axis for axis in range(3) if axis != int(np.argmin(dimensions))]
    normal = np.cross(matrix[:3, inPlane[0]], matrix[:3, inPlane[1]])
    return normal / np.linalg.norm(normal)


def _sliceThrough(centre: np.ndarray, normal: np.ndarray, corners: np.ndarray, pixels: int) -> SliceGeometry:
    """A slice as large as the volume, of so many pixels a side."""
    right = np.cross(normal, np.roll(np.eye(3)[int(np.abs(normal).argmax())], 1))
    right /= np.linalg.norm(right)
    geometry = SliceGeometry(np.column_stack([right, np.cross(normal, right), normal]), centre, 1.0, pixels, pixels)
    geometry.fit(corners)
    return geometry
