"""A new index for an open database."""

from __future__ import annotations

from collections.abc import Callable

from ..Errors import DatabaseError
from ..Progress import Progress
from .Connections import Connections
from .DatabasePart import DatabasePart
from .IndexBuilder import IndexBuilder
from .UpkeepReport import RebuildReport


class Rebuild(DatabasePart):
    """See :meth:`rebuild`; ``LostDatabase.rebuildDatabase`` does it for a file that cannot be opened."""

    def rebuild(self, progress: Progress | None = None) -> RebuildReport:
        """Make a new index and put it in the place of the old one, which is kept under another name.

        Copied files are read from the store, linked ones where they are; the entries of linked files that are not
        there are taken over from the old index. Insert times, column settings and watched folders stay.

        :raises DatabaseError: when another program has the database open or changes it meanwhile
        """
        path = self._pathToReplace()
        builder = IndexBuilder(
            type(self), path, self._store.folder, self.tagsToPrecache, progress or Progress(), self._swapping
        )
        report = builder.run()
        if not report.cancelled:
            self.notify("removed")
            self.notify("changed")
        return report

    def _pathToReplace(self) -> str:
        connections = self.connections()
        if connections.isInMemory:
            raise DatabaseError("a database in memory has no file", hint="Open a database in a folder")
        connections.requireWritable()
        return connections.path

    def _swapping(self, swap: Callable[[], str]) -> str:
        """Let go of the file while another one takes its place; other threads wait meanwhile."""
        with self._swapLock:
            former = self._connections
            former.retire()
            try:
                return swap()
            finally:
                self._connections = Connections(former.path)
