"""Files copied one by one: what is wrong with one is its own affair, what is wrong with the disk is everybody's."""

from __future__ import annotations

import os
from itertools import count

import pytest

from DICOMLib.Database.FileStates import asItIs
from DICOMLib.Database.UpkeepReport import CHANGED, UNREADABLE
from DICOMLib.Errors import ExportError
from DICOMLib.Export import FileCopies
from DICOMLib.Export.CopyOutPlan import PlannedFile
from DICOMLib.Export.FileCopies import Copy, ProgressOfFiles, copyFiles
from DICOMLib.Progress import Progress


@pytest.fixture
def copies(tmp_path):
    (tmp_path / "to").mkdir()
    made = []
    for number in range(40):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(os.urandom(1000 + number))
        made.append(Copy(PlannedFile(asItIs(bytes(path)), False), str(tmp_path / "to" / f"{number}")))
    return made


def test_bytesAreTheSame(copies, tmp_path):
    done = copyFiles(copies, ProgressOfFiles(Progress(), len(copies)))

    assert len(done.copies) == 40 and done.bytesWritten == sum(1000 + number for number in range(40))
    assert all((tmp_path / "to" / f"{n}").read_bytes() == (tmp_path / f"{n}.dcm").read_bytes() for n in range(40))


def test_aFileThatChangesWhileItIsCopiedIsLeftOut(copies, tmp_path, monkeypatch):
    write, calls = FileCopies.writeAll, count()

    def writeAndChange(descriptor, block):
        if next(calls) == 0:
            with open(tmp_path / "0.dcm", "ab") as stream:
                stream.write(b"more")
        write(descriptor, block)

    monkeypatch.setattr(FileCopies, "writeAll", writeAndChange)
    done = copyFiles(copies[:1], ProgressOfFiles(Progress(), 1))

    assert [finding.kind for finding in done.findings] == [CHANGED]
    assert os.listdir(tmp_path / "to") == []


def test_aFileThatVanishesIsNamedAndOthersGoOn(copies, tmp_path):
    os.unlink(tmp_path / "7.dcm")
    done = copyFiles(copies, ProgressOfFiles(Progress(), len(copies)))

    assert [(one.kind, one.path) for one in done.findings] == [(UNREADABLE, bytes(tmp_path / "7.dcm"))]
    assert len(done.copies) == 39 == len(os.listdir(tmp_path / "to"))


def test_aCopyThatIsNotWhatWasWrittenEndsEverything(copies, monkeypatch):
    write = FileCopies.writeAll
    monkeypatch.setattr(FileCopies, "writeAll", lambda descriptor, block: write(descriptor, bytes(len(block))))
    with pytest.raises(ExportError, match="a copy differs from what was written"):
        copyFiles(copies, ProgressOfFiles(Progress(), len(copies)))


def test_nothingIsOverwritten(copies, tmp_path):
    (tmp_path / "to" / "3").write_text("mine")
    with pytest.raises(FileExistsError):
        copyFiles(copies, ProgressOfFiles(Progress(), len(copies)))

    assert (tmp_path / "to" / "3").read_text() == "mine"
