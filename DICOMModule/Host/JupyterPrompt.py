"""The qtconsole prompt. Everything that knows qtconsole is in this file: its in-process kernel is not a stable interface."""

from __future__ import annotations

from qtconsole.inprocess import QtInProcessKernelManager
from qtconsole.rich_jupyter_widget import RichJupyterWidget

from .PythonConsole import monospaceFont
from .Theme import COLORS


class JupyterPrompt(RichJupyterWidget):
    """An IPython prompt whose kernel lives in this process.

    :param namespace: names the kernel knows
    :param banner: what it says first
    """

    def __init__(self, namespace: dict[str, object], banner: str, parent=None):
        super().__init__(parent=parent)
        self.banner = banner
        self.kernel_banner = ""
        self.font = monospaceFont()
        self.set_default_style("linux")
        self.style_sheet = self.style_sheet + consoleStyle()
        self.gui_completion = "droplist"
        self.confirm_restart = False
        self._manager = QtInProcessKernelManager()
        self._manager.start_kernel(show_banner=False)
        self._manager.kernel.gui = "qt"
        self._manager.kernel.shell.push(dict(namespace))
        client = self._manager.client()
        client.start_channels()
        self.kernel_manager = self._manager
        self.kernel_client = client
        self.exit_requested.connect(lambda *_arguments: self.window().close())

    def stop(self) -> None:
        """End channels and kernel."""
        self.kernel_client.stop_channels()
        self._manager.shutdown_kernel()


def consoleStyle() -> str:
    """The palette for qtconsole's text areas and completions."""
    return (
        f"QPlainTextEdit, QTextEdit {{ background-color: {COLORS['base']}; color: {COLORS['text']}; border: none;"
        f" selection-background-color: {COLORS['selection']}; border-radius: 0; }}"
        f".in-prompt {{ color: {COLORS['good']}; }} .out-prompt {{ color: {COLORS['warning']}; }}"
        f".error {{ color: {COLORS['error']}; }}"
    )
