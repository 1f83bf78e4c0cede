"""``slicer.qSlicerDICOMExportDialog``: how scripts open the window for exporting in 3D Slicer. Imports Qt when used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from DICOMLib.Errors import ExportError

if TYPE_CHECKING:
    from .Application import HostApplication


class qSlicerDICOMExportDialog:  # noqa: N801 - the name is Slicer's
    """Opens the program's own dialog.

    >>> dialog = slicer.qSlicerDICOMExportDialog()     # doctest: +SKIP
    >>> dialog.execDialog(itemID)                      # doctest: +SKIP
    """

    def __init__(self, application: HostApplication):
        self._application = application

    def setMRMLScene(self, _scene) -> None:
        """The program has one scene, which is the one that is exported."""

    def execDialog(self, itemToSelect: int = 0) -> bool:
        """Open the dialog with an item ticked and wait until it is closed; the window stays alive meanwhile.

        :returns: whether something was exported
        :raises ExportError: without a window; ``DICOMUtils`` and plugins export without one
        """
        window = self._application.mainWindow
        if window is None:
            raise ExportError(
                "there is no window to show the export dialog in", hint="Use the plugin's examineForExport and export"
            )
        from qtpy.QtCore import QEventLoop

        exports = window.exportItems([itemToSelect] if itemToSelect else [])
        done: list[object] = []
        exports.finished.connect(done.append)
        loop = QEventLoop()
        exports.dialog.finished.connect(loop.quit)
        loop.exec_()
        exports.finished.disconnect(done.append)
        return bool(done)

    exec_ = execDialog
