"""Folders that hold everything a file system can hold."""

import os
import shutil
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import UnreadableFileError
from DICOMLib.Files.FolderWalk import walkFiles
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Volume import readVolume
from Testing.DICOMLib.Database.OpenedFiles import openedFiles, openedOutside
from Testing.Fixtures import SeriesBuilder, validFile

pytestmark = pytest.mark.skipif(os.name == "nt", reason="these entries exist on POSIX file systems")


@pytest.fixture
def crowd(tmp_path):
    """100 good files in a folder, and beside them every oddity; gives the folder and what is expected to be said."""
    folder = tmp_path / "crowd"
    good = SeriesBuilder(slices=100, rows=4, columns=4).write(folder / "good")
    outside = SeriesBuilder(slices=1, patientID="OUTSIDE", seed=5).write(tmp_path / "outside")[0]
    reasons = {}

    def odd(name, reason):
        reasons[os.fsencode(folder / name)] = reason
        return folder / name

    os.mkfifo(odd("pipe", "a named pipe"))
    with socket.socket(socket.AF_UNIX) as server:
        _bind(server, odd("socket", "a socket"))
    if os.geteuid() == 0:
        _device(odd, reasons)
    os.symlink("nowhere", odd("dangling", "leads nowhere"))
    os.symlink("itself", odd("itself", "symbolic link"))
    os.symlink("loop2", odd("loop1", "symbolic link"))
    os.symlink("loop1", odd("loop2", "symbolic link"))
    os.symlink(".", odd("here", "links are not followed"))
    os.symlink("..", odd("up", "links are not followed"))
    os.symlink(outside, odd("out", "links are not followed"))
    os.symlink(outside.parent, odd("outFolder", "links are not followed"))
    os.link(good[0], odd("hard link", "another name of a file"))
    odd("empty", "an empty file").touch()
    if os.geteuid():
        shutil.copyfile(good[0], odd("unreadable", "Permission denied"))
        (folder / "unreadable").chmod(0)
        odd("unreadable folder", "Permission denied").mkdir(mode=0)
    reasons[_deepFolder(folder)] = "its path is longer than the system can open"
    _write(os.fsencode(folder / ("n" * 255)), 1)
    _write(os.fsencode(folder) + b"/caf\xe9\xff.dcm", 2)
    _write(os.fsencode(folder / "new\nline\x1b[2J"), 3)
    yield folder, reasons
    if os.geteuid():
        (folder / "unreadable folder").chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _bind(server, path):
    """Names of sockets are short, so it is bound from its folder."""
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        server.bind(path.name)
    finally:
        os.chdir(here)


def _device(odd, reasons):
    try:
        os.mknod(odd("device", "a device"), 0o600 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero
    except OSError:  # a container may forbid it
        reasons.popitem()


def _deepFolder(folder):
    """Folders inside each other until a path takes more than 4,096 bytes; the first that cannot be opened."""
    path, descriptor = os.fsencode(folder), os.open(folder, os.O_RDONLY)
    tooLong = b""
    for _ in range(18):
        os.mkdir(b"d" * 250, dir_fd=descriptor)
        below = os.open(b"d" * 250, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor, path = below, path + b"/" + b"d" * 250
        if len(path) >= 4096 and not tooLong:
            tooLong = path
    os.close(descriptor)
    return tooLong


def _write(path, number):
    with open(path, "wb") as stream:
        stream.write(validFile(patientID="ODD", seed=77 + number))


def test_goodFilesComeInBesideEveryOddity(database, crowd, tmp_path, promised):
    """100 good files beside pipes, sockets, devices, links, loops, hard links and odd names: all come in within 10 s,
    each oddity is named once with its reason, and nothing outside the folder is opened."""
    folder, expected = crowd
    with openedFiles() as opened, promised.within(10):
        report = DICOMIndexer(database).importPaths([folder])
    said = {entry.path: entry.reason for entry in report.skipped}
    outside = openedOutside(opened, folder, tmp_path / "database")

    print(f"special files: {len(said)} oddities named, {len(outside)} opens outside")
    assert database.imagesCount() == report.instancesAdded == 103
    assert len(said) == len(report.skipped)
    assert _missing(expected, said) == {}
    assert outside == []


def _missing(expected, said):
    """What should have been said and was not. Of two names of one file it does not matter which is called the other."""
    wrong = {path: (reason, said.get(path)) for path, reason in expected.items() if reason not in said.get(path, "")}
    return {path: what for path, what in wrong.items()
            if not (b"hard link" in path and any("another name of a file" in reason for reason in said.values()))}


def test_filesWithOddNamesCanBeLoaded(database, crowd):
    folder, _ = crowd
    DICOMIndexer(database).importPaths([folder])
    odd = [uid for uid in database.allSeries() if len(database.filesForSeries(uid)) == 1]

    assert len(odd) == 3
    for uid in odd:
        assert readVolume(database.instancesForSeriesAsRecords(uid)).array.shape == (1, 16, 12)


def test_withLinksFollowedEveryFolderIsVisitedOnce(database, crowd, tmp_path):
    folder, _ = crowd
    with openedFiles() as opened:
        report = DICOMIndexer(database).importPaths([folder], followLinks=True)
    scanned = [os.path.realpath(path) for path in opened if os.path.isdir(path) and b"database" not in path]

    assert report.instancesAdded == 104  # the one outside, which a link leads to
    assert len(scanned) == len(set(scanned))
    assert os.fsencode(tmp_path / "outside") in scanned


def test_aSecondImportSaysTheSameAndReadsNothing(database, crowd):
    folder, _ = crowd
    first = DICOMIndexer(database).importPaths([folder])
    second = DICOMIndexer(database).importPaths([folder])

    assert second.instancesUnchanged == 103
    assert {entry.path for entry in second.skipped} == {entry.path for entry in first.skipped}


@pytest.mark.skipif(os.geteuid() != 0, reason="another test shows it to users who are not root")
def test_unreadableFilesAndFoldersAreNamed():
    """As a user who is not root, who may read everything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        paths = [folder / f"{number}.dcm" for number in range(3)]
        for number, path in enumerate(paths):
            path.write_bytes(validFile(seed=number))
        paths[0].chmod(0)
        (folder / "shut").mkdir(mode=0o700)
        said = {}
        os.seteuid(65534)
        try:
            entries = list(walkFiles([folder], said.__setitem__))
            with pytest.raises(UnreadableFileError, match="cannot be opened .Permission denied"):
                scanFile(entries[0].path)
        finally:
            os.seteuid(0)

    assert said == {os.fsencode(folder / "shut"): "cannot be read: Permission denied"}
    assert [entry.path for entry in entries] == [os.fsencode(path) for path in paths]
