"""Names made from hostile values: nothing leads out of a folder, and every file system takes them."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from DICOMLib.Export.SafeNames import LONGEST_BYTES, LONGEST_CHARACTERS, NamesInFolder, safeName, takesAllLetters


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../x", "_.._x"), ("CON", "_CON"), ("con.txt", "_con.txt"), ("COM¹", "_COM¹"), ("NUL ", "_NUL"),
        ('a|/\\:*?"<>b', "a_________b"), ("..", "Patient"), (" . ", "Patient"), ("", "Patient"), ("///", "Patient"),
        ("-rf", "rf"), ("~root", "root"), ("Müller, Jürgen", "Müller, Jürgen"), ("山田 太郎", "山田 太郎"),
        ("a\nb\tc\x00d", "a b cd"), ("a\u202eb", "ab"), ("end...", "end"), ("console", "console"),
    ],
)  # fmt: skip
def test_aHostileValueBecomesAHarmlessName(text, name):
    assert safeName(text, "Patient") == name


def test_aLongValueIsShortened():
    assert safeName("x" * 300, "Patient") == "x" * LONGEST_CHARACTERS
    assert len(safeName("漢" * 300, "Patient").encode()) <= LONGEST_BYTES


def test_onAnASCIIFileSystemLettersLoseTheirMarks():
    assert safeName("Müller 山", "Patient", asciiOnly=True) == "Muller _"


@given(st.text(max_size=400))
def test_anyTextIsOnePlainComponent(text):
    name = safeName(text, "Patient")

    assert name not in (".", "..") and len(name) <= LONGEST_CHARACTERS + 1
    assert not set(name) & set('<>:"/\\|?*') and os.path.basename(name) == name
    assert name == name.strip(" ") and not name.endswith(".") and not name.startswith((".", "-"))
    assert all(unicodedata.category(character) not in ("Cc", "Cf", "Cs") for character in name)


def test_namesThatDifferInCaseOrCompositionOnlyAreNumbered():
    names = NamesInFolder(["taken"])

    assert [names.free(name) for name in ("Doe", "doe", "DOE", "Taken")] == ["Doe", "doe (2)", "DOE (3)", "Taken (2)"]
    assert [names.free(name) for name in ("é", "e\u0301")] == ["é", "e\u0301 (2)"]
    assert names.free("x", ".zip") == "x.zip" and names.free("x", ".zip") == "x (2).zip"


def test_aUsualFolderTakesAllLettersAndKeepsNothingOfTheTrial(tmp_path):
    assert takesAllLetters(tmp_path)
    assert os.listdir(tmp_path) == []


def test_aFileSystemWithoutOtherLettersIsFoundOut(tmp_path, monkeypatch):
    monkeypatch.setattr("DICOMLib.Export.SafeNames._PROBE", "\udfff\ud800")  # no bytes for it anywhere

    assert not takesAllLetters(tmp_path)
    assert os.listdir(tmp_path) == []
