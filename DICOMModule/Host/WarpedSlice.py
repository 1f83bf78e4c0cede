"""A slice through voxels under a transform that is not linear, computed for the pixels of a view. VTK only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from vtkmodules.util.vtkConstants import VTK_DOUBLE
from vtkmodules.vtkCommonCore import vtkLookupTable, vtkScalarsToColors
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkImagingCore import vtkImageMapToColors, vtkImageReslice
from vtkmodules.vtkImagingStencil import vtkImageStencil
from vtkmodules.vtkRenderingCore import vtkImageSlice, vtkImageSliceMapper, vtkRenderer

from DICOMLib.Scene.Matrices import matrixFromArray
from DICOMLib.Scene.Resampling import indexTransform

from .SliceGeometry import SliceGeometry
from .VolumeAppearance import SampleableImage, colorTable, isColor, isLabelMap, placeState, windowLevel

GREY_LEVELS = 256
SAME_TYPE = -1  # of vtkImageReslice: that of its input


@dataclass(frozen=True)
class WarpedVoxels:
    """What is cut.

    :ivar node: whose transforms the voxels are under
    :ivar ijkToRAS: 4×4, of the voxels in the node's own frame
    :ivar place: differs when the voxels have got another place
    :ivar table: colours of values; None where voxels are colours
    :ivar isNearest: whether the nearest voxel is shown; else what is between eight
    :ivar keepsType: whether values between voxels are of the voxels' type
    """

    node: object
    image: vtkImageData
    ijkToRAS: np.ndarray
    place: tuple
    table: vtkScalarsToColors | None
    isNearest: bool
    keepsType: bool

    @staticmethod
    def ofVolume(node) -> WarpedVoxels:
        """A volume node as its display node says."""
        display, isLabels = node.GetDisplayNode(), isLabelMap(node)
        return WarpedVoxels(
            node, node.shownImageData(), node.ijkToRASArray(), placeState(node), _table(node),
            isNearest=isLabels or (display is not None and not display.GetInterpolate()),
            keepsType=isColor(node) or isLabels,
        )  # fmt: skip


class WarpedSlice:
    """Each pixel of the view is looked up in the voxels through the inverse of their transforms.

    VTK's slice mapper, which draws other volumes, knows matrices only. Values are kept apart from their colours:
    looking them up takes long, and a mouse that drags the window asks for new colours only.
    """

    def __init__(self, renderer: vtkRenderer):
        self._voxels: WarpedVoxels | None = None
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

    def show(self, voxels: WarpedVoxels | None, opacity: float) -> None:
        """Draw voxels; None for nothing."""
        self._voxels = voxels
        if voxels is None:
            self._letGo()
        else:
            self._reslice.SetInputData(self._sampleable.of(voxels.image))
            self._colors.SetLookupTable(voxels.table)
            self._mapper.SetInputConnection((self._reslice if voxels.table is None else self._cut).GetOutputPort())
            self._interpolate(voxels)
            self.actor.GetProperty().SetOpacity(opacity)
        self.actor.SetVisibility(voxels is not None and opacity > 0 and self._geometry is not None)
        self._update()

    def _interpolate(self, voxels: WarpedVoxels) -> None:
        if voxels.isNearest:
            self._reslice.SetInterpolationModeToNearestNeighbor()
        else:
            self._reslice.SetInterpolationModeToLinear()
        # Between two values of a narrow range of integers there is more to see than one of them.
        self._reslice.SetOutputScalarType(SAME_TYPE if voxels.keepsType else VTK_DOUBLE)

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
        voxels, geometry = self._voxels, self._geometry
        if voxels is None or geometry is None:
            return
        pixelToRAS = geometry.pixelToRAS()
        state = (voxels.node, voxels.place, pixelToRAS.tobytes(), geometry.width, geometry.height, self._lift)
        if state == self._state:
            return  # a transform made anew would have every pixel computed again, for each move of the crosshair
        self._state = state
        fromWorld = voxels.node.GetParentTransformNode().GetTransformFromWorld()
        self._reslice.SetResliceTransform(indexTransform(pixelToRAS, fromWorld, voxels.ijkToRAS))
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
