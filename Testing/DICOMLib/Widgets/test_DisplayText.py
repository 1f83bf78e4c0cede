"""DICOM values as plain text."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from DICOMLib.Widgets.DisplayText import (
    dateText,
    momentText,
    naturalKey,
    plainText,
    searchKey,
    timeText,
    toolTipText,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("20261120", "2026-11-20"), ("2026.11.20", "2026-11-20"), ("2026-11-20", "2026-11-20"), ("Tuesday", "Tuesday"),
     ("", ""), (None, ""), ("2026", "2026")],
)  # fmt: skip
def testDatesAreShownWithDashesAndNonDatesAsTheyAre(value, shown):
    assert dateText(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("140509.123", "14:05:09"), ("1405", "14:05"), ("14:05:09", "14:05:09"), ("noon", "noon")]
)
def testTimesAreShownWithColons(value, shown):
    assert timeText(value) == shown


def testControlAndDirectionCharactersAreEscaped():
    assert plainText("a\nb\x1b[31m\u202ec\udc80") == "a\\nb\\x1b[31m\\u202ec\\udc80"


def testToolTipsNeverBecomeRichText():
    assert toolTipText("<b>x</b>") == "<div>&lt;b&gt;x&lt;/b&gt;</div>"


def testMomentsAreLocalTime():
    local = datetime(2026, 11, 20, 10, 20, 30, tzinfo=timezone.utc).astimezone()
    assert momentText("2026-11-20 10:20:30") == local.strftime("%Y-%m-%d %H:%M")
    assert momentText("soon") == "soon"


def testSearchKeysIgnoreCaseAndAccents():
    assert searchKey("MÜLLER Øster Łódź Straße") == "muller oster lodz strasse"


def testNumbersInTextSortByValueAndEmptyTextLast():
    assert sorted(["10", "", "9", "Series 10", "Series 9"], key=naturalKey) == ["9", "10", "Series 9", "Series 10", ""]
