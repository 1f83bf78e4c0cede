"""Answers of a few texts and arrays, from the side of the worker to that of the program."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest

from DICOMLib.Errors import FileError, UnreadableFileError, WorkerError
from DICOMLib.Workers import Answers
from DICOMLib.Workers.Answers import (
    answersOf,
    bytesArray,
    bytesValue,
    handOver,
    plainArray,
    plainValue,
    sizeOfSaid,
    worded,
)
from DICOMLib.Workers.Messages import UNKNOWN_FAILURE
from DICOMLib.Workers.WorkerPool import Task
from Testing.Fixtures.RunWorkers import runWorkers

HERE = f"{__name__}:"


def some(path: str):
    """Runs in a worker."""
    yield {"name": "text"}, plainArray({"ä": [1, 2.5, None, "\udce4"]})
    yield {"name": "bytes"}, bytesArray(b"")


def trouble(path: str, where: str):
    """Runs in a worker."""
    yield from ()
    raise UnreadableFileError("it cannot be read", where, "value", "Do this")


def ask(task: str, most: int = 5000, **arguments):
    return answersOf(f"{HERE}{task}", {"path": "/a/b.txt", **arguments}, runWorkers(), None, "/a/b.txt", most)


@pytest.mark.parametrize("value", [{"ä": [1, 2.5, None, "\udce4"]}, [], "", 0, float("inf"), "x" * 3_000_000])
def test_plainValuesCross(value):
    array = plainArray(value)
    assert array.dtype == numpy.uint8 and plainValue(array) == value


@pytest.mark.parametrize("data", [b"", b"\0", b"abc" * 1000])
def test_bytesCross_alsoNone(data):
    assert len(bytesArray(data)) > 0 and bytesValue(bytesArray(data)) == data


@pytest.mark.parametrize("data", [b"{", b"\xff\xff", b"[" * 100_000])
def test_whatIsNoAnswerIsAnError(data):
    with pytest.raises(FileError, match="no answer"):
        plainValue(numpy.frombuffer(data, numpy.uint8))


@pytest.mark.parametrize("piece", [b"[]", b"{}", b"1", b'{"a":1}'])
def test_moreValuesThanAnyFileHasAreRefusedBeforeMemoryIsTaken(monkeypatch, piece):
    monkeypatch.setattr(Answers, "_FEW_BYTES", 1000)
    monkeypatch.setattr(Answers, "_MOST_OF", dict.fromkeys("[{:,", 2000))
    texts = [*['[{:,\\"\\'] * 1000, "\\"]
    assert plainValue(plainArray(texts)) == texts
    data = b"[" + b",".join([piece] * 2002) + b"]"
    monkeypatch.setattr(json, "loads", None)
    with pytest.raises(FileError, match="more than any file has"):
        plainValue(numpy.frombuffer(data, numpy.uint8))


def test_whatIsSaidBesideArraysCounts():
    with pytest.raises(FileError, match="more than can be taken"):
        ask("talk", 100_000)
    assert len(ask("talk", 400_000)) == 100


def test_noMoreAnswersAreTakenThanAnyFileHas(monkeypatch):
    monkeypatch.setattr(Answers, "MOST_ANSWERS", 99)
    with pytest.raises(FileError, match="more than can be taken"):
        ask("talk", 400_000)


def talk(path: str):
    """Runs in a worker."""
    for _ in range(100):
        yield {"name": [[]] * 20}, bytesArray(b"")


def test_allComesInItsOrder():
    (first, text), (second, data) = ask("some")
    assert (first, second) == ({"name": "text"}, {"name": "bytes"})
    assert plainValue(text) == {"ä": [1, 2.5, None, "\udce4"]} and bytesValue(data) == b""


def test_moreThanIsTakenIsRefused():
    size = sum(array.nbytes + sizeOfSaid(said) for said, array in ask("some"))
    assert len(ask("some", size)) == 2
    with pytest.raises(FileError, match=f"more than can be taken .{size} bytes"):
        ask("some", size - 1)


@pytest.mark.parametrize(("where", "told"), [("", "/a/b.txt"), ("/x/c.txt", "/a/c.txt"), ("/x/..", "/a/b.txt")])
def test_anErrorKeepsItsKind_andMayNameAFileBesideTheOneAskedFor(where, told):
    with pytest.raises(UnreadableFileError) as caught:
        answersOf(f"{HERE}trouble", {"path": "", "where": where}, runWorkers(), None, Path("/a/b.txt"), 10)
    assert (caught.value.what, caught.value.value, caught.value.hint) == ("it cannot be read", "value", "Do this")
    assert caught.value.where == told


def test_ofATaskThatRaisedNoErrorOfOursOtherWordsAreTold():
    assert worded(FileError(UNKNOWN_FAILURE), "the file cannot be read") == "the file cannot be read"
    assert worded(WorkerError("it died"), "the file cannot be read") == "it died"


def test_answersThatAreThereAreHandedOver():
    got, finished = {}, []

    def receive(shape, dtype, information):
        return got.setdefault(information["n"], numpy.empty(shape, dtype))

    task = Task("", {}, receive, finish=lambda: finished.append(True))
    handOver(task, [({"n": 1}, numpy.arange(3)), ({"n": 2}, numpy.ones((2, 2)))])
    assert got[1].tolist() == [0, 1, 2] and got[2].shape == (2, 2) and finished == [True]
