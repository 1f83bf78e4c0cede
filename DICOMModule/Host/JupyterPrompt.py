"""The qtconsole prompt. All that knows qtconsole is in this file: its in-process kernel is no stable interface."""

from __future__ import annotations

import os

# ipykernel loads a debugger that would otherwise complain on the terminal about Python's frozen modules; nothing here
# is debugged with it.
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

from qtconsole.inprocess import QtInProcessKernelManager
from qtconsole.rich_jupyter_widget import RichJupyterWidget
from qtpy.QtCore import QEvent

from .Theme import COLORS, isLight, monospaceFont


class JupyterPrompt(RichJupyterWidget):
    """An IPython prompt whose kernel lives in this process.

    :param namespace: names the kernel knows
    :param banner: what it says first
    """

    def __init__(self, namespace: dict[str, object], banner: str, parent=None):
        # The style goes in from the start: Qt keeps the white of qtconsole's first style in the text area's palette.
        super().__init__(parent=parent, style_sheet=consoleStyle(), syntax_style=_syntaxStyle())
        self.setFocusProxy(self._control)  # the frame around it has no use for keys
        self.banner = banner
        self._control.setFont(monospaceFont())  # to which a text goes back when the style of the window changes
        self.font = monospaceFont()
        self.gui_completion = "droplist"
        self.confirm_restart = False
        self._manager = QtInProcessKernelManager()
        self._manager.start_kernel(show_banner=False)
        self._manager.kernel.gui = "qt"
        shell = self._manager.kernel.shell
        # Our banner says what there is to use; IPython's own would push it out of sight.
        shell.banner1 = shell.banner2 = ""
        shell.enable_tip = False
        self._setShellColors()
        shell.push(dict(namespace))
        client = self._manager.client()
        client.start_channels()
        self.kernel_manager = self._manager
        self.kernel_client = client
        self.exit_requested.connect(lambda *_arguments: self.window().close())

    def _setShellColors(self) -> None:
        """IPython's colours for the background there is: the default's dark red cannot be read on a dark one."""
        self._manager.kernel.shell.run_line_magic("colors", "lightbg" if isLight() else "linux")

    def changeEvent(self, event) -> None:
        """Follow another look of the window; what was printed before the prompt that waits keeps its colours."""
        super().changeEvent(event)
        if event.type() == QEvent.PaletteChange and hasattr(self, "_manager") and self.style_sheet != consoleStyle():
            self.style_sheet, self.syntax_style = consoleStyle(), _syntaxStyle()
            self._setShellColors()
            if self._previous_prompt_obj is not None:
                self._update_prompt(self._previous_prompt_obj.number)

    def stop(self) -> None:
        """End channels and kernel."""
        self.kernel_client.stop_channels()
        self._manager.shutdown_kernel()


def _syntaxStyle() -> str:
    """Of pygments."""
    return "default" if isLight() else "monokai"


def consoleStyle() -> str:
    """The palette for qtconsole's text areas and completions."""
    return (
        f"QPlainTextEdit, QTextEdit {{ background-color: {COLORS['base']}; color: {COLORS['text']}; border: none;"
        f" selection-background-color: {COLORS['selection']}; border-radius: 0; }}"
        f".in-prompt {{ color: {COLORS['good']}; }} .out-prompt {{ color: {COLORS['warning']}; }}"
        f".error {{ color: {COLORS['error']}; }}"
    )
