"""Text of a data set in any character set of PS3.3 C.12.1.1.2, code extensions of ISO 2022 included.

Decoding never fails: what does not fit the stated set becomes a replacement character, and the file's bytes stay as
they are. Python's own codecs do the tables; which one is in force where (PS3.5 6.1.2) is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

# The VRs that Specific Character Set applies to (PS3.5 6.1.2.3); all others are ASCII.
TEXT_VRS = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))

# Files that state no set, or the default one, and hold other bytes all the same: most were written with ISO 8859-1.
_DEFAULT = "latin-1"
_UNKNOWN = "ascii"
# Registration number of ISO → codec for the text without escapes. JIS X 0201 is the one-byte part of Shift-JIS, whose
# two-byte part some programs write under its name.
_BY_REGISTRATION = {
    6: _DEFAULT, 13: "shift_jis", 58: "gb2312", 87: _DEFAULT, 100: "latin-1", 101: "iso8859-2", 109: "iso8859-3",
    110: "iso8859-4", 126: "iso8859-7", 127: "iso8859-6", 138: "iso8859-8", 144: "iso8859-5", 148: "iso8859-9",
    149: "euc_kr", 159: _DEFAULT, 166: "tis_620", 192: "utf-8", 203: "iso8859-15",
}  # fmt: skip
# Sets of several bytes that need no escapes and allow none (PS3.3 table C.12-5).
_WITHOUT_EXTENSIONS = {"ISO_IR 192": "utf-8", "GB18030": "gb18030", "GBK": "gbk"}

# Escape → codec of the bytes above 127 (G1). Tables C.12-3 and C.12-4.
_UPPER_HALF = {
    b"\x1b-A": "latin-1", b"\x1b-B": "iso8859-2", b"\x1b-C": "iso8859-3", b"\x1b-D": "iso8859-4",
    b"\x1b-L": "iso8859-5", b"\x1b-G": "iso8859-6", b"\x1b-F": "iso8859-7", b"\x1b-H": "iso8859-8",
    b"\x1b-M": "iso8859-9", b"\x1b-b": "iso8859-15", b"\x1b-T": "tis_620", b"\x1b)I": "shift_jis",
    b"\x1b$)C": "euc_kr", b"\x1b$)A": "gb2312",
}  # fmt: skip
# Escape → what precedes each pair of bytes below 128 (G0) in EUC-JP, where the pair has the upper bits set; None where
# these bytes are single ones.
_LOWER_HALF = {b"\x1b(B": None, b"\x1b(J": None, b"\x1b$B": b"", b"\x1b$@": b"", b"\x1b$(D": b"\x8f"}
_ESCAPE = re.compile(rb"\x1b(?:\$\([D]|\$\)[AC]|\$[B@]|\([BJ]|\)I|-[ABCDFGHLMTb])|\x1b")

# After these the first character set is in force again (PS3.5 6.1.2.5.3).
_CONTROLS = re.compile(rb"([\t\n\f\r])")
_VALUE_ENDS = re.compile(rb"([\\\t\n\f\r])")
_NAME_PARTS = re.compile(rb"([\^=\\\t\n\f\r])")
_PAIRS = re.compile(rb"(?:[\x21-\x7e][\x21-\x7e])+|[^\x21-\x7e]+|[\x21-\x7e]")


def decodeText(raw: bytes, vr: str, specificCharacterSet: Sequence[str] = ()) -> str:
    """The text of one value or of several joined by backslashes; trailing padding is left in.

    A byte 5C that is part of a character of several bytes is no backslash.

    :param vr: two letters; other VRs than the text ones are read as ISO 8859-1, which never fails
    :param specificCharacterSet: the values of (0008,0005); empty stands for the default repertoire
    """
    if raw.isascii() and 0x1B not in raw:
        return raw.decode("ascii")
    if vr not in TEXT_VRS:
        return raw.decode("latin-1")
    codec, mayExtend = _firstSet(tuple(specificCharacterSet))
    if 0x1B not in raw or not mayExtend:
        return raw.decode(codec, "replace")
    if vr == "PN":
        return _decodeExtended(raw, codec, _NAME_PARTS)
    return _decodeExtended(raw, codec, _CONTROLS if vr in ("LT", "ST", "UT") else _VALUE_ENDS)


@lru_cache(maxsize=64)
def _firstSet(specificCharacterSet: tuple[str, ...]) -> tuple[str, bool]:
    """The codec of text without escapes, and whether there may be escapes. Misspelt terms are recognised; of unknown
    ones only what is ASCII can be read."""
    name = " ".join(specificCharacterSet[0].upper().replace("_", " ").split()) if specificCharacterSet else ""
    if not name:
        return _DEFAULT, True
    registered = re.fullmatch(r"ISO[ -](?:2022[ -])?IR[ -]?(\d{1,3})", name)
    term = f"ISO_IR {registered[1]}" if registered else name
    if term in _WITHOUT_EXTENSIONS:
        return _WITHOUT_EXTENSIONS[term], False
    return _BY_REGISTRATION.get(int(registered[1]) if registered else -1, _UNKNOWN), True


def _decodeExtended(raw: bytes, firstCodec: str, ends: re.Pattern) -> str:
    """Text with escapes. Every escape of the standard is followed, whether its set was stated or not."""
    upper, lower = firstCodec, None
    pieces: list[str] = []
    position = 0
    while position < len(raw):
        escape = _ESCAPE.match(raw, position)
        if escape is not None:
            sequence, position = escape[0], escape.end()
            if sequence in _UPPER_HALF:
                upper = _UPPER_HALF[sequence]
            elif sequence in _LOWER_HALF:
                lower = _LOWER_HALF[sequence]
            else:
                pieces.append("\ufffd")
        following = raw.find(b"\x1b", position)
        end = len(raw) if following < 0 else following
        segment, position = raw[position:end], end
        if lower is not None:
            text, ended = _decodePairs(segment, lower, upper, firstCodec)
        else:
            text, ended = _decodeSingles(segment, upper, firstCodec, ends)
        pieces.append(text)
        if ended:
            upper, lower = firstCodec, None
    return "".join(pieces)


def _decodeSingles(segment: bytes, upper: str, firstCodec: str, ends: re.Pattern) -> tuple[str, bool]:
    """Text whose bytes below 128 are ASCII, and whether the first set is in force after it."""
    parts = ends.split(segment, maxsplit=1)
    if len(parts) == 1:
        return segment.decode(upper, "replace"), False
    before, end, after = parts
    return before.decode(upper, "replace") + (end + after).decode(firstCodec, "replace"), True


def _decodePairs(segment: bytes, lower: bytes, upper: str, firstCodec: str) -> tuple[str, bool]:
    """Text whose bytes below 128 are pairs: JIS X 0208 or JIS X 0212. Only control characters end it: every other byte
    may be half of a character."""
    parts = _CONTROLS.split(segment, maxsplit=1)
    pieces = []
    for run in _PAIRS.findall(parts[0]):
        if run[0] < 0x21 or run[0] > 0x7E:
            pieces.append(run.decode(upper, "replace"))
        elif len(run) == 1:
            pieces.append("\ufffd")
        else:
            high = bytes(byte | 0x80 for byte in run)
            pairs = b"".join(lower + high[start : start + 2] for start in range(0, len(high), 2))
            pieces.append(pairs.decode("euc_jp", "replace"))
    if len(parts) == 1:
        return "".join(pieces), False
    return "".join(pieces) + (parts[1] + parts[2]).decode(firstCodec, "replace"), True
