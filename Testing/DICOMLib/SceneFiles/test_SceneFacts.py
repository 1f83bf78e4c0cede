"""What a worker says of the text of a scene is taken as far as it is texts and numbers where they belong."""

from __future__ import annotations

from pathlib import Path

import pytest

from DICOMLib.Errors import CancelledError, SceneFileError
from DICOMLib.Progress import Progress
from DICOMLib.SceneFiles import SceneFacts
from DICOMLib.SceneFiles.SceneFacts import factsFrom, readGivenText, readText
from DICOMLib.Workers.Answers import plainArray
from Testing.Fixtures.RunWorkers import runWorkers

FACTS = {"nodes": 1, "version": "v", "writer": "w", "files": ["a"]}


def lie(path: str, folder: str):
    """Runs in a worker: a text and no elements."""
    yield {"part": "text"}, plainArray(FACTS)


def test_factsAreTakenAsTheyAre_andListsThatAreNotSaidAreEmpty():
    assert factsFrom(FACTS) == {**FACTS, "beside": [], "named": []}
    assert factsFrom({**FACTS, "named": ["b"], "more": 1})["named"] == ["b"]


@pytest.mark.parametrize(
    "said",
    [None, [], {}, {**FACTS, "nodes": "1"}, {**FACTS, "nodes": True}, {**FACTS, "version": None},
     {**FACTS, "writer": 1}, {**FACTS, "files": "abc"}, {**FACTS, "files": [1]}, {**FACTS, "beside": {"a": 1}}],
)  # fmt: skip
def test_whatIsNoneIsRefused(said):
    with pytest.raises(SceneFileError, match="no text of a scene"):
        factsFrom(said)


def test_aTextInAFileAndOneThatSomebodyHasAreReadAlike(tmp_path):
    (tmp_path / "s.mrml").write_text('<MRML version="1"><Volume id="a"/></MRML>')
    read = readText(tmp_path / "s.mrml", runWorkers())
    assert read.facts == {"nodes": 1, "version": "1", "writer": "", "files": [], "beside": [], "named": []}
    assert [element.tag for element in read.root.children] == ["Volume"]
    assert readGivenText((tmp_path / "s.mrml").read_bytes(), Path("/a/scene.mrml"), runWorkers()) == read


def test_aTextWithoutElementsIsNone_andACancelIsHeard(tmp_path, monkeypatch):
    (tmp_path / "s.mrml").write_text("<MRML/>")
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        readText(tmp_path / "s.mrml", runWorkers(), progress)
    monkeypatch.setattr(SceneFacts, "_TASK", f"{__name__}:lie")
    with pytest.raises(SceneFileError, match="cannot be read") as caught:
        readText(tmp_path / "s.mrml", runWorkers())
    assert caught.value.where == str(tmp_path / "s.mrml")
