"""Tests side by side: what is marked so is alone, the end is one, and nothing is left running."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from Testing import SideBySide
from Testing.Fixtures.Waiting import waitFor
from Testing.SideBySide import isAlone
from Testing.test_conftest import projectWith

needsXdist = pytest.mark.skipif(not importlib.util.find_spec("xdist"), reason="pytest-xdist is not installed")
SECONDS = 100


@pytest.mark.alone
def test_whatIsMarkedAloneIsAlone(request):
    assert isAlone(request.node)


def test_allElseIsNotAlone(request, tmp_path):
    assert not isAlone(request.node)


class Config:
    """As far as it is asked."""

    def __init__(self, source=pytest.Config.ArgsSource.TESTPATHS, capture="fd"):
        self.args_source = source
        self.option = type("Options", (), {"capture": capture})

    def getoption(self, name):
        return False


@pytest.mark.parametrize("processors, expected", [(1, 0), (2, 2), (3, 3), (64, SideBySide.MOST_PROCESSES)])
def test_allTestsTakeAsManyProcessesAsThereAreProcessors(monkeypatch, processors, expected):
    monkeypatch.setattr(SideBySide.os, "sched_getaffinity", lambda _: set(range(processors)), raising=False)
    assert SideBySide.processesFor(Config()) == (expected if SideBySide.fcntl else 0)


def test_filesThatAreNamedAndOutputSeenAtOnceTakeOneProcess():
    assert SideBySide.processesFor(Config(source=pytest.Config.ArgsSource.ARGS)) == 0
    assert SideBySide.processesFor(Config(capture="no")) == 0


PAIRS = """
import os, time
from pathlib import Path
import pytest

LOG = Path(os.environ["TEST_LOG"])

def note(word):
    with LOG.open("a") as log:
        log.write(f"{{os.getpid()}} {{word}}\\n")

{mark}
@pytest.mark.parametrize("number", range(4))
def test_takesAWhile(number):
    note("begins{alone}")
    {wait}
    time.sleep(0.02)
    note("ends{alone}")
"""
# The first test of each process waits for that of the other one.
MEET = "while len({line.split()[0] for line in LOG.read_text().splitlines()}) < 2: time.sleep(0.01)"


def run(folder: Path, *options: str, **variables: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pytest", "-q", "--color=no", "-n", "2", "--dist", "loadfile", *options]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, timeout=SECONDS
    )  # fmt: skip


@needsXdist
def test_testsRunBesideEachOtherButNeverBesideOneThatIsAlone(tmp_path):
    plain = PAIRS.format(mark="", alone="", wait=MEET)
    files = {f"test_plain{number}.py": plain for number in range(4)}
    files["test_solo.py"] = PAIRS.format(mark="@pytest.mark.alone", alone=" alone", wait="")
    done = run(projectWith(tmp_path / "project", **files), TEST_LOG=str(tmp_path / "log"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("20 passed") == 1
    running: set[str] = set()
    besides, processes = 0, set()
    for line in (tmp_path / "log").read_text().splitlines():
        process, word, *alone = line.split()
        processes.add(process)
        if word == "begins":
            assert not (running and alone), "it begins beside another test"
            assert not any("alone" in one for one in running), "it begins beside one that is alone"
            running.add(process + "".join(alone))
            besides += len(running) == 2
        else:
            running.remove(process + "".join(alone))
    assert len(processes) == 2 and besides


@needsXdist
def test_testsMadeFromASetAreTheSameInEveryProcess(tmp_path):
    head = "import pytest\n@pytest.mark.parametrize('name', set('abcdefghijklmnop'))\n"
    source = head + "def test_passes(name):\n    assert name\n"
    done = run(projectWith(tmp_path, **{"test_one.py": source, "test_other.py": source}))
    assert (done.returncode, done.stdout.count("32 passed")) == (0, 1), done.stdout


@needsXdist
def test_aFailureAndACrashAreCountedOnceAndAllElseRuns(tmp_path):
    crash = "import os, signal\ndef test_crashes():\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    fine = "import pytest\n@pytest.mark.parametrize('number', range(9))\ndef test_passes(number):\n    assert True\n"
    folder = projectWith(tmp_path, **{
        "test_crash.py": crash, "test_failure.py": "def test_fails():\n    assert 1 == 2\n", "test_one.py": fine,
        "test_other.py": fine,
    })  # fmt: skip
    done = run(folder)
    assert done.returncode == 1
    assert "2 failed, 18 passed" in done.stdout
    assert "crashed while running 'Testing/test_crash.py::test_crashes'" in done.stdout


ENDLESS = """
import time
from pathlib import Path

def test_waits():
    Path(__file__).with_suffix(".on").touch()
    time.sleep(300)
"""


@needsXdist
@pytest.mark.skipif(sys.platform == "win32", reason="there is no signal to a group of processes")
def test_ctrlCEndsAllProcesses(tmp_path):
    folder = projectWith(tmp_path, **{"test_one.py": ENDLESS, "test_other.py": ENDLESS})
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, start_new_session=True)
    waitFor(lambda: len(list(folder.rglob("*.on"))) == 2, SECONDS, "the tests to begin")
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert "KeyboardInterrupt" in output or "keyboard-interrupt" in output
    assert psutil.wait_procs(children, timeout=SECONDS)[1] == []
