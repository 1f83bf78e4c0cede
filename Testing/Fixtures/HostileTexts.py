"""Texts that attack whoever does more with them than show them, and objects that carry them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .Identifiers import deterministicUID

_TEXTS: tuple[bytes, ...] = (
    b"'; DROP TABLE patients; --", b'" OR 1=1 --', b"Robert'); DELETE FROM series; --", b"%s%n%x {0} {}",
    b"?1 :name @x",
    b"../../../etc/passwd", b"..\\..\\windows", b"/etc/passwd", b"C:\\CON", b"\\\\server\\share", b"~/x",
    b"$(touch x)",
    b"`touch x`", b"| touch x", b"; rm -rf .", b"a\0b", b"a\nb", b"a\r\nb", b"\x1b[2J\x1b[31mred", b"\x07\x08\x7f",
    b"\t\v\f",
    b"<img src=file:///etc/passwd>", b"<b>bold</b>", b"<a href='http://127.0.0.1:9/'>x</a>",
    b"<script>alert(1)</script>",
    b"&lt;b&gt; &amp; &#60;", b"<html><body style='background:url(file:///x)'>", b"=cmd()", b"+1+1", b"-2+3",
    b"@SUM(A1)",
    b"=HYPERLINK(\"http://127.0.0.1:9/\")", b"\t=1+1", b" =1", b"'=1", b"\xef\xbc\x9d1+1", b"a,b;c\"d", b"#!/bin/sh",
    b"\xe2\x80\xaegnp.exe", b"\xe2\x80\xae\xe2\x80\xab\xe2\x81\xa6x", b"\xe2\x80\x8b\xef\xbb\xbf", b"\xcc\x81" * 50,
    b"\xf0\x9f\x92\xa3", b"\xf3\xa0\x80\x81", b"\xed\xa0\x80", b"\xff\xfe\xfd", b"\xc3", b"\xe9t\xe9",
    b"\x1b$)C\xc8\xab",
    b"\x1b$Bbad", b"\xd8\xa7\xd9\x84", b"x" * 64, b"x" * 65, b"x" * 4096, b"x" * 70_000, b"A^B^C^D^E^F^G=H=I=J=K",
    b"^^^^", b"====", b"\\\\\\", b"a\\b\\c", b" ", b"0", b"-1", b"NULL", b"None", b"nan", b"1e999", b"9" * 400,
    b"{}", b"[]",
    b"\"", b"'", b"\xc2\x85next", b"\xe2\x80\xa8line", b"\x80\x81",
)  # fmt: skip
HOSTILE_TEXTS: tuple[bytes, ...] = (
    *_TEXTS, b"M" * (1 << 20), *(b"mutant %d '\"<i>\x1b[%dm&" % (number, number) for number in range(99 - len(_TEXTS)))
)  # fmt: skip
"""A hundred different ones, one of a megabyte."""

TEXT_FIELDS = {
    "InstitutionName": 0x00080080, "StudyDescription": 0x00081030, "SeriesDescription": 0x0008103E,
    "PatientName": 0x00100010, "PatientID": 0x00100020,
}  # fmt: skip
UID_FIELDS = {"SOPInstanceUID": 0x00080018, "StudyInstanceUID": 0x0020000D, "SeriesInstanceUID": 0x0020000E}


def hostileObjects() -> Iterator[tuple[bytes, dict[str, bytes], bytes]]:
    """(the text, keyword → raw value of its eight fields, contents of the file): for each text one object that has it
    in the text fields, and one that has it for its UIDs."""
    for number, text in enumerate(HOSTILE_TEXTS):
        safe = {keyword: deterministicUID(keyword, number).encode() for keyword in UID_FIELDS}
        values = {**dict.fromkeys(TEXT_FIELDS, text), **safe}
        yield text, values, objectWith(values)
        names = {keyword: f"{keyword} {number}".encode() for keyword in TEXT_FIELDS}
        values = {**names, **dict.fromkeys(UID_FIELDS, text)}
        yield text, values, objectWith(values)


def objectWith(values: dict[str, bytes]) -> bytes:
    """A data set without pixels in implicit little endian, whose values may be of any length and contents."""
    tags = {**TEXT_FIELDS, **UID_FIELDS}
    elements = {tags[keyword]: value for keyword, value in values.items()}
    elements |= {0x00080005: b"ISO_IR 192", 0x00080016: b"1.2.840.10008.5.1.4.1.1.88.11", 0x00080060: b"SR"}
    return b"".join(
        struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value) + len(value) % 2) + value + b" " * (len(value) % 2)
        for tag, value in sorted(elements.items())
    )
