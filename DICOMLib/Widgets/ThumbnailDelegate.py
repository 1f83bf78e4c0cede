"""Draws the picture of a series before its description."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Mapping

from qtpy.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QRect, QSize, Qt
from qtpy.QtGui import QColor, QIcon, QImage, QPainter, QPalette, QPixmap
from qtpy.QtWidgets import QToolTip, QWidget

from ..Wording import counted
from .DisplayText import plainText
from .Icons import namedIcon
from .PaddedDelegate import PADDING, PaddedDelegate
from .RecordTableModel import KEY_ROLE, RECORD_ROLE
from .ThumbnailLoader import LoadedThumbnail

# Around the picture, in pixels.
MARGIN = 2
# Of the tile behind an icon, in the colour of the text.
TILE_OPACITY = 18
ICON_PART_OF_TILE = 0.62
# Longer side of the picture in the tool tip, in pixels.
PREVIEW_SIZE = 192

LONGEST_REASON = 200

FAILED_ICON = "PictureFailed"
# For series without images, by Modality (PS3.3 C.7.3.1.1.1).
MODALITY_ICONS = {
    **dict.fromkeys(("SR", "DOC", "PLAN", "HC"), "Report"),
    **dict.fromkeys(("RTSTRUCT", "ANN"), "Contours"),
    **dict.fromkeys(("RTPLAN", "RTRECORD", "RTDOSE", "RTIMAGE", "RTSEGANN", "RTRAD", "RTINTENT"), "TreatmentPlan"),
    **dict.fromkeys(("ECG", "EPS", "HD", "AU", "RESP", "EEG", "EMG", "EOG", "POS"), "Waveform"),
    "KO": "KeyObject",
    "PR": "PresentationState",
    "SEG": "LabelMap",
    "REG": "Transform",
    "FID": "Crosshair",
    "M3D": "Model",
    "RWV": "Metadata",
}
OTHER_ICON = "NoPicture"


class ThumbnailDelegate(PaddedDelegate):
    """Pictures come from ``thumbnail(seriesUID)``; None stands for one that is not here yet.

    :ivar size: of the square that the picture is fitted into, in pixels; 0 draws none
    """

    def __init__(self, thumbnail: Callable[[str], LoadedThumbnail | None], parent: QWidget):
        super().__init__(parent)
        self._thumbnail = thumbnail
        self.size = 0
        self._icons: dict[tuple[str, int], QIcon] = {}
        self._drawn: dict[str, tuple[LoadedThumbnail, int, QPixmap]] = {}

    def leftPadding(self) -> int:
        return PADDING + self.extraWidth

    @property
    def extraWidth(self) -> int:
        """What the picture takes from the text, in pixels."""
        return self.size + 2 * MARGIN if self.size else 0

    def sizeHint(self, option, index) -> QSize:
        return super().sizeHint(option, index) + QSize(self.extraWidth, 0)

    def paint(self, painter, option, index) -> None:
        super().paint(painter, option, index)
        if self.size:
            top = option.rect.top() + (option.rect.height() - self.size) // 2
            self._drawTile(painter, QRect(option.rect.left() + PADDING, top, self.size, self.size), option, index)

    def helpEvent(self, event, view, option, index) -> bool:
        thumbnail = self._thumbnail(index.data(KEY_ROLE)) if index.isValid() and self.size else None
        if event.type() != QEvent.ToolTip or thumbnail is None:
            return super().helpEvent(event, view, option, index)
        text = previewText(index.data(RECORD_ROLE), thumbnail, index.data(Qt.DisplayRole))
        QToolTip.showText(event.globalPos(), text, view, view.visualRect(index))
        return True

    def forget(self, isShown: Callable[[str], bool]) -> None:
        """Let go of drawings of what is not shown."""
        self._drawn = {uid: drawn for uid, drawn in self._drawn.items() if isShown(uid)}

    def _drawTile(self, painter: QPainter, tile: QRect, option, index) -> None:
        uid = index.data(KEY_ROLE)
        thumbnail = self._thumbnail(uid)
        if thumbnail is not None and not thumbnail.image.isNull():
            painter.fillRect(tile, Qt.black)
            picture = self._scaled(uid, thumbnail, painter.device().devicePixelRatioF())
            place = QRect(0, 0, *(round(length / picture.devicePixelRatioF()) for length in _lengths(picture)))
            place.moveCenter(tile.center())
            painter.drawPixmap(place.topLeft(), picture)
            return
        color = QColor(option.palette.color(QPalette.Text))
        color.setAlpha(TILE_OPACITY)
        painter.fillRect(tile, color)
        if thumbnail is not None:
            side = round(self.size * ICON_PART_OF_TILE)
            place = QRect(0, 0, side, side)
            place.moveCenter(tile.center())
            self._icon(iconName(index.data(RECORD_ROLE), thumbnail), option.palette).paint(painter, place)

    def _scaled(self, uid: str, thumbnail: LoadedThumbnail, ratio: float) -> QPixmap:
        """The picture as large as fits the tile."""
        side = round(self.size * ratio)
        known = self._drawn.get(uid)
        if known is not None and known[0] is thumbnail and known[1] == side:
            return known[2]
        scaled = thumbnail.image.scaled(side, side, Qt.KeepAspectRatio, Qt.SmoothTransformation)
        picture = QPixmap.fromImage(scaled)
        picture.setDevicePixelRatio(ratio)
        self._drawn[uid] = thumbnail, side, picture
        return picture

    def _icon(self, name: str, palette: QPalette) -> QIcon:
        key = name, palette.cacheKey()
        if key not in self._icons:
            self._icons[key] = namedIcon(name, palette)
        return self._icons[key]


def iconName(record: Mapping[str, object], thumbnail: LoadedThumbnail) -> str:
    """What stands in place of a picture: that it failed, or what kind of thing the series is."""
    if thumbnail.source.problem:
        return FAILED_ICON
    return MODALITY_ICONS.get(str(record.get("Modality")).strip(), OTHER_ICON)


def previewText(record: Mapping[str, object], thumbnail: LoadedThumbnail, title: str) -> str:
    """Rich text for the tool tip: the picture in large, what series it is, and why there is no picture."""
    count = record.get("instanceCount")
    facts = [
        plainText(record.get("Modality")),
        plainText(record.get("size")),
        counted(count, "image" if thumbnail.source.picture else "object") if isinstance(count, int) else "",
    ]
    lines = [f"<b>{html.escape(title)}</b>", html.escape(" · ".join(filter(None, facts)))]
    if thumbnail.source.problem:
        lines.append(html.escape(f"No preview: {shortened(plainText(thumbnail.source.problem))}"))
    text = "".join(f"<div>{line}</div>" for line in lines)
    if thumbnail.image.isNull():
        return text
    larger = thumbnail.image.scaled(PREVIEW_SIZE, PREVIEW_SIZE, Qt.KeepAspectRatio, Qt.SmoothTransformation)
    return f'<div style="margin-bottom: 4px"><img src="data:image/png;base64,{_base64(larger)}"></div>{text}'


def shortened(text: str) -> str:
    """What fits a tool tip: of several decoders' complaints the first."""
    return text if len(text) <= LONGEST_REASON else text[:LONGEST_REASON].rstrip() + "…"


def _base64(image: QImage) -> str:
    contents = QByteArray()
    buffer = QBuffer(contents)
    buffer.open(QIODevice.WriteOnly)
    image.save(buffer, "PNG")
    return base64.b64encode(bytes(contents)).decode("ascii")


def _lengths(picture: QPixmap) -> tuple[int, int]:
    return picture.width(), picture.height()
