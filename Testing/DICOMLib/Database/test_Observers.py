"""Who is told of events."""

from __future__ import annotations

from DICOMLib.Database.Observers import Observers


def test_allAreToldInTheOrderTheyJoinedUntilTheyLeave():
    observers, told = Observers(), []
    first = observers.add(lambda event: told.append(("first", event)))
    second = observers.add(lambda event: told.append(("second", event)))
    observers.tell("a")
    observers.remove(first)
    observers.remove(first)
    observers.remove(second + 1)
    observers.tell("b")
    assert told == [("first", "a"), ("second", "a"), ("second", "b")]


def test_whoIsToldMayLeaveAndBringOthers():
    observers, told = Observers(), []

    def leave(event):
        told.append(event)
        observers.remove(token)
        observers.add(told.append)

    token = observers.add(leave)
    for event in ("a", "b"):
        observers.tell(event)
    assert told == ["a", "b"]
