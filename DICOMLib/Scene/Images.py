"""vtkImageData and numpy arrays over the same memory."""

from __future__ import annotations

import numpy
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData

from ..Errors import SceneError

# What vtkImageData cannot hold → what holds every value of it.
_WIDENED = {"bool": "uint8", "float16": "float32"}


def imageDataFromArray(array: numpy.ndarray, isVector: bool = False) -> vtkImageData:
    """An image with unit spacing and zero origin over the array's memory, or a copy where VTK needs another layout.

    :param array: shape (slices, rows, columns), for ``isVector`` (slices, rows, columns, components)
    :raises SceneError: for another number of dimensions, an empty array or a type without a VTK equivalent
    """
    dimensions = 4 if isVector else 3
    if array.ndim != dimensions or not array.size:
        raise SceneError(f"voxels need {dimensions} dimensions, none of them empty", value=array.shape)
    wanted = numpy.dtype(_WIDENED.get(array.dtype.name, array.dtype)).newbyteorder("=")
    if wanted.kind not in "iuf" or wanted.itemsize > 8:
        hint = "Convert them to integers or floats"
        raise SceneError("voxels of this type cannot be shown", value=array.dtype, hint=hint)
    native = numpy.ascontiguousarray(array, dtype=wanted)
    image = vtkImageData()
    image.SetDimensions(*array.shape[2::-1])
    scalars = numpy_to_vtk(native.reshape(-1, array.shape[3]) if isVector else native.reshape(-1))
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    return image


def arrayFromImageData(image: vtkImageData) -> numpy.ndarray:
    """The image's memory as an array of shape (slices, rows, columns[, components]); writing changes the image.

    :raises SceneError: when the image has no scalars
    """
    scalars = image.GetPointData().GetScalars()
    if scalars is None:
        raise SceneError("the volume has no voxels", hint="Load or set image data first")
    shape = image.GetDimensions()[::-1]
    components = scalars.GetNumberOfComponents()
    return vtk_to_numpy(scalars).reshape(shape if components == 1 else (*shape, components))


def withUnitGeometry(image: vtkImageData) -> vtkImageData:
    """The image itself if its spacing is 1, its origin 0 and its axes unrotated, else a shallow copy made so.

    A node keeps its geometry in the IJK-to-RAS matrix alone; a second one in the image would be applied twice.
    """
    if image.GetSpacing() == (1, 1, 1) and image.GetOrigin() == (0, 0, 0) and image.GetDirectionMatrix().IsIdentity():
        return image
    copy = vtkImageData()
    copy.ShallowCopy(image)
    copy.SetSpacing(1, 1, 1)
    copy.SetOrigin(0, 0, 0)
    copy.SetDirectionMatrix(1, 0, 0, 0, 1, 0, 0, 0, 1)
    return copy
