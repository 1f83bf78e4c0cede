"""Asks what is to become of scenes that a program left which ended unexpectedly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout

from DICOMLib.SceneFiles.AutosaveFolders import LeftAutosave
from DICOMLib.Widgets.WrappedLabel import WrappedLabel
from DICOMLib.Wording import counted, sizeText

from .Icons import pixmap
from .SceneFile import shownName

if TYPE_CHECKING:
    from .MainWindow import MainWindow

ICON_SIZE = 40
MOST_ROWS = 5
WIDTH = 460


class AutosaveQuestion(QDialog):
    """Work goes on beside it. *Later*, and closing it, leaves what is there for the next start.

    :param found: the newest first; each is locked until this lets go of it
    :param onRestore: called with one that is to be restored
    :ivar restoreButton: the default
    """

    def __init__(self, found: Sequence[LeftAutosave], onRestore: Callable[[LeftAutosave], None], window: MainWindow):
        super().__init__(window)
        self._found = list(found)
        self._onRestore = onRestore
        self.setObjectName("autosaveQuestion")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowContextHelpButtonHint, False)
        self.setWindowTitle("Restore a scene")
        self._build()
        self.list.setCurrentRow(next((n for n, left in enumerate(self._found) if left.facts is not None), 0))
        self.finished.connect(lambda _result: self.leaveAll())

    def _build(self) -> None:
        picture = QLabel()
        picture.setPixmap(pixmap("Warning", ICON_SIZE))
        isOne = len(self._found) == 1
        what = "a scene that is in no file. Restore it?" if isOne else "scenes that are in no file. Restore one?"
        self.label = WrappedLabel(f"The program did not end as usual and left {what}")
        self.list = QListWidget()
        self.list.setAccessibleName("Autosaved scenes")
        self.list.setTextElideMode(Qt.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        for left in self._found:
            item = QListWidgetItem(describedAutosave(left))
            item.setToolTip(left.problem or item.text())
            self.list.addItem(item)
        rows = min(len(self._found), MOST_ROWS)
        self.list.setFixedHeight(rows * self.list.sizeHintForRow(0) + 2 * self.list.frameWidth() + 2)
        self.list.currentRowChanged.connect(self._onSelected)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(picture, 0, Qt.AlignTop)
        head.addWidget(self.label, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self.list)
        layout.addWidget(self._buttons())
        self.resize(WIDTH, self.sizeHint().height())

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(self)
        self.restoreButton = buttons.addButton("Restore", QDialogButtonBox.AcceptRole)
        self.discardButton = buttons.addButton("Discard", QDialogButtonBox.DestructiveRole)
        self.laterButton = buttons.addButton("Later", QDialogButtonBox.RejectRole)
        self.restoreButton.setDefault(True)
        self.restoreButton.clicked.connect(lambda _checked=False: self._restore())
        self.discardButton.clicked.connect(lambda _checked=False: self._discard())
        buttons.rejected.connect(self.reject)
        return buttons

    def leaveAll(self) -> None:
        """Let go of those that are there still."""
        found, self._found = self._found, []
        for left in found:
            left.leave()

    def _selected(self) -> LeftAutosave | None:
        row = self.list.currentRow()
        return self._found[row] if 0 <= row < len(self._found) else None

    def _onSelected(self, _row: int) -> None:
        left = self._selected()
        self.restoreButton.setEnabled(left is not None and left.facts is not None)
        self.discardButton.setEnabled(left is not None)

    def _restore(self) -> None:
        left = self._take()
        if left is not None:
            self._onRestore(left)

    def _discard(self) -> None:
        left = self._take()
        if left is not None:
            left.remove()

    def _take(self) -> LeftAutosave | None:
        """The selected one, which is not asked about any more; after the last one the dialog closes."""
        left = self._selected()
        if left is not None:
            row = self.list.currentRow()
            del self._found[row]
            self.list.takeItem(row)
            self._onSelected(self.list.currentRow())
        if not self._found:
            self.accept()
        return left


def describedAutosave(left: LeftAutosave, now: datetime | None = None) -> str:
    """When it was saved and what it is, in two lines.

    :param now: default: the time it is
    """
    if left.facts is None:
        return "A scene that is damaged and cannot be restored\nDiscard it, or keep its folder to look into"
    facts = left.facts
    name = f"“{shownName(facts.path)}”, changed" if facts.path else "A scene without a file"
    return f"{name}\nSaved {_timeText(facts.savedAt, now)}, {counted(facts.nodeCount, 'node')}, {sizeText(facts.size)}"


def _timeText(seconds: float, now: datetime | None) -> str:
    try:
        saved = datetime.fromtimestamp(seconds)
    except (OverflowError, ValueError, OSError):  # a damaged file may say any number
        return "at a time that is not known"
    days = ((now or datetime.now()).date() - saved.date()).days
    day = {0: "today", 1: "yesterday"}.get(days, f"on {saved:%Y-%m-%d}")
    return f"{day} at {saved:%H:%M}"
