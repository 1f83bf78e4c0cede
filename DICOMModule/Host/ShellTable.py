"""A small table of the b-values of a diffusion volume, in the colours of the plot of directions."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from DICOMPlugins.Diffusion.Summary import ShellSummary

HEADINGS = ("b (s/mm²)", "Volumes", "Directions", "Largest gap", "Spread")
TOOL_TIPS = (
    "b-value, the mean of measurements that differ by little",
    "Measurements with this b-value",
    "Different directions; a direction and its opposite are one",
    "Angle across the widest hole between directions",
    "How evenly directions cover the sphere, by their electrostatic energy",
)
ROWS_SHOWN = 5
SWATCH_PIXELS = 10


class ShellTable(QTableWidget):
    """One row a shell."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(0, len(HEADINGS), parent)
        self.setObjectName("shellTable")
        self.setAccessibleName("b-values")
        self.setHorizontalHeaderLabels(HEADINGS)
        for column, text in enumerate(TOOL_TIPS):
            self.horizontalHeaderItem(column).setToolTip(text)
            self.horizontalHeaderItem(column).setTextAlignment(_alignment(column))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.NoSelection)
        self.setFocusPolicy(Qt.NoFocus)
        self.setShowGrid(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.Stretch)
        self.horizontalHeader().setHighlightSections(False)

    def showShells(self, shells: Sequence[ShellSummary], colors: Sequence[QColor]) -> None:
        """:param colors: one for each shell"""
        self.setRowCount(len(shells))
        for row, (one, color) in enumerate(zip(shells, colors, strict=True)):
            axes = one.coverage.axes
            texts = (f"{one.shell.bValue:.0f}", f"{len(one.shell.rows):,}", f"{axes:,}" if axes else "–",
                     one.gapText or "–", one.spreadText or "–")  # fmt: skip
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setTextAlignment(_alignment(column))
                self.setItem(row, column, item)
            self.item(row, 0).setIcon(_swatch(color))
        rows = max(1, min(len(shells), ROWS_SHOWN))
        height = self.verticalHeader().defaultSectionSize() * rows + self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(height + 2 * self.frameWidth() + 2)


def _alignment(column: int) -> int:
    """The b-value stands beside its colour."""
    return int((Qt.AlignLeft if column == 0 else Qt.AlignRight) | Qt.AlignVCenter)


def _swatch(color: QColor) -> QIcon:
    picture = QPixmap(SWATCH_PIXELS, SWATCH_PIXELS)
    picture.fill(color)
    return QIcon(picture)
