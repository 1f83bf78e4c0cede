import io
import json

import pytest

from DICOMLib.Progress import Progress
from DICOMModule.Commands.Console import Console, displayWidth, visible


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def streams():
    return io.StringIO(), io.StringIO()


def test_columnsAreAlignedAndNumbersStandToTheRight(streams):
    out, err = streams
    Console(out, err).table(("Name", "Count"), [("a", 1), ("long name", 100), (None, 20)])
    assert out.getvalue() == "Name       Count\na              1\nlong name    100\n              20\n"


def test_aTextWithoutEndDoesNotPushTheOtherColumnsAway(streams):
    out, err = streams
    Console(out, err).table(("Name", "File"), [("x" * 60000, "/" + "y" * 200), ("a", "b")])
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) < 300 and "xxx…  /yyy" in lines[1]
    assert lines[1].endswith("y" * 200)  # the last column is in nobody's way


def test_wideLettersCountTwiceAndCombiningMarksNotAtAll(streams):
    out, err = streams
    Console(out, err).table(("A", "B"), [("山田", "x"), ("e\u0301", "y")])
    lines = zip(out.getvalue().splitlines(), "Bxy", strict=True)
    assert [displayWidth(line.split(last)[0]) for line, last in lines] == [6, 6, 6]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ä 山", "plain ä 山"),
        ("red \x1b[31m", "red \\x1b[31m"),
        ("back\x08space\r\n", "back\\x08space\\x0d\\x0a"),
        ("\u202eright to left", "\\x202eright to left"),
        ("\x9b31m", "\\x9b31m"),
        ("\udcff", "\\xff"),
    ],
)
def test_textFromFilesCannotDriveTheTerminal(text, shown):
    assert visible(text) == shown


def test_patientTextIsEscapedWhereverItIsShown(streams):
    out, err = streams
    console = Console(out, err)
    console.say("a\x1b[2J")
    console.problem("b\x1b[2J")
    console.table(("c",), [("\x1b[2J",)])
    assert "\x1b" not in out.getvalue() + err.getvalue()


def test_inJSONModeOnlyTheResultIsOnStdout(streams):
    out, err = streams
    console = Console(out, err, asJSON=True)
    console.say("hello")
    console.table(("a",), [(1,)])
    console.result({"name": "Müller", "path": b"x"})
    assert json.loads(out.getvalue()) == {"name": "Müller", "path": "b'x'"}
    assert "Müller" in out.getvalue()


def test_aBarIsDrawnOnATerminalAndTakenAwayBeforeText():
    out, err = io.StringIO(), Terminal()
    console = Console(out, err)
    console.progress("files").report(5, 10, "Reading")
    console.progress("files").report(10, 10, "Reading\x1b[2J")
    assert "[############............] 5 of 10 files · Reading" in err.getvalue()
    assert "\x1b" not in err.getvalue()
    console.problem("done")
    assert err.getvalue().endswith("\rdicommodule: done\n")


def test_noBarIsDrawnIntoAFile(streams):
    out, err = streams
    Console(out, err).progress().report(10, 10, "Reading")
    assert err.getvalue() == ""


def test_whereNothingCanBeDrawnLongWorkWritesALineNowAndThen(streams, monkeypatch):
    out, err = streams
    now = [0.0]
    monkeypatch.setattr("DICOMModule.Commands.Console.Progress", lambda callback: Progress(callback, lambda: now[0]))
    progress = Console(out, err).progress("files")
    for done in range(1, 201):
        now[0] += 0.125
        progress.report(done * 10, 4000, "Reading\x1b[2J")
    lines = err.getvalue().splitlines()
    assert lines == [
        "dicommodule: 800 of 4,000 files, 80 files/s, 40 s left, Reading\\x1b[2J",
        "dicommodule: 1,600 of 4,000 files, 80 files/s, 30 s left, Reading\\x1b[2J",
    ]
