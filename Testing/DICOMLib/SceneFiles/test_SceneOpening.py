"""What a stranger's scene can do: nothing but become nodes, or an error."""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path

import numpy
import pytest

from DICOMLib.Errors import CancelledError, LimitExceededError, SceneFileError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Nrrd import MAXIMUM_HEADER_BYTES, readNrrd
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.MrmlText import MAX_TEXT_BYTES
from DICOMLib.SceneFiles.SceneOpening import extractScene, openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.SceneFiles.SceneSummary import inspectScene
from Testing.DICOMLib.SceneFiles.ScenesForTests import contentOf, richScene
from Testing.Fixtures.RunWorkers import runWorkers


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch) -> Path:
    """An own place for temporary files, which has to be empty at the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def _bundle(folder: Path, text: str | bytes, **files: bytes) -> Path:
    path = folder / "bundle.mrb"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("S/S.mrml", text)
        for name, contents in files.items():
            archive.writestr(f"S/Data/{name.replace('_', '.')}", contents)
    return path


def _nested(depth: int) -> str:
    return "<MRML>" + "<a>" * (depth - 1) + "</a>" * (depth - 1) + "</MRML>"


HOSTILE_TEXTS = {
    "document type": '<!DOCTYPE MRML SYSTEM "http://localhost/evil.dtd"><MRML/>',
    "external entity": '<!DOCTYPE M [<!ENTITY x SYSTEM "file:///etc/passwd">]><MRML a="&x;"/>',
    "billion laughs": '<!DOCTYPE M [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><MRML a="&b;"/>',
    "257 deep": _nested(257), "500,000 deep": _nested(500_000), "600,000 wide": "<MRML>" + "<a/>" * 600_000 + "</MRML>",
    "no XML": "no XML", "other root": "<html/>", "nothing": "",
}  # fmt: skip


@pytest.mark.parametrize("suffix", [".mrb", ".mrml"])
@pytest.mark.parametrize("kind", HOSTILE_TEXTS)
def test_aHostileTextIsAnErrorAndTheWorkerLives(tmp_path, kind, suffix):
    workers = runWorkers()
    deaths = workers.deaths
    path = _bundle(tmp_path, HOSTILE_TEXTS[kind])
    if suffix == ".mrml":
        path = tmp_path / "scene.mrml"
        path.write_text(HOSTILE_TEXTS[kind])
    with pytest.raises(SceneFileError):
        openScene(path, workers)
    with pytest.raises(SceneFileError):
        inspectScene(path, workers)
    assert workers.deaths == deaths


def test_256DeepIsRead(tmp_path):
    assert openScene(_bundle(tmp_path, _nested(256)), runWorkers()).scene is not None


def test_aTextOfMoreThan64MiBIsRefused(tmp_path):
    text = b"<MRML>" + b" " * (MAX_TEXT_BYTES - 12) + b"</MRML> "
    with pytest.raises(LimitExceededError, match="too long"):
        openScene(_bundle(tmp_path, text), runWorkers())


def test_aDamagedFileCostsItsNodeTheDataAndIsTold(tmp_path):
    saved = saveScene(richScene(), tmp_path / "scene.mrml")
    (tmp_path / "scene_Data" / "labels.nrrd").write_bytes(b"NRRD0004\nno header")
    (tmp_path / "scene_Data" / "note.txt").unlink()
    staged = openScene(saved.path, runWorkers())
    assert len(staged.problems) == 2
    assert any("labels.nrrd" in problem for problem in staged.problems)
    assert staged.scene.GetFirstNodeByName("labels").GetImageData() is None
    assert staged.scene.GetFirstNodeByName("vectors").GetImageData() is not None


@pytest.mark.parametrize("isFolder", [False, True])
def test_aLinkOutOfTheSceneIsNotFollowed(tmp_path, isFolder):
    outside = tmp_path / "outside"
    saveScene(richScene(), tmp_path / "scene.mrml")
    data = tmp_path / "scene_Data"
    if isFolder:
        data.rename(outside)
        data.symlink_to(outside)
    else:
        (data / "note.txt").rename(outside)
        (data / "note.txt").symlink_to(outside)
    staged = openScene(tmp_path / "scene.mrml", runWorkers())
    assert any("outside of the scene's folder" in problem for problem in staged.problems)
    assert staged.scene.GetFirstNodeByName("note").GetText() == ""


def test_filesThatNoNodeNamesAreListedAndNotUnpacked(tmp_path, monkeypatch):
    path = _bundle(tmp_path, "<MRML/>", evil_py=b"raise SystemExit", evil_so=b"\x7fELF", evil_desktop=b"[Desktop]")
    opened = []
    original = os.open

    def noting(name, *rest, **more):
        opened.append(str(name))
        return original(name, *rest, **more)

    monkeypatch.setattr(os, "open", noting)
    summary, staged = inspectScene(path, runWorkers()), openScene(path, runWorkers())
    assert [member.isNamed for member in summary.members] == [False, False, False]
    assert len([problem for problem in staged.problems if "belongs to no node" in problem]) == 3
    assert not [name for name in opened if "evil" in name]


def _detachedScene(dataFile: str) -> tuple[str, bytes]:
    text = (
        '<MRML><NRRDStorage id="vtkMRMLNRRDStorageNode1" name="s" fileName="Data/a.nhdr"/>'
        '<Volume id="vtkMRMLScalarVolumeNode1" name="v" references="storage:vtkMRMLNRRDStorageNode1;"/></MRML>'
    )
    header = f"NRRD0005\ntype: uint8\ndimension: 3\nsizes: 1 1 3\nencoding: raw\ndata file: {dataFile}\n"
    return text, header.encode()


@pytest.mark.parametrize("isBundle", [False, True])
def test_voxelsBesideANrrdHeaderComeWithIt(tmp_path, isBundle):
    text, header = _detachedScene("a.raw")
    path = tmp_path / "scene.mrml"
    if isBundle:
        path = _bundle(tmp_path, text, a_nhdr=header, a_raw=b"abc", b_raw=b"evil")
    else:
        (tmp_path / "Data").mkdir()
        path.write_text(text)
        (tmp_path / "Data" / "a.nhdr").write_bytes(header)
        (tmp_path / "Data" / "a.raw").write_bytes(b"abc")
    summary, staged = inspectScene(path, runWorkers()), openScene(path, runWorkers())
    named = [member.name.removeprefix("S/") for member in summary.members if member.isNamed]
    assert named == ["Data/a.nhdr", "Data/a.raw"]
    assert staged.scene.GetFirstNodeByName("v").voxelArray().ravel().tolist() == [97, 98, 99]
    assert [problem for problem in staged.problems if "b.raw" not in problem] == []
    if isBundle:
        target = tmp_path / "extracted"
        extractScene(path, target, runWorkers())
        assert sorted(one.name for one in target.rglob("*.*")) == ["S.mrml", "a.nhdr", "a.raw"]


@pytest.mark.parametrize("dataFile", ["../a.raw", "../../a.raw", "a.py", "b/a.raw", "LIST\na.raw", "a%d.raw 1 1 1"])
def test_noOtherMemberOfABundleIsUnpackedBecauseAHeaderNamesIt(tmp_path, dataFile):
    text, header = _detachedScene(dataFile)
    path = _bundle(tmp_path, text, a_nhdr=header, a_raw=b"abc", a_py=b"abc", a1_raw=b"abc")
    summary, staged = inspectScene(path, runWorkers()), openScene(path, runWorkers())
    assert [member.name for member in summary.members if member.isNamed] == ["S/Data/a.nhdr"]
    assert any("“Data/a.nhdr” of the node “v” was not read" in problem for problem in staged.problems)
    assert staged.scene.GetFirstNodeByName("v").GetImageData() is None


def test_aNodeOfAnUnknownClassKeepsItsVoxelsInOneFileWithTheirHeader(tmp_path):
    text, header = _detachedScene("a.raw")
    path = _bundle(tmp_path, text.replace("<Volume ", "<Foreign ").replace("ScalarVolumeNode", "ForeignNode"),
                   a_nhdr=header, a_raw=b"abc")  # fmt: skip
    staged = openScene(path, runWorkers())
    assert staged.problems == []
    saved = saveScene(staged.scene, tmp_path / "again.mrml")
    (kept,) = (tmp_path / "again_Data").iterdir()
    assert saved.problems == [] and kept.suffix == ".nhdr"
    assert b"data file" not in kept.read_bytes() and kept.read_bytes().endswith(b"encoding: raw\n\nabc")
    assert readNrrd(kept, isForeign=True).array.ravel().tolist() == [97, 98, 99]


def test_headersOfABundleAreLookedAtWithinALimit(tmp_path):
    text, header = _detachedScene("a.raw")
    path = _bundle(tmp_path, text, a_nhdr=header + b"#" * MAXIMUM_HEADER_BYTES, a_raw=b"abc")
    assert [member.name for member in inspectScene(path).members if member.isNamed] == ["S/Data/a.nhdr"]


def test_aSummaryTellsOriginSizeAndNodesBeforeAnythingIsOpened(tmp_path, temporary):
    scene = richScene()
    saved = saveScene(scene, tmp_path / "scene.mrb", b"\x89PNG picture")
    summary = inspectScene(saved.path, runWorkers())
    assert summary.origin.startswith(f"{tmp_path}, written by DICOMModule")
    assert summary.size == saved.path.stat().st_size
    assert summary.nodeCount >= len(scene.nodes())
    assert summary.thumbnail == b"\x89PNG picture"
    assert summary.problems == []
    assert inspectScene(saved.path).members == summary.members


def test_aCancelledOpeningLeavesNothing(tmp_path):
    saved = saveScene(richScene(), tmp_path / "scene.mrb")
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        openScene(saved.path, runWorkers(), progress)


def test_readingGoesOnWhereTheNameOfTheFolderIsAnotherOne(tmp_path):
    saved = saveScene(richScene(), tmp_path / "scene.mrb")
    renamed = saved.path.rename(tmp_path / "renamed by somebody.mrb")
    assert contentOf(openScene(renamed, runWorkers()).scene) == contentOf(richScene())


def test_progressGoesUpWhileALargeVolumeIsRead_andACancelIsHeardInTheMiddleOfIt(tmp_path):
    scene = Scene()
    for number in range(2):
        voxels = numpy.random.default_rng(number).integers(0, 99, (64, 512, 512)).astype(numpy.int16)
        scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", f"CT {number}").setVoxelArray(voxels)
    path = saveScene(scene, tmp_path / "scene.mrml").path
    seen: list[int] = []
    progress = Progress(lambda state: seen.append(state.done), clock=iter(range(100_000)).__next__)
    openScene(path, runWorkers(), progress)
    assert seen == sorted(seen) and len(seen) > 10
    assert progress.done == progress.total == 2000 and progress.text == "Reading"
    cancelled = Progress()
    cancelled.report = lambda done, *arguments: cancelled.cancel() if done > 300 else None
    with pytest.raises(CancelledError):
        openScene(path, runWorkers(), cancelled)


# Damage


def _damageOf(path: Path, suffix: str) -> str:
    """Damage one byte of a file in a bundle: the first, which no deflated data begin with. :returns: the file's name"""
    with zipfile.ZipFile(path) as archive:
        entry = next(entry for entry in archive.infolist() if entry.filename.endswith(suffix))
    data = bytearray(path.read_bytes())
    start = entry.header_offset + 30 + len(entry.filename.encode())
    data[start] = 0xFF
    path.write_bytes(data)
    return entry.filename


