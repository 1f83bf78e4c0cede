"""What was measured, beside what is to be reached; as text, Markdown and JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median

MET, MISSED, NOT_MEASURED = "yes", "**no**", "not measured"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    :ivar result: median and range with unit
    :ivar reach: the target; "" where there is none
    :ivar isMet: None where there is no target, or nothing was measured
    :ivar samples: the single measurements
    :ivar remark: conditions, or why nothing was measured
    """

    work: str
    result: str
    reach: str = ""
    isMet: bool | None = None
    samples: list[float] = field(default_factory=list)
    remark: str = ""

    @property
    def verdict(self) -> str:
        """For the last column of the table."""
        if not self.samples:
            return NOT_MEASURED
        return "" if self.isMet is None else MET if self.isMet else MISSED


def figure(value: float) -> str:
    """Three digits that matter: 12,300, 0.283, 41.5.

    >>> [figure(value) for value in (12345, 41.52, 0.28349, 3)]
    ['12,300', '41.5', '0.283', '3.00']
    """
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        digits = len(str(int(abs(value)))) - 3
        return f"{round(value, -digits):,.0f}"
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    return f"{value:.{3 - whole}f}"


def summary(samples: Sequence[float], unit: str) -> str:
    """Median, with the range in brackets where there is more than one."""
    text = figure(median(samples))
    if len(samples) > 1:
        text += f" ({figure(min(samples))}–{figure(max(samples))})"
    return text + (unit if unit == "×" else f" {unit}")


def atLeast(work: str, samples: Sequence[float], unit: str, least: float | None = None, remark: str = "") -> Row:
    """A row where more is better; judged by the median."""
    reach = "" if least is None else f"≥ {least:,g}{'' if unit == '×' else ' '}{unit}"
    isMet = None if least is None else median(samples) >= least
    return Row(work, summary(samples, unit), reach, isMet, list(samples), remark)


def atMost(
    work: str, samples: Sequence[float], unit: str, most: float | None = None, remark: str = "", worst: bool = False
) -> Row:
    """A row where less is better.

    :param worst: judged by the largest sample instead of the median
    """
    judged = max(samples) if worst else median(samples)
    reach = "" if most is None else f"≤ {most:,g}{'' if unit == '×' else ' '}{unit}"
    return Row(work, summary(samples, unit), reach, None if most is None else judged <= most, list(samples), remark)


def ratios(work: str, ours: Sequence[float], theirs: Sequence[float], least: float | None, remark: str = "") -> Row:
    """How many times a peer's rate ours is, pair by pair: both of a pair met the same weather."""
    return atLeast(work, [a / b for a, b in zip(ours, theirs, strict=True)], "×", least, remark)


def notMeasured(work: str, reason: str) -> Row:
    """A row that had to be left out."""
    return Row(work, "–", remark=reason)


def asMarkdown(rows: Sequence[Row]) -> str:
    """The table."""
    lines = ["| work | measured: median (least–most) | reach | reached |", "|---|---|---|---|"]
    for row in rows:
        remark = f"<br>{row.remark}" if row.remark else ""
        lines.append(f"| {row.work}{remark} | {row.result} | {row.reach} | {row.verdict} |")
    return "\n".join(lines)


def asShortMarkdown(rows: Sequence[Row]) -> str:
    """The rows with a target, and of each the figure that it is judged by."""
    lines = ["| work | measured | to be reached |", "|---|---|---|"]
    chosen = [row for row in rows if row.reach and row.samples]
    return "\n".join([*lines, *(f"| {row.work} | {_withoutRange(row.result)} | {row.reach} |" for row in chosen)])


def _withoutRange(result: str) -> str:
    return re.sub(r" \(.*?\)", "", result)


def asDictionary(rows: Sequence[Row], machine: dict[str, str]) -> dict:
    """For the JSON file."""
    return {"machine": machine, "rows": [{**asdict(row), "verdict": row.verdict} for row in rows]}


def missed(rows: Sequence[Row]) -> list[Row]:
    """Rows whose target was measured and not reached."""
    return [row for row in rows if row.isMet is False]
