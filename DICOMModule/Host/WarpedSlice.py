"""A slice through a volume under a transform that is not linear, computed for the pixels of a view. VTK only."""

from __future__ import annotations

from vtkmodules.util.vtkConstants import VTK_DOUBLE
from vtkmodules.vtkCommonCore import vtkLookupTable, vtkScalarsToColors
from vtkmodules.vtkImagingCore import vtkImageMapToColors, vtkImageReslice
from vtkmodules.vtkImagingStencil import vtkImageStencil
from vtkmodules.vtkRenderingCore import vtkImageSlice, vtkImageSliceMapper, vtkRenderer

from DICOMLib.Scene.Matrices import matrixFromArray
from DICOMLib.Scene.Resampling import indexTransform

from .SliceGeometry import SliceGeometry
from .VolumeAppearance import SampleableImage, colorTable, isColor, isLabelMap, placeState, windowLevel

GREY_LEVELS = 256
SAME_TYPE = -1  # of vtkImageReslice: that of its input


class WarpedSlice:
    """Each pixel of the view is looked up in the volume through the inverse of its transforms.

    VTK's slice mapper, which draws other volumes, knows matrices only. Values are kept apart from their colours:
    looking them up takes long, and a mouse that drags the window asks for new colours only.
    """

    def __init__(self, renderer: vtkRenderer):
        self._node = None
        self._geometry: SliceGeometry | None = None
        self._lift = 0.0
        self._state: tuple = ()
        self._sampleable = SampleableImage()
        self._reslice = vtkImageReslice()
        self._reslice.SetOutputDimensionality(3)
        self._reslice.GenerateStencilOutputOn()
        self._colors = vtkImageMapToColors()
        self._colors.SetOutputFormatToRGBA()
        self._colors.SetInputConnection(self._reslice.GetOutputPort())
        self._cut = vtkImageStencil()
        self._cut.SetInputConnection(self._colors.GetOutputPort())
        self._cut.SetStencilConnection(self._reslice.GetStencilOutputPort())
        self._cut.SetBackgroundColor(0, 0, 0, 0)  # see-through beyond the volume
        self._mapper = vtkImageSliceMapper()
        self.actor = vtkImageSlice()
        self.actor.SetMapper(self._mapper)
        self.actor.GetProperty().SetInterpolationTypeToNearest()
        self.actor.GetProperty().SetColorWindow(255)
        self.actor.GetProperty().SetColorLevel(127.5)
        self.actor.PickableOff()
        self.actor.VisibilityOff()
        renderer.AddViewProp(self.actor)

    def show(self, node, opacity: float) -> None:
        """Take over image, transforms and appearance of a volume node; None for nothing."""
        self._node = node
        if node is None:
            self._letGo()
        else:
            self._reslice.SetInputData(self._sampleable.of(node.shownImageData()))
            self._colors.SetLookupTable(_table(node))
            self._mapper.SetInputConnection((self._reslice if isColor(node) else self._cut).GetOutputPort())
            self._interpolate(node)
            self.actor.GetProperty().SetOpacity(opacity)
        self.actor.SetVisibility(node is not None and opacity > 0 and self._geometry is not None)
        self._update()

    def _interpolate(self, node) -> None:
        display = node.GetDisplayNode()
        if isLabelMap(node) or (display is not None and not display.GetInterpolate()):
            self._reslice.SetInterpolationModeToNearestNeighbor()
        else:
            self._reslice.SetInterpolationModeToLinear()
        # Between two values of a narrow range of integers there is more to see than one of them.
        self._reslice.SetOutputScalarType(SAME_TYPE if isColor(node) or isLabelMap(node) else VTK_DOUBLE)

    def _letGo(self) -> None:
        """Keep no voxels of a volume that is not shown; others that ask the actor for its bounds get none."""
        self._mapper.RemoveAllInputs()
        self._reslice.RemoveAllInputs()
        self._reslice.SetResliceTransform(None)
        self._sampleable.forget()
        self._state = ()

    def place(self, geometry: SliceGeometry, lift: float = 0.0) -> None:
        """Cut where a view does, as far as the view reaches. :param lift: mm towards the viewer that it is drawn"""
        self._geometry = geometry
        self._lift = lift
        self._update()

    def _update(self) -> None:
        node, geometry = self._node, self._geometry
        if node is None or geometry is None:
            return
        pixelToRAS = geometry.pixelToRAS()
        state = (node, placeState(node), pixelToRAS.tobytes(), geometry.width, geometry.height, self._lift)
        if state == self._state:
            return  # a transform made anew would have every pixel computed again, for each move of the crosshair
        self._state = state
        fromWorld = node.GetParentTransformNode().GetTransformFromWorld()
        self._reslice.SetResliceTransform(indexTransform(pixelToRAS, fromWorld, node.ijkToRASArray()))
        self._reslice.SetOutputSpacing(1, 1, 1)
        self._reslice.SetOutputOrigin(0, 0, 0)
        self._reslice.SetOutputExtent(0, geometry.width - 1, 0, geometry.height - 1, 0, 0)
        pixelToRAS[:3, 3] += self._lift * geometry.towardsViewer
        self.actor.SetUserMatrix(matrixFromArray(pixelToRAS))


def _table(node) -> vtkScalarsToColors | None:
    """Colours of a volume's values, window and level included; None where voxels are colours."""
    if isColor(node):
        return None
    display = node.GetDisplayNode()
    table = vtkLookupTable()
    table.DeepCopy(colorTable(display) or _greyTable())
    if not isLabelMap(node):
        window, level = windowLevel(node)
        table.SetTableRange(level - window / 2, level + window / 2)
    return table


def _greyTable() -> vtkLookupTable:
    table = vtkLookupTable()
    table.SetNumberOfTableValues(GREY_LEVELS)
    for index in range(GREY_LEVELS):
        part = index / (GREY_LEVELS - 1)
        table.SetTableValue(index, part, part, part, 1.0)
    return table
