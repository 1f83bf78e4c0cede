"""Elements cross from the worker as rows, and what is no row is refused."""

from __future__ import annotations

import pytest

from DICOMLib.Errors import SceneFileError
from DICOMLib.SceneFiles import ElementRows
from DICOMLib.SceneFiles.ElementRows import elementFrom, elementRows
from DICOMLib.SceneFiles.MrmlText import MAX_DEPTH, parseXML, writeXML

TEXT = '<MRML a="1"><b c="ä"><d/>x<d><e/></d></b><b/><f>text</f></MRML>'


@pytest.mark.parametrize(
    "text", [TEXT, "<MRML/>", "<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH], ids=["some", "one", "deepest"]
)
def test_elementsComeBackAsTheyWere(text):
    assert writeXML(elementFrom(elementRows(parseXML(text)))) == writeXML(parseXML(text))


ROOT = [0, "MRML", {}, ""]


@pytest.mark.parametrize(
    "rows",
    [
        None, [], {}, [ROOT, ROOT], [[1, "a", {}, ""]], [ROOT, [2, "a", {}, ""]], [ROOT, [-1, "a", {}, ""]],
        [[0, "a", {}]], [[0, 1, {}, ""]], [[0, "a", [], ""]], [[0, "a", {"b": 1}, ""]], [[True, "a", {}, ""]],
        [[0, "a", {}, None]], [[depth, "a", {}, ""] for depth in range(MAX_DEPTH + 1)],
    ],
)  # fmt: skip
def test_whatIsNoTreeIsRefused(rows):
    with pytest.raises(SceneFileError, match="no text of a scene"):
        elementFrom(rows)


def test_thereAreNoMoreAttributesThanATextMayHave(monkeypatch):
    monkeypatch.setattr(ElementRows, "MAX_ATTRIBUTES", 1)
    assert elementFrom([[0, "a", {"b": ""}, ""]]).attributes == {"b": ""}
    with pytest.raises(SceneFileError, match="no text of a scene"):
        elementFrom([[0, "a", {"b": ""}, ""], [1, "a", {"b": ""}, ""]])
