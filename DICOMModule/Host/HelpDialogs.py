"""The dialogs of the help menu."""

from __future__ import annotations

import platform
from importlib import metadata

from qtpy.QtCore import Qt, qVersion
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from .Icons import pixmap

# Distribution name → licence, as the packages state them.
PARTS = {
    "dicommodule": "BSD 3-Clause", "vtk": "BSD 3-Clause", "PyQt5": "GPL 3 (or commercial)", "pyvista": "MIT",
    "pyvistaqt": "MIT", "pydicom": "MIT", "SimpleITK": "Apache 2.0", "numpy": "BSD 3-Clause",
}  # fmt: skip

SHORTCUTS = (
    ("Slice views", (
        ("Wheel, arrows, F and B", "step through slices"),
        ("Page up, page down", "ten slices at once"),
        ("Left drag", "window (across) and level (up and down)"),
        ("Middle drag, Ctrl + left drag", "move the image"),
        ("Right drag, Ctrl + wheel", "zoom"),
        ("Shift + move", "crosshair in all views"),
        ("Double click", "maximise the view, or restore the layout"),
        ("Right click", "menu: windows, orientation, what is drawn"),
        ("R · V · G · A", "fit · slice in 3D · crosshair · automatic window"),
        ("Comma, period", "volume before and after, of a diffusion series"),
    )),
    ("3D view", (
        ("Left drag", "rotate"),
        ("Middle drag, Shift + left drag", "move"),
        ("Right drag, wheel", "zoom"),
        ("R", "fit"),
    )),
    ("Window", (
        ("Ctrl + O · Ctrl + I", "add data of any kind · DICOM data"),
        ("Ctrl + S · Ctrl + Alt + S", "save the scene · under another name"),
        ("Ctrl + Alt + O", "open a scene"),
        ("Ctrl + W", "close the scene"),
        ("Ctrl + 1 · 2 · 3", "modules · data · Python console"),
        ("Ctrl + Shift + ←, →, ↓", "sequences: item before · next item · play or pause"),
        ("F11", "full screen"),
    )),
)  # fmt: skip


FIRST_COLUMN_WIDTH = 190


def versionOf(distribution: str) -> str:
    """Version of an installed package; "not installed" otherwise."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


class _TextDialog(QDialog):
    def __init__(self, title: str, parent: QWidget | None):
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.content = QVBoxLayout()
        buttons = QDialogButtonBox(QDialogButtonBox.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 16)
        layout.setSpacing(14)
        layout.addLayout(self.content)
        layout.addWidget(buttons)

    def addTable(self, rows) -> None:
        """Two columns of text, the first one paler."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(5)
        grid.setColumnMinimumWidth(0, FIRST_COLUMN_WIDTH)
        grid.setColumnStretch(2, 1)
        for number, cells in enumerate(rows):
            for column, text in enumerate(cells):
                label = QLabel(text, self)
                if column != 1:
                    label.setProperty("tone", "soft")
                grid.addWidget(label, number, column)
        self.content.addLayout(grid)

    def addHeading(self, text: str) -> None:
        """A line in bold."""
        label = QLabel(text, self)
        label.setStyleSheet("font-weight: 600;")
        self.content.addWidget(label)


class AboutDialog(_TextDialog):
    """What this is, in which versions, under which licences."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__("About DICOM Module", parent)
        head = QHBoxLayout()
        picture = QLabel(self)
        picture.setPixmap(pixmap("Application", 48))
        words = QLabel(
            "<b style='font-size: 16px'>DICOM Module</b><br>Imports, browses and shows DICOM for pyvistaqt programs, "
            "in the manner of 3D Slicer.<br>Not a medical device: not for diagnosis.",
            self,
        )
        head.addWidget(picture)
        head.addSpacing(10)
        head.addWidget(words, 1)
        self.content.addLayout(head)
        self.content.addSpacing(8)
        python = ("Python", platform.python_version(), "PSF")
        qt = ("Qt", qVersion(), "LGPL 3")
        self.addTable([python, qt, *((name, versionOf(name), licence) for name, licence in PARTS.items())])


class ShortcutsDialog(_TextDialog):
    """What keys and mouse do."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__("Keyboard and mouse", parent)
        for heading, rows in SHORTCUTS:
            self.addHeading(heading)
            self.addTable(rows)
            self.content.addSpacing(8)
