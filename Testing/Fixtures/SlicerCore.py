"""3D Slicer's own MRML classes as a witness: they read and write volumes in a process and environment of their own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from Testing.Benchmarks.Peers import PeerMissingError, preparedSlicerPython, slicerPython

SECONDS = 120
# Runs in Slicer's environment, which has neither this project nor a scene of ours.
_PROGRAM = '''
import json, sys
import numpy
from slicer_core import MRMLCore
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonDataModel import vtkImageData

scene = MRMLCore.vtkMRMLScene()

def rows(matrix):
    return [[matrix.GetElement(i, j) for j in range(4)] for i in range(4)]

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

task = json.loads(sys.stdin.read())
result = globals()[task.pop("do")](**task)
sys.stdout.write("RESULT" + json.dumps(result))
'''


@pytest.fixture(scope="session")
def slicerCore(request) -> SlicerCore:
    """Skips where Slicer's wheel is not installed; a long run (--long) installs it first."""
    try:
        python = slicerPython() if request.config.getoption("--long") else preparedSlicerPython()
    except PeerMissingError as error:
        pytest.skip(str(error))
    if not python:
        pytest.skip("slicer-core is not installed; a run with --long installs it in an environment of its own")
    return SlicerCore(python)


class SlicerCore:
    """Does one thing at a time in a fresh process."""

    def __init__(self, python: str):
        self.python = python

    def read(self, className: str, path: Path) -> dict | None:
        """What a node of Slicer's has after its storage node has read a file; None when that failed."""
        return self._run(do="read", className=className, path=str(path))

    def write(self, className: str, path: Path, **given) -> bool:
        """Have Slicer write a volume. :param given: voxels, dtype, IJKToRASMatrix, MeasurementFrameMatrix, …"""
        return self._run(do="write", className=className, path=str(path), given=given)

    def _run(self, **task):
        arguments = [self.python, "-c", _PROGRAM]
        finished = subprocess.run(
            arguments, input=json.dumps(task), capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert "RESULT" in finished.stdout, finished.stderr
        return json.loads(finished.stdout.split("RESULT", 1)[1])
