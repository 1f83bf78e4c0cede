"""The project's icons for the host's window, and the pictures its style sheet names."""

from __future__ import annotations

from qtpy.QtCore import QSize
from qtpy.QtGui import QIcon, QPixmap
from qtpy.QtWidgets import QApplication

from DICOMLib.ResourcePaths import resourcePath
from DICOMLib.Widgets.Icons import namedIcon

STYLE_ICONS = {
    "checkIcon": "Check", "downIcon": "ChevronDown", "upIcon": "ChevronUp", "rightIcon": "ChevronRight",
    "closeIcon": "Cancel", "floatIcon": "Expand",
}  # fmt: skip


def icon(name: str) -> QIcon:
    """An icon by the name of its file in ``Resources/Icons``, in the colours of the application's palette."""
    return namedIcon(name, QApplication.palette())


def pixmap(name: str, size: int) -> QPixmap:
    """An icon as a picture of ``size`` logical pixels."""
    return icon(name).pixmap(QSize(size, size))


def styleIcons(isLight: bool = False) -> dict[str, str]:
    """Paths of the small pictures a style sheet names, with forward slashes as Qt wants them.

    :param isLight: those with dark lines: a style sheet cannot colour them
    """
    folders = ("Icons", "Light") if isLight else ("Icons",)
    return {key: resourcePath(*folders, f"{name}.svg").as_posix() for key, name in STYLE_ICONS.items()}
