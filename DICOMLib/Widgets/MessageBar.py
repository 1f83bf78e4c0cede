"""Messages inside a panel: they wait to be read and never stop the work."""

from __future__ import annotations

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtGui import QColor, QGuiApplication, QPainter
from qtpy.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QStyle,
    QToolButton,
    QVBoxLayout,
)

from .ErrorReporting import ERROR, INFORMATION, WARNING, Message
from .Icons import namedIcon
from .ScrollIntoView import scrollIntoView
from .WrappedLabel import WrappedLabel

INFORMATION_MILLISECONDS = 8000
STRIPE_WIDTH = 4
# A panel is low: more than this would push the tables away; the rest is in the details.
MOST_LINES = 3
# Bright enough on a dark and dark enough on a light background.
STRIPE_COLORS = {ERROR: QColor("#e5534b"), WARNING: QColor("#d99a2b"), INFORMATION: QColor("#4c9aff")}
WORDS = {ERROR: "Error", WARNING: "Note", INFORMATION: "Information"}


class MessageBar(QFrame):
    """Shows the newest message with its details; the same message again is counted, not repeated.

    :param isWide: there is room for the buttons beside each other
    """

    actionTriggered = Signal()
    """The button added with :meth:`setAction` was pressed."""

    def __init__(self, parent=None, isWide: bool = False):
        super().__init__(parent)
        self._isWide = isWide
        self.setObjectName("messageBar")
        self.setFrameShape(QFrame.StyledPanel)
        self.setAutoFillBackground(True)
        self.message: Message | None = None
        self.repetitions = 0
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(INFORMATION_MILLISECONDS)
        self._timer.timeout.connect(self.dismiss)
        self.hide()

    def _build(self) -> None:
        self.label = WrappedLabel(mostLines=MOST_LINES)
        self.label.fitted.connect(self._offerDetails)
        self.label.setObjectName("messageText")
        self.actionButton = QToolButton(objectName="messageAction")
        self.actionButton.clicked.connect(self.actionTriggered)
        self.detailsButton = QToolButton(text="Details", checkable=True, objectName="messageDetailsButton")
        self.detailsButton.toggled.connect(self._showDetails)
        self.copyButton = QToolButton(text="Copy", toolTip="Copy the message and its details", objectName="messageCopy")
        self.copyButton.clicked.connect(self.copy)
        self.closeButton = QToolButton(toolTip="Dismiss", objectName="messageClose")
        self.closeButton.setIcon(namedIcon("Cancel", self.palette(), QStyle.SP_TitleBarCloseButton))
        self.closeButton.setAccessibleName("Dismiss")
        self.closeButton.setAutoRaise(True)
        self.closeButton.clicked.connect(self.dismiss)
        self.details = QPlainTextEdit(readOnly=True, objectName="messageDetails")
        self.details.setMaximumHeight(self.fontMetrics().height() * 7)
        self.details.hide()
        self._arrange()

    def _arrange(self) -> None:
        # Beside the text, where they take no height from the tables.
        buttons = QHBoxLayout() if self._isWide else QVBoxLayout()
        buttons.setSpacing(0)
        rest = (self.actionButton, self.detailsButton, self.copyButton)
        for button in (*rest, self.closeButton) if self._isWide else (self.closeButton, *rest):
            button.setAutoRaise(True)
            buttons.addWidget(button, 0, Qt.AlignRight | Qt.AlignTop)
        if not self._isWide:
            buttons.addStretch(1)
        head = QHBoxLayout()
        head.addWidget(self.label, 1, Qt.AlignTop)
        head.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(STRIPE_WIDTH + 8, 4, 4, 4)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.details)

    def showMessage(self, message: Message, action: str = "") -> None:
        """Show a message; one with details of another kind or an action stays until it is dismissed.

        :param action: text of a button that emits :attr:`actionTriggered`
        """
        self.repetitions = self.repetitions + 1 if message == self.message and self.isVisibleTo(self.parent()) else 1
        self.message = message
        times = f"  (×{self.repetitions})" if self.repetitions > 1 else ""
        self.detailsButton.setChecked(False)
        self.copyButton.setVisible(message.severity == ERROR)
        self.actionButton.setText(action)
        self.actionButton.setVisible(bool(action))
        self.label.setText(message.text, times)
        self.label.setAccessibleName(f"{WORDS[message.severity]}: {message.text}")
        self.setProperty("severity", message.severity)
        self.show()
        self.update()
        if message.severity != INFORMATION or action:
            scrollIntoView(self)  # what was pressed may be far below
        self._timer.stop()
        if message.severity == INFORMATION and not action:
            self._timer.start()

    def dismiss(self) -> None:
        self.hide()
        self.message = None
        self.repetitions = 0

    def copy(self) -> None:
        """Put message and details on the clipboard."""
        QGuiApplication.clipboard().setText(f"{self.message.text}\n\n{self.message.details}".strip())

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self.message is not None:
            with QPainter(self) as painter:
                painter.fillRect(0, 0, STRIPE_WIDTH, self.height(), STRIPE_COLORS[self.message.severity])

    def _offerDetails(self) -> None:
        """What the label has no room for is told in the details, before what is there anyway."""
        if self.message is not None:
            isTold = self.message.text.partition(". ")[0] in self.message.details
            text = self.message.text if self.label.isShortened() and not isTold else ""
            details = f"{text}\n\n{self.message.details}".strip()
            isMore = details.rstrip(".") != self.message.text.rstrip(".") or self.label.isShortened()
            self.detailsButton.setVisible(bool(details) and isMore)
            if details != self.details.toPlainText():
                self.details.setPlainText(details)

    def _showDetails(self, shown: bool) -> None:
        self.details.setVisible(shown)
