"""Diffusion directions on the sphere, painted as two discs: the halves seen from above and from below the patient."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPen
from qtpy.QtWidgets import QToolTip, QWidget

from .Theme import COLORS, DARK_COLORS

# Told apart from each other on dark ground, also by people who confuse red and green.
SHELL_COLORS = ("#4A9FE0", "#E0A84A", "#76C2A0", "#D77FB5", "#E6DF6B", "#B9A2F2", "#E0765C", "#9CCB5A")
MARGIN, GAP, TITLE_HEIGHT = 22, 56, 20
LEAST_RADIUS = 40
LARGEST_DOT, SMALLEST_DOT = 4.5, 2.5
DOTS_OF_LARGEST_SIZE = 40
CLICK_DISTANCE = 9.0
# Angles from the pole of the circles that help the eye.
CIRCLES = (30, 60)


def shellColor(number: int) -> QColor:
    """The colour of a shell, counted from the lowest b-value with a direction."""
    return QColor(SHELL_COLORS[number % len(SHELL_COLORS)])


def projected(directions: np.ndarray) -> np.ndarray:
    """(n, 2) places in the unit disc of its half, x to the right of the screen, y up; equal areas stay equal.

    Seen from above (S > 0) right is R; from below, as radiologists look at a patient, right is L. Up is A in both.

    :param directions: (n, 3) unit vectors, RAS
    """
    right, anterior, superior = directions.T
    # Lambert's azimuthal projection: the distance from the middle is the root of 1 - cos of the angle from the pole.
    scale = np.sqrt(1 - np.minimum(np.abs(superior), 1)) / np.maximum(np.hypot(right, anterior), 1e-12)
    return np.column_stack([np.where(superior >= 0, right, -right) * scale, anterior * scale])


class DirectionPlot(QWidget):
    """A dot where each direction leaves the sphere, a faint ring where its opposite does; colours tell shells apart.

    Signal ``measurementClicked(number)`` when a dot is clicked.
    """

    measurementClicked = Signal(int)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("directionPlot")
        self.setAccessibleName("Directions on the sphere")
        self.setMouseTracking(True)
        self._directions = np.zeros((0, 3))
        self._numbers = np.zeros(0, int)
        self._colors: list[QColor] = []
        self._texts: list[str] = []
        self._current = -1

    def sizeHint(self) -> QSize:
        return QSize(460, 250)

    def minimumSizeHint(self) -> QSize:
        return QSize(4 * LEAST_RADIUS + GAP + 2 * MARGIN, 2 * LEAST_RADIUS + TITLE_HEIGHT + 2 * MARGIN)

    def setDirections(self, directions: np.ndarray, colors: Sequence[QColor], texts: Sequence[str]) -> None:
        """What to show of each of N measurements; those with a direction of zeros have no place.

        :param directions: (N, 3) RAS
        :param colors: of each measurement
        :param texts: tool tip of each measurement
        """
        lengths = np.linalg.norm(directions, axis=1)
        self._numbers = np.nonzero(lengths > 0)[0]
        self._directions = directions[self._numbers] / lengths[self._numbers, None]
        self._colors = [colors[number] for number in self._numbers]
        self._texts = [texts[number] for number in self._numbers]
        self.update()

    def setCurrent(self, number: int) -> None:
        """Ring the measurement that views show."""
        if number != self._current:
            self._current = number
            self.update()

    # Places

    def _discs(self) -> tuple[QPointF, QPointF, float]:
        """Middles of the discs from above and from below, and their radius."""
        width = (self.width() - 2 * MARGIN - GAP) / 4
        radius = max(float(LEAST_RADIUS), min(width, (self.height() - TITLE_HEIGHT - 2 * MARGIN) / 2))
        middle, y = self.width() / 2, TITLE_HEIGHT + (self.height() - TITLE_HEIGHT) / 2
        aside = radius + GAP / 2
        return QPointF(middle - aside, y), QPointF(middle + aside, y), radius

    def places(self, directions: np.ndarray) -> list[QPointF]:
        """Where unit vectors (n, 3) RAS are in the widget."""
        above, below, radius = self._discs()
        return [
            QPointF(0, 0) + (above if superior >= 0 else below) + QPointF(x * radius, -y * radius)
            for (x, y), superior in zip(projected(directions), directions[:, 2], strict=True)
        ]

    def measurementAt(self, place: QPointF) -> int:
        """Number of the measurement whose dot is nearest to a place; -1 when none is near."""
        index = self._indexAt(place)
        return -1 if index is None else int(self._numbers[index])

    def _indexAt(self, place: QPointF) -> int | None:
        distances = [math.hypot(*_xy(dot - place)) for dot in self.places(self._directions)]
        nearest = int(np.argmin(distances)) if distances else None
        return nearest if nearest is not None and distances[nearest] <= CLICK_DISTANCE else None

    # Events

    def mousePressEvent(self, event) -> None:
        number = self.measurementAt(QPointF(event.pos()))
        if event.button() == Qt.LeftButton and number >= 0:
            self.measurementClicked.emit(number)

    def mouseMoveEvent(self, event) -> None:
        index = self._indexAt(QPointF(event.pos()))
        self.setCursor(Qt.ArrowCursor if index is None else Qt.PointingHandCursor)
        QToolTip.showText(event.globalPos(), "" if index is None else self._texts[index], self)

    def paintEvent(self, _event) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            above, below, radius = self._discs()
            self._paintDisc(painter, above, radius, "From above", ("L", "R"))
            self._paintDisc(painter, below, radius, "From below", ("R", "L"))
            if len(self._directions):
                self._paintDots(painter)
            else:
                painter.setPen(QColor(COLORS["textOff"]))
                painter.drawText(self.rect().adjusted(0, TITLE_HEIGHT, 0, 0), Qt.AlignCenter, "No directions")

    def _paintDisc(self, painter: QPainter, middle: QPointF, radius: float, title: str, sides: tuple[str, str]) -> None:
        painter.setPen(QPen(QColor(DARK_COLORS["border"]), 1))
        painter.setBrush(QColor(DARK_COLORS["base"]))
        painter.drawEllipse(middle, radius, radius)
        painter.setPen(QPen(QColor(DARK_COLORS["borderSoft"]), 1))
        painter.setBrush(Qt.NoBrush)
        for angle in CIRCLES:
            part = radius * math.sqrt(1 - math.cos(math.radians(angle)))
            painter.drawEllipse(middle, part, part)
        painter.drawLine(middle - QPointF(radius, 0), middle + QPointF(radius, 0))
        painter.drawLine(middle - QPointF(0, radius), middle + QPointF(0, radius))
        painter.setPen(QColor(COLORS["textSoft"]))
        top = QRectF(middle.x() - radius, 0, 2 * radius, TITLE_HEIGHT)
        painter.drawText(top, Qt.AlignCenter, title)
        painter.setPen(QColor(COLORS["warning"]))
        out = radius + 0.6 * MARGIN
        letters = ((sides[0], -out, 0), (sides[1], out, 0), ("A", 0, -out), ("P", 0, out))
        for letter, x, y in letters:
            painter.drawText(_around(middle + QPointF(x, y)), Qt.AlignCenter, letter)

    def _paintDots(self, painter: QPainter) -> None:
        size = max(SMALLEST_DOT, min(LARGEST_DOT, LARGEST_DOT * math.sqrt(DOTS_OF_LARGEST_SIZE / len(self._numbers))))
        painter.setBrush(Qt.NoBrush)
        for place, color in zip(self.places(-self._directions), self._colors, strict=True):
            faint = QColor(color)
            faint.setAlphaF(0.55)
            painter.setPen(QPen(faint, 1))
            painter.drawEllipse(place, size - 0.5, size - 0.5)
        painter.setPen(Qt.NoPen)
        for place, color in zip(self.places(self._directions), self._colors, strict=True):
            painter.setBrush(color)
            painter.drawEllipse(place, size, size)
        shown = np.nonzero(self._numbers == self._current)[0]
        painter.setBrush(Qt.NoBrush)
        painter.setPen(QPen(QColor(DARK_COLORS["text"]), 1.5))
        for place in self.places(self._directions[shown]):
            painter.drawEllipse(place, size + 3, size + 3)


def _xy(point: QPointF) -> tuple[float, float]:
    return point.x(), point.y()


def _around(place: QPointF) -> QRectF:
    """Room for a letter at a place."""
    return QRectF(place.x() - MARGIN / 2, place.y() - MARGIN / 2, MARGIN, MARGIN)
