"""Longer changes of a scene, which it announces when they begin and end. Names, events and numbers are MRML's."""

from __future__ import annotations

from ..Errors import SceneError

_BATCH, _CLOSE, _IMPORT, _RESTORE, _SAVE = 0x01, 0x02 | 0x01, 0x04 | 0x01, 0x08 | 0x01, 0x10
_START, _END, _STATE = 0x0100, 0x0200, 0x2000


class SceneStates:
    """What a scene is in the middle of; part of :class:`Scene`, which sends the events."""

    BatchProcessState, CloseState, ImportState, RestoreState, SaveState = _BATCH, _CLOSE, _IMPORT, _RESTORE, _SAVE

    NewSceneEvent = 66030
    StartBatchProcessEvent, EndBatchProcessEvent = _STATE | _START | _BATCH, _STATE | _END | _BATCH
    StartCloseEvent, EndCloseEvent = _STATE | _START | _CLOSE, _STATE | _END | _CLOSE
    StartImportEvent, EndImportEvent = _STATE | _START | _IMPORT, _STATE | _END | _IMPORT
    StartRestoreEvent, EndRestoreEvent = _STATE | _START | _RESTORE, _STATE | _END | _RESTORE
    StartSaveEvent, EndSaveEvent = _STATE | _START | _SAVE, _STATE | _END | _SAVE

    def __init__(self):
        self._states: list[int] = []

    def StartState(self, state: int) -> None:
        """Announce a longer change; the first state that includes a batch also starts a batch.

        As in MRML a state within the same state is announced once.
        """
        startsBatch = state & _BATCH and not self.IsBatchProcessing()
        isNew = state not in self._states
        self._states.append(state)
        if startsBatch:
            self.InvokeEvent(self.StartBatchProcessEvent)
        if isNew and state != _BATCH:
            self.InvokeEvent(_STATE | _START | state)

    def EndState(self, state: int) -> None:
        """Announce the end of what StartState announced. :raises SceneError: when that state is not the last started"""
        if not self._states or self._states[-1] != state:
            raise SceneError("the scene is not in this state", value=state)
        self._states.pop()
        if state != _BATCH and state not in self._states:
            self.InvokeEvent(_STATE | _END | state)
        if state & _BATCH and not self.IsBatchProcessing():
            self.InvokeEvent(self.EndBatchProcessEvent)

    def IsBatchProcessing(self) -> bool:
        return any(state & _BATCH for state in self._states)

    def IsClosing(self) -> bool:
        return self.CloseState in self._states

    def IsImporting(self) -> bool:
        return self.ImportState in self._states

    def IsRestoring(self) -> bool:
        return self.RestoreState in self._states

    def GetStates(self) -> int:
        """All states it is in, as one number."""
        found = 0
        for state in self._states:
            found |= state
        return found

    def endAllStates(self) -> None:
        """Announce the end of all that was begun, after something failed half way."""
        while self._states:
            self.EndState(self._states[-1])
