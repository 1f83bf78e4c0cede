"""The volumes of one slice view: a background and a foreground cut by the same plane. VTK only."""

from __future__ import annotations

from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkImageSlice, vtkRenderer
from vtkmodules.vtkRenderingImage import vtkImageResliceMapper

from DICOMLib.Scene.Matrices import matrixFromArray

from .SliceGeometry import SliceGeometry
from .VolumeAppearance import applyDisplay, ijkToWorld, isLabelMap, isVolume

# Foreground and background lie in one plane; without an offset rounding in the depth buffer would order them.
LAYER_SEPARATION_MM = 0.01
CAMERA_DISTANCE_MM = 1000.0


class SliceLayer:
    """One volume resliced by a plane, drawn in a renderer.

    :param plane: in RAS mm; shared by the layers of a view
    """

    def __init__(self, renderer: vtkRenderer, plane: vtkPlane):
        self.node = None
        self.opacity = 1.0
        self._mapper = vtkImageResliceMapper()
        self._mapper.SetSlicePlane(plane)
        self._mapper.BorderOn()
        self.actor = vtkImageSlice()
        self.actor.SetMapper(self._mapper)
        self.actor.PickableOff()
        self.actor.VisibilityOff()
        renderer.AddViewProp(self.actor)

    def setNode(self, node) -> None:
        """Show a volume node, or nothing for None."""
        self.node = node
        self.refresh()

    def refresh(self) -> None:
        """Take over image, position and appearance of the node."""
        display = self.node.GetDisplayNode() if self.node is not None else None
        shown = isVolume(self.node) and (display is None or display.GetVisibility())
        self.actor.SetVisibility(shown)
        if not shown:
            self._mapper.RemoveAllInputs()
            return
        self._mapper.SetInputData(self.node.GetImageData())
        self.actor.SetUserMatrix(matrixFromArray(ijkToWorld(self.node)))
        applyDisplay(self.node, self.actor.GetProperty())
        opacity = self.opacity * (0.6 if isLabelMap(self.node) else 1.0)
        self.actor.GetProperty().SetOpacity(opacity)
        self.actor.SetVisibility(opacity > 0)


class SliceImages:
    """Background and foreground of a slice view, and the camera that looks straight at the slice."""

    def __init__(self, renderer: vtkRenderer):
        self._renderer = renderer
        self._backgroundPlane, self._foregroundPlane = vtkPlane(), vtkPlane()
        self.background = SliceLayer(renderer, self._backgroundPlane)
        self.foreground = SliceLayer(renderer, self._foregroundPlane)
        self.foreground.opacity = 0.5
        renderer.GetActiveCamera().ParallelProjectionOn()

    @property
    def layers(self) -> tuple[SliceLayer, SliceLayer]:
        return self.background, self.foreground

    def place(self, geometry: SliceGeometry) -> None:
        """Put camera and cutting planes where the geometry says."""
        towards = geometry.towardsViewer
        for plane, lift in ((self._backgroundPlane, 0.0), (self._foregroundPlane, LAYER_SEPARATION_MM)):
            plane.SetNormal(*towards)
            plane.SetOrigin(*(geometry.centre + lift * towards))
        camera = self._renderer.GetActiveCamera()
        camera.SetFocalPoint(*geometry.centre)
        camera.SetPosition(*(geometry.centre + CAMERA_DISTANCE_MM * towards))
        camera.SetViewUp(*geometry.up)
        camera.SetParallelScale(geometry.height * geometry.mmPerPixel / 2)
        camera.SetClippingRange(CAMERA_DISTANCE_MM - 10, CAMERA_DISTANCE_MM + 10)
