"""Which files the save of a scene takes away: its own of before, and never what others put there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from DICOMLib.SceneFiles import EarlierData as EarlierDataModule
from DICOMLib.SceneFiles.BlockFiles import listText
from DICOMLib.SceneFiles.EarlierData import EarlierData


def sceneThatNames(folder: Path, *names: str, writer: str = "DICOMModule 1.0", stem: str = "s") -> Path:
    """The text of a scene whose files are there."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    nodes = "".join(f'<Volume fileName="{name}"/>' for name in names)
    target = folder / f"{stem}.mrml"
    target.write_text(f'<MRML version="Slicer 5.8.1" writer="{writer}">{nodes}</MRML>')
    return target


def left(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix != ".mrml")


def test_theFilesOfTheSceneBeforeAndTheirFoldersAreRemoved(tmp_path):
    target = sceneThatNames(tmp_path, "s_Data/a.nrrd", "s_Data/Sub/b.vtp")
    EarlierData(target).remove()
    assert left(tmp_path) == []
    assert target.exists()


@pytest.mark.parametrize("folder", ["s_Data_2", "s_Data_17"])
def test_foldersOfLaterSavesAreItsOwn(tmp_path, folder):
    EarlierData(sceneThatNames(tmp_path, f"{folder}/a.nrrd")).remove()
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    "name",
    ["2024/a.nrrd", "a.nrrd", "Data/a.nrrd", "s/a.nrrd", "s_Data_/a.nrrd", "s_Data_x/a.nrrd", "s_Data_²/a.nrrd",
     "s_Data2/a.nrrd", "xs_Data/a.nrrd", "s_Data/1/2/a.nrrd", "S_Data/a.nrrd", "sxData/a.nrrd"],
)  # fmt: skip
def test_filesElsewhereStayThoughTheSceneNamesThem(tmp_path, name):
    target = sceneThatNames(tmp_path, name)
    before = left(tmp_path)
    EarlierData(target).remove()
    assert left(tmp_path) == before


def test_filesOutsideOfTheFolderStay(tmp_path):
    inner = tmp_path / "inner"
    (tmp_path / "s_Data").mkdir()
    (tmp_path / "s_Data" / "a.nrrd").write_text("")
    inner.mkdir()
    target = sceneThatNames(inner)
    nodes = [f'<V fileName="{name}"/>' for name in ("../s_Data/a.nrrd", f"{tmp_path}/s_Data/a.nrrd")]
    target.write_text(f'<MRML writer="DICOMModule">{"".join(nodes)}</MRML>')
    EarlierData(target).remove()
    assert left(tmp_path) == ["inner", "s_Data", "s_Data/a.nrrd"]


def test_whatOthersPutThereStays_andItsFolderWithIt(tmp_path):
    target = sceneThatNames(tmp_path, "s_Data/a.nrrd", "s_Data/Sub/b.nrrd")
    (tmp_path / "s_Data" / "mine.txt").write_text("mine")
    EarlierData(target).remove()
    assert left(tmp_path) == ["s_Data", "s_Data/mine.txt"]


def test_aTablesSchemaAndListedFilesGoWithIt(tmp_path):
    target = sceneThatNames(tmp_path, "s_Data/t.tsv")
    (tmp_path / "s_Data" / "t.schema.tsv").write_text("")
    (tmp_path / "s_Data" / "second.raw").write_text("")
    text = target.read_text().replace("/></MRML>", ' fileListMember1="s_Data/second.raw"/></MRML>')
    target.write_text(text)
    EarlierData(target).remove()
    assert left(tmp_path) == []


def test_thePiecesOfAListGoWithIt_andWhatItNamesElsewhereStays(tmp_path):
    target = sceneThatNames(tmp_path, "s_Data/a.seg.vtm", "s_Data/a.seg/0.vtp")
    target.write_text(target.read_text().replace('<Volume fileName="s_Data/a.seg/0.vtp"/>', ""))
    (tmp_path / "s_Data" / "a.seg.vtm").write_text(listText(["a.seg/0.vtp", "a.seg/gone.vtp"]))
    EarlierData(target).remove()
    assert left(tmp_path) == []


def test_aListThatIsGoneIsNoTrouble(tmp_path):
    target = sceneThatNames(tmp_path, "s_Data/a.seg.vtm", "s_Data/b.nrrd")
    (tmp_path / "s_Data" / "a.seg.vtm").unlink()
    EarlierData(target).remove()
    assert left(tmp_path) == []


@pytest.mark.parametrize("writer", ["", "Slicer", "Other DICOMModule"])
def test_theFilesOfOtherProgramsStay(tmp_path, writer):
    target = sceneThatNames(tmp_path, "s_Data/a.nrrd", writer=writer)
    EarlierData(target).remove()
    assert left(tmp_path) == ["s_Data", "s_Data/a.nrrd"]


