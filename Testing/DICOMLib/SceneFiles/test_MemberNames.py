import pytest
from hypothesis import given
from hypothesis import strategies as st

from DICOMLib.SceneFiles.MemberNames import LONGEST_STEM, MemberNames, encodedStem, memberName


def test_namesOfNodesAreEncodedAsSlicerDoes():
    assert encodedStem("2: CT/Thorax") == "2%3a CT%2fThorax"
    assert encodedStem("Köln") == "K%c3%b6ln"


@given(name=st.text())
def test_anyNameOfANodeIsANameOfAFile(name):
    stem = encodedStem(name)
    assert 0 < len(stem) <= LONGEST_STEM + 1 and stem == stem.strip(" .")
    assert not set(stem) & set('/\\:*?"<>|\0\n')
    assert memberName(f"Data/{stem}.nrrd") == f"Data/{stem}.nrrd"


@pytest.mark.parametrize("name", ["CON", "nul", "Com1", "lpt9.x", "..", ".", " ", ""])
def test_namesOfDevicesAndNoNamesGetAnUnderline(name):
    assert encodedStem(name).startswith("_")


def test_noTwoFilesHaveOneNameWhateverTheCapitals():
    names = MemberNames("Data")
    assert [names.forNode(name, ".nrrd") for name in ("CT", "ct", "CT", "CT_1")] == [
        "Data/CT.nrrd", "Data/ct_1.nrrd", "Data/CT_2.nrrd", "Data/CT_1_1.nrrd",
    ]  # fmt: skip


def test_theSchemaOfATableIsNoOtherTable():
    names = MemberNames("Data")
    assert [names.forNode(name, ".tsv") for name in ("a", "a.schema", "b.schema", "b")] == [
        "Data/a.tsv", "Data/a.schema_1.tsv", "Data/b.schema.tsv", "Data/b_1.tsv",
    ]  # fmt: skip


def test_keptFilesKeepTheirNames():
    names = MemberNames("Data")
    assert names.forFile("x/F.mrk.json") == "Data/F.mrk.json"
    assert names.forFile("y/F.mrk.json") == "Data/F_1.mrk.json"
    assert names.forFile("Data/a.b/c:d") == "Data/c%3ad"


@pytest.mark.parametrize("name", ["/etc/passwd", "../x.nrrd", "Data/../../x", "C:\\x", "C:x", "\\\\host\\share\\x", "file:///x",
                                  "http://example.com/x", "Data\\..\\..\\x", "", ".", "a\0b", "x" * 2000])  # fmt: skip
def test_namesOutsideOfTheFolderAreNone(name):
    assert memberName(name) is None


def test_namesInTheFolderAreWrittenWithSlashes():
    assert memberName("Data\\CT.nrrd") == "Data/CT.nrrd"
    assert memberName("./Data//a..b.nrrd") == "Data/a..b.nrrd"
