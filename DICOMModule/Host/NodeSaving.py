"""Exporting models, segmentations, transforms, tables … to files of their own: asks where, writes in the background."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFileDialog

from DICOMLib.Errors import CancelledError, DICOMError
from DICOMLib.SceneFiles.NodeExport import NodeExport, exportSuffixes
from DICOMLib.Widgets.DisplayText import plainText

from .SceneFile import shownName
from .VolumeSaving import fileNameFor, mayReplace

if TYPE_CHECKING:
    from .MainWindow import MainWindow

TITLES = {
    ".vtp": "VTK surface", ".seg.nrrd": "Segmentation", ".seg.vtm": "Segmentation of surfaces", ".tfm": "ITK transform",
    ".h5": "ITK transform, HDF5", ".txt": "Text", ".tsv": "Table, tabs", ".csv": "Table, commas", ".json": "JSON",
    ".xml": "XML", ".ctbl": "Color table", ".seq.nrrd": "Sequence of images", ".seq.mha": "Sequence of transforms",
    ".seq.mrb": "Sequence of any nodes", ".vp": "Volume rendering settings",
}  # fmt: skip


class NodeSaving:
    """Exports nodes of a window's scene; they can be worked on meanwhile. Volumes: see ``VolumeSaving``."""

    def __init__(self, window: MainWindow):
        self._window = window
        self._folder = ""

    def ask(self, node) -> None:
        """Ask for a file for a node, and write it there."""
        suffixes = exportSuffixes(node)
        if not suffixes:
            self._window.showMessage(f"There is nothing in “{plainText(node.GetName())}” to export")
            return
        title = f"Export {plainText(node.GetName())}"
        filters = {f"{TITLES.get(suffix, 'File')} (*{suffix})": suffix for suffix in suffixes}
        start = os.path.join(self._folder, fileNameFor(node, suffixes[0]))
        path, chosen = QFileDialog.getSaveFileName(self._window, title, start, ";;".join(filters))
        if path:
            self._folder = os.path.dirname(path)
            hasEnding = path.lower().endswith(suffixes)
            self.save(node, path if hasEnding else path + filters.get(chosen, suffixes[0]), [path])

    def save(self, node, path: str | os.PathLike, agreed: Sequence[str | os.PathLike] = ()) -> None:
        """Write a node in the background; what goes wrong is reported.

        :param agreed: files that may be replaced unasked
        """
        window, stamp = self._window, self._window.sceneFiles.changes.state().get(node)
        try:
            export = NodeExport(node, path)
        except DICOMError as error:
            self._onFailed(error)
            return
        window.jobs.start(
            export.write,
            lambda _result: self._onWritten(node, stamp, export, {Path(one).absolute() for one in agreed}),
            self._onFailed,
            description=f"Exporting {shownName(path)}",
        )

    def _onWritten(self, node, stamp: tuple | None, export: NodeExport, agreed: set[Path]) -> None:
        window = self._window
        if not mayReplace([file for file in export.files if file not in agreed], "Export", window):
            export.discard()
            window.showMessage("Nothing was exported")
            return
        export.place()
        if node.GetScene() is not None:
            self._remember(node, stamp, export.files[0])
        window.showMessage(f"Exported {shownName(export.files[0])}")
        window.showChanges()

    def _remember(self, node, stamp: tuple | None, file: Path) -> None:
        """The node as it was when it was asked for is in the file now; naming the file is no change of it."""
        changes, scene = self._window.sceneFiles.changes, self._window.application.scene
        isAsWritten = changes.state().get(node) == stamp
        node.AddDefaultStorageNode(file)
        stored = changes.state().get(node) if isAsWritten else stamp
        if stored is not None:
            changes.wasSaved({node: stored})
        if isAsWritten:
            scene.wereStored([node])

    def _onFailed(self, error: Exception) -> None:
        if isinstance(error, CancelledError):
            self._window.showMessage("Nothing was exported")
        else:
            self._window.reporter.report(error, "export the file")
