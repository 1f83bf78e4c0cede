"""A Python prompt inside the window: qtconsole with an in-process kernel, or a plain one where that is missing."""

from __future__ import annotations

import code
import importlib.util
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout

from qtpy.QtCore import Qt
from qtpy.QtGui import QTextCursor
from qtpy.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from .Theme import monospaceFont

BANNER = "Python {version}. Ready to use: {names}\n"


class PythonConsole(QWidget):
    """Runs what is typed in the host's own process, on the GUI thread.

    The kernel starts when the console is first shown: a user who never opens it does not wait for it.

    :param namespace: names the prompt knows
    """

    def __init__(self, namespace: dict[str, object], parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("pythonConsole")
        self.namespace = namespace
        self._prompt = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)

    @property
    def prompt(self) -> QWidget | None:
        """The widget that is typed into; None before the console was first shown."""
        return self._prompt

    def start(self) -> QWidget:
        """Start the prompt if it is not running. :returns: the widget that is typed into"""
        if self._prompt is None:
            self._prompt = _makePrompt(self.namespace, self)
            self.layout().addWidget(self._prompt)
            self.setFocusProxy(self._prompt)
        return self._prompt

    def execute(self, source: str) -> None:
        """Run source as if it had been typed."""
        self.start().execute(source)

    def showEvent(self, event) -> None:
        self.start()
        super().showEvent(event)

    def stop(self) -> None:
        """End the kernel; call before the window closes."""
        if self._prompt is not None:
            self._prompt.stop()


def bannerText(namespace: dict[str, object]) -> str:
    """What the prompt says first: the things there are, not the many functions."""
    names = ", ".join(sorted(name for name, value in namespace.items() if name[0] != "_" and not callable(value)))
    return BANNER.format(version=sys.version.split()[0], names=names)


def _makePrompt(namespace: dict[str, object], parent: QWidget) -> QWidget:
    if importlib.util.find_spec("qtconsole") and importlib.util.find_spec("ipykernel"):
        from .JupyterPrompt import JupyterPrompt

        return JupyterPrompt(namespace, bannerText(namespace), parent)
    return PlainPrompt(namespace, bannerText(namespace), parent)


class _Interpreter(code.InteractiveConsole):
    """Shows errors where they were made; the standard one hands them to the program's own report of errors."""

    def showtraceback(self) -> None:
        kind, error, trace = sys.exc_info()
        sys.stderr.write("".join(traceback.format_exception(kind, error, trace.tb_next)))

    def showsyntaxerror(self, filename: str | None = None, **_options) -> None:
        sys.stderr.write("".join(traceback.format_exception_only(*sys.exc_info()[:2])))


class PlainPrompt(QWidget):
    """``code.InteractiveConsole`` with a line to type into, a history on the arrow keys, and its output above."""

    def __init__(self, namespace: dict[str, object], banner: str, parent: QWidget | None = None):
        super().__init__(parent)
        self._console = _Interpreter(namespace)
        self._history: list[str] = []
        self._place = 0
        self.output = QPlainTextEdit(self)
        self.output.setReadOnly(True)
        self.output.setFont(monospaceFont())
        self.output.setObjectName("consoleOutput")
        self._line = PromptLine(self)
        self._mark = QLabel(">>>", self)
        self._mark.setFont(monospaceFont())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.output, 1)
        layout.addWidget(self._mark)
        layout.addWidget(self._line)
        self.setFocusProxy(self._line)
        self.write(banner)

    def write(self, text: str) -> int:
        """Append text; with :meth:`flush` this makes the prompt a file that print writes to."""
        self.output.moveCursor(QTextCursor.End)
        self.output.insertPlainText(text)
        self.output.moveCursor(QTextCursor.End)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def execute(self, source: str) -> None:
        """Run lines one after the other as typed."""
        for line in source.split("\n"):
            self.write(f"{self._mark.text()} {line}\n")
            with redirect_stdout(self), redirect_stderr(self):
                wantsMore = self._push(line)
            self._mark.setText("..." if wantsMore else ">>>")
        if source.strip():
            self._history.append(source)
        self._place = len(self._history)

    def _push(self, line: str) -> bool:
        """Run a line. :returns: whether the statement goes on in the next one"""
        try:
            return self._console.push(line)
        except SystemExit:
            self.write("Close the window to leave.\n")
            return False

    def recall(self, step: int) -> str:
        """The line ``step`` further in the history; "" past its end."""
        self._place = min(max(self._place + step, 0), len(self._history))
        return self._history[self._place] if self._place < len(self._history) else ""

    def stop(self) -> None:
        """Nothing runs between two lines."""


class PromptLine(QPlainTextEdit):
    """One line of input: Return runs it, the arrows bring back earlier ones."""

    def __init__(self, prompt: PlainPrompt):
        super().__init__(prompt)
        self._prompt = prompt
        self.setFont(monospaceFont())
        self.setFixedHeight(self.fontMetrics().height() + 14)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOff)

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key_Return, Qt.Key_Enter):
            source = self.toPlainText()
            self.clear()
            self._prompt.execute(source)
        elif event.key() in (Qt.Key_Up, Qt.Key_Down):
            self.setPlainText(self._prompt.recall(-1 if event.key() == Qt.Key_Up else 1))
            self.moveCursor(QTextCursor.End)
        else:
            super().keyPressEvent(event)
