"""Watched folders as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ..Database.FolderWatch import MISSING, OFF, STARTING, UNREADABLE, FolderState
from ..Database.WatchedFolders import WatchedFolder
from ..Errors import displayPath
from ..Wording import counted
from .CheckableTableModel import CheckableTableModel
from .DisplayText import numberText
from .RecordTableModel import Column


class WatchedFoldersModel(CheckableTableModel):
    """Records are made of FolderStates (:func:`recordsOf`). A folder is switched on and off in its first column."""

    keyName, checkColumn, checkKey = "path", "folder", "enabled"
    columns = (
        Column("folder", "Folder", characters=30, importance=10),
        Column("files", "Files", characters=6, importance=8, explanation="Linked to, or copied into the database"),
        Column("state", "State", characters=20, importance=9),
        Column("lastLook", "Last look", characters=9, importance=5),
        Column("cameIn", "Came in", numberText, characters=7, importance=7, alignRight=True,
               explanation="Objects that came in since the program was started"),
    )


def statesOf(folders: Iterable[WatchedFolder], known: Iterable[FolderState]) -> list[FolderState]:
    """The list as the database has it, with what the watcher knows of each folder."""
    states = {state.path: state for state in known}
    found = []
    for folder in folders:
        state = states.get(folder.path, FolderState(folder.path, False, False, STARTING))
        text = OFF if not folder.enabled else STARTING if state.state == OFF else state.state
        found.append(replace(state, copyFiles=folder.copyFiles, enabled=folder.enabled, state=text))
    return found


def recordsOf(states: Iterable[FolderState]) -> list[dict]:
    """Rows of the table."""
    return [
        {
            "path": state.path,
            "enabled": state.enabled,
            "copyFiles": state.copyFiles,
            "folder": displayPath(state.path),
            "files": "copy" if state.copyFiles else "link",
            "state": stateText(state),
            "lastLook": datetime.fromtimestamp(state.lastLook).strftime("%H:%M:%S") if state.lastLook else "",
            "cameIn": state.instancesImported,
        }
        for state in states
    ]


def stateText(state: FolderState) -> str:
    """"watching", "watching, 12 files waiting", "watching, 2 files refused", "folder not found"."""
    if state.state in (MISSING, UNREADABLE) or not state.enabled:
        return state.state
    if state.filesWaiting:
        return f"{state.state}, {counted(state.filesWaiting, 'file')} waiting"
    return f"{state.state}, {counted(state.filesRefused, 'file')} refused" if state.filesRefused else state.state


def indicatorText(states: Iterable[FolderState], isImporting: bool = False) -> str:
    """"Watching 2 folders", with what is wrong or going on; empty when none is watched."""
    watched = [state for state in states if state.enabled]
    if not watched:
        return ""
    missing = sum(state.state in (MISSING, UNREADABLE) for state in watched)
    text = f"Watching {counted(len(watched), 'folder')}"
    if missing:
        return f"{text}, {missing} not found"
    return f"{text}, importing" if isImporting else text
