"""Temporary folders vanish with the program, also when that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from DICOMLib import DICOMUtils
from DICOMLib.Database.TemporaryFolders import PREFIX, TemporaryFolder, removeAbandonedFolders

pytestmark = pytest.mark.usefixtures("systemTemp")


def test_it_is_private_and_gone_at_the_end(systemTemp):
    with TemporaryFolder() as path:
        assert os.stat(path).st_mode & 0o777 == 0o700
        (systemTemp / os.path.basename(path) / "data").write_text("x")
    assert list(systemTemp.iterdir()) == []


def test_what_is_in_use_and_what_belongs_to_others_stays(systemTemp):
    others = systemTemp / f"{PREFIX}noLock"
    others.mkdir()
    (systemTemp / "somebody").mkdir()
    (systemTemp / f"{PREFIX}link").symlink_to(systemTemp / "somebody")
    folder = TemporaryFolder()
    assert removeAbandonedFolders() == 0
    assert os.path.isdir(folder.path) and others.is_dir()
    folder.remove()


def test_what_a_killed_program_left_is_removed_by_the_next(systemTemp):
    code = (
        "import sys, time; from DICOMLib import DICOMUtils\n"
        "from DICOMLib.Database.TemporaryFolders import TemporaryFolder\n"
        "folder = TemporaryFolder(); database = DICOMUtils.createTemporaryDatabase()\n"
        "print('ready', flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        assert len(list(systemTemp.iterdir())) == 2 and removeAbandonedFolders() == 0
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.communicate()
    assert removeAbandonedFolders() == 2
    assert list(systemTemp.iterdir()) == []


def test_temporary_databases_leave_nothing(systemTemp):
    with DICOMUtils.TemporaryDICOMDatabase():
        assert len(list(systemTemp.iterdir())) == 1
    assert list(systemTemp.iterdir()) == []


def test_what_a_killed_program_left_elsewhere_goes_when_the_next_one_tidies(systemTemp, tmp_path):
    place, other = tmp_path / "export", tmp_path / "export" / f"{PREFIX}noLock"
    other.mkdir(parents=True)
    code = "import os, signal, sys\n" \
           "from DICOMLib.Database.TemporaryFolders import TemporaryFolder\n" \
           "path = TemporaryFolder(sys.argv[1]).path\n" \
           "open(path + '/image', 'w').write('x')\n" \
           "os.kill(os.getpid(), signal.SIGKILL)"  # fmt: skip
    inUse = TemporaryFolder(place)
    assert subprocess.run([sys.executable, "-c", code, str(place)], check=False).returncode == -signal.SIGKILL
    assert len(os.listdir(place)) == 3
    assert removeAbandonedFolders() == 2  # what it left, and what told of it
    assert sorted(os.listdir(place)) == sorted([os.path.basename(inUse.path), other.name])
    inUse.remove()
    assert os.listdir(place) == [other.name] and os.listdir(systemTemp) == []


def test_whoeverIsKilledWhileTidyingUpLeavesAFolderThatIsStillKnownAsOurs(tmp_path, monkeypatch):
    left = tmp_path / f"{PREFIX}killed"
    (left / "data").mkdir(parents=True)
    (left / "data" / "patient.nrrd").touch()
    (left / ".inUse").touch()

    def killed(folder, **_):
        """The mark goes first, as it may, and then the program ends."""
        for entry in sorted(Path(folder).iterdir()):
            entry.rmdir() if entry.is_dir() else entry.unlink()
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("DICOMLib.Database.TemporaryFolders.shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            removeAbandonedFolders(tmp_path)
    assert removeAbandonedFolders(tmp_path) == 1
    assert not left.exists()
