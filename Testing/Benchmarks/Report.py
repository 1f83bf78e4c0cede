"""Puts the table into the documentation, between two marks, and leaves the rest of the page as it is."""

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
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class PageError(Exception):
    """The page has no place for the table."""


def writeIntoPage(page: Path, rows: Sequence[Row], machine: dict[str, str]) -> None:
    """Put the whole table between the marks of a page.

    :raises PageError: when the marks are not there
    """
    day = datetime.date.today().isoformat()
    _replace(page, f"Measured on {day}: {inWords(machine)}.\n\n{asMarkdown(rows)}")


def writeIntoFrontPage(page: Path, rows: Sequence[Row], machine: dict[str, str]) -> None:
    """Put the rows that have a target between the marks of a page. :raises PageError: when the marks are not there"""
    where = f"{machine['processors']} processors, {machine['system']}, Python {machine['Python']}"
    _replace(page, f"{asShortMarkdown(rows)}\n\nMedians of a run on {where}.")


def _replace(page: Path, content: str) -> None:
    text = page.read_text(encoding="utf-8")
    between = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not between.search(text):
        raise PageError(f"{page} has no lines {BEGIN} and {END}")
    block = f"{BEGIN}\n{content}\n{END}"
    page.write_text(between.sub(lambda _match: block, text), encoding="utf-8")
