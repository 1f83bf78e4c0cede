"""What an empty window says: how to get data into it."""

from __future__ import annotations

from qtpy.QtCore import QEvent, Qt, Signal
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from .Icons import pixmap

PICTURE_SIZE = 48


class EmptyState(QFrame):
    """A card in the middle of the views while there is nothing to show."""

    addDataRequested = Signal()
    sampleDataRequested = Signal()

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setObjectName("emptyState")
        picture = self._picture = QLabel(self)
        picture.setPixmap(pixmap("Import", PICTURE_SIZE))
        picture.setAlignment(Qt.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(36, 26, 36, 26)
        layout.setSpacing(8)
        layout.addWidget(picture)
        self._title, self._hint = self._label("emptyTitle"), self._label("emptyHint")
        layout.addWidget(self._title)
        layout.addWidget(self._hint)
        layout.addSpacing(8)
        layout.addLayout(self._buttons())
        self.setDatabaseFilled(False)
        parent.installEventFilter(self)
        self.adjustSize()

    def setDatabaseFilled(self, filled: bool) -> None:
        """Say what comes next: getting data into the database, or loading what is in it."""
        empty = "Drop DICOM files, folders, scenes or models here"
        self._title.setText("Double-click a series to see it here" if filled else empty)
        self._hint.setText(
            "Drop DICOM files, folders, scenes or models to add more."
            if filled
            else "Double-click an imported series to see it in the views."
        )

    def _label(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setAlignment(Qt.AlignCenter)
        return label

    def _buttons(self) -> QHBoxLayout:
        add = QPushButton("Add DICOM data…", self)
        add.setDefault(True)
        add.clicked.connect(lambda _checked=False: self.addDataRequested.emit())
        sample = QPushButton("Load sample data", self)
        sample.clicked.connect(lambda _checked=False: self.sampleDataRequested.emit())
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(add)
        row.addWidget(sample)
        row.addStretch(1)
        return row

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.PaletteChange and hasattr(self, "_picture"):
            self._picture.setPixmap(pixmap("Import", PICTURE_SIZE))

    def eventFilter(self, watched, event) -> bool:
        if watched is self.parentWidget() and event.type() in (QEvent.Resize, QEvent.Show):
            self.place()
        return False

    def place(self) -> None:
        """Move to the middle of the parent, above everything else in it."""
        area = self.parentWidget().rect()
        size = self.sizeHint().boundedTo(area.size())
        self.resize(size)
        self.move((area.width() - size.width()) // 2, (area.height() - size.height()) // 2)
        self.raise_()