def test_aCopyOfASceneUnderAnotherNameLeavesTheFilesToTheFirst(tmp_path):
    target = sceneThatNames(tmp_path, "s_Data/a.nrrd")
    EarlierData(target.rename(tmp_path / "copy.mrml")).remove()
    assert left(tmp_path) == ["s_Data", "s_Data/a.nrrd"]


@pytest.mark.parametrize("link", ["s_Data", "s_Data/Sub"])
def test_nothingBehindASymbolicLinkIsRemoved(tmp_path, link):
    there = tmp_path / "elsewhere"
    target = sceneThatNames(tmp_path, "elsewhere/a.nrrd")
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(there)
    target.write_text(target.read_text().replace("elsewhere", link))
    EarlierData(target).remove()
    assert (there / "a.nrrd").exists()


def test_aFileThatIsALinkGoes_andWhatItLeadsToStays(tmp_path):
    target = sceneThatNames(tmp_path, "s_Data/a.nrrd")
    (tmp_path / "s_Data" / "a.nrrd").rename(tmp_path / "kept.nrrd")
    (tmp_path / "s_Data" / "a.nrrd").symlink_to(tmp_path / "kept.nrrd")
    EarlierData(target).remove()
    assert left(tmp_path) == ["kept.nrrd"]


def test_onlyWhatTheTextBeforeNamedIsRemoved_notWhatItsSuccessorNames(tmp_path):
    target = sceneThatNames(tmp_path, "s_Data/a.nrrd")
    earlier = EarlierData(target)
    sceneThatNames(tmp_path, "s_Data_2/b.nrrd")
    earlier.remove()
    assert left(tmp_path) == ["s_Data_2", "s_Data_2/b.nrrd"]


@pytest.mark.parametrize("text", [None, "", "no XML", '<MRML writer="DICOMModule"><V fileName="s_Data/a.nrrd"></MRML>'])
def test_withoutATextThatIsUnderstoodNothingIsRemoved(tmp_path, text):
    target = sceneThatNames(tmp_path, "s_Data/a.nrrd")
    target.unlink() if text is None else target.write_text(text)
    EarlierData(target).remove()
    assert left(tmp_path) == ["s_Data", "s_Data/a.nrrd"]


def test_aTextIsLookedAtUpToTheLimit_andNotBeyond(tmp_path, monkeypatch):
    target = sceneThatNames(tmp_path, "s_Data/a.nrrd")
    monkeypatch.setattr(EarlierDataModule, "MAX_TEXT_BYTES", target.stat().st_size - 1)
    EarlierData(target).remove()
    assert left(tmp_path) == ["s_Data", "s_Data/a.nrrd"]
    monkeypatch.setattr(EarlierDataModule, "MAX_TEXT_BYTES", target.stat().st_size)
    EarlierData(target).remove()
    assert left(tmp_path) == []


def test_aFolderInPlaceOfTheTextIsNone(tmp_path):
    (tmp_path / "s.mrml").mkdir()
    EarlierData(tmp_path / "s.mrml").remove()
    assert (tmp_path / "s.mrml").is_dir()


def test_newFoldersHaveNamesThatNothingHas(tmp_path):
    target = tmp_path / "s.mrml"
    assert EarlierData(target).newName() == "s_Data"
    (tmp_path / "s_Data").mkdir()
    assert EarlierData(target).newName() == "s_Data_2"
    (tmp_path / "s_Data_2").write_text("a file")
    os.symlink("nowhere", tmp_path / "s_Data_3")
    assert EarlierData(target).newName() == "s_Data_4"


def test_namesOfFoldersAreEncodedAsThoseOfFiles(tmp_path):
    target = sceneThatNames(tmp_path, stem="a+b é")
    folder = EarlierData(target).newName()
    assert folder == "a%2bb %c3%a9_Data"
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "x.nrrd").write_text("")
    stored = folder.replace("%", "%25").replace(" ", "%20")
    target.write_text(f'<MRML writer="DICOMModule"><V fileName="{stored}/x.nrrd"/></MRML>')
    EarlierData(target).remove()
    assert left(tmp_path) == []


def test_theFilesOfASaveThatFailedAreRemoved_andNoOthers(tmp_path):
    target = sceneThatNames(tmp_path, "s_Data/a.nrrd")
    for name in ("b.nrrd", "Sub/c.nrrd"):
        (tmp_path / "s_Data_2" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "s_Data_2" / name).write_text("")
    EarlierData(target).removeNew(["s_Data_2/b.nrrd", "s_Data_2/Sub/c.nrrd", "s_Data_2/neverWritten.nrrd"])
    assert left(tmp_path) == ["s_Data", "s_Data/a.nrrd"]
