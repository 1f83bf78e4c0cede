"""Folders with autosaved scenes: one for each running program, and those that programs left which ended abruptly.

A folder is locked while its program runs. The system gives the lock back when the process ends, however it ends, so
another program's autosave is never offered or removed, whatever process numbers say.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..Database.Durability import makePrivateFolder
from ..Database.FileLock import FileLock
from ..Database.LockedFolders import lockLeft, newLockedFolder, ownFolders, removeLocked
from ..Errors import SceneFileError
from .SceneAutosave import ABOUT, AutosaveFacts, SceneAutosave, readFacts

PREFIX = "scene-"
MOST_LEFT = 5
MOST_LEFT_BYTES = 10_000_000_000
OLDEST_SECONDS = 30 * 24 * 3600


class AutosaveFolder:
    """The folder of this program, with mode 0700. It is made when it is first needed.

    :ivar base: where the folders of all programs of this user are
    """

    def __init__(self, base: Path):
        self.base = base
        self._lock: FileLock | None = None
        self._autosave: SceneAutosave | None = None

    @property
    def isUsed(self) -> bool:
        """Whether something may have been written."""
        return self._autosave is not None

    def autosave(self) -> SceneAutosave:
        """What writes into it. :raises SceneFileError: when the folder cannot be made"""
        if self._autosave is not None and not self._autosave.folder.is_dir():
            self.close()  # somebody has tidied up
        if self._autosave is None:
            try:
                self._autosave = SceneAutosave(self._make())
            except OSError as error:
                hint = "Check that it is writable and has space left; scenes are not autosaved until then"
                what = "the folder for autosaved scenes cannot be made"
                raise SceneFileError(what, self.base, error.strerror, hint) from error
        return self._autosave

    def startAnew(self) -> None:
        """Rely on no file that is there, as after a failure: the next time all is written."""
        if self._autosave is not None:
            self._autosave.startAnew()

    def close(self, keeps: bool = False) -> None:
        """Give the folder up. :param keeps: leave what was written for the next start; else nothing is left"""
        autosave, self._autosave = self._autosave, None
        if autosave is not None:
            lock, self._lock = self._lock, None
            if keeps and (autosave.folder / ABOUT).exists():
                lock.release()
            else:
                removeLocked(autosave.folder, lock, ABOUT)

    def _make(self) -> Path:
        makePrivateFolder(self.base)
        folder, self._lock = newLockedFolder(self.base, PREFIX)
        return Path(folder)


@dataclass
class LeftAutosave:
    """What a program left that ended abruptly. It is locked, so that nobody else is offered it.

    :ivar facts: None when it is damaged
    :ivar problem: why it cannot be restored, a sentence; "" when it can
    :ivar isMissed: whether only a part of it could be restored
    """

    folder: Path
    facts: AutosaveFacts | None
    problem: str
    _lock: FileLock
    isMissed: bool = False

    @property
    def scene(self) -> Path:
        """The text of the scene, for ``openScene``. Only of one that can be restored."""
        return self.folder / self.facts.scene

    def leave(self) -> None:
        """Leave it for the next start."""
        self._lock.release()

    def remove(self) -> None:
        """Twice does no harm."""
        removeLocked(self.folder, self._lock, ABOUT)


def leftAutosaves(base: Path, now: float | None = None) -> list[LeftAutosave]:
    """What other programs left, the newest first; too many, too large and too old ones are removed.

    The newest is never removed. Of the others those are that are more than 30 days old, or come after the first five or
    after those that fill 10 GB together.

    :param now: seconds since 1970; default: the time it is
    """
    found = [one for folder in ownFolders(base, PREFIX) if (one := _taken(folder)) is not None]
    found.sort(key=_timeOf, reverse=True)
    oldest, size, kept = (time.time() if now is None else now) - OLDEST_SECONDS, 0, []
    for one in found:
        size += _sizeOf(one)
        isTooMuch = len(kept) >= MOST_LEFT or size > MOST_LEFT_BYTES or _timeOf(one) < oldest
        if kept and isTooMuch:
            one.remove()
        else:
            kept.append(one)
    return kept


def _taken(folder: Path) -> LeftAutosave | None:
    """None for one that a running program has, and one with nothing in it, which is removed."""
    lock = lockLeft(folder)
    if lock is None:
        return None
    if not (folder / ABOUT).exists():
        removeLocked(folder, lock, ABOUT)
        return None
    try:
        return LeftAutosave(folder, readFacts(folder), "", lock)
    except SceneFileError as error:
        return LeftAutosave(folder, None, str(error), lock)


def _timeOf(one: LeftAutosave) -> float:
    if one.facts is not None:
        return one.facts.savedAt
    with suppress(OSError):
        return (one.folder / ABOUT).stat().st_mtime
    return 0.0


def _sizeOf(one: LeftAutosave) -> int:
    return 0 if one.facts is None else one.facts.size
