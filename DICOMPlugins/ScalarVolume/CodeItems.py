"""Codes as items of sequences (PS3.3 8.8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def codeItem(parts: Sequence[str]) -> Dataset:
    """An item of a code sequence of value, scheme and meaning."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = parts
    return item
