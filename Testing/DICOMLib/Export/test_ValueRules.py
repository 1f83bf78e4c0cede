"""Which texts are values, by value representation (PS3.5 6.2)."""

from __future__ import annotations

import pytest

from DICOMLib.Export.ValueRules import valueProblem

RIGHT = [
    ("AE", "STORE_1"), ("AE", "a b"), ("AS", "045Y"), ("AS", "002W"), ("AT", "0028,0010"), ("CS", "HEAD_1 X"),
    ("CS", "A" * 16), ("DA", "20240229"), ("DA", " 19991231 "), ("DS", "-1.5e-10"), ("DS", ".5"), ("DS", "1."),
    ("DS", "+1234567890.1234"), ("DT", "2024"), ("DT", "202402"), ("DT", "20240229235960.123456+1400"),
    ("DT", "20240229-0500"), ("DT", "2024022923"), ("FD", "1e300"), ("FL", "-3.4e38"), ("IS", "-2147483648"),
    ("IS", "+2147483647"), ("LO", "é" * 64), ("LT", "one\r\ntwo\tthree\\four\f"), ("LT", "x" * 10240),
    ("PN", "山" * 64), ("PN", "Müller^Jürgen^A^Dr^Jr"), ("PN", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    ("PN", ("a" * 64 + "=") * 2 + "b" * 64), ("SH", "Ünï " + "x" * 12), ("ST", "x" * 1024), ("TM", "10"),
    ("TM", "1005"), ("TM", "235960"), ("TM", "100000.5"), ("UC", "x" * 5000), ("UI", "1.2.840.10008.1.2"),
    ("UI", "0.0.1"), ("UI", "1." + "2" * 62), ("UR", "https://a.org/b?c=d"), ("US", "65535"), ("SS", "-32768"),
    ("UL", "4294967295"), ("SL", "-2147483648"), ("UT", "a\\b\nc"), ("US or SS", "-1"), ("UV", str(2**64 - 1)),
    ("SV", str(-(2**63))),
]  # fmt: skip
WRONG = [
    ("AE", "A" * 17, "17 characters"), ("AE", "é", "ASCII"), ("AS", "45Y", "age"), ("AS", "045X", "age"),
    ("AT", "28,10", "tag"), ("CS", "head", "A to Z"), ("CS", "A-B", "A to Z"), ("CS", "A" * 17, "16 at most"),
    ("CS", "É", "A to Z"), ("DA", "20230229", "calendar"), ("DA", "2023-01-01", "YYYYMMDD"),
    ("DA", "20231301", "calendar"), ("DA", "20230101-20240101", "YYYYMMDD"), ("DA", "2023", "YYYYMMDD"),
    ("DA", "٢٠٢٤٠١٠١", "YYYYMMDD"), ("DS", "1,5", "decimal"), ("DS", "nan", "decimal"),
    ("DS", "1.23456789012345678", "16 at most"), ("DS", "1e", "decimal"), ("DS", "٣", "decimal"),
    ("DS", "1e999", "too large"), ("DT", "20240230", "calendar"), ("DT", "2024022924", "form"),
    ("DT", "20240229-1300", "offset"), ("DT", "20240229-0000", "offset"), ("DT", "20240229+1415", "offset"),
    ("DT", "20240229.5", "form"), ("DT", "202", "form"), ("DT", "20240", "form"), ("DT", "202413", "calendar"),
    ("FD", "1e999", "too large"), ("FL", "1e39", "too large"), ("FD", "x", "number"),
    ("IS", "2147483648", "from -2147483648"), ("IS", "1.5", "whole"), ("IS", "0" * 13, "12 at most"),
    ("LO", "x" * 65, "64 at most"), ("LO", "a\nb", "code 10"), ("LO", "a\x1bb", "code 27"),
    ("LO", "a\x85b", "code 133"), ("LT", "a\x00b", "code 0"), ("LT", "x" * 10241, "10240"),
    ("PN", "a" * 65, "64 at most"), ("PN", "a^b^c^d^e^f", "five components"), ("PN", "a=b=c=d", "three groups"),
    ("PN", "ok=" + "山" * 65, "64 at most"), ("PN", "a\tb", "code 9"), ("SH", "x" * 17, "16 at most"),
    ("SH", "\x7f", "code 127"), ("ST", "x" * 1025, "1024"), ("TM", "25", "time"), ("TM", "1060", "time"),
    ("TM", "100061", "time"), ("TM", "10:00", "time"), ("TM", "1000.5", "time"), ("TM", "100000.1234567", "time"),
    ("TM", "10-11", "time"), ("UI", "1.02", "UID"), ("UI", "1..2", "UID"), ("UI", ".1", "UID"),
    ("UI", "1." + "2" * 63, "64 at most"), ("UI", "1.2a", "UID"), ("UR", "a b", "address"),
    ("UR", " http://a", "address"), ("US", "65536", "from 0 to 65535"), ("US", "-1", "from 0"),
    ("SS", "32768", "to 32767"), ("SQ", "x", "as text"), ("OW", "1", "as text"), ("UN", "1", "as text"),
    ("LO", "a\ud800", "is none"), ("US or SS", "70000", "from 0"),
]  # fmt: skip


@pytest.mark.parametrize(("vr", "text"), RIGHT)
def test_whatTheStandardAllowsIsRight(vr, text):
    assert valueProblem(text, vr) == ""


@pytest.mark.parametrize(("vr", "text", "words"), WRONG)
def test_whatItDoesNotAllowIsToldInWords(vr, text, words):
    assert words in valueProblem(text, vr)


@pytest.mark.parametrize("vr", [*{vr for vr, _ in RIGHT}, "SQ", "OB"])
def test_nothingAndSpacesAreRight(vr):
    assert valueProblem("", vr) == valueProblem("   ", vr) == ""


@pytest.mark.parametrize(
    ("multiplicity", "right", "wrong"),
    [
        ("1", ["a"], ["a\\b", "\\", "a\\"]),
        ("2", ["a\\b"], ["a", "a\\b\\c"]),
        ("1-2", ["a", "a\\b"], ["a\\b\\c"]),
        ("1-n", ["a", "a\\b\\c\\d", "a\\\\c"], []),
        ("2-n", ["a\\b", "a\\b\\c"], ["a"]),
        ("2-2n", ["a\\b", "a\\b\\c\\d"], ["a", "a\\b\\c"]),
        ("3-3n", ["a\\b\\c"], ["a\\b\\c\\d"]),
    ],
)
def test_aBackslashSeparatesAsManyValuesAsTheTagMayHave(multiplicity, right, wrong):
    assert [valueProblem(text, "LO", multiplicity) for text in right] == [""] * len(right)
    assert all(valueProblem(text, "LO", multiplicity) for text in wrong)


def test_eachOfSeveralValuesIsLookedAt():
    assert valueProblem("1\\x", "IS", "1-n") == "is not a whole number"
    assert valueProblem("0" * 12 + "\\" + "1" * 9, "IS", "1-n") == ""
    assert valueProblem("x" * 64 + "\\" + "y" * 65, "LO", "1-n") == "has 65 characters, 64 at most"
