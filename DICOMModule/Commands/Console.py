"""What the commands say: tables, sentences and JSON on stdout; progress and problems on stderr."""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

from DICOMLib.Errors import displayPath
from DICOMLib.Progress import Progress
from DICOMLib.ProgressRate import progressParts

PROGRAM = "dicommodule"
BAR_WIDTH = 24
SECONDS_BETWEEN_LINES = 10.0
COLUMN_GAP = "  "
# As long as a UID may be (PS3.5 9.1). Only in the last column longer text is in nobody's way.
LONGEST_CELL = 64


class Console:
    """Writes to two streams. Control characters in text from files are shown escaped: they cannot drive a terminal.

    :param asJSON: results are written as one JSON document instead of as tables and sentences
    """

    def __init__(self, out: TextIO, err: TextIO, asJSON: bool = False):
        self._out = out
        self._err = err
        self.asJSON = asJSON
        self._barLength = 0

    def say(self, text: str) -> None:
        """One line of the result; nothing in JSON mode."""
        if not self.asJSON:
            self.clearProgress()
            self._out.write("\n".join(map(visible, text.split("\n"))) + "\n")

    def result(self, data: object, onOneLine: bool = False) -> None:
        """The result as JSON; nothing otherwise.

        :param onOneLine: for programs that give one result after the other
        """
        if self.asJSON:
            self.clearProgress()
            indent = None if onOneLine else 1
            self._out.write(json.dumps(data, indent=indent, ensure_ascii=False, default=str) + "\n")

    def flush(self) -> None:
        """Let a reader see now what was said, as a program that goes on for long should."""
        self._out.flush()

    def problem(self, text: object) -> None:
        """One line on stderr."""
        self.clearProgress()
        line = visible(str(text)).strip()
        self._err.write(f"{PROGRAM}: {line}\n")
        self._err.flush()

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Aligned columns, numbers to the right, below headings if there are any; nothing in JSON mode."""
        rows = list(rows)
        if self.asJSON or not rows:
            return
        columns = range(len(rows[0]))
        cells = [[visible("" if value is None else str(value)) for value in row] for row in rows]
        cells = [[*map(_clipped, row[:-1]), row[-1]] for row in cells]
        cells = [list(headings), *cells] if headings else cells
        right = [all(isinstance(row[n], int | float) for row in rows) for n in columns]
        widths = [max(displayWidth(line[n]) for line in cells) for n in columns]
        for line in cells:
            padded = (_padded(text, widths[n], right[n]) for n, text in enumerate(line))
            self._out.write(COLUMN_GAP.join(padded).rstrip() + "\n")

    # Progress

    def progress(self, unit: str = "") -> Progress:
        """A progress object that draws a bar while stderr is a terminal, and now and then writes a line otherwise.

        :param unit: what it counts, in the plural
        """
        draw = self._drawProgress if self._err.isatty() else _Lines(self._err).write
        return Progress(lambda progress: draw(progress, unit))

    def _drawProgress(self, progress: Progress, unit: str) -> None:
        fraction = progress.fraction
        parts = [*progressParts(progress, unit), visible(progress.text)]
        line = " · ".join(filter(None, parts))
        if fraction is not None:
            filled = round(fraction * BAR_WIDTH)
            bar = "#" * filled + "." * (BAR_WIDTH - filled)
            line = f"[{bar}] {line}"
        line = line[: shutil.get_terminal_size().columns - 1]
        self._err.write("\r" + line.ljust(self._barLength))
        self._err.flush()
        self._barLength = len(line)

    def clearProgress(self) -> None:
        """Take the bar away, so that text starts on an empty line."""
        if self._barLength:
            self._err.write("\r" + " " * self._barLength + "\r")
            self._err.flush()
            self._barLength = 0


class _Lines:
    """Progress where nothing can be drawn over: in log files, and of programs started by others."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._next = SECONDS_BETWEEN_LINES

    def write(self, progress: Progress, unit: str) -> None:
        """A line, if the last one is old enough; short work writes none."""
        if progress.elapsedSeconds < self._next:
            return
        self._next = progress.elapsedSeconds + SECONDS_BETWEEN_LINES
        self._stream.write(f"{PROGRAM}: {', '.join([*progressParts(progress, unit), visible(progress.text)])}\n")
        self._stream.flush()


def visible(text: str) -> str:
    """One line of text in which nothing can move the cursor, change colours or the direction of writing."""
    return displayPath(text)


def displayWidth(text: str) -> int:
    """How many columns of a terminal text takes: East Asian wide characters two, combining marks none."""
    widths = (2 if unicodedata.east_asian_width(c) in "WF" else int(not unicodedata.combining(c)) for c in text)
    return sum(widths)


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - displayWidth(text))
    return space + text if right else text + space