@pytest.mark.parametrize(("suffix", "className"), [(".nrrd", "vtkMRMLScalarVolumeNode"), (".vtp", "vtkMRMLModelNode")])
def test_oneBadByteCostsTheDataOfOneNodeAndIsTold(tmp_path, suffix, className):
    scene = richScene()
    path = saveScene(scene, tmp_path / "scene.mrb").path
    name = _damageOf(path, suffix)
    staged = openScene(path, runWorkers())
    assert any(f"“{name}” in the bundle cannot be read" in problem for problem in staged.problems)
    before, after = contentOf(scene), contentOf(staged.scene)
    different = [nodeID for nodeID in before if after[nodeID] != before[nodeID]]
    assert len(different) == 1 and staged.scene.GetNodeByID(different[0]).IsA(className)

    files, problems = extractScene(path, tmp_path / "out", runWorkers())
    assert name in problems[0] and not (tmp_path / "out" / name).exists()
    assert files and all(file.is_file() for file in files)


def test_aDamagedTextRefusesTheBundle(tmp_path):
    path = saveScene(richScene(), tmp_path / "scene.mrb").path
    _damageOf(path, ".mrml")
    with pytest.raises(SceneFileError, match=r"“scene/scene.mrml” in the bundle cannot be read"):
        openScene(path, runWorkers())
