"""The project's line icons in the colour of the palette they are shown with, so that they suit light windows too."""

from __future__ import annotations

import functools

from qtpy.QtCore import QByteArray, QRectF, QSize, Qt
from qtpy.QtGui import QIcon, QIconEngine, QPainter, QPalette, QPixmap
from qtpy.QtSvg import QSvgRenderer
from qtpy.QtWidgets import QApplication, QStyle

from ..Errors import FileError
from ..ResourcePaths import resourcePath

SIZES = (16, 20, 24, 32, 48)
# The line colour the files are drawn with.
LINE_COLOR = "#C8D0D9"


def namedIcon(name: str, palette: QPalette, fallback: QStyle.StandardPixmap = QStyle.SP_FileIcon) -> QIcon:
    """``Resources/Icons/<name>.svg``; Qt's own ``fallback`` where the file is missing.

    :param palette: its button text colours, normal and disabled, become the colours of the lines. That of the
        application is followed when it changes
    """
    try:
        drawing = _drawingOf(name)
    except (FileError, OSError):
        return QApplication.style().standardIcon(fallback)
    isOfApplication = _lineColors(palette) == _lineColors(QApplication.palette())
    return QIcon(_LineIcon(drawing, None if isOfApplication else QPalette(palette)))


@functools.cache
def _drawingOf(name: str) -> str:
    """A window has dozens of icons, many of them several times."""
    return resourcePath("Icons", f"{name}.svg").read_text(encoding="utf-8")


def _lineColors(palette: QPalette) -> list[str]:
    groups = (QPalette.Active, QPalette.Disabled)
    return [palette.color(group, QPalette.ButtonText).name() for group in groups]


class _LineIcon(QIconEngine):
    """Drawn when it is shown, and once for each size and colour.

    :param palette: None follows the application's
    """

    def __init__(self, drawing: str, palette: QPalette | None):
        super().__init__()
        self._drawing, self._palette = drawing, palette
        self._pictures: dict[tuple[int, str], QPixmap] = {}

    def clone(self) -> QIconEngine:
        return _LineIcon(self._drawing, self._palette)

    def availableSizes(self, _mode: QIcon.Mode = QIcon.Normal, _state: QIcon.State = QIcon.Off) -> list[QSize]:
        return [QSize(size, size) for size in SIZES]

    def pixmap(self, size: QSize, mode: QIcon.Mode, _state: QIcon.State) -> QPixmap:
        side = min(size.width(), size.height())
        palette = QApplication.palette() if self._palette is None else self._palette
        color = _lineColors(palette)[mode == QIcon.Disabled]
        key = side, color
        if key not in self._pictures:
            self._pictures[key] = _drawn(self._drawing.replace(LINE_COLOR, color), side)
        return self._pictures[key]

    def paint(self, painter: QPainter, rect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF() if painter.device() is not None else 1.0
        picture = QPixmap(self.pixmap(rect.size() * ratio, mode, state))
        picture.setDevicePixelRatio(ratio)
        place = QRectF(0, 0, picture.width() / ratio, picture.height() / ratio)
        place.moveCenter(QRectF(rect).center())
        painter.drawPixmap(place, picture, QRectF(picture.rect()))


def _drawn(drawing: str, size: int) -> QPixmap:
    picture = QPixmap(size, size)
    picture.fill(Qt.transparent)
    with QPainter(picture) as painter:
        QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, size, size))
    return picture
