"""The project's icons, drawn sharp at any size from ``Resources/Icons/<Name>.svg``."""

from __future__ import annotations

from qtpy.QtCore import QByteArray, QRectF, QSize, Qt
from qtpy.QtGui import QIcon, QPainter, QPixmap
from qtpy.QtSvg import QSvgRenderer

from DICOMLib.ResourcePaths import resourcePath

SIZES = (16, 20, 24, 32, 48, 64)
# The line colour the files are drawn with; replaced where an icon is wanted in another one.
LINE_COLOR = "#C8D0D9"
DISABLED_OPACITY = 0.35


def icon(name: str, color: str = LINE_COLOR) -> QIcon:
    """An icon by the name of its file, with a paler variant for disabled buttons.

    :param color: colour of its main lines
    :raises FileError: when there is no such icon
    """
    text = resourcePath("Icons", f"{name}.svg").read_text(encoding="utf-8").replace(LINE_COLOR, color)
    renderer = QSvgRenderer(QByteArray(text.encode()))
    result = QIcon()
    for size in SIZES:
        result.addPixmap(_drawn(renderer, size, 1.0), QIcon.Normal)
        result.addPixmap(_drawn(renderer, size, DISABLED_OPACITY), QIcon.Disabled)
    return result


def pixmap(name: str, size: int, color: str = LINE_COLOR) -> QPixmap:
    """An icon as a picture of ``size`` logical pixels."""
    return icon(name, color).pixmap(QSize(size, size))


def _drawn(renderer: QSvgRenderer, size: int, opacity: float) -> QPixmap:
    picture = QPixmap(size, size)
    picture.fill(Qt.transparent)
    painter = QPainter(picture)
    painter.setOpacity(opacity)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


def styleIcons() -> dict[str, str]:
    """Paths of the small pictures a style sheet names, with forward slashes as Qt wants them."""
    names = {"checkIcon": "Check", "downIcon": "ChevronDown", "upIcon": "ChevronUp", "rightIcon": "ChevronRight"}
    return {key: resourcePath("Icons", f"{name}.svg").as_posix() for key, name in names.items()}
