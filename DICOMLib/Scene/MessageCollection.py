"""What went wrong while something was read or written, for scripts. Names and numbers are MRML's."""

from __future__ import annotations

from vtkmodules.vtkCommonCore import vtkCommand, vtkObject

_LABELS = {vtkCommand.ErrorEvent: "Error: ", vtkCommand.WarningEvent: "Warning: "}


class vtkMRMLMessageCollection(vtkObject):
    """Sentences, each an error, a warning or just a message: vtkCommand.ErrorEvent, WarningEvent, MessageEvent."""

    def __init__(self):
        self._messages: list[tuple[int, str]] = []

    def GetClassName(self) -> str:
        return "vtkMRMLMessageCollection"

    def AddMessage(self, messageType: int, text: str) -> None:
        self._messages.append((messageType, text))
        self.Modified()

    def AddMessages(self, other: vtkMRMLMessageCollection, prefix: str = "") -> None:
        """Take over all of another collection, each behind a prefix."""
        for messageType, text in list(other._messages):
            self.AddMessage(messageType, f"{prefix}{text}")

    def GetNumberOfMessages(self) -> int:
        return len(self._messages)

    def GetNumberOfMessagesOfType(self, messageType: int) -> int:
        return sum(found == messageType for found, _text in self._messages)

    def GetNthMessageText(self, n: int) -> str:
        """An empty text when there is no such message."""
        return self._messages[n][1] if 0 <= n < len(self._messages) else ""

    def GetNthMessageType(self, n: int) -> int:
        """vtkCommand.NoEvent when there is no such message."""
        return self._messages[n][0] if 0 <= n < len(self._messages) else vtkCommand.NoEvent

    def GetAllMessagesAsString(self) -> str:
        """One line for each, behind what it is."""
        return "\n".join(f"- {_LABELS.get(found, '')}{text}" for found, text in self._messages)

    def ClearMessages(self) -> None:
        self._messages.clear()
        self.Modified()
