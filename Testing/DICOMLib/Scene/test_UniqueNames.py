"""Names that differ from each other; a name that was given up is given again."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from DICOMLib.Scene.UniqueNames import UniqueNames


def test_aNameIsItselfAndThenGetsNumbers():
    names = UniqueNames(["CT", None, ""])
    assert [names.free("CT"), names.free("CT"), names.free("MR")] == ["CT_1", "CT_2", "MR"]


def test_aNameThatIsOnlyAskedForStaysFree():
    names = UniqueNames(["CT"])
    assert [names.next("CT"), names.next("CT")] == ["CT_1", "CT_1"]


def test_theSmallestNumberThatCameFreeIsGivenAgain():
    names = UniqueNames(["CT"])
    for _ in range(4):
        names.free("CT")
    names.giveUp("CT_2")
    assert [names.free("CT"), names.free("CT")] == ["CT_2", "CT_5"]
    names.giveUp("CT")
    assert names.free("CT") == "CT"


def test_aNameThatTwoHaveComesFreeWithTheSecond():
    names = UniqueNames(["CT", "CT"])
    names.giveUp("CT")
    assert names.isTaken("CT")
    names.giveUp("CT")
    assert not names.isTaken("CT")


def test_numbersThatNobodyWouldWriteAreNamesLikeAnyOther():
    names = UniqueNames(["CT", "CT_01", "CT_1"])
    names.giveUp("CT_01")
    assert names.free("CT") == "CT_2"


class _Plain:
    """The same by asking all names each time."""

    def __init__(self):
        self.taken: list[str] = []

    def free(self, base: str) -> str:
        name, number = base, 0
        while name in self.taken:
            number += 1
            name = f"{base}_{number}"
        self.taken.append(name)
        return name


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["take", "free", "giveUp"]), st.sampled_from(["a", "a_1", "a_1_1", "b_2"]))))
def test_whateverIsTakenAndGivenUpNamesAreThoseOfAskingAll(steps):
    names, plain = UniqueNames(), _Plain()
    for what, name in steps:
        if what == "free":
            assert names.free(name) == plain.free(name)
        elif what == "take":
            names.take(name)
            plain.taken.append(name)
        elif name in plain.taken:
            names.giveUp(name)
            plain.taken.remove(name)
