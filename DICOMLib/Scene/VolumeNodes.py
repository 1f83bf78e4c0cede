"""Volumes: voxels with unit geometry, and the one matrix that places them in the patient.

``GetIJKToRASMatrix`` maps voxel indices (i = column, j = row, k = slice) to the voxel's centre in RAS mm. Its columns
need be neither orthogonal (tilted gantry) nor of equal length; readers of this project make right-handed volumes only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonTransforms import vtkAbstractTransform

from ..Errors import SceneError
from ..Geometry.Patient import cornersRAS, spacingOf, transformedPoints
from ..Progress import Progress
from .DisplayableNode import vtkMRMLDisplayableNode
from .DisplayNodes import vtkMRMLDisplayNode, vtkMRMLVolumeDisplayNode
from .GridTransforms import movedPoints
from .Images import arrayFromImageData, imageDataFromArray, withUnitGeometry
from .Matrices import NO_BOUNDS, arrayFromMatrix, boundsOfPoints, filledBounds, filledMatrix, isSheared, matrixFromArray
from .Node import MODIFIED_EVENT, vtkMRMLNode
from .PyVista import meshFromVolume
from .Resampling import gridAround, resampled
from .VectorTypes import COLOR_RGB, COLOR_RGBA, NAMES, SPATIAL, SPATIAL_COVARIANT, UNDEFINED


class vtkMRMLVolumeNode(vtkMRMLDisplayableNode):
    """Base of all volumes."""

    ImageDataModifiedEvent = 18001
    defaultName = "Volume"
    displayClassName = "vtkMRMLVolumeDisplayNode"
    storageClassName = "vtkMRMLVolumeArchetypeStorageNode"
    isVector = False
    interpolatesNearest = False
    VoxelVectorTypeUndefined, VoxelVectorTypeSpatial = UNDEFINED, SPATIAL
    VoxelVectorTypeColorRGB, VoxelVectorTypeColorRGBA = COLOR_RGB, COLOR_RGBA
    VoxelVectorTypeSpatialCovariant = SPATIAL_COVARIANT
    ACQUISITION_TRANSFORM_ROLE = "acquisitionTransform"
    BACKGROUND_ATTRIBUTE = "DICOM.paddingValue"
    PLACE_ATTRIBUTE = "DICOM.placeInPatient"
    """"unknown" for images whose files do not say where they are in the patient; absent otherwise."""
    ownedRoles = (*vtkMRMLDisplayableNode.ownedRoles, ACQUISITION_TRANSFORM_ROLE)

    def __init__(self):
        super().__init__()
        self._imageData: vtkImageData | None = None
        self._imageDataTag = 0
        self._isLent = False
        self._ijkToRAS = vtkMatrix4x4()
        self._voxelVectorType = UNDEFINED

    # Voxels

    def GetImageData(self) -> vtkImageData | None:
        """Voxels with spacing 1, origin 0 and unrotated axes."""
        return self._imageData

    def shownImageData(self) -> vtkImageData | None:
        """What views draw: the voxels, or of several values for each voxel that are no colours the one to be shown."""
        return self._imageData

    def SetAndObserveImageData(self, image: vtkImageData | None) -> None:
        """Use these voxels; geometry that the image carries itself is dropped (see :meth:`SetIJKToRASMatrix`)."""
        if self._imageData is not None:
            self._imageData.RemoveObserver(self._imageDataTag)
        self._imageData = None if image is None else withUnitGeometry(image)
        self._isLent = False
        if self._imageData is not None:
            self._imageDataTag = self._imageData.AddObserver(MODIFIED_EVENT, self._onImageDataModified)
        self._onImageDataModified(None, "ModifiedEvent")

    def lendImageData(self, image: vtkImageData | None) -> None:
        """Show another node's voxels without a copy; who is about to write into them calls :meth:`ownVoxels` first."""
        lent = None
        if image is not None:
            lent = vtkImageData()
            lent.ShallowCopy(image)
        self.SetAndObserveImageData(lent)
        self._isLent = lent is not None

    def isLent(self) -> bool:
        """Whether the voxels are another node's."""
        return self._isLent

    def ownVoxels(self) -> None:
        """Copy voxels that are another node's, so that writing into them changes this volume alone."""
        if self._isLent:
            own = vtkImageData()
            own.DeepCopy(self._imageData)
            self.SetAndObserveImageData(own)

    def _onImageDataModified(self, caller: vtkImageData | None, event: str) -> None:
        self._updateDisplay()
        self.InvokeEvent(self.ImageDataModifiedEvent, self)
        self.Modified()

    def GetDisplayNode(self) -> vtkMRMLVolumeDisplayNode | None:
        """The first one for slices: others are for volume rendering, and files may say anything."""
        displays = (self.GetNthDisplayNode(n) for n in range(self.GetNumberOfDisplayNodes()))
        return next((one for one in displays if isinstance(one, vtkMRMLVolumeDisplayNode)), None)

    def _updateDisplay(self) -> None:
        hasVoxels = self._imageData is not None and self._imageData.GetPointData().GetScalars() is not None
        for n in range(self.GetNumberOfDisplayNodes()):
            display = self.GetNthDisplayNode(n)
            if display is not None:
                display.onImageDataModified(self.voxelArray() if hasVoxels else None)

    def setVoxelArray(self, array: numpy.ndarray) -> None:
        """Use the array's memory as voxels (a copy only where VTK needs another layout); the geometry stays.

        :param array: shape (slices, rows, columns), for a vector volume (slices, rows, columns, components)
        :raises SceneError: for another shape or a type that VTK does not know
        """
        self.SetAndObserveImageData(imageDataFromArray(array, self.isVector))

    def voxelArray(self) -> numpy.ndarray:
        """The voxels' own memory, indexed (k, j, i), of vector volumes (k, j, i, component).

        Call ``imageDataModified`` after writing.

        :raises SceneError: when the volume has no voxels
        """
        if self._imageData is None:
            raise SceneError("the volume has no voxels", self.GetName(), hint="Load or set image data first")
        array = arrayFromImageData(self._imageData)
        return array[..., None] if self.isVector and array.ndim == 3 else array

    def imageDataModified(self) -> None:
        """Tell everyone that voxels were changed in place."""
        if self._imageData is not None:
            scalars = self._imageData.GetPointData().GetScalars()
            if scalars is not None:
                scalars.Modified()
            self._imageData.Modified()

    def GetDimensions(self) -> tuple[int, int, int]:
        """(columns, rows, slices); zeros without voxels."""
        return (0, 0, 0) if self._imageData is None else self._imageData.GetDimensions()

    def backgroundValue(self) -> float | None:
        """The value that stands for "no image here", where the file says which, or some number was set.

        None where it is not known, or no voxel of this type can have it.
        """
        try:
            value = float(self.GetAttribute(self.BACKGROUND_ATTRIBUTE) or "nan")
        except ValueError:
            return None
        dtype = self.voxelArray().dtype
        limits = numpy.finfo(dtype) if dtype.kind == "f" else numpy.iinfo(dtype)
        return value if limits.min <= value <= limits.max else None

    def _isShownInverted(self) -> bool:
        display = self.GetDisplayNode()
        return display is not None and display.IsA("vtkMRMLScalarVolumeDisplayNode") and bool(display.GetInvert())

    def GetVoxelVectorType(self) -> int:
        """What the values of a voxel are where it has several, one of VoxelVectorType…; spatial ones are in RAS."""
        return self._voxelVectorType

    def SetVoxelVectorType(self, vectorType: int) -> None:
        """:raises SceneError: for none of VoxelVectorType…"""
        if vectorType not in range(len(NAMES)):
            raise SceneError("there is no such type of vectors", self.GetName(), vectorType)
        self.setAndNotify("_voxelVectorType", int(vectorType))

    @staticmethod
    def GetVoxelVectorTypeAsString(vectorType: int) -> str:
        """As scene files have it; "" where there is none."""
        return NAMES[vectorType] if 0 <= vectorType < len(NAMES) else ""

    @staticmethod
    def GetVoxelVectorTypeFromString(name: str) -> int:
        """-1 where there is none."""
        return NAMES.index(name) if name in NAMES else -1

    # Geometry

    def hasPlaceInPatient(self) -> bool:
        """Whether R, A and S are the patient's: not where the files tell no place, until a transform does."""
        return self.GetAttribute(self.PLACE_ATTRIBUTE) != "unknown" or self.GetParentTransformNode() is not None

    def GetIJKToRASMatrix(self, matrix: vtkMatrix4x4 | None = None) -> vtkMatrix4x4:
        """A copy of the voxel index → RAS mm matrix, also written into ``matrix`` when given."""
        return filledMatrix(self._ijkToRAS, matrix)

    def ijkToRASArray(self) -> numpy.ndarray:
        """4×4 float64 copy of the voxel index → RAS mm matrix."""
        return arrayFromMatrix(self._ijkToRAS)

    def SetIJKToRASMatrix(self, matrix: vtkMatrix4x4 | numpy.ndarray) -> None:
        """Place the volume: a vtkMatrix4x4 or a 4×4 array, voxel index → RAS mm.

        :raises SceneError: when the matrix is singular or not finite
        """
        array = arrayFromMatrix(matrix) if isinstance(matrix, vtkMatrix4x4) else numpy.asarray(matrix, dtype=float)
        if array.shape != (4, 4) or not numpy.isfinite(array).all() or numpy.linalg.matrix_rank(array[:3, :3]) < 3:
            raise SceneError("the IJK to RAS matrix does not describe a volume", self.GetName(), array.tolist())
        if not numpy.array_equal(array, arrayFromMatrix(self._ijkToRAS)):
            self._ijkToRAS = matrixFromArray(array)
            self.Modified()

    def GetRASToIJKMatrix(self, matrix: vtkMatrix4x4 | None = None) -> vtkMatrix4x4:
        return filledMatrix(matrixFromArray(numpy.linalg.inv(self.ijkToRASArray())), matrix)

    def SetRASToIJKMatrix(self, matrix: vtkMatrix4x4) -> None:
        self.SetIJKToRASMatrix(numpy.linalg.inv(arrayFromMatrix(matrix)))

    def GetSpacing(self) -> tuple[float, float, float]:
        """mm between neighbouring voxel centres along i, j, k."""
        return spacingOf(self.ijkToRASArray())

    def SetSpacing(self, *spacing: float) -> None:
        """Three numbers or one sequence of them; directions and origin stay."""
        wanted = numpy.array(spacing[0] if len(spacing) == 1 else spacing, dtype=float)
        array = self.ijkToRASArray()
        array[:3, :3] *= wanted / numpy.array(self.GetSpacing())
        self.SetIJKToRASMatrix(array)

    def GetOrigin(self) -> tuple[float, float, float]:
        """RAS mm of the centre of voxel (0, 0, 0)."""
        return tuple(self.ijkToRASArray()[:3, 3].tolist())

    def SetOrigin(self, *origin: float) -> None:
        """Three numbers or one sequence of them, RAS mm."""
        array = self.ijkToRASArray()
        array[:3, 3] = origin[0] if len(origin) == 1 else origin
        self.SetIJKToRASMatrix(array)

    def GetIJKToRASDirectionMatrix(self, matrix: vtkMatrix4x4 | None = None) -> vtkMatrix4x4:
        """Unit vectors of i, j, k as columns (RAS)."""
        directions = numpy.eye(4)
        directions[:3, :3] = self.ijkToRASArray()[:3, :3] / numpy.array(self.GetSpacing())
        return filledMatrix(matrixFromArray(directions), matrix)

    def SetIJKToRASDirectionMatrix(self, matrix: vtkMatrix4x4) -> None:
        """Turn the axes; spacing and origin stay."""
        array = self.ijkToRASArray()
        array[:3, :3] = arrayFromMatrix(matrix)[:3, :3] * numpy.array(self.GetSpacing())
        self.SetIJKToRASMatrix(array)

    def SetIJKToRASDirections(self, *values: float) -> None:
        """Nine numbers, rows first: the columns are the unit vectors of i, j, k."""
        directions = numpy.eye(4)
        directions[:3, :3] = numpy.array(values, dtype=float).reshape(3, 3)
        self.SetIJKToRASDirectionMatrix(matrixFromArray(directions))

    def isSheared(self) -> bool:
        """Whether the axes are not at right angles, as with a tilted gantry."""
        return isSheared(self.ijkToRASArray())

    def ijkToWorldArray(self) -> numpy.ndarray:
        """4×4 voxel index → world RAS mm, parent transforms included. :raises SceneError: when one is not linear"""
        return self.transformToWorldArray() @ self.ijkToRASArray()

    def GetRASBounds(self, bounds: list | None = None) -> tuple[float, ...]:
        """World RAS box (rmin, rmax, amin, amax, smin, smax) around the voxels' outer faces, parents included.

        Minimum above maximum when there are no voxels.
        """
        found = NO_BOUNDS if 0 in self.GetDimensions() else boundsOfPoints(self.sliceOutlines().reshape(-1, 3))
        return filledBounds(found, bounds)

    def GetNodeBounds(self, bounds: list | None = None) -> tuple[float, ...]:
        """As GetRASBounds, without parent transforms."""
        dimensions = self.GetDimensions()
        if 0 in dimensions:
            return filledBounds(NO_BOUNDS, bounds)
        corners = cornersRAS(self.ijkToRASArray(), dimensions, rim=0.5)
        return filledBounds(boundsOfPoints(corners.reshape(-1, 3)), bounds)

    GetBounds = GetRASBounds

    def isWarped(self) -> bool:
        """Whether a transform above is not linear, so that no matrix tells where voxels are."""
        parent = self.GetParentTransformNode()
        return parent is not None and not parent.IsTransformToWorldLinear()

    def sliceOutlines(self, rim: float = 0.5) -> numpy.ndarray:
        """World RAS of the four corners of every slice, parents of any kind included.

        :param rim: voxels beyond the centres of the outer voxels, in all directions
        :returns: shape (slices, 2, 2, 3), indexed [slice, row end, column end]; the first and last are moved by the rim
        """
        columns, rows, slices = self.GetDimensions()
        k = numpy.arange(slices, dtype=float)
        k = numpy.array([-rim, rim]) if slices == 1 else numpy.r_[k[0] - rim, k[1:-1], k[-1] + rim]
        ends = ([-rim, count - 1 + rim] for count in (rows, columns))
        k, j, i = numpy.meshgrid(k, *ends, indexing="ij")
        return self.worldFromIJK(numpy.stack([i, j, k], axis=-1))

    def worldFromIJK(self, ijk: numpy.ndarray) -> numpy.ndarray:
        """World RAS of voxel indices (..., 3) as (i, j, k), parents of any kind included."""
        points = transformedPoints(self.ijkToRASArray(), ijk)
        if self.isWarped():
            return movedPoints(self.GetParentTransformNode().GetTransformToWorld(), points)
        return transformedPoints(self.transformToWorldArray(), points)

    def ijkFromWorld(self, points: numpy.ndarray) -> numpy.ndarray:
        """Voxel indices (not rounded) of world RAS points (..., 3), parents of any kind included."""
        if self.isWarped():
            points = movedPoints(self.GetParentTransformNode().GetTransformFromWorld(), points)
            return transformedPoints(numpy.linalg.inv(self.ijkToRASArray()), points)
        return transformedPoints(numpy.linalg.inv(self.ijkToWorldArray()), points)

    def CanApplyNonLinearTransforms(self) -> bool:
        return True

    def ApplyTransform(self, transform: vtkAbstractTransform) -> None:
        """Compute the voxels anew on a rectangular grid around the transformed volume.

        :param transform: this node's frame → world RAS; the transform that the node is under brings its own way back
        """
        parent = self.GetParentTransformNode()
        back = transform.GetInverse() if parent is None else parent.GetTransformFromWorld()
        self.resample(lambda points: movedPoints(transform, points), back)

    def makeRectangular(self, progress: Progress | None = None) -> None:
        """Compute voxels anew on a rectangular grid, the transforms above applied and shear taken out, and leave them.

        Values between voxels are interpolated (of labels: the nearest). Beyond the volume is its
        :meth:`backgroundValue`, else what is shown darkest: its lowest value, where low values are shown bright
        (MONOCHROME1) its highest one.

        :raises SceneError: without voxels, or when the new ones would be too many for the memory there is
        :raises CancelledError: when progress was cancelled; nothing has changed then
        """
        parent = self.GetParentTransformNode()
        back = None if parent is None else parent.GetTransformFromWorld()
        forth = (lambda points: points) if parent is None else partial(movedPoints, parent.GetTransformToWorld())
        self.resample(forth, back, progress)
        self.SetAndObserveTransformNodeID(None)

    def resample(
        self,
        toWorld: Callable[[numpy.ndarray], numpy.ndarray],
        fromWorld: vtkAbstractTransform | None,
        progress: Progress | None = None,
    ) -> None:
        """Compute voxels anew on a rectangular grid around where ``toWorld`` moves points (..., 3) of this frame."""
        self.voxelArray()  # says in words when there are no voxels
        matrix = self.ijkToRASArray()
        grid = gridAround(matrix, self.GetDimensions(), lambda ijk: toWorld(transformedPoints(matrix, ijk)))
        background = self.backgroundValue()
        if background is None and self._isShownInverted():
            background = float(self._imageData.GetScalarRange()[1])
        image = resampled(self._imageData, matrix, fromWorld, grid, self.interpolatesNearest, background, progress)
        self.SetIJKToRASMatrix(grid.ijkToRAS)
        self.SetAndObserveImageData(image)

    def ApplyTransformMatrix(self, matrix: vtkMatrix4x4) -> None:
        self.SetIJKToRASMatrix(arrayFromMatrix(matrix) @ self.ijkToRASArray())

    # Others

    def toPyVista(self):
        """The volume as a pyvista mesh in world RAS mm (parent transforms applied), sharing the voxels' memory.

        With orthogonal axes a ``pyvista.ImageData`` (spacing, origin, direction matrix). With sheared axes or under a
        transform that is not linear (uneven slices), which ImageData cannot express, a ``pyvista.StructuredGrid`` with
        one float32 point (12 bytes) for each voxel.

        :raises SceneError: without voxels
        """
        return meshFromVolume(self)

    def prepareDisplayNode(self, display: vtkMRMLDisplayNode) -> None:
        if self._imageData is not None and self._imageData.GetPointData().GetScalars() is not None:
            display.onImageDataModified(self.voxelArray())

    def CopyContent(self, node: vtkMRMLNode, deepCopy: bool = True) -> None:
        self.SetIJKToRASMatrix(node.GetIJKToRASMatrix())
        image = node.GetImageData()
        if image is not None and deepCopy:
            copy = vtkImageData()
            copy.DeepCopy(image)
            image = copy
        self.SetAndObserveImageData(image)
        self.SetVoxelVectorType(node.GetVoxelVectorType())

    def CopyOrientation(self, node: vtkMRMLVolumeNode) -> None:
        self.SetIJKToRASMatrix(node.GetIJKToRASMatrix())


