"""Text of a data set in any character set of PS3.3 C.12.1.1.2, code extensions of ISO 2022 included.

Decoding never fails: what does not fit the stated set becomes a replacement character, and the file's bytes stay as
they are. pydicom's tables and codecs are used; they are imported only when a text is not plain ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

# The VRs that Specific Character Set applies to (PS3.5 6.1.2.3); all others are ASCII.
TEXT_VRS = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))

# The sets met most often, known without importing pydicom's tables. ISO 8859-1 also reads what is not plain ASCII in
# files that state no set: most of them were written with it.
_FREQUENT_SETS = {
    (): ("latin-1",), ("",): ("latin-1",), ("ISO_IR 6",): ("latin-1",), ("ISO_IR 100",): ("latin-1",),
    ("ISO_IR 192",): ("utf-8",),
}
_ESCAPE = 0x1B
_FRAGMENTS = re.compile(rb"^[^\x1b]+|\x1b[^\x1b]*")
# After these the first character set is in force again (PS3.5 6.1.2.5.3).
_DELIMITERS = re.compile(rb"[\r\n\f\t]")
_VALUE_DELIMITERS = re.compile(rb"[\\\r\n\f\t]")
_NAME_DELIMITERS = re.compile(rb"[\^=\\\r\n\f\t]")
# ISO 2022 escapes of the double-byte sets with bytes above 127, which the codecs know without escapes.
_GB2312_ESCAPE = b"\x1b$)A"


def decodeText(raw: bytes, vr: str, specificCharacterSet: Sequence[str] = ()) -> str:
    """The text of one value or of several joined by backslashes; trailing padding is left in.

    :param vr: two letters; other VRs than the text ones are read as ISO 8859-1, which never fails
    :param specificCharacterSet: the values of (0008,0005); empty stands for the default repertoire
    """
    if _ESCAPE not in raw and raw.isascii():
        return raw.decode("ascii")
    if vr not in TEXT_VRS:
        return raw.decode("latin-1")
    encodings = _pythonEncodings(tuple(specificCharacterSet))
    if _ESCAPE not in raw:
        return raw.decode(encodings[0], "replace")
    if vr == "PN":
        delimiters = _NAME_DELIMITERS
    else:
        delimiters = _DELIMITERS if vr in ("LT", "ST", "UT") else _VALUE_DELIMITERS
    return "".join(_decodeFragment(piece, encodings, delimiters) for piece in _FRAGMENTS.findall(raw))


@lru_cache(maxsize=64)
def _pythonEncodings(specificCharacterSet: tuple[str, ...]) -> tuple[str, ...]:
    """Names of Python codecs, the first one for text without escapes. Misspelt sets are recognised, unknown ones are
    read as ISO 8859-1 in which most of them have been written."""
    if specificCharacterSet in _FREQUENT_SETS:
        return _FREQUENT_SETS[specificCharacterSet]
    from pydicom.charset import STAND_ALONE_ENCODINGS, python_encoding

    names = [_standardName(name) for name in specificCharacterSet] or [""]
    if names[0] in STAND_ALONE_ENCODINGS:
        return (python_encoding[names[0]],)
    extensions = [name for name in names[1:] if name not in STAND_ALONE_ENCODINGS]
    return tuple(python_encoding.get(name, "latin-1") for name in [names[0], *extensions])


def _standardName(name: str) -> str:
    """"ISO-IR 100", "ISO IR 100" → "ISO_IR 100"; "ISO_2022_IR_87" → "ISO 2022 IR 87"."""
    name = name.strip().upper()
    extended = re.fullmatch(r"ISO.2022.IR.(\d+)", name)
    if extended:
        return f"ISO 2022 IR {extended[1]}"
    single = re.fullmatch(r"ISO.IR.(\d+)", name)
    return f"ISO_IR {single[1]}" if single else name


def _decodeFragment(fragment: bytes, encodings: tuple[str, ...], delimiters: re.Pattern) -> str:
    if fragment[0] != _ESCAPE:
        return fragment.decode(encodings[0], "replace")
    from pydicom.charset import CODES_TO_ENCODINGS

    length = 4 if fragment.startswith((b"\x1b$(", b"\x1b$)")) else 3
    encoding = CODES_TO_ENCODINGS.get(fragment[:length])
    if encoding is None:
        return fragment.decode(encodings[0], "replace")
    if encoding in ("iso2022_jp", "iso2022_jp_2"):
        return fragment.decode(encoding, "replace")  # these codecs read the escape themselves
    if fragment.startswith(_GB2312_ESCAPE):
        encoding = "gb2312"
    fragment = fragment[length:]
    delimiter = delimiters.search(fragment)
    end = delimiter.start() if delimiter else len(fragment)
    return fragment[:end].decode(encoding, "replace") + fragment[end:].decode(encodings[0], "replace")
