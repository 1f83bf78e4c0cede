"""The picture of a scene, in its DICOM object and in files: of the views, or else of the middle slices of a volume."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import numpy

from DICOMLib.Errors import ExportError, PixelDataError
from DICOMLib.Pixels.PNG import encodePNG
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Workers.WorkerPool import Task, WorkerPool, givenOrOwn

TILE = 256
LONGEST_SIDE = 1024
# A window of nothing but outliers shows nothing: the darkest and brightest per cent of voxels are cut off.
_PERCENTILES = (1.0, 99.0)
_MOST_SAMPLES = 1 << 20
_LARGEST_SIDE = 16384
_READERS = {".png": "PNGImageIO", ".jpg": "JPEGImageIO", ".jpeg": "JPEGImageIO", ".bmp": "BMPImageIO",
            ".tif": "TIFFImageIO", ".tiff": "TIFFImageIO"}  # fmt: skip


def checkedPicture(picture: numpy.ndarray) -> numpy.ndarray:
    """A picture that may be written, made smaller where it is large.

    :param picture: RGB, shape (rows, columns, 3), uint8
    :raises ExportError: when it is something else
    """
    picture = numpy.asarray(picture)
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != numpy.uint8 or not picture.size:
        raise ExportError("the picture of the scene is no RGB image", value=f"{picture.dtype} {picture.shape}")
    step = -(-max(picture.shape[:2]) // LONGEST_SIDE)
    if step == 1:
        return numpy.ascontiguousarray(picture)
    rows, columns = (max(1, side // step) for side in picture.shape[:2])
    blocks = picture[: rows * step, : columns * step]
    if blocks.shape[:2] != (rows * step, columns * step):  # narrower than one step
        return numpy.ascontiguousarray(picture[::step, ::step])
    means = blocks.reshape(rows, step, columns, step, 3).mean(axis=(1, 3))
    return means.round().astype(numpy.uint8)


def middleSlices(nodes: Iterable[vtkMRMLNode]) -> numpy.ndarray:
    """The middle axial, coronal and sagittal slice of the first volume, side by side; black where there is none.

    :returns: RGB, shape (TILE, 3 TILE, 3), uint8. Patient's right is on the left, anterior and superior are above
    """
    picture = numpy.zeros((TILE, 3 * TILE, 3), numpy.uint8)
    node = next((one for one in nodes if _hasVoxels(one)), None)
    if node is None:
        return picture
    array, spacing = _inPatientOrder(node)
    low, high = _window(node, array)
    middle = [side // 2 for side in array.shape]
    slices = (
        (array[middle[0], ::-1, ::-1], spacing[1], spacing[2]),
        (array[::-1, middle[1], ::-1], spacing[0], spacing[2]),
        (array[::-1, ::-1, middle[2]], spacing[0], spacing[1]),
    )
    for number, (values, down, across) in enumerate(slices):
        tile = _fitted(values, down, across)
        scaled = numpy.clip((tile.astype(numpy.float64) - low) * (255.0 / (high - low)), 0, 255)
        rows, columns = tile.shape
        top, left = (TILE - rows) // 2, number * TILE + (TILE - columns) // 2
        picture[top : top + rows, left : left + columns] = scaled.astype(numpy.uint8)[..., numpy.newaxis]
    return picture


def sliceThumbnail(nodes: Iterable[vtkMRMLNode]) -> bytes | None:
    """The same as PNG, for the file of a scene that no window shows; None where no volume has voxels."""
    volumes = [node for node in nodes if _hasVoxels(node)]
    return encodePNG(middleSlices(volumes)) if volumes else None


def _hasVoxels(node: vtkMRMLNode) -> bool:
    if not node.IsA("vtkMRMLScalarVolumeNode") or node.GetImageData() is None:
        return False
    return all(side > 0 for side in node.GetImageData().GetDimensions())


def _inPatientOrder(node: vtkMRMLNode) -> tuple[numpy.ndarray, list[float]]:
    """Voxels with axes along S, A and R as nearly as they lie, each ascending, and the spacings along them in mm."""
    array = node.voxelArray()
    if array.ndim == 4:
        array = array[..., 0]
    directions = node.ijkToRASArray()[:3, :3]
    spacing = numpy.linalg.norm(directions, axis=0)
    left, axes = [0, 1, 2], {}
    for patientAxis in (2, 1, 0):
        axes[patientAxis] = max(left, key=lambda axis, row=patientAxis: abs(directions[row, axis] / spacing[axis]))
        left.remove(axes[patientAxis])
    order = [axes[patientAxis] for patientAxis in (2, 1, 0)]
    array = array.transpose([2 - axis for axis in order])
    ascends = [directions[row, axis] >= 0 for row, axis in zip((2, 1, 0), order, strict=True)]
    array = array[tuple(slice(None, None, 1 if isAscending else -1) for isAscending in ascends)]
    return array, [float(spacing[axis]) for axis in order]


def _window(node: vtkMRMLNode, array: numpy.ndarray) -> tuple[float, float]:
    display = node.GetDisplayNode()
    if display is not None and hasattr(display, "GetWindow") and display.GetWindow() > 0:
        return display.GetLevel() - display.GetWindow() / 2, display.GetLevel() + display.GetWindow() / 2
    step = max(1, round((array.size / _MOST_SAMPLES) ** (1 / 3)))
    samples = array[::step, ::step, ::step]
    samples = samples[numpy.isfinite(samples)] if samples.dtype.kind == "f" else samples
    if not samples.size:
        return 0.0, 1.0
    low, high = (float(one) for one in numpy.percentile(samples, _PERCENTILES))
    return (low, high) if high > low else (low, low + 1.0)


def _fitted(values: numpy.ndarray, down: float, across: float) -> numpy.ndarray:
    """A slice in its true proportions, as large as a tile allows; the nearest voxel counts."""
    height, width = values.shape[0] * down, values.shape[1] * across
    scale = TILE / max(height, width)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    j = ((numpy.arange(rows) + 0.5) * values.shape[0] / rows).astype(int)
    i = ((numpy.arange(columns) + 0.5) * values.shape[1] / columns).astype(int)
    return numpy.nan_to_num(values[numpy.ix_(j, i)])


# A picture in a file


def readPicture(path: str, workers: WorkerPool | None = None) -> numpy.ndarray:
    """A picture from a file, read in a worker process.

    :returns: RGB, shape (rows, columns, 3), uint8
    :raises ExportError: when it is no PNG, JPEG, BMP or TIFF, or too large
    """
    found: list[numpy.ndarray] = []

    def receive(shape: tuple[int, ...], dtype: numpy.dtype, _: dict) -> numpy.ndarray:
        if len(shape) != 3 or max(shape) > _LARGEST_SIDE or dtype != numpy.uint8:
            raise ExportError("the picture is of no kind that can be written", path, f"{dtype} {tuple(shape)}")
        found.append(numpy.empty(shape, dtype))
        return found[0]

    task = Task("DICOMPlugins.SceneBundle.Screenshot:pictureTask", {"path": os.path.abspath(path)}, receive, where=path)
    try:
        with givenOrOwn(workers) as pool:
            pool.run(task)
    except PixelDataError as error:
        raise ExportError("the picture cannot be read", path, error.what) from None
    return found[0]


def pictureTask(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Runs in a worker process: the picture, by SimpleITK, which decodes nothing else than pictures here."""
    import SimpleITK

    reader = SimpleITK.ImageFileReader()
    ending = os.path.splitext(path)[1].lower()
    if ending not in _READERS or not os.path.isfile(path):
        raise PixelDataError("it is no file of a picture: PNG, JPEG, BMP or TIFF")
    reader.SetImageIO(_READERS[ending])
    reader.SetFileName(path)
    try:
        values = SimpleITK.GetArrayFromImage(reader.Execute())
    except RuntimeError:
        raise PixelDataError("it is damaged, or something else than its name says") from None
    values = values[0] if values.ndim == 4 else values
    if values.ndim == 2:
        values = numpy.repeat(values[..., numpy.newaxis], 3, axis=2)
    yield {}, numpy.ascontiguousarray(values[..., :3])
