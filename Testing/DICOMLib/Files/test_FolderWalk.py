"""Walking folders that hold more than files."""

import os
import socket

from DICOMLib.Files.FolderWalk import walkFiles


def walked(*paths, **options):
    skipped = {}
    found = [entry.path for entry in walkFiles(paths, skipped.__setitem__, **options)]
    return found, skipped


def fill(path, contents=b"x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)
    return os.fsencode(path)


def test_everyFileBelowIsFoundInOrder(tmp_path):
    paths = [fill(tmp_path / name) for name in ("b", "c", "a/2", "a/1", "a/d/e")]

    assert walked(tmp_path) == ([paths[0], paths[1], paths[3], paths[2], paths[4]], {})


def test_entriesCarrySizeAndTime(tmp_path):
    fill(tmp_path / "file", b"12345")
    (entry,) = walkFiles([tmp_path], print)

    assert (entry.size, entry.modifiedTime) == (5, os.stat(tmp_path / "file").st_mtime_ns)


def test_oddEntriesAreNamedOnceWithTheirReason(tmp_path):
    good = fill(tmp_path / "good")
    os.mkfifo(tmp_path / "pipe")
    os.symlink("nowhere", tmp_path / "dangling")
    os.symlink("self", tmp_path / "self")
    os.symlink(".", tmp_path / "loop")
    os.symlink("good", tmp_path / "link")
    (tmp_path / "empty").touch()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket"))
    server.close()
    found, skipped = walked(tmp_path)

    assert found == [good]
    reasons = {os.path.basename(path).decode(): reason for path, reason in skipped.items()}
    assert reasons == {
        "pipe": "a named pipe, not a file",
        "socket": "a socket, not a file",
        "dangling": "a symbolic link that leads nowhere",
        "self": "cannot be read: Too many levels of symbolic links",
        "loop": "a symbolic link; links are not followed",
        "link": "a symbolic link; links are not followed",
        "empty": "an empty file",
    }


def test_followedLinksVisitEveryFolderOnce(tmp_path):
    good = fill(tmp_path / "a" / "good")
    other = fill(tmp_path / "elsewhere" / "other")
    os.symlink("..", tmp_path / "a" / "up")
    os.symlink(tmp_path / "elsewhere", tmp_path / "a" / "out")
    found, _ = walked(tmp_path / "a", followLinks=True)

    assert sorted(found) == sorted([good, os.path.join(os.fsencode(tmp_path), b"a/out/other"),
                                    *[path for path in found if b"up" in path]])
    assert len({os.stat(path).st_ino for path in found}) == len(found) == 2
    assert os.stat(other).st_ino in {os.stat(path).st_ino for path in found}


def test_aLinkThatIsChosenIsFollowed(tmp_path):
    fill(tmp_path / "real" / "file")
    os.symlink("real", tmp_path / "chosen")
    found, _ = walked(tmp_path / "chosen")

    assert found == [os.path.join(os.fsencode(tmp_path), b"chosen/file")]


def test_hardLinksCountOnce(tmp_path):
    first = fill(tmp_path / "1")
    os.link(tmp_path / "1", tmp_path / "2")
    found, skipped = walked(tmp_path)

    assert found == [first]
    assert list(skipped.values()) == ["another name of a file that was already met"]


def test_namesAreBytes(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"\xff\n\x1b[2J")
    with open(path, "wb") as stream:
        stream.write(b"x")

    assert walked(tmp_path)[0] == [path]


def test_pathsThatDoNotExistAreNamed(tmp_path):
    found, skipped = walked(tmp_path / "nothing", tmp_path / ("n" * 300), b"\0")

    assert found == []
    assert len(skipped) == 3
    assert "No such file" in skipped[os.fsencode(tmp_path / "nothing")]


def test_excludedFoldersAreLeftOut(tmp_path):
    fill(tmp_path / "store" / "copy")
    good = fill(tmp_path / "good")

    assert walked(tmp_path, excluded=[os.fsencode(tmp_path / "store")]) == ([good], {})


def test_aFolderGivenTwiceIsWalkedOnce(tmp_path):
    good = fill(tmp_path / "a" / "good")

    assert walked(tmp_path, tmp_path / "a")[0] == [good]
