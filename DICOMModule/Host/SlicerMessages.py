"""``slicer.util`` for messages and views.

Without a window a message goes to the console, and a question is answered no.
"""

from __future__ import annotations

import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .Application import HostApplication

TITLE = "DICOM"
KEEP_CURRENT = "keep-current"


class SlicerMessages:
    """Functions of ``slicer.util`` that speak to the user or change what is shown."""

    def __init__(self, application: HostApplication):
        self.application = application

    def mainWindow(self, verbose: bool = True):
        """The window; None without one."""
        window = self.application.mainWindow
        if window is None and verbose:
            sys.stderr.write("There is no main window.\n")
        return window

    # Messages

    def infoDisplay(self, text: str, windowTitle: str | None = None, parent=None, **options) -> None:
        self._show("information", text, windowTitle, parent, options)

    def warningDisplay(self, text: str, windowTitle: str | None = None, parent=None, **options) -> None:
        self._show("warning", text, windowTitle, parent, options)

    def errorDisplay(self, text: str, windowTitle: str | None = None, parent=None, **options) -> None:
        self._show("critical", text, windowTitle, parent, options)

    messageBox = infoDisplay

    def _show(self, kind: str, text: str, windowTitle: str | None, parent, options: dict) -> None:
        details = options.get("detailedText") or ""
        if self.application.mainWindow is None:
            stream = sys.stdout if kind == "information" else sys.stderr
            stream.write("\n".join(filter(None, (text, details))) + "\n")
            return
        self._box(kind, text, windowTitle, parent, details, "Ok").exec_()

    def _box(self, kind: str, text: str, windowTitle: str | None, parent, details: str, *buttons: str):
        from qtpy.QtCore import Qt
        from qtpy.QtWidgets import QMessageBox

        box = QMessageBox(parent or self.application.mainWindow)
        box.setIcon(getattr(QMessageBox, kind.capitalize()))
        box.setWindowTitle(windowTitle or TITLE)
        box.setTextFormat(Qt.PlainText)  # the text may hold what a file says
        box.setText(text)
        box.setDetailedText(details)
        box.setStandardButtons(QMessageBox.NoButton)
        for button in buttons:
            box.addButton(getattr(QMessageBox, button))
        return box

    def confirmOkCancelDisplay(self, text: str, windowTitle: str | None = None, parent=None, **options) -> bool:
        return self._ask(text, windowTitle, parent, options, "Ok", "Cancel")

    def confirmYesNoDisplay(self, text: str, windowTitle: str | None = None, parent=None, **options) -> bool:
        return self._ask(text, windowTitle, parent, options, "Yes", "No")

    def confirmRetryCloseDisplay(self, text: str, windowTitle: str | None = None, parent=None, **options) -> bool:
        return self._ask(text, windowTitle, parent, options, "Retry", "Close")

    def _ask(self, text: str, windowTitle: str | None, parent, options: dict, yes: str, no: str) -> bool:
        if self.application.mainWindow is None:
            # Nobody can agree, so nothing that needs agreement happens.
            sys.stderr.write(f"{text}\nThere is nobody to ask: the answer is {no}.\n")
            return False
        from qtpy.QtWidgets import QMessageBox

        box = self._box("question", text, windowTitle, parent, options.get("detailedText") or "", yes, no)
        return box.exec_() == getattr(QMessageBox, yes)

    def delayDisplay(self, message: str, autoCloseMsec: int = 1000, parent=None, **options) -> bool:
        """Print a message and, in a window, show it for some milliseconds while events are handled."""
        sys.stdout.write(f"{message}\n")
        if self.application.mainWindow is None:
            return True
        from qtpy.QtCore import QEventLoop, QTimer

        self.showStatusMessage(message, autoCloseMsec)
        loop = QEventLoop()
        QTimer.singleShot(max(0, autoCloseMsec), loop.quit)
        loop.exec_()
        return True

    def showStatusMessage(self, message: str, duration: int = 0) -> None:
        """A message in the window's status bar."""
        window = self.application.mainWindow
        if window is None:
            sys.stdout.write(f"{message}\n")
        else:
            window.showMessage(message)

    @contextmanager
    def tryWithErrorDisplay(self, message: str | None = None, show: bool = True, waitCursor: bool = False):
        """``with tryWithErrorDisplay("Failed to do X"):`` — show what the block raises, then raise it on."""
        try:
            yield
        except Exception as error:  # the block is a script's, and what it raises goes on to it
            if show:
                text = f"{message}\n\n{error}" if message else str(error)
                self.errorDisplay(text, detailedText=traceback.format_exc())
            raise

    # Views

    def setSliceViewerLayers(
        self, background=KEEP_CURRENT, foreground=KEEP_CURRENT, label=KEEP_CURRENT, foregroundOpacity=None,
        labelOpacity=None, fit=False, rotateToVolumePlane=False,
    ) -> None:  # fmt: skip
        """Choose what all slice views show: volume nodes, node IDs, None for nothing. Does nothing without a window.

        Labels are shown as foreground when no foreground is given.

        :param fit: show all of the volume, and its middle slice
        """
        window = self.application.mainWindow
        if window is None:
            return
        if foreground == KEEP_CURRENT and label != KEEP_CURRENT:
            foreground, foregroundOpacity = label, labelOpacity
        for view in window.layoutManager.sliceViews().values():
            if background != KEEP_CURRENT:
                view.setBackgroundVolume(self._node(background), fit=False)
            if foreground != KEEP_CURRENT:
                view.setForegroundVolume(self._node(foreground))
            if foregroundOpacity is not None:
                view.setForegroundOpacity(foregroundOpacity)
            if rotateToVolumePlane:
                view.rotateToVolumePlane()
            if fit:
                view.fit(toMiddleSlice=True)

    def _node(self, given):
        return self.application.scene.GetNodeByID(given) if isinstance(given, str) else given

    def resetSliceViews(self) -> None:
        """Show all of the volume in every slice view, and its middle slice. Does nothing without a window."""
        if self.application.mainWindow is not None:
            for view in self.application.mainWindow.layoutManager.sliceViews().values():
                view.fit(toMiddleSlice=True)

    def resetThreeDViews(self) -> None:
        """Look at all of the scene in the 3D view. Does nothing without a window."""
        if self.application.mainWindow is not None:
            self.application.mainWindow.layoutManager.resetThreeDViews()
