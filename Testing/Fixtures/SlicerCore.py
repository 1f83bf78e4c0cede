"""3D Slicer's own MRML classes as a witness: they read and write volumes in a process and environment of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from Testing.Fixtures.SlicerProcess import askSlicer, slicerPythonOrSkip

_FUNCTIONS = '''
def nodeAndStorage(className, path):
    node = scene.AddNode(getattr(MRMLCore, className)())
    storage = scene.AddNode(MRMLCore.vtkMRMLNRRDStorageNode())
    storage.SetFileName(path)
    return node, storage

def read(className, path):
    node, storage = nodeAndStorage(className, path)
    if not storage.ReadData(node):
        return None
    place, frame = vtkMatrix4x4(), vtkMatrix4x4()
    node.GetIJKToRASMatrix(place)
    node.GetMeasurementFrameMatrix(frame)
    image = node.GetImageData()
    data = image.GetPointData()
    values = vtk_to_numpy(data.GetTensors() if "Tensor" in className else data.GetScalars())
    shape = (*image.GetDimensions()[::-1], -1)
    facts = {"ijkToRAS": rows(place), "frame": rows(frame), "dtype": str(values.dtype),
             "voxels": values.reshape(shape).tolist()}
    if "Weighted" in className:
        facts["gradients"] = vtk_to_numpy(node.GetDiffusionGradients()).tolist()
        facts["bValues"] = vtk_to_numpy(node.GetBValues()).tolist()
    return facts

def write(className, path, given):
    node, storage = nodeAndStorage(className, path)
    values = numpy.array(given["voxels"], given["dtype"])
    array = numpy_to_vtk(values.reshape(-1, values.shape[-1]), deep=True)
    image = vtkImageData()
    image.SetDimensions(*values.shape[2::-1])
    if "Tensor" in className:
        array.SetName("tensors")
        image.GetPointData().SetTensors(array)
    else:
        image.GetPointData().SetScalars(array)
    node.SetAndObserveImageData(image)
    for name in ("IJKToRASMatrix", "MeasurementFrameMatrix"):
        matrix = vtkMatrix4x4()
        matrix.DeepCopy([number for row in given[name] for number in row])
        getattr(node, "Set" + name)(matrix)
    if "Weighted" in className:
        node.SetNumberOfGradients(len(given["bValues"]))
        node.SetDiffusionGradients(numpy_to_vtk(numpy.array(given["gradients"], float), deep=True))
        node.SetBValues(numpy_to_vtk(numpy.array(given["bValues"], float), deep=True))
    return bool(storage.WriteData(node))
'''


@pytest.fixture(scope="session")
def slicerCore(request) -> SlicerCore:
    """Skips where Slicer's wheel is not installed; a long run (--long) installs it first."""
    return SlicerCore(slicerPythonOrSkip(request))


class SlicerCore:
    """Does one thing at a time in a fresh process."""

    def __init__(self, python: str):
        self.python = python

    def read(self, className: str, path: Path) -> dict | None:
        """What a node of Slicer's has after its storage node has read a file; None when that failed."""
        return askSlicer(self.python, _FUNCTIONS, "read", className=className, path=str(path))

    def write(self, className: str, path: Path, **given) -> bool:
        """Have Slicer write a volume. :param given: voxels, dtype, IJKToRASMatrix, MeasurementFrameMatrix, …"""
        return askSlicer(self.python, _FUNCTIONS, "write", className=className, path=str(path), given=given)
