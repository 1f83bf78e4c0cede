"""What files of tables are called."""

from __future__ import annotations

from pathlib import PurePath
from typing import TypeVar

TABLE_SUFFIXES = (".tsv", ".csv")
_AnyPath = TypeVar("_AnyPath", bound=PurePath)


def isTable(path: str) -> bool:
    """Whether a file is one, by its name."""
    return path.lower().endswith(TABLE_SUFFIXES)


def schemaPath(path: _AnyPath) -> _AnyPath:
    """Of a table's file: "a.schema.tsv" for "a.tsv"."""
    return path.with_name(f"{path.stem}.schema{path.suffix}")
