from vtkmodules.vtkCommonCore import vtkObject

from DICOMLib.Scene.WeakCallback import weakCallback


class Listener:
    def __init__(self, heard):
        self.heard = heard

    def hear(self):
        self.heard.append("modified")


def test_itCallsAsLongAsTheListenerLives_andKeepsItNotAlive():
    heard, source = [], vtkObject()
    listener = Listener(heard)
    source.AddObserver("ModifiedEvent", weakCallback(listener.hear))
    source.Modified()
    del listener
    source.Modified()
    assert heard == ["modified"]
