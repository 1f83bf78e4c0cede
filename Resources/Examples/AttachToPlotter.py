"""Your own pyvistaqt program with the DICOM module in it: three lines, marked below.

    python AttachToPlotter.py [FOLDER…] [--screenshot FILE]

Folders are imported and loaded. With --screenshot the program takes a picture of its window and ends; on a machine
without a display run it under Xvfb (``xvfb-run python AttachToPlotter.py …``).
"""

from __future__ import annotations

import argparse
import sys

import pyvista
from pyvistaqt import BackgroundPlotter
from qtpy.QtCore import QTimer
from qtpy.QtGui import QImage, QPainter
from qtpy.QtWidgets import QApplication

from DICOMModule import attach  # 1


def main() -> int:
    """Build the program, attach the module, run."""
    parser = argparse.ArgumentParser(description="A pyvistaqt program with the DICOM module in it.")
    parser.add_argument("folders", nargs="*", help="folders or files to import and load")
    parser.add_argument("--screenshot", metavar="FILE", help="save a picture of the window and end")
    parser.add_argument("--database", metavar="FILE", help='database file; ":memory:" keeps nothing')
    arguments = parser.parse_args()

    application = QApplication.instance() or QApplication(sys.argv[:1])
    plotter = BackgroundPlotter(title="My program", window_size=(1200, 760))
    plotter.add_mesh(pyvista.Sphere(radius=15, center=(140, 0, 0)), color="tan", name="something of my own")

    panel = attach(plotter, database=arguments.database)  # 2
    if arguments.folders:
        panel.importPaths(arguments.folders, loadAfterImport=True)  # 3

    plotter.app_window.show()
    if arguments.screenshot:
        takePictureWhenLoaded(plotter, panel, arguments.screenshot)
    return application.exec_()


def takePictureWhenLoaded(plotter, panel, path: str) -> None:
    """Wait until import and loading are over, then save the window's picture and close it."""
    timer = QTimer(panel)
    timer.setInterval(200)
    quiet = 0

    def look() -> None:
        nonlocal quiet
        quiet = 0 if panel.isWorking else quiet + 1
        if quiet < 3:  # loading follows importing, and the window shows what arrived a moment later
            return
        timer.stop()
        picture = windowPicture(plotter)
        if not picture.save(path):
            print(f"{path}: the picture cannot be written.", file=sys.stderr)
        print(f"{len(panel.display.visibleVolumes())} volumes shown")
        plotter.close()

    timer.timeout.connect(look)
    timer.start()


def windowPicture(plotter) -> QImage:
    """The window as it looks; Qt leaves OpenGL views blank, so the plotter's own picture is painted over its place."""
    window = plotter.app_window
    picture = window.grab().toImage()
    pixels = plotter.screenshot(return_img=True)[..., :3].copy()
    height, width = pixels.shape[:2]
    view = QImage(pixels.data, width, height, 3 * width, QImage.Format_RGB888)
    with QPainter(picture) as painter:
        painter.drawImage(plotter.mapTo(window, plotter.rect().topLeft()), view)
    return picture


if __name__ == "__main__":
    sys.exit(main())
