"""Colour tables in files: what is written, letter by letter, and what is read of those of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from DICOMLib.Errors import FileError
from DICOMLib.Scene.Nodes import vtkMRMLColorTableNode
from DICOMLib.SceneFiles import ColorText
from DICOMLib.SceneFiles.ColorFiles import FORMAT, readColorsInto, writeColors
from DICOMLib.SceneFiles.MemberFormat import Reading
from Testing.Fixtures.TasksHere import TasksHere

TERMS = ",".join(
    f"{kind}_{part}" for kind in ("Category", "Type", "TypeModifier", "Region", "RegionModifier")
    for part in ("CodingScheme", "CodeValue", "CodeMeaning")
)  # fmt: skip
HEADER = "LabelValue,Name,Color_R,Color_G,Color_B,Color_A"


def table(count: int = 5) -> vtkMRMLColorTableNode:
    node = vtkMRMLColorTableNode()
    node.SetNumberOfColors(count)
    node.SetColor(1, "left_lobe, of it", 0.3, 1, 0, 0.5)
    node.SetColor(3, 0, 0, 1)
    return node


def read(path: Path, text: str | bytes | None = None) -> vtkMRMLColorTableNode:
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    node = vtkMRMLColorTableNode()
    readColorsInto(node, path, Reading(TasksHere()))
    return node


def entries(node: vtkMRMLColorTableNode) -> list[tuple[str, tuple[float, ...]]]:
    return [(node.GetColorName(n), node.GetColor(n)) for n in range(node.GetNumberOfColors())]


def test_aCsvFileHasSlicersColumnsAndTwoOfOurOwn(tmp_path):
    assert writeColors(table(), tmp_path / "a.csv", None) == [tmp_path / "a.csv"]
    assert (tmp_path / "a.csv").read_text() == (
        f"{HEADER},{TERMS},ColorExact,NumberOfColors\n"
        f'1,"left_lobe, of it",76,255,0,128,{"," * 15}0.3 1.0 0.0 0.5,5\n'
        f"3,,0,0,255,255,{',' * 15}0.0 0.0 1.0 1.0,5\n"
    )


@pytest.mark.parametrize("suffix", [".ctbl", ".txt", ".TXT"])
def test_aPlainFileHasOneColorALine(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    writeColors(table(), path, None)
    assert path.read_text() == "# Color table\n# 5 values\n1 left_lobe,_of_it 76 255 0 128\n3 (none) 0 0 255 255\n"


@pytest.mark.parametrize("suffix", [".csv", ".CSV"])
def test_csvReadsBackToTheLastDigit(tmp_path, suffix):
    writeColors(table(), tmp_path / f"a{suffix}", None)
    assert entries(read(tmp_path / f"a{suffix}")) == entries(table())


def test_plainFilesReadBackIn256Steps(tmp_path):
    writeColors(table(), tmp_path / "a.ctbl", None)
    found = read(tmp_path / "a.ctbl")
    assert found.GetNumberOfColors() == 5
    assert found.GetColorName(1) == "left lobe, of it" and found.GetColorName(3) == ""
    assert found.GetColor(1) == (76 / 255, 1, 0, 128 / 255)


def test_aColorThatSomebodyChangedIsTakenFromTheStepsThatHeChanged(tmp_path):
    row = f"1,a,{{}},255,{',' * 15}0.3 1.0 0.0 1.0,2\n"
    for channels, expected in (("76,255,0", 0.3), ("77,255,0", 0.3), ("78,255,0", 78 / 255), ("75,255,0", 75 / 255)):
        found = read(tmp_path / "a.csv", f"{HEADER},{TERMS},ColorExact,NumberOfColors\n{row.format(channels)}")
        assert found.GetColor(1)[0] == expected


@pytest.mark.parametrize("exact", ["", "0.5", "0.5 0.5 0.5", "0.5 0.5 0.5 1 1"])
def test_withoutAllFourExactNumbersTheStepsCount(tmp_path, exact):
    found = read(tmp_path / "a.csv", f"{HEADER},ColorExact\n0,a,128,128,128,255,{exact}\n")
    assert found.GetColor(0) == (128 / 255,) * 3 + (1.0,)


def test_slicersTablesNeedNoColumnsOfOurs(tmp_path):
    found = read(tmp_path / "a.csv", f"\ufeff{HEADER}\r\n2,liver,255,51,0,102\r\n\r\n1.0,é,0,0,0,\r\n")
    assert entries(found) == [("", (0,) * 4), ("é", (0, 0, 0, 1)), ("liver", (1, 0.2, 0, 0.4))]


def test_opacityMayBeMissing(tmp_path):
    text = "Name,Color_B,Color_G,Color_R,LabelValue\na,0,51,255,0\n"
    assert read(tmp_path / "a.csv", text).GetColor(0) == (1, 0.2, 0, 1)
    assert read(tmp_path / "a.ctbl", "0 a 255 51 0\n").GetColor(0) == (1, 0.2, 0, 1)
    assert read(tmp_path / "a.ctbl", "0 a 255 51 0 51 9 9\n").GetColor(0) == (1, 0.2, 0, 0.2)


def test_remarksAndEmptyLinesOfPlainFilesAreNoColors(tmp_path):
    found = read(tmp_path / "a.txt", "# 3D Slicer\n# values 9\n# 4 values\n#9 values\n# x values\n\n  1 a_b 0 0 0\n")
    assert entries(found)[1:] == [("a b", (0, 0, 0, 1)), ("", (0,) * 4), ("", (0,) * 4)]


def test_channelsBeyondTheirRangeAreItsEnds(tmp_path):
    assert read(tmp_path / "a.ctbl", "0 a 300 -5 inf 1e300\n").GetColor(0) == (1, 0, 1, 1)


def test_valuesAreThoseThat16BitsHave_andNotMore(tmp_path):
    assert read(tmp_path / "a.ctbl", "65535 a 0 0 0\n").GetNumberOfColors() == 65536
    assert read(tmp_path / "a.csv", f"{HEADER},NumberOfColors\n0,a,0,0,0,0,65536\n").GetNumberOfColors() == 65536


TOO_MANY = "has no colours or too many"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.ctbl", "", TOO_MANY), ("a.csv", "", TOO_MANY), ("a.csv", f"{HEADER}\n", TOO_MANY),
        ("a.ctbl", "# 3 values\n", TOO_MANY), ("a.ctbl", "-1 a 0 0 0\n", TOO_MANY),
        ("a.ctbl", "0 b 0 0 0\n65536 a 0 0 0\n", TOO_MANY), ("a.ctbl", "# 65537 values\n0 a 0 0 0\n", TOO_MANY),
        ("a.csv", f"{HEADER},NumberOfColors\n0,a,0,0,0,0,65537\n", TOO_MANY),
        ("a.ctbl", "x a 0 0 0\n", "damaged"), ("a.ctbl", "0 a 0 0\n", "damaged"), ("a.ctbl", "0\n", "damaged"),
        ("a.ctbl", "0 a 0 0 x\n", "damaged"), ("a.csv", "Name,Color_R\na,0\n", "damaged"),
        ("a.csv", f"{HEADER}\ninf,a,0,0,0,0\n", "damaged"), ("a.csv", f"{HEADER}\nnan,a,0,0,0,0\n", "damaged"),
        ("a.csv", f"{HEADER}\n0,a,0,0\n", "damaged"), ("a.csv", f"{HEADER}\n0,a,0,0,0,x\n", "damaged"),
    ],
)  # fmt: skip
def test_whatIsNoTableIsRefused_andTheNodeStaysAsItWas(tmp_path, name, text, words):
    node, path = table(), tmp_path / name
    path.write_text(text)
    with pytest.raises(FileError, match=words) as caught:
        readColorsInto(node, path, Reading(TasksHere()))
    assert caught.value.where == str(path)
    assert entries(node) == entries(table())


def test_aFileIsAsLongAsAccepted_andNotLonger(tmp_path, monkeypatch):
    text = "0 a 0 0 0\n"
    monkeypatch.setattr(ColorText, "LONGEST_FILE", len(text))
    assert read(tmp_path / "a.ctbl", text).GetNumberOfColors() == 1
    with pytest.raises(FileError, match="too long for its kind"):
        read(tmp_path / "a.ctbl", text + "\n")


def test_whatANodeHadBeforeIsGone(tmp_path):
    node = table()
    (tmp_path / "a.ctbl").write_text("0 a 255 0 0\n")
    readColorsInto(node, tmp_path / "a.ctbl", Reading(TasksHere()))
    assert entries(node) == [("a", (1, 0, 0, 1))]


def test_onlyATableWithAColorOrANameHasAFile():
    node = vtkMRMLColorTableNode()
    node.SetNumberOfColors(2)
    assert not FORMAT.hasData(node)
    node.SetColorName(1, "a")
    assert FORMAT.hasData(node)
    assert (FORMAT.defaultSuffix(node), FORMAT.storageClassName(node)) == (".csv", "vtkMRMLColorTableStorageNode")
    assert FORMAT.suffixes == FORMAT.written == (".csv", ".ctbl", ".txt")
