"""The volumes of one slice view: a background and a foreground cut by the same plane. VTK only."""

from __future__ import annotations

from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkImageSlice, vtkRenderer
from vtkmodules.vtkRenderingImage import vtkImageResliceMapper

from DICOMLib.Scene.Matrices import matrixFromArray

from .SliceGeometry import SliceGeometry
from .VolumeAppearance import SampleableImage, applyDisplay, ijkToWorld, isLabelMap, isVolume
from .WarpedSlice import WarpedSlice, WarpedVoxels

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
        self._sampleable = SampleableImage()
        self._mapper = vtkImageResliceMapper()
        self._mapper.SetSlicePlane(plane)
        self._mapper.BorderOn()
        self.actor = vtkImageSlice()
        self.actor.SetMapper(self._mapper)
        self.actor.PickableOff()
        self.actor.VisibilityOff()
        renderer.AddViewProp(self.actor)
        self._warped = WarpedSlice(renderer)

    @property
    def actors(self) -> tuple[vtkImageSlice, vtkImageSlice]:
        """What is in the renderer; one of them at a time is visible."""
        return self.actor, self._warped.actor

    @property
    def drawnActor(self) -> vtkImageSlice:
        """The one of them that draws the present volume."""
        return self._warped.actor if self._warped.actor.GetVisibility() else self.actor

    def place(self, geometry: SliceGeometry, lift: float = 0.0) -> None:
        """Where the view is, for volumes under a transform that is not linear; the plane is enough for others."""
        self._warped.place(geometry, lift)

    def setNode(self, node) -> None:
        """Show a volume node, or nothing for None."""
        self.node = node
        self.refresh()

    def refresh(self) -> None:
        """Take over image, position and appearance of the node."""
        display = self.node.GetDisplayNode() if self.node is not None else None
        shown = isVolume(self.node) and (display is None or display.GetVisibility())
        opacity = self.opacity * (0.6 if shown and isLabelMap(self.node) else 1.0)
        isWarped = shown and self.node.isWarped()
        self._warped.show(WarpedVoxels.ofVolume(self.node) if isWarped else None, opacity)
        self.actor.SetVisibility(shown and not isWarped)
        if not shown or isWarped:
            self._mapper.RemoveAllInputs()
            self._sampleable.forget()
            return
        self._mapper.SetInputData(self._sampleable.of(self.node.shownImageData()))
        self.actor.SetUserMatrix(matrixFromArray(ijkToWorld(self.node)))
        applyDisplay(self.node, self.actor.GetProperty())
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
        planes = (self._backgroundPlane, self._foregroundPlane)
        for plane, layer, lift in zip(planes, self.layers, (0.0, LAYER_SEPARATION_MM), strict=True):
            plane.SetNormal(*towards)
            plane.SetOrigin(*(geometry.centre + lift * towards))
            layer.place(geometry, lift)
        camera = self._renderer.GetActiveCamera()
        camera.SetFocalPoint(*geometry.centre)
        camera.SetPosition(*(geometry.centre + CAMERA_DISTANCE_MM * towards))
        camera.SetViewUp(*geometry.up)
        camera.SetParallelScale(geometry.height * geometry.mmPerPixel / 2)
        camera.SetClippingRange(CAMERA_DISTANCE_MM - 10, CAMERA_DISTANCE_MM + 10)
