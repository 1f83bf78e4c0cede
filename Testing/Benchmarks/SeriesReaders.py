"""Other readers of a series of CT slices; each function runs in a process of its own and reads a small series first.

What the functions need is imported inside: Slicer's reader lives in an environment that has little else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path


def readBytes(database: str, folder: str) -> dict:
    """The pixel data of all files into one array, in the order of their names; their places are known beforehand."""
    import numpy

    from .Program import Program, touchMemory, voxelFacts

    with Program(database) as program:
        records = program.database.instanceRecordsForFiles(_files(folder))
    places = [(record.path, record.pixelDataOffset, record.pixelDataLength) for record in records]
    length = places[0][2]
    touchMemory(len(places))
    started = time.perf_counter()
    array = numpy.empty((len(places), length // 2), "<i2")
    rows = memoryview(array.reshape(-1)).cast("B")
    for number, (path, offset, _) in enumerate(places):
        file = os.open(path, os.O_RDONLY)
        count = os.preadv(file, [rows[number * length : (number + 1) * length]], offset)
        os.close(file)
        if count != length:
            raise AssertionError(f"{count} of {length} bytes were read")
    return {"seconds": time.perf_counter() - started, **voxelFacts(array)}


def convertWithDcm2niix(small: str, large: str, target: str, slices: int = 0) -> dict:
    """The program from its start to its end, writing one uncompressed NIfTI file and a text beside it.

    :param slices: how many of 512² the large series amounts to; 0 for as many as files
    """
    import dcm2niix

    from .Program import touchMemory

    seconds, size = 0.0, 0
    for folder in (small, large):
        shutil.rmtree(target, ignore_errors=True)
        Path(target).mkdir()
        touchMemory(slices or len(_files(folder)))
        started = time.perf_counter()
        subprocess.run([dcm2niix.bin, "-z", "n", "-o", target, folder], check=True, capture_output=True)
        seconds = time.perf_counter() - started
        size = sum(path.stat().st_size for path in Path(target).glob("*.nii"))
    shutil.rmtree(target)
    return {"seconds": seconds, "bytes": size, "version": dcm2niix.__version__}


def readWithSimpleITK(small: str, large: str) -> dict:
    """``ImageSeriesReader`` with the sorted names of the files."""
    import SimpleITK

    from .Program import touchMemory, voxelFacts

    seconds, image = 0.0, None
    for folder in (small, large):
        files = _files(folder)
        reader = SimpleITK.ImageSeriesReader()
        reader.SetFileNames(files)
        touchMemory(len(files))
        started = time.perf_counter()
        image = reader.Execute()
        seconds = time.perf_counter() - started
    facts = voxelFacts(SimpleITK.GetArrayViewFromImage(image))
    return {"seconds": seconds, "type": image.GetPixelIDTypeAsString(), "version": SimpleITK.Version.VersionString(),
            **facts}  # fmt: skip


def readWithSlicer(small: str, large: str) -> dict:
    """The reader that Slicer's scalar volume plugin uses, set as it sets it; the names of the files are sorted."""
    import importlib.metadata

    from slicer_core import vtkITK
    from vtkmodules.util.numpy_support import vtk_to_numpy

    from .Program import touchMemory, voxelFacts

    seconds, image = 0.0, None
    for folder in (small, large):
        files = _files(folder)
        reader = vtkITK.vtkITKArchetypeImageSeriesScalarReader()
        touchMemory(len(files))
        started = time.perf_counter()
        reader.SetArchetype(files[0])
        for file in files:
            reader.AddFileName(file)
        reader.SetSingleFile(0)
        reader.SetOutputScalarTypeToNative()
        reader.SetDesiredCoordinateOrientationToNative()
        reader.SetUseNativeOriginOn()
        reader.SetDICOMImageIOApproachToGDCM()
        reader.Update()
        seconds = time.perf_counter() - started
        image = reader.GetOutput()
    array = vtk_to_numpy(image.GetPointData().GetScalars())
    return {"seconds": seconds, "type": image.GetScalarTypeAsString(),
            "version": importlib.metadata.version("slicer-core"), **voxelFacts(array)}  # fmt: skip


def readWithPydicom(small: str, large: str, plugin: str) -> dict:
    """A loop of ``dcmread`` and ``pixel_array`` into one array, in this process alone.

    :param plugin: the decoder's name; "" for the one that pydicom takes by itself
    """
    import numpy
    from pydicom import dcmread

    from .Program import processorSeconds, touchMemory, voxelFacts

    seconds, worked, array = 0.0, 0.0, None
    for folder in (small, large):
        files = _files(folder)
        touchMemory(len(files))
        started, before = time.perf_counter(), processorSeconds()
        for number, path in enumerate(files):
            dataset = dcmread(path)
            if plugin:
                dataset.pixel_array_options(decoding_plugin=plugin)
            pixels = dataset.pixel_array
            if number == 0:
                array = numpy.empty((len(files), *pixels.shape), pixels.dtype)
            array[number] = pixels
        seconds, worked = time.perf_counter() - started, processorSeconds() - before
    return {"seconds": seconds, "worked": worked, **voxelFacts(array)}


def _files(folder: str) -> list[str]:
    return sorted(str(path) for path in Path(folder).iterdir())
