"""Numbers are found by halving where they ascend, and one by one where they do not: the same is found."""

import random

import pytest

from DICOMLib.Scene.Nodes import vtkMRMLTextNode
from DICOMLib.Scene.SequenceItems import SequenceItems, numberOf

TOLERANCE = 0.001


def itemsOf(values):
    items = SequenceItems()
    for value in values:
        items.insert(items.placeFor(value), value, vtkMRMLTextNode())
    return items


@pytest.mark.parametrize("more", [[], ["nan"]])
def test_itFindsWhatLookingAtEachFinds(more):
    chosen = random.Random(3)
    values = [*(f"{chosen.uniform(-2, 2):.2f}" for _ in range(60)), *more, "-inf", "inf", "first", "1e308"]
    items = itemsOf(values)
    order = [numberOf(items.value(place)) for place in range(len(items))]
    assert sorted(items.value(place) for place in range(len(items))) == sorted(values)
    for wanted in [*values, "0.5005", "0.501", "-9", "9", "nan", "inf"]:
        number = numberOf(wanted)
        alike = [place for place, other in enumerate(order) if abs(other - number) <= TOLERANCE]
        before = [place for place, other in enumerate(order) if other < number]
        after = [place for place, other in enumerate(order) if other > number]
        assert items.placeOfNumber(wanted, TOLERANCE) == (alike[0] if alike else -1)
        assert items.placeBefore(wanted) == (before[-1] if before else -1)
        assert items.placeFor(wanted) == (after[0] if after else len(items))


def test_textsThatHaveBecomeNumbersAreFoundInTheirOrder():
    items = SequenceItems()
    for place, value in enumerate(["3", "1", "2"]):
        items.insert(place, value, vtkMRMLTextNode())
    assert [items.placeOfNumber(value, TOLERANCE) for value in "123"] == [1, 2, 0]
    assert items.placeOfText("2") == 2 and items.placeOfText("2.0") == -1


def test_addingLooksAtFewOfThousands(monkeypatch):
    from DICOMLib.Scene import SequenceItems as module

    parsed = []
    monkeypatch.setattr(module, "numberOf", lambda text: parsed.append(text) or numberOf(text))
    itemsOf([str(number / 20) for number in range(2000)])
    assert len(parsed) == 2 * 2000
