"""Which files of a folder the database knows already: one query a folder, so that unchanged files are not opened."""

from __future__ import annotations

from ..Files.FolderWalk import FileEntry
from .DatabasePart import DatabasePart, folderAndName


class KnownFiles:
    """Answers for files that come folder by folder."""

    def __init__(self, database: DatabasePart):
        self._database = database
        self._folder: bytes | None = None
        self._names: dict[bytes, tuple[int, int, int, bool]] = {}

    def seriesIfUnchanged(self, entry: FileEntry, mustBeOwned: bool) -> int | None:
        """The number of the series of a file that the database knows with this size and time; None when it must be
        read.

        :param mustBeOwned: a file that is only linked to does not count
        """
        folder, name = folderAndName(entry.path)
        if folder != self._folder:
            self._folder, self._names = folder, self._namesIn(folder)
        known = self._names.get(name) if self._names else None
        if known is None or known[:2] != (entry.size, entry.modifiedTime) or (mustBeOwned and not known[3]):
            return None
        return known[2]

    def _namesIn(self, folder: bytes) -> dict[bytes, tuple[int, int, int, bool]]:
        with self._database.connections().reading() as connection:
            rows = connection.execute(
                "SELECT name, fileSize, modifiedTime, seriesKey, digest IS NOT NULL FROM instances"
                " WHERE folderID = (SELECT id FROM folders WHERE path = ?)",
                (folder,),
            )
            return {row[0]: row[1:] for row in rows}
