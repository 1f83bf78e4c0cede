"""The modules ``qt`` and ``ctk`` of Slicer scripts. They can be imported anywhere; Qt itself is loaded at first use."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType

from DICOMLib.Errors import DICOMError

# In this order: most scripts ask for widgets.
_QT_PARTS = ("QtWidgets", "QtCore", "QtGui", "QtNetwork", "QtPrintSupport")
# Classes of these parts work without a QApplication; a widget made without one would end the process.
_PARTS_WITHOUT_WINDOW = ("QtCore",)


class QtNeededError(DICOMError, ImportError):
    """A script asks for a class that needs a window or a library that is not there."""


def makeQtModule(hasWindow: Callable[[], bool]) -> ModuleType:
    """A module that finds every class of Qt under its own name, as PythonQt's ``qt`` does.

    :param hasWindow: whether there is a QApplication; without one only what needs none is given
    """
    module = ModuleType("qt", "Classes of Qt, found when first used.")

    def find(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _qtClass(name, hasWindow())
        setattr(module, name, value)
        return value

    module.__getattr__ = find
    return module


def _qtClass(name: str, hasWindow: bool) -> object:
    for part in _QT_PARTS if hasWindow else _PARTS_WITHOUT_WINDOW:
        try:
            found = getattr(importlib.import_module(f"qtpy.{part}"), name, None)
        except ImportError as error:
            hint = "Install PyQt5, or leave windows out of the script"
            raise QtNeededError(f"qt.{name} needs Qt, which is not installed", hint=hint) from error
        if found is not None:
            return found
    if hasWindow:
        raise AttributeError(f"module 'qt' has no attribute {name!r}")
    hint = "Run the script in the program's window, without --no-main-window"
    raise QtNeededError(f"qt.{name} needs a window, and this program runs without one", hint=hint)


def makeCtkModule(hasWindow: Callable[[], bool]) -> ModuleType:
    """The module ``ctk``: the study database, and the collapsible button most modules build their panel with."""
    module = ModuleType("ctk", "The classes of CTK that this program has.")

    def find(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "ctkDICOMDatabase":
            value = importlib.import_module("DICOMLib.Database.DICOMDatabase").DICOMDatabase
        elif name == "ctkCollapsibleButton":
            if not hasWindow():
                hint = "Run the script in the program's window, without --no-main-window"
                raise QtNeededError(f"ctk.{name} needs a window, and this program runs without one", hint=hint)
            value = importlib.import_module(".CollapsibleButton", __package__).CollapsibleButton
        else:
            raise AttributeError(f"this program has no ctk.{name}")
        setattr(module, name, value)
        return value

    module.__getattr__ = find
    return module
