"""From items of the data tree to a server: written to a private folder, checked, sent. What was not sent is kept."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..Database.Durability import openPrivately, syncFolder, syncFolders
from ..Database.TemporaryFolders import TemporaryFolder, removeAbandonedFolders
from ..DICOMExportable import DICOMExportable
from ..Networking.Send import sendFiles
from ..Networking.SendReport import SendReport
from ..Networking.Servers import DICOMServer
from ..Progress import Progress
from ..Wording import counted
from ..Workers.WorkerPool import WorkerPool
from .Destination import Destination, writingErrors
from .Exporting import ExportReport, notesOn, requireExportable, writeSeries
from .UnsentFolder import FILES, UnsentFolder, leftFolders, removeFiles

if TYPE_CHECKING:
    from ..DICOMPlugin import PluginContext
    from ..PluginRegistry import PluginRegistry

# Copied between two looks whether to stop.
_PIECE_BYTES = 1 << 20


class UnsentObjects:
    """Written files that a server has not stored. They are in a private folder until they are sent, saved or discarded.

    :param folder: an UnsentFolder outlives the program
    :param root: the folder in the private one below which they are

    :ivar server: they are for
    :ivar files: their paths
    """

    def __init__(
        self, folder: TemporaryFolder | UnsentFolder, root: str, server: DICOMServer, files: Sequence[bytes | str]
    ):  # fmt: skip
        self._folder, self._root, self.server = folder, root, server
        self.files = [os.fsencode(os.path.abspath(path)) for path in files]  # as reports name them

    def send(self, progress: Progress | None = None, workers: WorkerPool | None = None) -> SendReport:
        """Try again. Those that the server stores now are not kept any longer.

        :raises NetworkError: as :func:`sendFiles`
        """
        report = sendFiles(self.server, self.files, progress, workers)
        self.keepOnly(report.left)
        return report

    def keepOnly(self, left: Sequence[bytes]) -> None:
        """Delete the files that are with the server, and with the last of them the folder."""
        removeFiles(set(self.files) - set(left))
        self.files = list(left)
        if not self.files:
            self.discard()

    def leave(self) -> None:
        """On the way to the program's end: leave them for the next start, or delete what is only for a while."""
        if isinstance(self._folder, UnsentFolder):
            self._folder.leave()
        else:
            self.discard()

    def saveTo(self, directory: str | os.PathLike, progress: Progress | None = None) -> list[str]:
        """Move them to a folder, in folders by series; names that are taken get a number.

        They appear there all at once, and are on the disk before those here are deleted.

        :param directory: made where it does not exist
        :param progress: counts bytes
        :returns: what is new in the folder
        :raises ExportError: when they cannot be written there; they are kept then, and nothing is in the folder
        :raises CancelledError: when the progress was cancelled; as for errors
        """
        progress = progress or Progress()
        with Destination(directory) as destination:
            self._copyTo(destination.privateFolder(), progress)
            progress.raiseIfCancelled()
            moved = destination.publishBeside()
            with writingErrors(directory):
                syncFolder(directory)
        self.discard()
        return sorted(moved.values())

    def _copyTo(self, folder: str, progress: Progress) -> None:
        paths = [os.fsdecode(path) for path in self.files]
        total, done, places = sum(map(_sizeOf, paths)), 0, set()
        for number, path in enumerate(paths):
            target = os.path.join(folder, os.path.relpath(path, self._root))
            places.add(Path(target).parent)
            with writingErrors(target):
                os.makedirs(os.path.dirname(target), 0o700, exist_ok=True)
                for size in _copyInPieces(path, target):
                    done += size
                    progress.report(done, total, f"{number:,} of {counted(len(paths), 'file')} saved", bytesDone=done)
                    progress.raiseIfCancelled()
        with writingErrors(folder):
            syncFolders(places)

    def discard(self) -> None:
        """Delete them; twice does no harm."""
        self.files = []
        self._folder.remove()


def leftUnsent(base: str | os.PathLike) -> list[UnsentObjects]:
    """What programs that have ended left below `base` without having sent it."""
    return [UnsentObjects(one, os.path.join(one.path, FILES), one.server, one.files) for one in leftFolders(base)]


def exportToServer(
    registry: PluginRegistry, exportables: Sequence[DICOMExportable], server: DICOMServer, context: PluginContext,
    keepBelow: str = "",
) -> tuple[ExportReport, UnsentObjects | None]:  # fmt: skip
    """Write the exportables, and send the files once all are whole and checked.

    :param keepBelow: folder in which what is not sent outlives the program, for :func:`leftUnsent`; "": it does not
    :returns: what was written and sent, and what the server has not stored; None when it has stored all
    :raises ExportError: what is wrong with a tag, with the data or the written files; nothing was sent
    :raises NetworkError: when the server cannot be one; nothing was written
    :raises CancelledError: when the context's progress was cancelled while files were written
    """
    server.requireUsable()
    requireExportable(exportables, context)
    removeAbandonedFolders()
    private = _privateFolder(keepBelow)
    try:
        folder = os.path.join(private.path, FILES)
        with writingErrors(private.path):
            os.mkdir(folder, 0o700)
        results = writeSeries(registry, exportables, folder, context)
        for result in results:
            result.folder = ""
        files = sorted(os.path.join(place, name) for place, _, names in os.walk(folder) for name in names)
        if isinstance(private, UnsentFolder):
            with writingErrors(private.path):
                private.keep(server)
        sent = sendFiles(server, files, context.progress, context.workers)
    except BaseException:  # files with patients' data, which nobody else knows of: an interrupt leaves none either
        private.remove()
        raise
    notes = notesOn("", exportables, results)
    unsent = UnsentObjects(private, folder, server, files)
    unsent.keepOnly(sent.left)
    return ExportReport(results, sendReport=sent, notes=notes), unsent if sent.left else None


def _sizeOf(path: str) -> int:
    with suppress(OSError):  # told when it is copied
        return os.path.getsize(path)
    return 0


def _copyInPieces(path: str, target: str) -> Iterator[int]:
    """Copy a file to where there is none and have the disk keep it; yields how many bytes each piece had."""
    with open(path, "rb") as source, open(target, "xb", opener=openPrivately) as copy:
        while piece := source.read(_PIECE_BYTES):
            copy.write(piece)
            yield len(piece)
        copy.flush()
        os.fsync(copy.fileno())


def _privateFolder(keepBelow: str) -> TemporaryFolder | UnsentFolder:
    if keepBelow:
        with suppress(OSError):  # such as a read-only place: sending does without
            return UnsentFolder(keepBelow)
    return TemporaryFolder()
