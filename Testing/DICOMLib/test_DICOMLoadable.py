"""What a plugin offers: an explanation may wait until somebody asks."""

from __future__ import annotations

from dataclasses import asdict, replace

from DICOMLib.DICOMLoadable import DICOMLoadable


class Asked:
    """Gives a text and counts how often it was asked."""

    def __init__(self):
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return "all files make one stack"


def test_anExplanationThatIsAFunctionIsAskedForOnceAndIsATextForWhoeverReadsIt():
    asked = Asked()
    loadable = DICOMLoadable(name="CT", explanation=asked)
    loadable.name = "renamed"
    assert asked.times == 0
    assert (loadable.explanation, loadable.explanation) == ("all files make one stack",) * 2
    assert asked.times == 1


def test_explanationsAreComparedCopiedAndSetAsTexts():
    late, early = DICOMLoadable(explanation=Asked()), DICOMLoadable(explanation="all files make one stack")
    assert late == early and replace(late, name="other").explanation == early.explanation
    assert asdict(DICOMLoadable(explanation=Asked()))["explanation"] == "all files make one stack"
    late.explanation = "another"
    assert late.explanation == "another"
    assert DICOMLoadable().explanation == ""
