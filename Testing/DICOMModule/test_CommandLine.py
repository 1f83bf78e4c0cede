import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from DICOMModule.CommandLine import main, parseArguments
from DICOMModule.Commands import Session
from Testing.Fixtures import SeriesBuilder
from Testing.Fixtures.ReadyMade import twoPatients


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hospital")
    twoPatients(folder)
    return folder


@pytest.fixture
def run(capsys, lentWorkers):
    """Runs a command line; gives its exit code, stdout and stderr."""

    def runCommand(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return runCommand


def test_withoutASubcommandTheProgramStartsWithWhatIsToBeOpened():
    parsed = parseArguments(["a", "b", "--screenshot", "x.png", "--exit-after-load", "--database", "d.sqlite"])
    assert parsed.paths == ["a", "b"]
    assert (parsed.screenshot, parsed.exitAfterLoad, parsed.database) == ("x.png", True, "d.sqlite")
    assert not parsed.noMainWindow


@pytest.mark.parametrize(
    ("given", "own"),
    [
        (["--python-script", "s.py", "a", "--x", "3"], ["a", "--x", "3"]),
        (["--python-script", "s.py", "a", "--no-main-window"], ["a"]),
        (["--no-main-window", "--python-script", "s.py", "--", "--database", "d"], ["--database", "d"]),
        (["folder", "--python-script", "s.py"], []),
    ],
)
def test_whatFollowsTheScriptIsTheScriptsUnlessItIsAnOptionOfOurs(given, own):
    parsed = parseArguments(given)
    assert parsed.pythonScript == "s.py"
    assert parsed.scriptArguments == own
    assert parsed.noMainWindow == ("--no-main-window" in given)
    assert parsed.paths == (["folder"] if "folder" in given else [])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--bogus"],
        ["list", "everything"],
        ["import"],
        ["--no-main-window"],
        ["--no-main-window", "--python-code", "1", "--screenshot", "x.png"],
    ],
)
def test_wrongUsageIsToldWithCodeTwo(run, arguments):
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert err


def test_helpNamesCommandsAndExitCodes(run):
    code, out, _ = run("--help")
    assert code == 0
    assert all(name in out for name in ("import", "list", "examine", "load", "info", "exit codes"))
    assert run("load", "--help")[0] == 0


def test_theVersionIsThatOfThePackage(run):
    pyproject = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.+)"$', pyproject, re.MULTILINE)[1]
    assert run("--version")[:2] == (0, f"dicommodule {version}\n")


@pytest.mark.parametrize("name", ["info", "examine", "load", "import"])
def test_aMissingFileIsOneLineOnStderrWithoutTraceback(run, tmp_path, name):
    code, out, err = run(name, tmp_path / "absent.dcm")
    assert code in (1, 3)
    assert out == ""
    assert err.count("\n") == 1
    assert "absent.dcm" in err
    assert "Traceback" not in err


def test_debugShowsWhereAnErrorCameFrom(run, tmp_path):
    code, _, err = run("info", tmp_path / "absent.dcm", "--debug")
    assert code == 1
    assert "Traceback" in err


def test_anErrorNobodyForesawIsOneLineToo(run, monkeypatch, tmp_path):
    from DICOMModule.Commands import Info

    monkeypatch.setattr(Info, "scanFile", lambda path: 1 / 0)
    (tmp_path / "a.dcm").write_bytes(b"")
    code, _, err = run("info", tmp_path / "a.dcm")
    assert code == 1
    assert err.count("\n") == 1
    assert "ZeroDivisionError" in err
    assert "--debug" in err


def test_aCorruptDatabaseIsOneSentence(run, tmp_path):
    file = tmp_path / "bad.sqlite"
    file.write_bytes(b"rubbish" * 1000)
    code, _, err = run("list", "--database", file)
    assert code == 1
    assert err.count("\n") == 1
    assert str(file) in err


def test_aDatabaseThatDoesNotExistIsNotMadeByLooking(run, tmp_path):
    code, _, err = run("list", "--database", tmp_path / "none" / "d.sqlite")
    assert code == 3
    assert "no such database" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has other limits")
def test_aDatabaseThatCannotBeLookedAtIsNotSaidToBeMissing(run, tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    code, _, err = run("list", "--database", tmp_path / "loop")
    assert code == 1
    assert "no such database" not in err and "symbolic links" in err


def test_foldersAndScriptsWorkWithoutAWindow(run, hospital):
    code, out, _ = run(
        "--no-main-window", hospital, "--database", ":memory:", "--python-code",
        "print(slicer.mrmlScene.GetNumberOfNodesByClass('vtkMRMLScalarVolumeNode')); exit(9)",
    )  # fmt: skip
    assert code == 9
    assert "15 instances" in out
    assert "IJK→RAS" in out
    assert out.endswith("3\n")


def test_theScriptIsNotRunAfterCodeThatFailed(run, tmp_path):
    script = tmp_path / "s.py"
    script.write_text("print('ran')")
    code, out, _ = run("--no-main-window", "--database", ":memory:", "--python-code", "1/0", "--python-script", script)
    assert (code, out) == (1, "")


def test_aReaderThatHasEnoughEndsTheCommandQuietly(hospital):
    command = f"{sys.executable} -m DICOMModule info {hospital}/*/* | head -1"
    finished = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=100, check=False)
    assert finished.stderr == ""
    assert finished.stdout.count("\n") == 1


