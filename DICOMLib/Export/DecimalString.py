"""Numbers as decimal strings (VR DS) with all the digits that fit into 16 characters (PS3.5 6.2)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from ..Errors import ExportError

LONGEST = 16
# A double needs no more to be told from every other.
_MOST_DIGITS = 17


def decimalString(value: float) -> str:
    """The text of at most 16 characters that is nearest to a number.

    :raises ExportError: for NaN and infinity, which a decimal string cannot hold
    """
    number = float(value)
    if not math.isfinite(number):
        raise ExportError("a number that is not finite cannot be written to a DICOM file", value=number)
    if number == 0:
        return "0"
    exact = _shortened(repr(number))
    if len(exact) <= LONGEST:
        return exact
    fitting = [text for text in _spellings(number) if len(text) <= LONGEST]
    return min(fitting, key=lambda text: (abs(float(text) - number), len(text)))


def decimalStrings(values: Iterable[float]) -> list[str]:
    """:func:`decimalString` of each."""
    return [decimalString(value) for value in values]


def writtenNumber(value: float) -> float:
    """The number that a reader will find in place of this one."""
    return float(decimalString(value))


def _spellings(number: float) -> Iterator[str]:
    for digits in range(_MOST_DIGITS, 0, -1):
        yield _shortened(f"{number:.{digits}g}")
        yield _shortened(f"{number:.{digits - 1}e}")


def _shortened(text: str) -> str:
    """Without zeros that say nothing: "1.50e-05" is 1.5e-5."""
    mantissa, _, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}" if exponent and int(exponent) else mantissa
