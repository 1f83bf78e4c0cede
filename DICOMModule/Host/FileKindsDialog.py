"""Asks what the files to be added are, where their names leave a choice."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QDialog, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from DICOMLib.SceneFiles.NodeFileKinds import TITLES, kindsOf, likelyKind
from DICOMLib.Widgets.DialogButtons import actionButtons
from DICOMLib.Widgets.DisplayText import plainText
from DICOMLib.Widgets.WrappedLabel import WrappedLabel

QUESTION = "What are these files? What they seem to be is chosen."
FILE_COLUMN, KIND_COLUMN = range(2)
SIZE = (520, 300)


class FileKindsDialog(QDialog):
    """A row for each file, with the kinds it can be.

    :param paths: files of nodes (``isNodeFile``)
    :param onAccepted: called with path → kind
    :ivar kindBoxes: one for each path, in their order
    """

    def __init__(
        self,
        paths: Sequence[str | os.PathLike],
        onAccepted: Callable[[Mapping[str, str]], None],
        parent: QWidget | None = None,
    ):
        super().__init__(parent)
        self.setObjectName("fileKindsDialog")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowContextHelpButtonHint, False)
        self.setWindowTitle("Add data")
        self._paths = [os.fspath(path) for path in paths]
        self._onAccepted = onAccepted
        self.kindBoxes = [_boxFor(path) for path in self._paths]
        self.table = self._makeTable()
        buttons, self.addButton = actionButtons(self, "Add")
        layout = QVBoxLayout(self)
        layout.addWidget(WrappedLabel(QUESTION))
        layout.addWidget(self.table, 1)
        layout.addWidget(buttons)
        self.resize(*SIZE)

    def accept(self) -> None:
        """Take over what is chosen."""
        chosen = {path: box.currentData() for path, box in zip(self._paths, self.kindBoxes, strict=True)}
        super().accept()
        self._onAccepted(chosen)

    def _makeTable(self) -> QTableWidget:
        table = QTableWidget(len(self._paths), 2, self)
        table.setHorizontalHeaderLabels(["File", "Kind"])
        table.verticalHeader().hide()
        table.setSelectionMode(QTableWidget.NoSelection)
        table.setEditTriggers(QTableWidget.NoEditTriggers)
        table.setTextElideMode(Qt.ElideMiddle)
        table.setWordWrap(False)
        table.setAccessibleName("Files")
        for row, (path, box) in enumerate(zip(self._paths, self.kindBoxes, strict=True)):
            item = QTableWidgetItem(plainText(os.path.basename(path)))
            item.setFlags(Qt.ItemIsEnabled)
            item.setToolTip(plainText(path))
            table.setItem(row, FILE_COLUMN, item)
            table.setCellWidget(row, KIND_COLUMN, box)
            table.setRowHeight(row, box.sizeHint().height() + 4)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignLeft | Qt.AlignVCenter)
        header.setSectionResizeMode(FILE_COLUMN, QHeaderView.Stretch)
        header.setSectionResizeMode(KIND_COLUMN, QHeaderView.Fixed)
        widest = max((box.sizeHint().width() for box in self.kindBoxes), default=0)
        header.resizeSection(KIND_COLUMN, widest + 8)
        return table


def _boxFor(path: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(f"Kind of {plainText(os.path.basename(path))}")
    for kind in kindsOf(path):
        box.addItem(TITLES[kind], kind)
    box.setCurrentIndex(box.findData(likelyKind(path)))
    box.setEnabled(box.count() > 1)
    return box
