"""The project's line icons in the colour of the palette they are shown with, so that they suit light windows too."""

from __future__ import annotations

from qtpy.QtCore import QByteArray, QRectF, Qt
from qtpy.QtGui import QIcon, QPainter, QPalette, QPixmap
from qtpy.QtSvg import QSvgRenderer
from qtpy.QtWidgets import QApplication, QStyle

from ..Errors import FileError
from ..ResourcePaths import resourcePath

SIZES = (16, 20, 24, 32, 48)
# The line colour the files are drawn with.
LINE_COLOR = "#C8D0D9"


def namedIcon(name: str, palette: QPalette, fallback: QStyle.StandardPixmap = QStyle.SP_FileIcon) -> QIcon:
    """``Resources/Icons/<name>.svg``; Qt's own ``fallback`` where the file is missing.

    :param palette: its button text colours, normal and disabled, become the colours of the lines
    """
    try:
        drawing = resourcePath("Icons", f"{name}.svg").read_text(encoding="utf-8")
    except (FileError, OSError):
        return QApplication.style().standardIcon(fallback)
    icon = QIcon()
    for mode, group in ((QIcon.Normal, QPalette.Active), (QIcon.Disabled, QPalette.Disabled)):
        color = palette.color(group, QPalette.ButtonText).name()
        renderer = QSvgRenderer(QByteArray(drawing.replace(LINE_COLOR, color).encode()))
        for size in SIZES:
            icon.addPixmap(_drawn(renderer, size), mode)
    return icon


def _drawn(renderer: QSvgRenderer, size: int) -> QPixmap:
    picture = QPixmap(size, size)
    picture.fill(Qt.transparent)
    with QPainter(picture) as painter:
        renderer.render(painter, QRectF(0, 0, size, size))
    return picture
