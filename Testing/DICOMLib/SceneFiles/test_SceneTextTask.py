"""What the text of a scene is about, told by a worker before anything of it is made."""

from __future__ import annotations

import json

import pytest

from DICOMLib.Errors import FileError, SceneFileError
from DICOMLib.SceneFiles.SceneTextTask import describe, describeText

SCENE = (
    '<MRML version="Slicer 5.8.1 33241" writer="DICOMModule 1.0"><Volume id="a" references="storage:b;"/>'
    '<VolumeArchetypeStorage id="b" fileName="Data/a%20b.nrrd" fileListMember0="Data/a%20b.nrrd" fileListMember1="c"/>'
    '<TableStorage fileName="Data/t.tsv"><inner fileName="deeper"/></TableStorage><ModelStorage fileName="c"/></MRML>'
)
FACTS = {
    "nodes": 4, "version": "Slicer 5.8.1 33241", "writer": "DICOMModule 1.0",
    "files": ["Data/a b.nrrd", "c", "Data/t.tsv"],
}  # fmt: skip


def test_nodesAreCountedAndFilesAreNamedOnce_decodedInTheirOrder():
    assert describe(SCENE.encode()) == FACTS


def test_whatATextDoesNotSayIsEmpty():
    assert describe(b"<MRML/>") == {"nodes": 0, "version": "", "writer": "", "files": []}


def test_versionAndWriterAreNoLongerThan200Characters():
    facts = describe(f'<MRML version="{"v" * 300}" writer="{"w" * 300}"/>'.encode())
    assert (facts["version"], facts["writer"]) == ("v" * 200, "w" * 200)


def test_aTextOfAnythingElseIsRefusedByItsRoot():
    with pytest.raises(SceneFileError, match=r"the text is not that of a scene \(html\)"):
        describe(b"<html/>")
    with pytest.raises(SceneFileError) as caught:
        describe(b"<" + b"x" * 200 + b"/>")
    assert caught.value.value == "x" * 80


def test_theWorkerGivesBytesOfJson_whateverTheCharacters(tmp_path):
    (tmp_path / "a").write_text(SCENE.replace("DICOMModule", "Ä😀"), encoding="utf-8")
    ((information, array),) = describeText(str(tmp_path / "a"))
    assert information == {} and array.dtype == "uint8" and array.ndim == 1
    assert json.loads(array.tobytes()) == {**FACTS, "writer": "Ä😀 1.0"}


def test_theWorkerSaysWhichFileIsNone(tmp_path):
    (tmp_path / "a").write_text("<html/>")
    with pytest.raises(FileError, match=r"a: the text is not that of a scene \(html\)"):
        list(describeText(str(tmp_path / "a")))
