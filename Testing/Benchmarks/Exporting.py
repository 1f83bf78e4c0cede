"""Exporting volumes as checked single images, beside writing the same bytes with pydicom and with SimpleITK."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from .Child import inFreshProcess
from .Program import secondsFor
from .Results import Row, atMost, figure, median
from .Setting import Setting, flush
from .VolumeFiles import PATTERNS, patterns

if TYPE_CHECKING:
    import numpy

    from DICOMLib.DICOMPlugin import PluginContext

TITLE = "export a CT as checked single images, beside writing the same bytes with pydicom and SimpleITK"
MOST_TIMES_PYDICOM = 2
TYPES = {"int16": "integers, exactly", "float32": "real numbers, rounded to 16 bits"}
COMPRESSIONS = ("RLE", "JPEG-LS", "JPEG 2000")


def exportVolume(folder: str, slices: int, dtype: str, compression: str = "") -> dict:
    """Seconds of our export and of the others', one after the other. Runs in a process of its own.

    What pydicom writes is what we have written, read into memory before.
    """
    from DICOMLib.DICOMPlugin import PluginContext
    from DICOMLib.Scene.Scene import Scene
    from DICOMLib.Settings import Settings
    from DICOMLib.Workers.WorkerPool import WorkerPool

    root = Path(folder)
    with WorkerPool() as workers:
        context = PluginContext(None, Scene(), Settings(), None, workers)
        _exported(context, _voxels(2 * workers.size * 20, dtype)[:, :40, :40], root / "small", "")  # starts all
        voxels = _voxels(slices, dtype)
        flush()
        seconds, files = _exported(context, voxels, root / "ours", compression)
    result = {"ours": seconds, "bytes": sum(file.stat().st_size for file in files)}
    if not compression:
        flush()
        result["pydicom"] = _byPydicom(files, root / "pydicom")
        flush()
        if dtype == "int16":
            result["SimpleITK"] = _bySimpleITK(voxels, root / "simpleitk")
    for path in root.iterdir():
        shutil.rmtree(path)
    flush()
    return result


def _voxels(slices: int, dtype: str) -> numpy.ndarray:
    """HU; with fractions where the type has them."""
    import numpy

    found = numpy.empty((slices, 512, 512), dtype)
    for k in range(slices):
        found[k] = patterns()[k % PATTERNS]
        found[k] -= 1024
        if found.dtype.kind == "f":
            found[k] *= 1.0 + k / 7919
    return found


def _exported(
    context: PluginContext, voxels: numpy.ndarray, directory: Path, compression: str
) -> tuple[float, list[Path]]:
    """Seconds, and the files in the order of slices."""
    import numpy

    from DICOMPlugins.DICOMScalarVolumePlugin import DICOMScalarVolumePluginClass

    node = context.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    node.setVoxelArray(voxels)
    node.SetIJKToRASMatrix(numpy.diag([-0.7, -0.7, 1.0, 1.0]))
    hierarchy = context.scene.GetSubjectHierarchyNode()
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Patient")
    item = hierarchy.CreateItem(hierarchy.CreateStudyItem(patient, "Study"), node)
    plugin = DICOMScalarVolumePluginClass()
    plugin.context = context
    (exportable, *_) = plugin.examineForExport(item)
    exportable.directory = str(directory)
    exportable.setTag("Compression", compression)
    seconds, problem = secondsFor(lambda: plugin.export([exportable]))
    if problem:
        raise AssertionError(problem)
    return seconds, sorted(Path(plugin.exported[0].folder).iterdir())


def _byPydicom(files: list[Path], directory: Path) -> float:
    """The same elements and pixels, from memory."""
    from pydicom import dcmread, dcmwrite

    datasets = [dcmread(file) for file in files]
    for dataset in datasets:
        for _element in dataset:  # reads and converts it
            continue
    directory.mkdir()

    def write() -> None:
        for file, dataset in zip(files, datasets, strict=True):
            dcmwrite(directory / file.name, dataset, enforce_file_format=True)

    return secondsFor(write)[0]


def _bySimpleITK(voxels: numpy.ndarray, directory: Path) -> float:
    """Slice by slice, as its examples do it: its writer of series does not write DICOM. Files have few elements."""
    import SimpleITK

    image = SimpleITK.GetImageFromArray(voxels)
    directory.mkdir()

    def write() -> None:
        writer = SimpleITK.ImageFileWriter()
        for k in range(len(voxels)):
            writer.SetFileName(str(directory / f"{k:04}.dcm"))
            writer.Execute(image[:, :, k])

    return secondsFor(write)[0]


def run(setting: Setting) -> list[Row]:
    """Ours and the others in turn."""
    rows = []
    for dtype, words in TYPES.items():
        results = [_measured(setting, setting.slices, dtype) for _ in range(setting.repeats)]
        rows += _rows(f"export {setting.slices:,} × 512² × {dtype}", words, results)
    for name in COMPRESSIONS:
        slices = max(1, setting.slices // 3)
        results = [_measured(setting, slices, "int16", name) for _ in range(min(3, setting.repeats))]
        size = results[0]["bytes"] / (slices * 512 * 512 * 2)
        seconds = [one["ours"] for one in results]
        work = f"export {slices:,} × 512² × int16 in {name}"
        rows.append(atMost(work, seconds, "s", remark=f"{size:.0%} of the bytes"))
    return rows


def _measured(setting: Setting, slices: int, dtype: str, compression: str = "") -> dict:
    folder = setting.fresh("export")
    folder.mkdir()
    found = inFreshProcess(exportVolume, folder=str(folder), slices=slices, dtype=dtype, compression=compression)
    figures = "; ".join(f"{name} {figure(found[name])} s" for name in ("ours", "pydicom", "SimpleITK") if name in found)
    setting.say(f"  {dtype} {compression}: {figures}")
    return found


def _rows(work: str, words: str, results: list[dict]) -> list[Row]:
    ours, pydicom = ([one[name] for one in results] for name in ("ours", "pydicom"))
    rows = [
        atMost(work, ours, "s", remark=f"{words}; written, read back by GDCM and compared"),
        atMost(f"{work} beside writing the same bytes with pydicom", _quotients(ours, pydicom), "×",
               MOST_TIMES_PYDICOM, f"pydicom: {figure(median(pydicom))} s, not read back"),
    ]  # fmt: skip
    if "SimpleITK" in results[0]:
        theirs = [one["SimpleITK"] for one in results]
        remark = f"SimpleITK: {figure(median(theirs))} s, not read back"
        rows.append(atMost(f"{work} beside SimpleITK's writer of files", _quotients(ours, theirs), "×", remark=remark))
    return rows


def _quotients(ours: list[float], theirs: list[float]) -> list[float]:
    return [a / b for a, b in zip(ours, theirs, strict=True)]
