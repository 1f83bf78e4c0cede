"""A patient's name and ID are in the scene and in its object, as they have to be, and nowhere else: not in logs at
their most talkative, not in what workers print, in names of temporary files or settings, and not after failures."""

from __future__ import annotations

import logging
import os
import tempfile
import zipfile

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Errors import DICOMError
from DICOMLib.Export.Exporting import examineItems, exportToDatabase, exportToFolder
from DICOMLib.SceneFiles.SceneExchange import addTo
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.SceneFiles.SceneSummary import inspectScene
from DICOMLib.Settings import Settings
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures import axialCT

NAME, NUMBER = "Zzcanary^Phi", "ZZCANARYID77"


@pytest.fixture
def bench(tmp_path):
    """With a CT of the patient, and workers of its own, which print where this test hears it."""
    with WorkerPool(1) as workers:
        made = Bench(workers=workers)
        axialCT(patientName=NAME, patientID=NUMBER).write(tmp_path / "ct")
        made.load(tmp_path / "ct")
        yield made
        made.close()


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Names of everything that is made below the place for temporary files, there or gone."""
    names: list[str] = []
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for name in ("mkdir", "open", "rename", "replace"):
        monkeypatch.setattr(os, name, _noting(getattr(os, name), names))
    yield names
    left = [os.path.join(*one) for one in os.walk(folder) for one in [(one[0], *one[1], *one[2])]]
    assert [one for one in left if one != str(folder)] == []


def _noting(function, names):
    def call(*arguments, **options):
        names.extend(os.fsdecode(one) for one in arguments[:2] if isinstance(one, str | bytes | os.PathLike))
        return function(*arguments, **options)

    return call


def test_itIsNotInLogsNamesOrSettings_whateverIsDoneOrFails(bench, temporary, tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    for name in [*logging.root.manager.loggerDict]:
        caplog.set_level(logging.DEBUG, name)
    settings: dict[str, object] = {}
    bench.context.settings = Settings(settings)
    place = tmp_path / "work"
    place.mkdir()
    for suffix in (".mrb", ".mrml"):
        path = saveScene(bench.scene, place / f"scene{suffix}").path
        inspectScene(path, bench.workers)
        addTo(Bench().scene, openScene(path, bench.workers))
    (file,) = _export(bench, place / "out")
    _exportToDatabase(bench, place / "database")
    other = Bench(workers=bench.workers)
    assert other.load(file) and NAME in str(bench.scene.GetSubjectHierarchyNode().allItems())
    messages: list[str] = []
    failures = [*_damagedObjects(file, place), *_damagedBundles(place / "scene.mrb", place)]
    for number, damaged in enumerate(failures):
        folder = place / f"alone {number}"
        folder.mkdir()
        damaged = damaged.rename(folder / damaged.name)
        if damaged.suffix == ".mrb":
            with pytest.raises(DICOMError):
                openScene(damaged, bench.workers)
        else:
            other = Bench(workers=bench.workers)
            other.load(damaged)
            messages += other.messages
            other.close()
    assert "SHA-256 is not the one" in " ".join(messages) and settings
    printed = capfd.readouterr()
    heard = [caplog.text, printed.out, printed.err, str(settings), *map(str, temporary), *map(str, place.rglob("*"))]
    for text in heard:
        assert "zzcanary" not in text.lower(), text[:2000]


def _export(bench, folder):
    exportToFolder(bench.registry, _exportables(bench), str(folder), bench.context)
    return list(folder.rglob("*.dcm"))


def _exportToDatabase(bench, folder) -> None:
    before = bench.context.database
    bench.context.database = DICOMDatabase()
    bench.context.database.openDatabase(str(folder / "ctk.sql"))
    exportToDatabase(bench.registry, _exportables(bench), bench.context)
    bench.context.database.closeDatabase()
    bench.context.database = before


def _exportables(bench):
    volume = bench.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    item = bench.scene.GetSubjectHierarchyNode().GetItemByDataNode(volume)
    types = examineItems(bench.registry, [item], bench.context)
    return next(one for one in types if one.label == "Slicer Data Bundle").exportables


def _damagedObjects(file, place):
    data = bytearray(file.read_bytes())
    for number, at in enumerate((-300, -len(data) // 2, 400)):
        damaged = bytes(data[:at]) + b"\xff" + bytes(data[at + 1 :])
        yield _written(place / f"damaged {number}.dcm", damaged)
    yield _written(place / "cut.dcm", bytes(data[:-1000]))


def _damagedBundles(path, place):
    data = path.read_bytes()
    yield _written(place / "cut.mrb", data[:-100])
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(place / "text.mrb", "w") as other:
        for name in archive.namelist():
            contents = archive.read(name)
            other.writestr(name, contents[: len(contents) // 2] if name.endswith(".mrml") else contents)
    yield place / "text.mrb"


def _written(path, data):
    path.write_bytes(data)
    return path
