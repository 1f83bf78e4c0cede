"""The four base classes of scripted modules, with 3D Slicer's names and signatures.

A module is a file ``Name.py`` with the classes ``Name``, ``NameWidget``, ``NameLogic``, ``NameTest``. Widgets need Qt;
the other three, and this file, do not.
"""

from __future__ import annotations

import inspect
import sys
import unittest
from pathlib import Path

__all__ = [
    "ScriptedLoadableModule",
    "ScriptedLoadableModuleLogic",
    "ScriptedLoadableModuleTest",
    "ScriptedLoadableModuleWidget",
]


def _runningApplication():
    """The host whose names scripts use; None outside of a host."""
    slicer = sys.modules.get("slicer")
    return getattr(getattr(slicer, "app", None), "application", None)


class ScriptedLoadableModule:
    """Describes a module.

    :param parent: gets title, categories, dependencies, contributors, helpText, acknowledgementText, icon and hidden
    """

    def __init__(self, parent):
        self.parent = parent
        self.moduleName = type(self).__name__
        parent.title = self.moduleName
        parent.categories = []
        parent.dependencies = []
        parent.contributors = []
        parent.helpText = ""
        parent.acknowledgementText = ""
        parent.hidden = False

    def resourcePath(self, filename: str) -> str:
        """The path of a file in the folder ``Resources`` beside the module."""
        return str(Path(inspect.getfile(type(self))).parent / "Resources" / filename)

    def getDefaultModuleDocumentationLink(self, docPage: str | None = None) -> str:
        """Text that points to the module's documentation; modules from elsewhere add it to their help."""
        return f"<p>See the documentation of {docPage or self.moduleName}.</p>"

    def runTest(self, msec: int = 100, **options) -> None:
        """Run the module's test class. :raises AssertionError: when a test fails"""
        testClass = getattr(sys.modules[type(self).__module__], self.moduleName + "Test")
        test = testClass()
        test.messageDelay = msec
        test.runTest(**options)


class ScriptedLoadableModuleWidget:
    """The module's panel.

    :param parent: the widget to fill, with a layout; without one a window of its own is made
    :ivar application: the host the panel belongs to
    """

    def __init__(self, parent=None):
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = False
        self.logic = None
        self.application = getattr(parent, "hostApplication", None) or _runningApplication()
        if parent is None:
            self.parent = _makeOwnWindow()
            self.layout = self.parent.layout()
            self.setup()
            self.parent.show()
        else:
            self.parent = parent
            self.layout = parent.layout()

    def resourcePath(self, filename: str) -> str:
        """The path of a file in the folder ``Resources`` beside the module."""
        return str(Path(inspect.getfile(type(self))).parent / "Resources" / filename)

    def self(self):  # noqa: PLE0213
        """The panel itself: ``widgetRepresentation().self()`` is how Slicer scripts reach it."""
        return self

    def setup(self) -> None:
        """Build the panel; subclasses extend it."""

    def enter(self) -> None:
        """The panel is shown; subclasses extend it."""

    def exit(self) -> None:
        """Another panel is shown instead; subclasses extend it."""

    def cleanup(self) -> None:
        """The panel is about to be destroyed; subclasses extend it."""


def _makeOwnWindow():
    from qtpy.QtWidgets import QVBoxLayout, QWidget

    window = QWidget()
    window.setLayout(QVBoxLayout())
    return window


class ScriptedLoadableModuleLogic:
    """The module's work, without widgets.

    :param parent: whatever the module keeps there; its ``name`` attribute becomes the module's name
    """

    def __init__(self, parent=None):
        self.parent = parent
        self.moduleName = getattr(parent, "name", None) or type(self).__name__.removesuffix("Logic")


class ScriptedLoadableModuleTest(unittest.TestCase):
    """The module's self-test: ``NameTest().runTest()``.

    :ivar messageDelay: milliseconds for which :meth:`delayDisplay` shows a message
    """

    def __init__(self, *arguments, **options):
        # unittest wants the name of a test method; modules are run through runTest.
        super().__init__(*(arguments or ("runTest",)), **options)
        self.messageDelay = 100

    def delayDisplay(self, message: str, requestedDelay: int | None = None, msec: int | None = None) -> None:
        """Tell what the test does: in the program's status bar, or on the console without one."""
        application = _runningApplication()
        if application is not None and application.mainWindow is not None:
            application.slicerNames.util.delayDisplay(message, requestedDelay or msec or self.messageDelay)
        else:
            sys.stdout.write(f"{message}\n")

    def setUp(self) -> None:
        """Prepare; subclasses extend it."""

    def runTest(self) -> None:
        """Run every method whose name starts with ``test_``; subclasses may do otherwise."""
        for name in sorted(name for name in dir(self) if name.startswith("test_")):
            self.setUp()
            getattr(self, name)()
            self.tearDown()