class vtkMRMLScalarVolumeNode(vtkMRMLVolumeNode):
    """One value for each voxel."""

    displayClassName = "vtkMRMLScalarVolumeDisplayNode"

    def __init__(self):
        super().__init__()
        self._voxelValueQuantity = ""
        self._voxelValueUnits = ""

    def GetScalarVolumeDisplayNode(self) -> vtkMRMLDisplayNode | None:
        return self.GetDisplayNode()

    def GetVoxelValueQuantity(self) -> str:
        """What the values are, e.g. "(112031, DCM, "Attenuation Coefficient")"; "" when unknown."""
        return self._voxelValueQuantity

    def SetVoxelValueQuantity(self, quantity: str) -> None:
        self.setAndNotify("_voxelValueQuantity", str(quantity))

    def GetVoxelValueUnits(self) -> str:
        """Their unit, e.g. "([hnsf'U], UCUM, "Hounsfield unit")"; "" when unknown."""
        return self._voxelValueUnits

    def SetVoxelValueUnits(self, units: str) -> None:
        self.setAndNotify("_voxelValueUnits", str(units))

    def CopyContent(self, node: vtkMRMLNode, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        self._voxelValueQuantity = node.GetVoxelValueQuantity()
        self._voxelValueUnits = node.GetVoxelValueUnits()


class vtkMRMLLabelMapVolumeNode(vtkMRMLScalarVolumeNode):
    """An integer label for each voxel."""

    defaultName = "LabelMapVolume"
    REFERENCE_IMAGE_GEOMETRY_ROLE = "referenceImageGeometryRef"
    """Role of the reference to the volume that the labels were drawn on; the name is that of Slicer's segmentations."""
    SEGMENTS_ATTRIBUTE = "DICOM.segments"
    """What the labels stand for beyond name and colour, as JSON (see ``DICOMPlugins.Segmentation.Segments``)."""
    interpolatesNearest = True
    displayClassName = "vtkMRMLLabelMapVolumeDisplayNode"

    @classmethod
    def GetReferenceImageGeometryReferenceRole(cls) -> str:
        return cls.REFERENCE_IMAGE_GEOMETRY_ROLE

    def SetReferenceImageGeometryFromVolumeNode(self, volume: vtkMRMLVolumeNode | None) -> None:
        """Note which volume the labels belong to; None for none. Labels and geometry stay."""
        self.SetNodeReferenceID(self.REFERENCE_IMAGE_GEOMETRY_ROLE, None if volume is None else volume.GetID())

    def referenceVolume(self) -> vtkMRMLNode | None:
        """The volume the labels belong to; None where nobody said it, or it has left the scene."""
        return self.GetNodeReference(self.REFERENCE_IMAGE_GEOMETRY_ROLE)


class vtkMRMLVectorVolumeNode(vtkMRMLScalarVolumeNode):
    """Several components for each voxel, such as RGB."""

    defaultName = "VectorVolume"
    displayClassName = "vtkMRMLVectorVolumeDisplayNode"
    isVector = True
