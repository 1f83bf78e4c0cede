"""What the text of a scene is about, told by a worker before anything of it is made."""

from __future__ import annotations

import json

import pytest

from DICOMLib.Errors import LimitExceededError, SceneFileError, UnreadableFileError
from DICOMLib.SceneFiles import SceneTextTask
from DICOMLib.SceneFiles.ElementRows import elementFrom
from DICOMLib.SceneFiles.MrmlText import parseXML
from DICOMLib.SceneFiles.SceneTextTask import describe, describeText, textOfScene, withCompanions

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
    assert describe(SCENE.encode())[0] == FACTS


def test_whatATextDoesNotSayIsEmpty():
    assert describe(b"<MRML/>")[0] == {"nodes": 0, "version": "", "writer": "", "files": []}


def test_versionAndWriterAreNoLongerThan200Characters():
    facts, _ = describe(f'<MRML version="{"v" * 300}" writer="{"w" * 300}"/>'.encode())
    assert (facts["version"], facts["writer"]) == ("v" * 200, "w" * 200)


def test_aTextOfAnythingElseIsRefusedByItsRoot():
    with pytest.raises(SceneFileError, match=r"the text is not that of a scene \(html\)"):
        describe(b"<html/>")
    with pytest.raises(SceneFileError) as caught:
        describe(b"<" + b"x" * 200 + b"/>")
    assert caught.value.value == "x" * 80


def test_theWorkerGivesBytesOfJson_whateverTheCharacters(tmp_path):
    said = SCENE.replace("DICOMModule", "Ä😀")
    (tmp_path / "a").write_text(said, encoding="utf-8")
    (first, facts), (second, rows) = describeText(str(tmp_path / "a"), str(tmp_path))
    assert (first, second) == ({"part": "text"}, {"part": "elements"})
    assert facts.dtype == rows.dtype == "uint8" and facts.ndim == rows.ndim == 1
    assert json.loads(facts.tobytes()) == {**FACTS, "writer": "Ä😀 1.0", "beside": []}
    assert elementFrom(json.loads(rows.tobytes())) == parseXML(said)


def test_theWorkerSaysWhichFileIsNone(tmp_path):
    (tmp_path / "a").write_text("<html/>")
    with pytest.raises(SceneFileError, match=r"the text is not that of a scene \(html\)"):
        list(describeText(str(tmp_path / "a"), str(tmp_path)))


def test_aTextIsAsLongAsAccepted_andNotLonger(tmp_path, monkeypatch):
    path = tmp_path / "s.mrml"
    path.write_bytes(b"<MRML/>")
    monkeypatch.setattr(SceneTextTask, "MAX_TEXT_BYTES", 7)
    assert textOfScene(path) == b"<MRML/>"
    monkeypatch.setattr(SceneTextTask, "MAX_TEXT_BYTES", 6)
    with pytest.raises(LimitExceededError, match=r"the text of the scene is too long \(more than 6"):
        textOfScene(path)


def test_whatIsNotThereIsTold(tmp_path):
    for path in (tmp_path, tmp_path / "none.mrml"):
        with pytest.raises(UnreadableFileError, match="there is no such file"):
            textOfScene(path)


def test_aTableHasItsSchemaWithIt():
    assert withCompanions("Data/t.TSV") == ["Data/t.TSV", "Data/t.schema.TSV"]
    assert withCompanions("t.csv") == ["t.csv", "t.schema.csv"]
    assert withCompanions("t.nrrd") == ["t.nrrd"]
    assert withCompanions(None) == []
