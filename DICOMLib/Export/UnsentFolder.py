"""Private folders with exported files for a server, which outlive the program until the user has decided about them.

A folder is locked while its program runs; the system gives the lock back however that ends. The next start offers what
is in folders that nobody has locked.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from ..Database.Durability import makePrivateFolder, openPrivately, syncFolder
from ..Database.FileLock import FileLock
from ..Database.LockedFolders import lockLeft, newLockedFolder, ownFolders, removeLocked
from ..Networking.Servers import DICOMServer, serverFromText

PREFIX, ABOUT, FILES = "unsent-", "about.json", "export"


class UnsentFolder:
    """A new folder with mode 0700, locked while this process uses it.

    :param base: where such folders are; made where it does not exist
    :raises OSError: when it cannot be made

    :ivar path: of the folder
    """

    def __init__(self, base: str | os.PathLike):
        makePrivateFolder(Path(base))
        self.path, self._lock = newLockedFolder(base, PREFIX)

    def keep(self, server: DICOMServer) -> None:
        """From now on its files are offered at the next start, even when the program is killed.

        :raises OSError: when that cannot be noted
        """
        written = os.path.join(self.path, f"{ABOUT}.new")
        with open(written, "w", encoding="utf-8", opener=openPrivately) as file:
            json.dump(asdict(server), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(written, os.path.join(self.path, ABOUT))
        syncFolder(self.path)

    def leave(self) -> None:
        """Leave it for the next start."""
        self._lock.release()

    def remove(self) -> None:
        """Delete it; twice does no harm."""
        removeLocked(self.path, self._lock, ABOUT)


class LeftFolder(UnsentFolder):
    """What an earlier program left.

    :ivar server: its files are for
    :ivar files: their paths
    """

    def __init__(self, path: Path, lock: FileLock, server: DICOMServer):
        self.path, self._lock, self.server = os.fspath(path), lock, server
        root = os.fsencode(path / FILES)
        self.files = sorted(os.path.join(place, name) for place, _, names in os.walk(root) for name in names)


def leftFolders(base: str | os.PathLike) -> list[LeftFolder]:
    """What programs that have ended left below `base`, locked for this one; what was never to be sent is removed."""
    return [one for folder in ownFolders(base, PREFIX) if (one := _taken(folder)) is not None]


def _taken(folder: Path) -> LeftFolder | None:
    lock = lockLeft(folder)
    if lock is None:
        return None
    try:
        # One that cannot be understood is no reason to lose the files: they can be saved.
        server = serverFromText((folder / ABOUT).read_text("utf-8", "replace")) or DICOMServer()
    except FileNotFoundError:  # of one that was killed while it wrote the files
        removeLocked(folder, lock, ABOUT)
        return None
    except OSError:
        lock.release()
        return None
    left = LeftFolder(folder, lock, server)
    if left.files:
        return left
    left.remove()
    return None


def removeFiles(paths: Iterable[bytes]) -> None:
    """Delete files that are with the server."""
    for path in paths:
        with suppress(OSError):
            os.unlink(path)
