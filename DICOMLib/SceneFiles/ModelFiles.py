"""Models: written as .vtp in LPS, as Slicer does; read by VTK in a worker, whatever their format."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from vtkmodules.vtkCommonDataModel import vtkPolyData

from ..Errors import FileError
from ..Progress import Progress
from ..Scene.ArrayFiles import replacingFile
from ..Scene.ModelNodes import vtkMRMLModelNode
from .ForeignReading import arraysOf
from .MemberFormat import MemberFormat, Reading
from .PolyDataParts import COORDINATES, surfaceFrom, turned

_TASK = "DICOMLib.SceneFiles.ModelTask:readSurface"
_COPIED_BYTES = 1 << 22


def writeModel(node: vtkMRMLModelNode, path: Path, progress: Progress | None) -> list[Path]:
    """:raises FileError: when VTK cannot write the file"""
    from vtkmodules.vtkCommonCore import vtkStringArray

    surface = turned(node.GetPolyData())
    space = vtkStringArray()
    space.SetName(COORDINATES)
    space.InsertNextValue("LPS")
    surface.GetFieldData().AddArray(space)
    writeSurface(surface, path)
    return [path]


def writeSurface(surface: vtkPolyData, path: Path) -> None:
    """A .vtp file as it is. :raises FileError: when VTK cannot write it"""
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    writer = vtkXMLPolyDataWriter()
    writer.SetInputData(surface)
    with replacingFile(path) as stream, tempfile.TemporaryDirectory(dir=path.parent) as folder:
        written = os.path.join(folder, "surface.vtp")
        writer.SetFileName(written)
        if not writer.Write():
            raise FileError("VTK does not write the surface", path)
        with open(written, "rb") as source:
            while chunk := source.read(_COPIED_BYTES):
                stream.write(chunk)


def readModelInto(node: vtkMRMLModelNode, path: Path, reading: Reading) -> None:
    """A file that does not say its coordinates is in LPS, as in Slicer, or in those that the scene says; if it does not
    say any, it is of a time when they were RAS.

    :raises FileError: when VTK reads no surface from it, or one that is damaged
    """
    parts = arraysOf(_TASK, path, reading.workers, reading.progress)
    surface = surfaceFrom(parts, path)
    stated = "LPS" if reading.attributes is None else reading.attributes.get("coordinateSystem") or "RAS"
    space = parts[0][0].get("space") or stated
    node.SetAndObservePolyData(surface if space == "RAS" else turned(surface))


FORMAT = MemberFormat(
    classNames=("vtkMRMLModelNode",),
    suffixes=(".vtp", ".vtk", ".stl", ".obj", ".ply"),
    written=(".vtp",),
    defaultSuffix=lambda node: ".vtp",
    storageClassName=lambda node: "vtkMRMLModelStorageNode",
    hasData=lambda node: node.GetPolyData() is not None and node.GetPolyData().GetNumberOfPoints() > 0,
    write=writeModel,
    read=readModelInto,
    asks=lambda path: (_TASK, {}),
)
