"""Takes the pictures of README and manual anew: ``.venv/bin/python -m Testing.TakeScreenshots`` from the checkout.

Everything is drawn from the generated sample data in an invisible display, with database and settings in
memory, so that nothing of the user's gets into a picture. The pictures are PNGs below 300 KB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from launch import virtualDisplay

FOLDER = Path(__file__).resolve().parent.parent / "Resources" / "Screenshots"
SMALL, LARGE = (1280, 800), (1440, 900)
INSIDE = "--inside-the-display"
MOST_BYTES = 300_000
SECONDS_TO_WAIT = 240
SECONDS_QUIET = 1.5  # what was loaded is shown, and drawn finely, a moment after the work has ended


def main() -> int:
    """Start this program once more in an invisible display; the display outlives it. :returns: the exit code"""
    if INSIDE in sys.argv:
        return takeAll()
    with virtualDisplay(f"{LARGE[0]}x{LARGE[1]}") as variables, tempfile.TemporaryDirectory() as home:
        folders = {name: home for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
        command = [sys.executable, "-m", "Testing.TakeScreenshots", INSIDE]
        return subprocess.run(command, env={**variables, **folders, "QT_API": "pyqt5"}).returncode


def takeAll() -> int:
    """Take all pictures, each in a window of its own. :returns: the exit code"""
    from DICOMLib.ResourcePaths import loadSampleDataPackage
    from DICOMModule.Host.Start import makeQtApplication
    from DICOMModule.Host.Theme import DARK

    _application = makeQtApplication(DARK)  # lives as long as it has a name
    with tempfile.TemporaryDirectory() as folder:
        sample = loadSampleDataPackage().generateHospitalDay(folder)
        for take in (takeWindow, takeLoadingChoices, takeExport, takeAttach):
            picture = FOLDER / f"{take.__name__.removeprefix('take')}.png"
            take(sample, picture)
            shrink(picture)
            print(f"{picture.name}: {picture.stat().st_size // 1000} KB")
    return 0


# Pictures


def takeWindow(sample, picture: Path) -> None:
    """The whole window with the CT of the head in all views."""
    with hostWindow(SMALL) as (application, window):
        window.openPaths([sample.dicomFolder])
        waitWhile(window.isBusy)
        panel = application.moduleManager.widgetRepresentation("DICOM")
        panel.onSeriesSelected([sample.seriesByDescription("CT Head").seriesInstanceUID])
        panel.browserWidget.loadSeries(panel.browserWidget.dicomBrowser.selectedSeries())
        waitWhile(window.isBusy)
        panel.browserWidget.messageBar.hide()
        window.layoutManager.crosshair.setPosition(sample.spheres[0].centerRAS)
        takePicture(window, picture)


def takeLoadingChoices(sample, picture: Path) -> None:
    """The choices for a series that holds seven volumes, with the explanation of the first."""
    with hostWindow(LARGE) as (application, window):
        window.openPaths([sample.dicomFolder])
        waitWhile(window.isBusy)
        panel = application.moduleManager.widgetRepresentation("DICOM")
        panel.onSeriesSelected([sample.seriesByDescription("Diffusion b1000").seriesInstanceUID])
        panel.examineForLoading()
        panel.loadCheckedLoadables()
        window.dataDock.hide()
        waitWhile(window.isBusy)
        panel.browserWidget.messageBar.hide()
        takePicture(window, picture)


def takeExport(sample, picture: Path) -> None:
    """The dialog for exporting the CT of the head, with a value that is still to be corrected."""
    with hostWindow(SMALL) as (application, window):
        window.openPaths([sample.dicomFolder])
        waitWhile(window.isBusy)
        panel = application.moduleManager.widgetRepresentation("DICOM")
        series = [sample.seriesByDescription(name).seriesInstanceUID for name in ("CT Head", "T1 oblique")]
        panel.onSeriesSelected(series)
        panel.browserWidget.loadSeries(series)
        waitWhile(window.isBusy)
        hierarchy = application.scene.GetSubjectHierarchyNode()
        items = hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True)
        head = next(item for item in items if hierarchy.GetItemName(item).endswith("CT Head"))
        dialog = window.exportItems([head]).dialog
        dialog.destination.folderButton.setChecked(True)
        dialog.destination.folderEdit.setText("/data/export")
        tags = dialog.tags.tagsModel
        tags.setData(tags.indexOf(0, "PatientBirthDate"), "196109")
        waitQuietly()
        dialog.grab().save(str(picture))
        dialog.close()


def takeAttach(sample, picture: Path) -> None:
    """The module as a guest in a program of another author."""
    from pyvistaqt import BackgroundPlotter

    from DICOMModule import attach
    from Resources.Examples.AttachToPlotter import windowPicture

    plotter = BackgroundPlotter(title="My program", window_size=SMALL, off_screen=False)
    panel = attach(plotter, database=":memory:")
    series = sample.seriesByDescription("CT Head")
    panel.importPaths([str(sample.folder / series.folder)], loadAfterImport=True)
    waitWhile(lambda: panel.isWorking)
    panel.browserWidget.messageBar.hide()
    plotter.app_window.resize(*SMALL)
    waitQuietly()
    windowPicture(plotter).save(str(picture))
    panel.detach()
    plotter.close()


# What they share


class hostWindow:  # noqa: N801
    """``with hostWindow(size) as (application, window)``: the program's window on data of its own."""

    def __init__(self, size: tuple[int, int]):
        self._size = size

    def __enter__(self):
        from DICOMModule.Host.Application import HostApplication
        from DICOMModule.Host.Start import openWindow

        self._application = HostApplication.create(private=True)
        self._window = openWindow(self._application)
        self._window.remembersArrangement = False
        self._window.resize(*self._size)
        waitQuietly()
        return self._application, self._window

    def __exit__(self, *_error) -> None:
        self._window.close()
        self._window.deleteLater()
        waitQuietly()
        self._application.mainWindow = None
        self._application.close()


def waitWhile(isBusy: Callable[[], bool]) -> None:
    """Let the window work until it is idle. :raises TimeoutError: when it never is"""
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while isBusy():
        if time.monotonic() > deadline:
            raise TimeoutError("the window is still busy")
        processEvents()
    waitQuietly()


def waitQuietly() -> None:
    end = time.monotonic() + SECONDS_QUIET
    while time.monotonic() < end:
        processEvents()


def processEvents() -> None:
    from qtpy.QtWidgets import QApplication

    QApplication.processEvents()
    time.sleep(0.01)


def takePicture(window, picture: Path) -> None:
    waitQuietly()
    window.screenshot(picture)


def shrink(picture: Path) -> None:
    """Write it as small as PNG allows, with 256 colours where all are too many.

    :raises ValueError: when the picture is too large even so
    """
    from PIL import Image

    with Image.open(picture) as opened:
        image = opened.convert("RGB")
    image.save(picture, optimize=True)
    if picture.stat().st_size > MOST_BYTES:
        image.quantize(256, kmeans=2, dither=Image.Dither.NONE).save(picture, optimize=True)
    if picture.stat().st_size > MOST_BYTES:
        raise ValueError(f"{picture} has {picture.stat().st_size} bytes")


if __name__ == "__main__":
    sys.exit(main())
