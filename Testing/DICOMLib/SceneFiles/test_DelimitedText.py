"""Rows of cells as text: whatever cells hold comes back, and is written as VTK's tables are."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from DICOMLib.Errors import FileError, LimitExceededError
from DICOMLib.SceneFiles import DelimitedText
from DICOMLib.SceneFiles.DelimitedText import delimitedText, delimiterOf, rowsOf

SOURCE = Path("a.csv")


def test_tabsAreOfTsvAndCommasOfAllOthers():
    names = ["a.tsv", "a.TSV", "a.csv", "a.txt", "a"]
    assert [delimiterOf(Path(name)) for name in names] == ["\t", "\t", ",", ",", ","]


def test_onlyCellsThatNeedItAreQuoted():
    row = ["plain", "a b", "a,b", 'a"b', "a\nb", "a\tb", ""]
    assert delimitedText([row, ["1"]], ",") == 'plain,a b,"a,b","a""b","a\nb",a\tb,\n1\n'
    assert delimitedText([row], "\t") == 'plain\ta b\ta,b\t"a""b"\t"a\nb"\t"a\tb"\t\n'


def test_allCellsAreQuotedWhereThatIsWanted():
    assert delimitedText([["a", ""], ["1", 'x"y']], ",", quoteAll=True) == '"a",""\n"1","x""y"\n'


def test_aRowOfOneEmptyCellIsNoEmptyLine():
    assert delimitedText([["a"], [""]], ",") == 'a\n""\n'
    assert list(rowsOf('a\n""\n\n', ",", SOURCE)) == [["a"], [""], []]


def test_linesEndAsOnAnySystem():
    assert list(rowsOf("a,b\r\nc,d\re,f\n", ",", SOURCE)) == [["a", "b"], ["c", "d"], ["e", "f"]]
    assert list(rowsOf('"a\r\nb"\n', ",", SOURCE)) == [["a\r\nb"]]
    assert list(rowsOf("", ",", SOURCE)) == []


@given(
    rows=st.lists(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1)),
    delimiter=st.sampled_from(",\t"), quoteAll=st.booleans(),
)  # fmt: skip
def test_whateverCellsHoldComesBack(rows, delimiter, quoteAll):
    assert list(rowsOf(delimitedText(rows, delimiter, quoteAll), delimiter, SOURCE)) == rows


def test_cellsHoldAtTheLimit_andOneMoreIsRefused(monkeypatch):
    monkeypatch.setattr(DelimitedText, "MOST_CELLS", 4)
    assert list(rowsOf("a,b\nc,d\n", ",", SOURCE)) == [["a", "b"], ["c", "d"]]
    with pytest.raises(LimitExceededError, match=r"a.csv: the table has too many cells \(more than 4\)"):
        list(rowsOf("a,b\nc,d\ne\n", ",", SOURCE))


def test_aCellIsAsLongAsAccepted_andNotLonger(monkeypatch):
    monkeypatch.setattr(DelimitedText, "_LONGEST_CELL", 10)
    before = csv.field_size_limit(5)
    try:
        assert list(rowsOf("a" * 10, ",", SOURCE)) == [["a" * 10]]
        with pytest.raises(FileError, match="a.csv: the table is not understood"):
            list(rowsOf("a" * 11, ",", SOURCE))
    finally:
        csv.field_size_limit(before)


def test_theLimitOfOtherCodeInTheProgramIsNotLowered():
    before = csv.field_size_limit(1 << 30)
    try:
        list(rowsOf("a", ",", SOURCE))
        assert csv.field_size_limit() == 1 << 30
    finally:
        csv.field_size_limit(before)


def test_cellsOfMegabytesAreRead():
    assert len(list(rowsOf("a" * (16 << 20), ",", SOURCE))[0][0]) == 16 << 20
