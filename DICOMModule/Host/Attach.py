"""``attach(plotter)``: the DICOM module in any program that shows a pyvistaqt plotter."""

from __future__ import annotations

import os

from pyvistaqt import QtInteractor
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

from DICOMLib.Errors import DICOMError

from .Application import HostApplication
from .AttachedPanel import TOOL_WINDOW_FLAGS, AttachedPanel

PANEL_SIZE = (400, 760)


def attach(
    plotter,
    application: HostApplication | None = None,
    database: str | os.PathLike | None = None,
) -> AttachedPanel:
    """Put the module's panel beside a plotter; volumes loaded there appear in it, in patient coordinates (RAS mm).

    The panel becomes a dock of the plotter's window, or a tool window beside it if that is no QMainWindow. It detaches
    by itself when the window is closed; ``panel.detach()`` does so earlier.

    >>> from pyvistaqt import BackgroundPlotter  # doctest: +SKIP
    >>> panel = attach(BackgroundPlotter())  # doctest: +SKIP

    :param plotter: a ``BackgroundPlotter``, a ``QtInteractor``, or a ``QMainWindow`` that contains one
    :param application: whose scene and database to use; default: a new one with the user's settings and plugins
    :param database: database file for a new application; default: the user's own; ":memory:" keeps nothing
    :raises DICOMError: when there is no plotter to draw into, or the database cannot be opened
    """
    interactor = interactorOf(plotter)
    owned = application is None
    if owned:
        application = HostApplication.create(database, scripting=False)
    panel = AttachedPanel(interactor, application, ownsApplication=owned)
    window = interactor.window()
    if isinstance(window, QMainWindow):
        _dock(panel, window)
    else:
        _showBeside(panel, window)
    panel.followWindow(window)
    return panel


def interactorOf(plotter) -> QtInteractor:
    """The widget that draws. :raises DICOMError: when there is none, or it is closed"""
    if isinstance(plotter, QMainWindow):
        found = plotter.findChild(QtInteractor) or getattr(plotter, "plotter", None)
    else:
        found = plotter
    if not isinstance(found, QtInteractor):
        hint = "Give a BackgroundPlotter, a QtInteractor, or a main window that contains one"
        raise DICOMError("there is no Qt plotter to attach to", type(plotter).__name__, hint=hint)
    if getattr(found, "_closed", False):
        raise DICOMError("the plotter is closed already", type(plotter).__name__)
    return found


def _dock(panel: AttachedPanel, window: QMainWindow) -> None:
    dock = QDockWidget("DICOM", window)
    dock.setObjectName("dicomDock")
    dock.setWidget(panel)
    window.addDockWidget(Qt.LeftDockWidgetArea, dock)
    window.resizeDocks([dock], [PANEL_SIZE[0]], Qt.Horizontal)
    panel.detached.connect(dock.hide)


def _showBeside(panel: AttachedPanel, window: QWidget) -> None:
    panel.setParent(window, TOOL_WINDOW_FLAGS)
    panel.resize(*PANEL_SIZE)
    panel.move(window.frameGeometry().topRight() + QPoint(8, 0))
    panel.show()
    panel.detached.connect(panel.hide)
