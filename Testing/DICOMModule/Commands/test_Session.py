import os
import signal

import pytest

from DICOMLib.Errors import CancelledError, FileError
from DICOMLib.Progress import Progress
from DICOMModule.Commands.Session import UsageError, cancelOnInterrupt, outputFiles


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_theFirstInterruptAsksToStopAndTheSecondKills(name):
    progress = Progress()
    with pytest.raises(CancelledError), cancelOnInterrupt(progress):
        os.kill(os.getpid(), getattr(signal, name))
        assert progress.cancelled
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_withoutAnInterruptNothingHappens():
    before = signal.getsignal(signal.SIGINT)
    with cancelOnInterrupt(Progress()):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_namesOfFilesAreMadeOfNamesOfVolumes(tmp_path):
    files = outputFiles(str(tmp_path / "out"), ["4: a/b", "4: a/b", "..", ""])
    assert [file.name for file in files] == ["4_ a_b.nrrd", "4_ a_b_2.nrrd", "volume.nrrd", "volume_2.nrrd"]
    assert (tmp_path / "out").is_dir()


def test_namesOfFilesAreShortEnoughForAnyDisk(tmp_path):
    files = outputFiles(str(tmp_path / "out"), ["1: " + "x" * 60000, "1: " + "x" * 60000, "山" * 300])
    for file in files:
        file.touch()
    assert len(set(files)) == 3


def test_aFileInTheFoldersPlaceIsSaidWithWhatToDo(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(FileError, match="cannot be made .*ends in .nrrd"):
        outputFiles(str(tmp_path / "out"), ["a"])


def test_oneVolumeMayBeGivenAFile(tmp_path):
    assert outputFiles(str(tmp_path / "x.nrrd"), ["a"]) == [tmp_path / "x.nrrd"]
    with pytest.raises(UsageError):
        outputFiles(str(tmp_path / "x.nrrd"), ["a", "b"])
