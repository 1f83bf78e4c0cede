"""3D Slicer's own classes in a process and an environment of their own, which have neither this project nor a scene of
ours: tests give a program and a task, and get an answer."""

from __future__ import annotations

import json
import subprocess

import pytest

from Testing.Benchmarks.Peers import PeerMissingError, preparedSlicerPython, slicerPython

SECONDS = 120
BEGIN = """
import json, sys
import numpy
from slicer_core import MRMLCore
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4

scene = MRMLCore.vtkMRMLScene()

def rows(matrix):
    return [[matrix.GetElement(i, j) for j in range(4)] for i in range(4)]
"""
_END = """
task = json.loads(sys.stdin.read())
result = globals()[task.pop("do")](**task)
sys.stdout.write("RESULT" + json.dumps(result))
"""


def slicerPythonOrSkip(request: pytest.FixtureRequest) -> str:
    """The interpreter. Skips where Slicer's wheel is not installed; a long run (--long) installs it first."""
    try:
        python = slicerPython() if request.config.getoption("--long") else preparedSlicerPython()
    except PeerMissingError as error:
        pytest.skip(str(error))
    if not python:
        pytest.skip("slicer-core is not installed; a run with --long installs it in an environment of its own")
    return python


def askSlicer(python: str, functions: str, do: str, **arguments):
    """What one of the functions returns, called in a fresh process. Arguments and answer are values of JSON.

    :param functions: their source; ``scene``, ``rows(matrix)``, MRMLCore, numpy and VTK's images and matrices are there
    :param do: the name of the one to call
    """
    finished = runInSlicer(python, BEGIN + functions + _END, task=json.dumps({"do": do, **arguments}))
    assert "RESULT" in finished.stdout, finished.stderr
    return json.loads(finished.stdout.split("RESULT", 1)[1])


def runInSlicer(python: str, program: str, *arguments: str, task: str = "") -> subprocess.CompletedProcess[str]:
    """Run a whole program with its arguments and standard input."""
    command = [python, "-c", program, *arguments]
    return subprocess.run(command, input=task, capture_output=True, text=True, timeout=SECONDS, check=False)
