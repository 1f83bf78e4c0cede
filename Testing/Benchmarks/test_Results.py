"""Figures, verdicts and tables."""

from __future__ import annotations

import json

import pytest

from Testing.Benchmarks.__main__ import GROUPS
from Testing.Benchmarks.Report import FRONT_PAGE, PAGE, PageError, marks, writeIntoFrontPage, writeIntoPage
from Testing.Benchmarks.Results import asDictionary, asMarkdown, atLeast, atMost, missed, notMeasured, ratios


def test_moreIsBetterByTheMedian():
    row = atLeast("import", [9000, 12345, 20000], "files/s", 10_000)
    assert (row.result, row.reach, row.verdict) == ("12,300 (9,000–20,000) files/s", "≥ 10,000 files/s", "yes")
    assert atLeast("import", [9000, 9500, 20000], "files/s", 10_000).verdict == "**no**"


def test_lessIsBetterByTheMedianOrTheWorst():
    assert atMost("key", [10, 20, 300], "ms", 100).isMet is True
    assert atMost("key", [10, 20, 300], "ms", 100, worst=True).isMet is False


def test_ratiosAreTakenPairByPair():
    row = ratios("beside cp", [10, 40], [5, 10], 2.5)
    assert (row.samples, row.result, row.isMet) == ([2, 4], "3.00 (2.00–4.00)×", True)


def test_whatWasNotMeasuredIsNotMissed():
    rows = [notMeasured("beside Orthanc", "Orthanc is not installed"), atLeast("rate", [1], "files/s")]
    assert [row.verdict for row in rows] == ["not measured", ""]
    assert missed(rows) == []
    assert "Orthanc is not installed" in asMarkdown(rows)


def test_theTableGoesBetweenTheMarksAndNowhereElse(tmp_path):
    page = tmp_path / "Benchmarks.md"
    other = "\n".join([marks("browse")[0], "kept", marks("browse")[1]])
    begin, end = marks("import")
    page.write_text(f"# Before\n{begin}\nold\n{end}\n{other}\nAfter\n")
    rows = [atMost("open", [0.1], "s", 0.3)]
    for _ in range(2):
        writeIntoPage(page, "import", rows, {"processors": "2"})
    text = page.read_text()
    assert text.startswith("# Before\n") and text.endswith(f"{end}\n{other}\nAfter\n")
    assert text.count("| open | 0.100 s | ≤ 0.3 s | yes |") == 1
    assert "processors 2" in text and "old" not in text


def test_aPageWithoutMarksIsLeftAlone(tmp_path):
    page = tmp_path / "Benchmarks.md"
    page.write_text("# No marks\n")
    with pytest.raises(PageError, match="has no lines"):
        writeIntoPage(page, "import", [], {})
    assert page.read_text() == "# No marks\n"


def test_theFrontPageShowsMediansOfWhatHasATarget(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("\n".join(marks("import")))
    rows = [atMost("open", [0.1, 0.2, 0.3], "s", 0.3), atLeast("grow", [5], "files/s")]
    writeIntoFrontPage(page, "import", rows, {"processors": "2", "system": "Linux", "Python": "3.11.7"})
    assert "| open | 0.200 s | ≤ 0.3 s |\n\nMedians of a run on 2 processors, Linux" in page.read_text()
    assert "grow" not in page.read_text()


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("page", [PAGE, FRONT_PAGE], ids=lambda page: page.name)
def test_theDocumentationHasAPlaceForTheTables(page, group):
    text = page.read_text(encoding="utf-8")
    assert [text.count(mark) for mark in marks(group)] == [1, 1]


def test_jsonHoldsEverySample():
    found = json.loads(json.dumps(asDictionary([atLeast("rate", [1, 2], "files/s", 3)], {"Python": "3.11"})))
    assert found["rows"][0]["samples"] == [1, 2]
    assert (found["rows"][0]["verdict"], found["machine"]) == ("**no**", {"Python": "3.11"})
