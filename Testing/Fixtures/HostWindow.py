"""The whole window on an application of its own, for tests that use it as a person does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from DICOMModule.Host.Application import HostApplication
from Testing.Fixtures.RunWorkers import LentWorkers


@contextmanager
def hostWindow(qapp, layout: str = "Red", drawsViews: bool = True) -> Iterator:
    """The main window at 1000×700 with the DICOM module open; closed at the end.

    :param qapp: Qt's application, which has to be there
    :param layout: of the views; to draw each view more takes most of the time
    :param drawsViews: whether they are to be seen
    """
    from DICOMModule.Host.Start import openWindow

    with HostApplication.create(private=True, scripting=False) as application:
        application.workers.close()
        application.workers = LentWorkers()
        application.settings.setValue("MainWindow/Layout", layout)
        window = openWindow(application)
        window.layoutManager.viewArea.setHidden(not drawsViews)
        window.remembersArrangement = False
        window.resize(1000, 700)
        application.moduleManager.selectModule("DICOM")
        yield window
        window.close()
        application.mainWindow = None
        window.deleteLater()


def panelOf(window):
    """The panel of the DICOM module."""
    return window.application.moduleManager.widgetRepresentation("DICOM")


def importSeries(qtbot, window, folder):
    """Import a folder with one series, and wait until nothing works on it. :returns: the table that shows it"""
    panel = panelOf(window)
    panel.importPaths([str(folder)])
    panel.waitForImportFinished()
    table = panel.browserWidget.dicomBrowser.tables.seriesTable.table
    qtbot.waitUntil(lambda: table.model().rowCount() == 1, timeout=60000)
    qtbot.waitUntil(lambda: not window.isBusy(), timeout=60000)
    return table
