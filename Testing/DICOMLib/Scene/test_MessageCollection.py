"""Messages are counted, told apart and taken over from other collections."""

from __future__ import annotations

from vtkmodules.vtkCommonCore import vtkCommand

from DICOMLib.Scene.MessageCollection import vtkMRMLMessageCollection


def test_messagesAreToldApartAndForgotten():
    messages, other = vtkMRMLMessageCollection(), vtkMRMLMessageCollection()
    other.AddMessage(vtkCommand.ErrorEvent, "no such file")
    messages.AddMessage(vtkCommand.WarningEvent, "half of it")
    messages.AddMessage(vtkCommand.MessageEvent, "done")
    messages.AddMessages(other, "CT: ")
    assert messages.GetNumberOfMessages() == 3
    assert messages.GetNumberOfMessagesOfType(vtkCommand.ErrorEvent) == 1
    assert messages.GetAllMessagesAsString() == "- Warning: half of it\n- done\n- Error: CT: no such file"
    assert (messages.GetNthMessageText(3), messages.GetNthMessageType(3)) == ("", vtkCommand.NoEvent)
    messages.ClearMessages()
    assert messages.GetAllMessagesAsString() == ""
