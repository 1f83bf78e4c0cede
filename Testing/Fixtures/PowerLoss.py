"""A disk that loses power: which files there may be afterwards, from a record of what was done.

Only what a sync covers is sure: a file's contents by a sync of the file, names in a folder by a sync of the folder. Of
the rest anything may be there or not: written sectors of 512 bytes each for itself, names of a folder in their order.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from pathlib import Path

from .DiskShim import Event

SECTOR = 512
LOST, KEPT, TORN = "lost", "kept", "torn"


@dataclass
class _File:
    sure: bytearray = field(default_factory=bytearray)
    unsure: list[Event] = field(default_factory=list)

    def contents(self, fate: str, chance: random.Random) -> bytes:
        result = bytearray(self.sure)
        for event in self.unsure if fate != LOST else ():
            _apply(result, event, chance if fate == TORN else None)
        return bytes(result)


class PowerLoss:
    """Takes events one by one; at any time it can be asked what is on the disk if the power goes now.

    :param root: the folder that the events are below; it is there from the beginning
    """

    def __init__(self, root: Path):
        self._root = str(root)
        self._files: dict[int, _File] = {}  # by number of ours: inodes are used again
        self._ofInode: dict[int, int] = {}
        self._sure: dict[str, int | None] = {self._root: None}  # path → file; None for a folder
        self._now: dict[str, int | None] = dict(self._sure)
        self._unsure: list[tuple[str, Event, int | None]] = []  # folder, change of a name, file
        self.marked = 0

    def take(self, event: Event) -> None:
        """The next thing that was done."""
        if event.kind == "mark":
            self.marked = event.offset
        elif event.kind == "create":
            number = len(self._files)
            self._files[number] = _File()
            self._ofInode[event.inode] = number
            self._name(event, number)
        elif event.kind in ("write", "truncate"):
            self._files[self._ofInode[event.inode]].unsure.append(event)
        elif event.kind == "sync":
            self._sync(event)
        else:
            self._name(event, self._now.get(event.path))

    def _name(self, event: Event, number: int | None) -> None:
        _rename(self._now, event, number)
        self._unsure.append((os.path.dirname(event.other or event.path), event, number))

    def writeTo(self, folder: Path, fate: str, chance: random.Random) -> None:
        """Put what is left after the power went into an empty folder.

        :param fate: of what is not sure: ``LOST``, ``KEPT`` or ``TORN``
        """
        for path, number in sorted(self._namesLeft(fate, chance).items()):
            target = folder / os.path.relpath(path, self._root)
            if number is None:
                target.mkdir(mode=0o700, parents=True, exist_ok=True)
            elif target.parent.is_dir():  # a file in a folder that is lost is lost
                target.write_bytes(self._files[number].contents(fate, chance))

    def _sync(self, event: Event) -> None:
        if self._now.get(event.path, event) is None:
            remaining = []
            for folder, change, number in self._unsure:
                if folder == event.path:
                    _rename(self._sure, change, number)
                else:
                    remaining.append((folder, change, number))
            self._unsure = remaining
        elif event.inode in self._ofInode:
            file = self._files[self._ofInode[event.inode]]
            for change in file.unsure:
                _apply(file.sure, change, None)
            file.unsure = []

    def _namesLeft(self, fate: str, chance: random.Random) -> dict[str, int | None]:
        names = dict(self._sure)
        if fate == LOST:
            return names
        kept: dict[str, int] = {}
        if fate == TORN:
            for folder in sorted({folder for folder, _, _ in self._unsure}):
                kept[folder] = chance.randint(0, sum(other == folder for other, _, _ in self._unsure))
        for folder, change, number in self._unsure:
            if fate == TORN:
                kept[folder] -= 1
            if fate == KEPT or kept[folder] >= 0:
                _rename(names, change, number)
        return names


def _rename(names: dict[str, int | None], change: Event, number: int | None) -> None:
    if change.kind == "rename":
        names.pop(change.path, None)
        names[change.other] = number
    elif change.kind in ("unlink", "rmdir"):
        names.pop(change.path, None)
    else:
        names[change.path] = number


def _apply(contents: bytearray, event: Event, chance: random.Random | None) -> None:
    """Write or truncate; with a chance, each sector is written or not."""
    if event.kind == "truncate":
        if chance is None or chance.random() < 0.5:
            del contents[event.offset :]
            contents.extend(bytes(event.offset - len(contents)))
        return
    start = 0
    while start < len(event.contents):
        position = event.offset + start
        end = min(len(event.contents), start + SECTOR - position % SECTOR)
        if chance is None or chance.random() < 0.5:
            contents.extend(bytes(max(0, position - len(contents))))
            contents[position : position + end - start] = event.contents[start:end]
        start = end
