"""Saving volumes to files from the window: asks where, writes in the background, says what was written."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from qtpy.QtWidgets import QFileDialog, QMessageBox, QWidget

from DICOMLib.Errors import CancelledError, DICOMError
from DICOMLib.Scene.Storage import PreparedFile, prepareVolume, suffixOf
from DICOMLib.Widgets.DisplayText import plainText
from DICOMLib.Wording import counted

from .DiffusionTexts import isTensor
from .VolumeAppearance import isVolume

if TYPE_CHECKING:
    from .MainWindow import MainWindow


class SavedFormat(NamedTuple):
    """A format as the user meets it: entry of the menu, filter of the dialog, ending given to a name without one."""

    menuText: str
    filter: str
    suffix: str


FORMATS = {
    "NRRD": SavedFormat("Save as NRRD…", "NRRD (*.nrrd);;NRRD with voxels in a file of their own (*.nhdr)", ".nrrd"),
    "NIfTI": SavedFormat("Save as NIfTI…", "Compressed NIfTI (*.nii.gz);;NIfTI (*.nii)", ".nii.gz"),
}
LONGEST_STEM = 100
MOST_NAMED = 4


def formatsFor(node) -> list[str]:
    """Names of the formats that can hold a volume."""
    return ["NRRD"] if isTensor(node) else list(FORMATS)


def fileNameFor(node, suffix: str) -> str:
    """A name for the file of a volume, of letters that every file system takes."""
    name = plainText(node.GetName())
    kept = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
    return (kept[:LONGEST_STEM].strip("._") or "volume") + suffix


def mayReplace(files: Sequence[Path], title: str, parent: QWidget) -> bool:
    """Ask about files that the dialog did not ask about: beside the one that it named, or of a name without ending."""
    there = [file.name for file in files if file.exists()]
    if not there:
        return True
    verb, them = ("exists", "it") if len(there) == 1 else ("exist", "them")
    more = len(there) - MOST_NAMED
    shown = there if more <= 0 else [*there[: MOST_NAMED - 1], counted(more + 1, "other file")]
    names = " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
    text = f"{names} already {verb}.\nDo you want to replace {them}?"
    buttons = QMessageBox.Yes | QMessageBox.No
    return QMessageBox.warning(parent, title, text, buttons, QMessageBox.No) == QMessageBox.Yes


def _suffixIn(chosenFilter: str) -> str:
    """".nii" of "NIfTI (*.nii)"."""
    return chosenFilter.rpartition("(*")[2].rstrip(")")


class VolumeSaving:
    """Saves volumes for a window; the volume can be looked at meanwhile."""

    def __init__(self, window: MainWindow):
        self._window = window
        self._folder = ""

    def askForShown(self) -> None:
        """Ask for a file for the volume in the background of the first slice view that has one, and save it."""
        views = self._window.layoutManager.sliceViews().values()
        node = next((view.backgroundVolume for view in views if isVolume(view.backgroundVolume)), None)
        if node is None:
            self._window.showMessage("There is no volume to save")
        else:
            self.ask(node, "")

    def ask(self, node, formatName: str = "") -> None:
        """Ask for a file for a volume, and save it there.

        :param formatName: one of :data:`FORMATS`; "" offers all that can hold the volume
        """
        names = [formatName] if formatName else formatsFor(node)
        suffix = FORMATS[names[0]].suffix
        filters = ";;".join(FORMATS[name].filter for name in names)
        title = f"Save {plainText(node.GetName())}"
        start = os.path.join(self._folder, fileNameFor(node, suffix))
        path, chosen = QFileDialog.getSaveFileName(self._window, title, start, filters)
        if path:
            self._folder = os.path.dirname(path)
            whole = path if suffixOf(path) else path + (_suffixIn(chosen) or suffix)
            told = Path(path)
            self.save(
                node, whole, lambda files: mayReplace([file for file in files if file != told], title, self._window)
            )

    def save(self, node, path: str | os.PathLike, mayWrite: Callable[[Sequence[Path]], bool] | None = None) -> None:
        """Write a volume in the background; what goes wrong is reported.

        :param mayWrite: asked, with all files that there will be, before anything is written
        """
        window = self._window
        try:
            prepared = prepareVolume(node, path)
        except DICOMError as error:
            window.reporter.report(error, "save the volume")
            return
        if mayWrite is not None and not mayWrite(prepared.files):
            window.showMessage("Nothing was saved")
            return
        window.jobs.start(
            prepared.write,
            lambda _result: self._onSaved(node, Path(path), prepared),
            self._onFailed,
            description=f"Saving {Path(path).name}",
        )

    def _onSaved(self, node, path: Path, prepared: PreparedFile) -> None:
        if node.GetScene() is not None:
            node.AddDefaultStorageNode(path.absolute())
        self._window.showMessage(f"Saved {', '.join(file.name for file in prepared.files)}")

    def _onFailed(self, error: Exception) -> None:
        if isinstance(error, CancelledError):
            self._window.showMessage("Nothing was saved")
        else:
            self._window.reporter.report(error, "save the volume")
