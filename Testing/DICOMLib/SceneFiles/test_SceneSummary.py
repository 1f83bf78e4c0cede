"""What is told of a scene file before it is opened."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from DICOMLib.Errors import SceneFileError
from DICOMLib.SceneFiles.SceneSummary import SceneMember, inspectScene, isSceneFile
from Testing.Fixtures.RunWorkers import runWorkers

HEADER = b"NRRD0004\ntype: uchar\ndimension: 1\nsizes: 3\nencoding: raw\ndata file: v.raw\n\n"
NAMED = ("Data/a%20b.nrrd", "Data/t.tsv", "Data/d.nhdr", "Data/gone.vtp")
FILES = {
    "Data/a b.nrrd": b"12345", "Data/t.tsv": b"123", "Data/t.schema.tsv": b"1234", "Data/d.nhdr": HEADER,
    "Data/v.raw": b"123", "Data/other.bin": b"1",
}  # fmt: skip


def text(*names: str, root: str = 'MRML version="Slicer 5.8.1" writer="3D Slicer"') -> bytes:
    nodes = "".join(f'<Storage fileName="{name}"/>' for name in names)
    return f"<{root}>{nodes}</{root.split()[0]}>".encode()


def bundle(folder: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(folder / "a.mrb", "w") as archive:
        for name, contents in files.items():
            archive.writestr(name, contents)
    return folder / "a.mrb"


def beside(folder: Path, contents: bytes) -> Path:
    for name, data in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "s.mrml").write_bytes(contents)
    return folder / "s.mrml"


@pytest.mark.parametrize(("name", "isOne"), [("a.mrb", True), ("A.MRML", True), ("a.zip", False), ("mrb", False)])
def test_sceneFilesAreKnownByTheirEnding(name, isOne):
    assert isSceneFile(name) is isSceneFile(Path("x") / name) is isOne


def test_aBundleIsTold(tmp_path):
    picture = b"\x89PNG\r\n\x1a\n"
    members = {f"S/{name}": contents for name, contents in FILES.items()}
    path = bundle(tmp_path, {"S/S.mrml": text(*NAMED), **members, "S/S.png": picture, "S/T.mrml": b"<MRML/>"})
    summary = inspectScene(path, runWorkers())
    assert (summary.path, summary.writer, summary.formatVersion) == (path, "3D Slicer", "Slicer 5.8.1")
    assert summary.size == path.stat().st_size
    assert summary.unpackedSize == sum(map(len, [text(*NAMED), *FILES.values(), picture, b"<MRML/>"]))
    assert summary.nodeCount == 4
    assert {one.name: one.isNamed for one in summary.members} == {
        "S/Data/a b.nrrd": True, "S/Data/t.tsv": True, "S/Data/t.schema.tsv": True, "S/Data/d.nhdr": True,
        "S/Data/v.raw": True, "S/Data/other.bin": False, "S/S.png": False, "S/T.mrml": False,
    }  # fmt: skip
    assert {one.name: one.size for one in summary.members}["S/Data/a b.nrrd"] == 5
    assert summary.problems == [
        "“S/T.mrml” in the bundle is a further scene, which is not opened.",
        "“S/Data/other.bin” belongs to no node of the scene, and is not opened.",
    ]
    assert summary.thumbnail == picture
    assert summary.origin == f"{tmp_path}, written by 3D Slicer"


def test_aTextWithFilesBesideItIsTold(tmp_path):
    path = beside(tmp_path, text(*NAMED, "../outside.nrrd", "/etc/passwd"))
    summary = inspectScene(path, runWorkers())
    found = {one.name: (one.size, one.isNamed) for one in summary.members}
    assert found["Data/a b.nrrd"] == (5, True) and found["Data/v.raw"] == (3, True)
    assert "Data/other.bin" not in found
    assert summary.size == summary.unpackedSize == path.stat().st_size + sum(one.size for one in summary.members)
    assert summary.problems == [
        "A file that the scene names is missing: Data/gone.vtp.",
        "A file that the scene names is outside of its folder, and is not opened.",
    ]
    assert (summary.nodeCount, summary.thumbnail) == (6, b"")


def test_withoutAWriterTheVersionIsTold_andWithoutBothTheFolderAlone(tmp_path):
    path = tmp_path / "s.mrml"
    for root, origin in (('MRML version="Slicer 4"', f"{tmp_path}, written by Slicer 4"), ("MRML", str(tmp_path))):
        path.write_bytes(text(root=root))
        assert inspectScene(path, runWorkers()).origin == origin


def test_filesOfKindsThatNoMemberHasAreNotOpened(tmp_path):
    (tmp_path / "run.exe").write_bytes(b"1")
    (tmp_path / "s.mrml").write_bytes(text("run.exe"))
    assert inspectScene(tmp_path / "s.mrml", runWorkers()).members == [SceneMember("run.exe", 1, False)]


def test_aFileThatALinkOfTheFolderLeadsToIsOutside(tmp_path):
    folder = tmp_path / "scene"
    folder.mkdir()
    (tmp_path / "secret.nrrd").write_bytes(b"1")
    (folder / "a.nrrd").symlink_to(tmp_path / "secret.nrrd")
    (folder / "s.mrml").write_bytes(text("a.nrrd"))
    summary = inspectScene(folder / "s.mrml", runWorkers())
    assert summary.members == [] and "outside of its folder" in summary.problems[0]


@pytest.mark.parametrize(
    ("contents", "words"),
    [(b"<html/>", r"the text is not that of a scene \(html\)"), (b"no XML", "the text of the scene is no XML"),
     (b"<!DOCTYPE MRML><MRML/>", "has a document type of its own")],
)  # fmt: skip
@pytest.mark.parametrize("suffix", [".mrml", ".mrb"])
def test_whatIsNoSceneIsRefusedInAWholeSentence(tmp_path, contents, words, suffix):
    path = bundle(tmp_path, {"S/S.mrml": contents}) if suffix == ".mrb" else tmp_path / "s.mrml"
    if suffix == ".mrml":
        path.write_bytes(contents)
    with pytest.raises(SceneFileError, match=words) as caught:
        inspectScene(path, runWorkers())
    assert caught.value.where == str(path)


@pytest.mark.parametrize("name", ["a.mrb", "a.mrml"])
def test_anEmptyFileIsCalledSo(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(SceneFileError, match=r"the file is empty\. Copy or download it again\.$"):
        inspectScene(tmp_path / name, runWorkers())


def test_aFileThatIsNoZipIsNotCalledADamagedOne(tmp_path):
    (tmp_path / "a.mrb").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    with pytest.raises(SceneFileError, match=r"this is no scene bundle, which is a zip archive\.$"):
        inspectScene(tmp_path / "a.mrb", runWorkers())
    whole = bundle(tmp_path, {"S/S.mrml": text()}).read_bytes()
    (tmp_path / "a.mrb").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SceneFileError, match="the bundle cannot be opened: it ends too early"):
        inspectScene(tmp_path / "a.mrb", runWorkers())
