"""Puts the table into the documentation, between two marks, and leaves the rest of the page as it is."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path

from .Machine import inWords
from .Results import Row, asMarkdown

PAGE = Path(__file__).resolve().parents[2] / "Resources" / "Docs" / "Benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class PageError(Exception):
    """The page has no place for the table."""


def writeIntoPage(page: Path, rows: Sequence[Row], machine: dict[str, str]) -> None:
    """Replace what stands between the marks.

    :raises PageError: when the marks are not there
    """
    text = page.read_text(encoding="utf-8")
    between = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not between.search(text):
        raise PageError(f"{page} has no lines {BEGIN} and {END}")
    day = datetime.date.today().isoformat()
    block = f"{BEGIN}\nMeasured on {day}: {inWords(machine)}.\n\n{asMarkdown(rows)}\n{END}"
    page.write_text(between.sub(lambda _match: block, text), encoding="utf-8")
