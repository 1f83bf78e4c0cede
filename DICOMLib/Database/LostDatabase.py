"""A new index where the database file is lost, or too damaged to be opened."""

from __future__ import annotations

import os
from pathlib import Path

from ..Progress import Progress
from .DICOMDatabase import DICOMDatabase
from .IndexBuilder import IndexBuilder
from .UpkeepReport import RebuildReport


def rebuildDatabase(
    path: str | os.PathLike, storeFolder: str | os.PathLike, tagsToPrecache: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> RebuildReport:
    """As ``DICOMDatabase.rebuild``, for a database that is not open.

    :param path: of the database file, which need not exist
    :param storeFolder: of its owned files
    :raises DatabaseError: when another program has the database open
    """
    builder = IndexBuilder(
        DICOMDatabase, os.path.abspath(path), Path(storeFolder), tagsToPrecache, progress or Progress(),
        lambda swap: swap(),
    )  # fmt: skip
    return builder.run()
