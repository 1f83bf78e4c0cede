"""Puts tables into the documentation, each between its two marks, and leaves the rest of the page as it is."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path

from .Machine import inWords
from .Results import Row, asMarkdown, asShortMarkdown

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "Resources" / "Docs" / "Benchmarks.md"
FRONT_PAGE = ROOT / "README.md"
BEGIN, END = "<!-- measured: {group} begin -->", "<!-- measured: {group} end -->"


class PageError(Exception):
    """The page has no place for the table."""


def writeIntoPage(page: Path, group: str, rows: Sequence[Row], machine: dict[str, str]) -> None:
    """Put the whole table of a group of benchmarks between its marks of a page.

    :raises PageError: when the marks are not there
    """
    day = datetime.date.today().isoformat()
    _replace(page, group, f"Measured on {day}: {inWords(machine)}.\n\n{asMarkdown(rows)}")


def writeIntoFrontPage(page: Path, group: str, rows: Sequence[Row], machine: dict[str, str]) -> None:
    """Put the group's rows that have a target between its marks of a page.

    :raises PageError: when the marks are not there
    """
    where = f"{machine['processors']} processors, {machine['system']}, Python {machine['Python']}"
    _replace(page, group, f"{asShortMarkdown(rows)}\n\nMedians of a run on {where}.")


def marks(group: str) -> tuple[str, str]:
    """The lines before and after the table of a group."""
    return BEGIN.format(group=group), END.format(group=group)


def _replace(page: Path, group: str, content: str) -> None:
    text = page.read_text(encoding="utf-8")
    begin, end = marks(group)
    between = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not between.search(text):
        raise PageError(f"{page} has no lines {begin} and {end}")
    block = f"{begin}\n{content}\n{end}"
    page.write_text(between.sub(lambda _match: block, text), encoding="utf-8")
