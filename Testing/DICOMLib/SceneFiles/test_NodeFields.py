"""How one attribute of an element is made of a node and applied to it, for each kind of attribute."""

from __future__ import annotations

import pytest

from DICOMLib.SceneFiles.NodeFields import flagField, integerField, numberField, textField, vectorField


class Held:
    """Has MRML's two methods for one property, of any number of values."""

    def __init__(self, value):
        self.value = value

    def GetThing(self):
        return self.value

    def SetThing(self, *values):
        self.value = values[0] if len(values) == 1 else values


CASES = [
    (numberField("x", "Thing"), 2.0, "2", 2.0), (numberField("x", "Thing"), 1 / 3, "0.3333333333333333", 1 / 3),
    (integerField("x", "Thing"), 7, "7", 7), (integerField("x", "Thing"), True, "1", 1),
    (flagField("x", "Thing"), True, "true", True), (flagField("x", "Thing"), 0, "false", False),
    (flagField("x", "Thing", asNumber=True), True, "1", True),
    (flagField("x", "Thing", asNumber=True), False, "0", False),
    (vectorField("x", "Thing", 3), (1, 2.5, -0.1), "1 2.5 -0.1", (1, 2.5, -0.1)),
    (textField("x", "Thing"), " a b ", " a b ", " a b "), (textField("x", "Thing"), "", "", ""),
    (textField("x", "Thing", writesEmpty=False), "a", "a", "a"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "text", "again"), CASES)
def test_whatANodeHasIsWrittenAndComesBack(field, value, text, again):
    node = Held(None)
    assert field.name == "x"
    assert field.text(Held(value)) == text
    field.apply(node, text)
    assert node.value == again and type(node.value) is type(again)


def test_whatANodeDoesNotSayIsNotWritten():
    assert flagField("x", "Thing").text(Held(None)) is None
    assert flagField("x", "Thing", asNumber=True).text(Held(None)) is None
    assert textField("x", "Thing").text(Held(None)) is None
    assert textField("x", "Thing", writesEmpty=False).text(Held("")) is None


@pytest.mark.parametrize(
    ("field", "text"),
    [(numberField("x", "Thing"), "x"), (numberField("x", "Thing"), "inf"), (integerField("x", "Thing"), "1.5"),
     (integerField("x", "Thing"), "9" * 21), (flagField("x", "Thing"), "yes"), (vectorField("x", "Thing", 3), "1 2"),
     (vectorField("x", "Thing", 3), "1 2 3 4")],
)  # fmt: skip
def test_whatSaysNothingIsRefusedBeforeTheNodeChanges(field, text):
    node = Held("before")
    with pytest.raises(ValueError):  # noqa: PT011 - each kind has a sentence of its own
        field.apply(node, text)
    assert node.value == "before"
