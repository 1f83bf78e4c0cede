"""Which texts the standard allows as a value, by value representation (PS3.5 6.2), in words for who types them."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable

# Characters, not bytes (PS3.5 6.2); of a person name each of its groups.
LONGEST = {
    "AE": 16, "CS": 16, "DS": 16, "IS": 12, "LO": 64, "LT": 10240, "PN": 64, "SH": 16, "ST": 1024, "UI": 64,
}  # fmt: skip
# One value, in which a backslash is a character like others.
TEXTS_OF_LINES = {"LT", "ST", "UT"}
UNSEPARATED = {*TEXTS_OF_LINES, "UR"}
NOT_TYPED = {"SQ", "OB", "OD", "OF", "OL", "OV", "OW", "UN"}
# Ranges of binary numbers: lowest, highest.
_WHOLE = {
    "US": (0, 2**16 - 1), "SS": (-(2**15), 2**15 - 1), "UL": (0, 2**32 - 1), "SL": (-(2**31), 2**31 - 1),
    "UV": (0, 2**64 - 1), "SV": (-(2**63), 2**63 - 1), "IS": (-(2**31), 2**31 - 1),
}  # fmt: skip
_LARGEST_FLOAT = 3.4028234663852886e38  # of 32 bits
_LINE_CHARACTERS = "\t\n\f\r"

_DATE = re.compile(r"[0-9]{8}")
_TIME = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9]([0-5][0-9](\.[0-9]{1,6})?|60(\.[0-9]{1,6})?)?)?")
_MOMENT = re.compile(r"([0-9]{4,14})(?:\.([0-9]{1,6}))?([+-][0-9]{4})?")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_AGE = re.compile(r"[0-9]{3}[DWMY]")
_CODE = re.compile(r"[A-Z0-9 _]*")
_UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*")
_ADDRESS = re.compile(r"[A-Za-z0-9_:/?#\[\]@!$&'()*+,;=%\-.~]*")
_TAG = re.compile(r"\(?[0-9A-Fa-f]{4},?[0-9A-Fa-f]{4}\)?")
# Minutes that clocks are ahead of UTC (PS3.5 6.2, DT).
_FURTHEST_WEST, _FURTHEST_EAST = -12 * 60, 14 * 60

# Backslash apart, which may be written "1", "3", "1-2", "1-n", "2-2n".
_MULTIPLICITY = re.compile(r"(\d+)(?:-(\d*)(n?))?")


def valueProblem(text: str, vr: str, multiplicity: str = "1") -> str:
    """What is wrong with a text as the value of an element, as the end of a sentence: "has more than 16 characters".

    Spaces around a value do not count, an empty text is right. Ranges of dates and times, as queries have, are wrong.

    :param vr: value representation, such as LO; where the standard leaves a choice ("US or SS") one of them is enough
    :param multiplicity: how many values there may be, as PS3.6 writes it: 1, 3, 1-n, 2-2n
    :returns: "" when it is right
    """
    problems = [_problemOf(text, one.strip(), multiplicity) for one in vr.split(" or ")]
    return "" if "" in problems else problems[0]


def _problemOf(text: str, vr: str, multiplicity: str) -> str:
    if not text.strip():
        return ""
    if vr in NOT_TYPED:
        return "cannot be given as text"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "has a character that is none"
    if vr in UNSEPARATED:
        return _oneProblem(text, vr)
    values = text.split("\\")
    if problem := _countProblem(len(values), multiplicity):
        return problem
    return next(filter(None, (_oneProblem(value, vr) for value in values)), "")


def _countProblem(count: int, multiplicity: str) -> str:
    found = _MULTIPLICITY.fullmatch(multiplicity)
    if found is None or count == 1 and found[1] == "1":
        return ""
    fewest = int(found[1])
    isOpen = bool(found[3])
    step = int(found[2] or 1) if isOpen else 1
    most = None if isOpen else int(found[2] or fewest)
    if most == 1:
        return "has one value, and so no backslash"
    if count < fewest or (most is not None and count > most) or (isOpen and count % step):
        return f"has {count} value{'s' if count > 1 else ''}, separated by backslashes, instead of {multiplicity}"
    return ""


def _oneProblem(value: str, vr: str) -> str:
    # Leading spaces are part of what is said in these; trailing ones are padding everywhere.
    value = value.rstrip(" ") if vr in (*UNSEPARATED, "UC") else value.strip(" ")
    if not value:
        return ""
    if vr != "PN" and len(value) > LONGEST.get(vr, len(value)):
        return f"has {len(value)} characters, {LONGEST[vr]} at most"
    check = _CHECKS.get(vr)
    return check(value) if check is not None else _characterProblem(value, vr)


def _characterProblem(value: str, vr: str) -> str:
    allowed = _LINE_CHARACTERS if vr in TEXTS_OF_LINES else ""
    for character in value:
        if unicodedata.category(character) == "Cc" and character not in allowed:
            return f"has a control character (code {ord(character)})"
    return ""


def _dateProblem(value: str) -> str:
    if _DATE.fullmatch(value) is None:
        return "is not a date of the form YYYYMMDD"
    try:
        datetime.date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return "is not a day of the calendar (YYYYMMDD)"
    return ""


def _timeProblem(value: str) -> str:
    return "" if _TIME.fullmatch(value) else "is not a time of the form HH, HHMM, HHMMSS or HHMMSS.FFFFFF"


def _momentProblem(value: str) -> str:
    wrong = "is not a date and time of the form YYYYMMDDHHMMSS.FFFFFF&ZZXX, parts of it left out from the end"
    found = _MOMENT.fullmatch(value)
    if found is None:
        return wrong
    digits, fraction, offset = found.groups()
    if len(digits) % 2 or (fraction and len(digits) != 14):
        return wrong
    # What is left out stands for something that is always right.
    day = digits[:8] + "0101"[len(digits[:8]) - 4 :]
    if problem := _dateProblem(day):
        return problem.replace("YYYYMMDD", "YYYYMMDDHHMMSS")
    if digits[8:] and _timeProblem(digits[8:]):
        return wrong
    return _offsetProblem(offset or "")


def _offsetProblem(offset: str) -> str:
    if not offset:
        return ""
    hours, minutes = int(offset[1:3]), int(offset[3:])
    ahead = (60 * hours + minutes) * (-1 if offset[0] == "-" else 1)
    isRight = minutes < 60 and offset != "-0000" and _FURTHEST_WEST <= ahead <= _FURTHEST_EAST
    return "" if isRight else "has an offset from UTC that no place has (-1200 to +1400)"


def _decimalProblem(value: str) -> str:
    if _DECIMAL.fullmatch(value) is None:
        return "is not a decimal number"
    return "" if math.isfinite(float(value)) else "is too large a number"


def _wholeProblem(vr: str) -> Callable[[str], str]:
    lowest, highest = _WHOLE[vr]

    def check(value: str) -> str:
        if _INTEGER.fullmatch(value) is None:
            return "is not a whole number"
        return "" if lowest <= int(value) <= highest else f"is not a number from {lowest} to {highest}"

    return check


def _floatProblem(largest: float) -> Callable[[str], str]:
    def check(value: str) -> str:
        if _DECIMAL.fullmatch(value) is None:
            return "is not a number"
        return "" if abs(float(value)) <= largest else "is too large a number"

    return check


def _nameProblem(value: str) -> str:
    """PS3.5 6.2.1: up to three groups (alphabetic, ideographic, phonetic) of up to five components."""
    groups = value.split("=")
    if len(groups) > 3:
        return "has more than three groups of a name, separated by ="
    for group in groups:
        if len(group) > LONGEST["PN"]:
            return f"has a group of {len(group)} characters, {LONGEST['PN']} at most"
        if group.count("^") > 4:
            return "has more than five components of a name (family^given^middle^prefix^suffix)"
    return _characterProblem(value, "PN")


def _codeProblem(value: str) -> str:
    return "" if _CODE.fullmatch(value) else "has other characters than A to Z, 0 to 9, space and underscore"


def _uidProblem(value: str) -> str:
    return "" if _UID.fullmatch(value) else "is not a UID: numbers without leading zeros, separated by points"


def _titleProblem(value: str) -> str:
    return "" if all(" " <= character <= "~" for character in value) else "has other characters than those of ASCII"


def _ageProblem(value: str) -> str:
    return "" if _AGE.fullmatch(value) else "is not an age of the form 045Y, 018M, 002W or 010D"


def _addressProblem(value: str) -> str:
    return "" if _ADDRESS.fullmatch(value) else "has characters that an address may not have"


def _tagProblem(value: str) -> str:
    return "" if _TAG.fullmatch(value) else "is not a tag of the form GGGG,EEEE"


_CHECKS: dict[str, Callable[[str], str]] = {
    "AE": _titleProblem, "AS": _ageProblem, "AT": _tagProblem, "CS": _codeProblem, "DA": _dateProblem,
    "DS": _decimalProblem, "DT": _momentProblem, "FD": _floatProblem(1.7976931348623157e308),
    "FL": _floatProblem(_LARGEST_FLOAT), "PN": _nameProblem, "TM": _timeProblem, "UI": _uidProblem,
    "UR": _addressProblem, **{vr: _wholeProblem(vr) for vr in _WHOLE},
}  # fmt: skip