# The command line, which says when it has come to a place of its work and stays there until it is asked to end.
HELD = """
import sys, threading
from DICOMLib.Database import Indexer
from DICOMLib.Database.StoreSession import StoreSession
from DICOMLib.Progress import Progress
from DICOMModule.CommandLine import main

isAsked, cancel, reached = threading.Event(), Progress.cancel, {place}
first = threading.Lock()  # several threads may come to the place

def cancelled(progress):
    cancel(progress)
    isAsked.set()

def held(*arguments):
    result = reached(*arguments)
    if not isAsked.is_set():
        if first.acquire(blocking=False):
            print("held", flush=True)
        isAsked.wait(100)
    return result

Progress.cancel, {place} = cancelled, held
Indexer.BATCH_SIZE, Indexer.BATCH_SECONDS = 20, 1000.0
sys.exit(main(sys.argv[1:]))
"""


def endedImport(place, number, *arguments):
    """An import that is sent a signal at a place of its work. :returns: its exit code and what it said to stderr"""
    command = [sys.executable, "-c", HELD.format(place=place), "import", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n", process.communicate()
    process.send_signal(number)
    _, err = process.communicate(timeout=100)
    return process.returncode, err


def storedInstances(database):
    """How many instances are committed; 0 while the database is being made."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT count(*) FROM Instances").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def writeManyInstances(folder, count):
    """One small image under `count` instance UIDs: enough for an import of several batches, written in a second."""
    folder.mkdir()
    series = SeriesBuilder(slices=1, rows=4, columns=4)
    (image,) = series.encoded()
    original = series.sopInstanceUID(0).encode()
    for number in range(count):
        uid = b"%s%06d" % (original[:-6], number)
        (folder / f"{number:05}.dcm").write_bytes(image.replace(original, uid))


@pytest.mark.skipif(os.name == "nt", reason="Windows delivers Ctrl-C differently")
@pytest.mark.parametrize(
    "place, stored",
    [("Indexer._ImportRun._take", 0), ("Indexer._ImportRun._announce", 20)],
    ids=["at once", "while importing"],
)
def test_ctrlCEndsAnImportCleanlyAndKeepsWhatWasDone(tmp_path, run, place, stored):
    writeManyInstances(tmp_path / "many", 60)
    database = tmp_path / "d.sqlite"
    code, err = endedImport(place, signal.SIGINT, tmp_path / "many", "--database", database)
    assert code == Session.CANCELLED, err
    assert "Traceback" not in err
    assert storedInstances(database) == stored
    assert run("list", "--database", database)[0] == (0 if stored else 3)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, getattr(signal, "SIGHUP", None)])
def test_aRequestToTerminateEndsAnImportOfCopiesAndLeavesNoHalfCopies(tmp_path, number):
    database = tmp_path / "d.sqlite"
    SeriesBuilder(slices=30, rows=4, columns=4).write(tmp_path / "many")
    ended = endedImport("StoreSession.stage", number, tmp_path / "many", "--copy", "--database", database)
    assert ended == (Session.CANCELLED, "")
    assert list(tmp_path.glob("d.sqlite-files/Incoming/*")) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_aRequestToTerminateAScriptLetsTheProgramCleanUp():
    code = (
        "from DICOMModule.CommandLine import main; import sys; "
        "sys.exit(main(['--no-main-window', '--database', ':memory:', '--python-code', "
        "'print(slicer.app.temporaryPath, flush=True); import time; time.sleep(60)']))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    folder = process.stdout.readline().strip()
    assert os.path.isdir(folder)
    process.terminate()
    _, err = process.communicate(timeout=100)
    assert (process.returncode, err) == (Session.CANCELLED, "dicommodule: cancelled.\n")
    assert not os.path.exists(folder)


@pytest.mark.skipif(os.name == "nt", reason="needs a shell that closes streams")
def test_aProgramStartedWithoutStreamsDoesItsWork(hospital, tmp_path):
    command = f"{sys.executable} -m DICOMModule load {hospital}/ct -o {tmp_path}/x.nrrd <&- >&- 2>&-"
    finished = subprocess.run(command, shell=True, timeout=100, check=False)
    assert finished.returncode == 0
    assert (tmp_path / "x.nrrd").stat().st_size > 1000


def test_theCommandLineLoadsNoQtAndStartsFast(hospital, tmp_path):
    code = (
        "import sys, DICOMModule.CommandLine as c; "
        f"code = c.main(['load', {str(hospital / 'ct')!r}, '-o', {str(tmp_path)!r}]); "
        "bad = [n for n in sys.modules if n.split('.')[0] in ('qtpy', 'PyQt5', 'pyvistaqt', 'pyvista', 'vtk')]; "
        "assert not bad, bad; sys.exit(code)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=False)
    assert finished.returncode == 0, finished.stderr


def test_jsonIsTheOnlyThingOnStdout(run, hospital, tmp_path):
    database = tmp_path / "d.sqlite"
    report = json.loads(run("import", hospital, "--database", database, "--json")[1])
    assert report["instancesAdded"] == 15
    for command in (["list"], ["list", "series"], ["examine"], ["load"], ["info", report["seriesUIDs"][0]]):
        code, out, _ = run(*command, "--database", database, "--json")
        assert code == 0
        assert json.loads(out)
