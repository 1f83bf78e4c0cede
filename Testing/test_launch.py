"""What launch.py decides, without pip, apt or the network."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import launch
from Testing.Fixtures.Waiting import waitFor

needsXvfb = pytest.mark.skipif(not launch.shutil.which("Xvfb"), reason="Xvfb is not installed")


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """A folder that stands for a checkout, with a finished environment in it."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'dicommodule'\n")
    names = {"ENVIRONMENT": ".venv", "STAMP": ".venv/prepared.txt", "UNFINISHED": ".venv/unfinished.txt"}
    monkeypatch.setattr(launch, "ROOT", tmp_path)
    for name, path in names.items():
        monkeypatch.setattr(launch, name, tmp_path / path)
    python = launch.environmentProgram()
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    launch.STAMP.write_text(f"{launch.fingerprint()}\nconsole\n")
    return tmp_path


@pytest.fixture
def commandsRun(monkeypatch) -> list[list[str]]:
    """The tools launch.py would have run; none of them runs."""
    commands: list[list[str]] = []
    monkeypatch.setattr(launch, "runTool", lambda command, failure: commands.append(command))
    return commands


@pytest.mark.parametrize(
    ("arguments", "command", "rest"),
    [
        (["run"], "run", []),
        (["run", "/data/CT", "--screenshot", "a.png"], "run", ["/data/CT", "--screenshot", "a.png"]),
        (["run", "--help"], "run", ["--help"]),
        (["test", "-k", "name", "--long"], "test", ["-k", "name", "--long"]),
        (["test", "-h"], "test", ["-h"]),
        (["benchmark", "link", "--files", "100"], "benchmark", ["link", "--files", "100"]),
        (["setup"], "setup", []),
    ],
)
def test_everythingAfterTheCommandPassesThrough(arguments, command, rest):
    assert launch.parseArguments(arguments) == (command, rest)


@pytest.mark.parametrize("arguments", [[], ["fly"], ["setup", "now"]])
def test_wrongUsageExitsWithTwo(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        launch.parseArguments(arguments)
    assert caught.value.code == 2
    assert "usage: launch.py" in capsys.readouterr().err


def test_withoutADisplayAPictureIsWrittenAndTheHostLeaves():
    assert launch.headlessArguments(["/data"]) == [
        "/data",
        "--exit-after-load",
        "--screenshot",
        "DICOMModule-screenshot.png",
    ]


@pytest.mark.parametrize("given", [["--screenshot", "mine.png"], ["--screenshot=mine.png"]])
def test_ownScreenshotNameIsKept(given):
    assert launch.headlessArguments([*given, "--exit-after-load"]) == [*given, "--exit-after-load"]


def test_finishedEnvironmentIsRecognized(checkout):
    assert launch.stampMatches(["console"])
    assert not launch.stampMatches(["console", "test"])


def test_changedProjectFileMakesTheStampStale(checkout):
    (checkout / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert not launch.stampMatches(["console"])


def test_removedPythonMakesTheStampStale(checkout):
    launch.environmentProgram().unlink()
    launch.environmentProgram().symlink_to("/usr/bin/python-that-an-upgrade-removed")
    assert not launch.stampMatches(["console"])
    assert not launch.environmentWorks()


def test_movedCheckoutMakesTheStampStale(checkout, monkeypatch, tmp_path_factory):
    moved = tmp_path_factory.mktemp("moved")
    (moved / "pyproject.toml").write_bytes((checkout / "pyproject.toml").read_bytes())
    monkeypatch.setattr(launch, "ROOT", moved)
    assert not launch.stampMatches(["console"])


def test_interruptedInstallationIsMadeAnew(checkout, commandsRun, monkeypatch):
    launch.UNFINISHED.touch()
    monkeypatch.setattr(launch, "missingSystemPackages", list)
    launch.prepare(["console"])
    assert [command[1:3] for command in commandsRun] == [["-m", "venv"], ["-m", "pip"]]
    assert commandsRun[1][-1] == f"{checkout}[console]"
    assert not launch.UNFINISHED.exists()


def test_secondStartRunsNoTool(checkout, commandsRun, monkeypatch):
    monkeypatch.setattr(launch, "missingDisplayPackages", list)
    launch.prepare(["console"])
    assert commandsRun == []


def test_environmentWithoutPipOrPythonDoesNotWork(checkout):
    launch.environmentProgram().unlink()
    launch.environmentProgram().write_text("#!/bin/sh\nexit 1\n")
    launch.environmentProgram().chmod(0o755)
    assert not launch.environmentWorks()


def test_fullDiskIsToldBeforeAnythingIsRemoved(checkout, monkeypatch):
    monkeypatch.setattr(launch.shutil, "disk_usage", lambda path: SimpleNamespace(free=10**9))
    with pytest.raises(launch.LaunchError, match=r"Only 0\.9 GB are free .* free about 3 GB"):
        launch.makeEnvironment(sys.executable)
    assert launch.environmentProgram().exists()


def test_wrongPythonIsNamedWithTheRangeThatWorks(monkeypatch):
    monkeypatch.setattr(launch.sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(launch.shutil, "which", lambda name: None)
    with pytest.raises(launch.LaunchError, match=r"Python 3\.10 to 3\.13 is needed, this is "):
        launch.suitablePython()


def test_anotherInstalledPythonIsUsedInsteadOfAWrongOne(monkeypatch, capsys):
    monkeypatch.setattr(launch.sys, "version_info", (3, 14, 0))
    monkeypatch.setattr(launch.shutil, "which", {"python3.12": "/usr/bin/python3.12"}.get)
    monkeypatch.setattr(launch, "pythonHas", lambda python, *modules: True)
    assert launch.suitablePython() == "/usr/bin/python3.12"
    assert "using /usr/bin/python3.12 instead" in capsys.readouterr().out


def test_missingLibrariesBecomeTheirDebianPackagesOnce(monkeypatch):
    missing = {"libxcb-icccm.so.4", "libGL.so.1", "libglib-2.0.so.0", "libgthread-2.0.so.0"}
    monkeypatch.setattr(launch, "LINUX", True)
    monkeypatch.setattr(launch, "libraryLoads", lambda name: name not in missing)
    monkeypatch.setattr(launch, "hasFont", lambda: False)
    monkeypatch.setattr(launch, "missingDisplayPackages", lambda: ["xvfb"])
    expected = ["libgl1", "libglib2.0-0", "libxcb-icccm4", "fonts-dejavu-core", "xvfb"]
    assert launch.missingSystemPackages() == expected


def test_libraryThatDoesNotExistDoesNotLoad():
    assert not launch.libraryLoads("libDoesNotExist.so.1")


@pytest.mark.skipif(not launch.LINUX, reason="macOS and Windows wheels bring their libraries")
def test_tableNamesEveryLibraryQtsPlatformPluginTakesFromTheSystem():
    import PyQt5

    folder = Path(PyQt5.__file__).parent / "Qt5"
    files = [*folder.glob("plugins/platforms/libqxcb.so"), *folder.glob("lib/libQt5XcbQpa.so.5")]
    assert len(files) == 2
    needed = {name for file in files for name in _neededLibraries(file)}
    languageRuntime = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1"}
    fromSystem = {name for name in needed if not name.startswith(("libQt5", "libicu", "ld-linux"))} - languageRuntime
    assert {"libxcb-icccm.so.4", "libxkbcommon-x11.so.0"} <= fromSystem <= set(launch.SYSTEM_LIBRARIES)


def _neededLibraries(file: Path) -> set[str]:
    """Library names that stand in a shared object (its own among them), read from its strings."""
    names = re.findall(rb"\0(lib[A-Za-z0-9_+.-]*\.so\.\d+)(?=\0)", file.read_bytes())
    return {name.decode() for name in names}


def test_asRootSystemPackagesAreInstalledByApt(commandsRun, monkeypatch):
    monkeypatch.setattr(launch.shutil, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr(launch.os, "geteuid", lambda: 0)
    launch.installSystemPackages(["libgl1", "xvfb"])
    assert [command[:2] for command in commandsRun] == [["apt-get", "update"], ["apt-get", "install"]]
    assert commandsRun[1][-2:] == ["libgl1", "xvfb"]


def test_otherUsersAreToldTheOneCommand(commandsRun, monkeypatch):
    monkeypatch.setattr(launch.shutil, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr(launch.os, "geteuid", lambda: 1000)
    with pytest.raises(launch.LaunchError) as caught:
        launch.installSystemPackages(["libgl1", "xvfb"])
    command = "sudo apt-get update && sudo apt-get install --yes --no-install-recommends libgl1 xvfb"
    assert str(caught.value).splitlines()[1:] == ["  " + command]
    assert commandsRun == []


def test_withoutAptTheLibrariesThemselvesAreNamed(monkeypatch):
    monkeypatch.setattr(launch.shutil, "which", lambda name: None)
    with pytest.raises(launch.LaunchError, match=r"package manager: libGL\.so\.1, xvfb\."):
        launch.installSystemPackages(["libgl1", "xvfb"])


def test_pythonWithoutEnsurepipNeedsItsDebianPackage(monkeypatch):
    monkeypatch.setattr(launch, "pythonHas", lambda python, *modules: False)
    monkeypatch.setattr(launch.shutil, "which", lambda name: "/usr/bin/" + name)
    major, minor = sys.version_info[:2]
    assert launch.missingPythonPackages(sys.executable) == [f"python{major}.{minor}-venv"]


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (
            "WARNING: Retrying ... NewConnectionError: Temporary failure in name resolution\n"
            "ERROR: No matching distribution found for vtk",
            "there is no connection",
        ),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "the disk is full"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "the disk is full"),
        ("ERROR: No matching distribution found for PyQt5<5.16", "does not exist for this system"),
        ("Could not fetch URL: SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'", "set PIP_CERT"),
        ("some output\nerror: something new\n\n", "Installing failed: error: something new"),
        (
            "error: package directory 'A' does not exist\nerror: subprocess-exited-with-error\nnote: not pip's fault",
            "Installing failed: error: package directory 'A' does not exist",
        ),
        ("one\ntwo", "Installing failed: two"),
        ("", "Installing failed: no message"),
    ],
)
def test_failureOfAToolBecomesOneSentence(output, sentence):
    message = launch.failureSentence("installing failed", output)
    assert sentence in message
    assert message.startswith("Installing failed: ") and "\n" not in message


def test_failedToolRaisesWithItsCause(capfd):
    command = [sys.executable, "-c", "print('Errno 28'); raise SystemExit(1)"]
    with pytest.raises(launch.LaunchError, match="Unpacking failed: the disk is full"):
        launch.runTool(command, "unpacking failed")
    assert "  Errno 28" in capfd.readouterr().out


def test_problemOfTheMachineEndsWithCodeThreeAndOneSentence(monkeypatch, capsys):
    def lacking(arguments):
        raise launch.LaunchError("Something is missing; get it.")

    monkeypatch.setattr(launch, "runSetup", lacking)
    monkeypatch.setattr(launch.signal, "signal", lambda *_: None)
    assert launch.main(["setup"]) == 3
    assert capsys.readouterr().err == "Something is missing; get it.\n"


@pytest.mark.parametrize("display", ["", "nonsense", ":", ":98765", "unix:98765.0"])
def test_displayThatIsNotThereDoesNotAnswer(display):
    assert not launch.displayAnswers(display)


@pytest.mark.skipif(not launch.environmentProgram("dicommodule").exists(), reason="this checkout is not installed")
def test_theHostRunsNothingOfTheFolderItIsStartedIn(tmp_path):
    (tmp_path / "numpy.py").write_text("open('canary.txt', 'w').close()")
    (tmp_path / "sitecustomize.py").write_text("open('canary.txt', 'w').close()")
    command = [launch.environmentProgram("dicommodule"), "examine", "."]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert not (tmp_path / "canary.txt").exists() and "Traceback" not in ended.stderr
    # What the test would find if it did.
    subprocess.run([sys.executable, "-c", "import numpy"], cwd=tmp_path, check=True)
    assert (tmp_path / "canary.txt").exists()


def test_exitCodeOfTheChildIsOurs():
    assert launch.runChild([sys.executable, "-c", "raise SystemExit(5)"], os.environ) == 5


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_childKilledByASignalGivesTheShellsCode():
    code = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert launch.runChild([sys.executable, "-c", code], os.environ) == 128 + signal.SIGTERM


@needsXvfb
def test_virtualDisplayAnswersNeedsItsSecretAndEndsWithItsContext():
    with launch.virtualDisplay("320x240") as variables:
        assert launch.displayAnswers(variables["DISPLAY"])
        assert Path(variables["XAUTHORITY"]).parent.stat().st_mode & 0o077 == 0
        assert _connectsToX(variables) == 0
        assert _connectsToX({**variables, "XAUTHORITY": "/dev/null"}) != 0
    assert not launch.displayAnswers(variables["DISPLAY"])
    assert not Path(variables["XAUTHORITY"]).exists()


def _connectsToX(variables: dict[str, str]) -> int:
    """Exit code of a program that opens the display through Xlib."""
    code = (
        "import ctypes\nX = ctypes.CDLL('libX11.so.6')\nX.XOpenDisplay.restype = ctypes.c_void_p\n"
        "raise SystemExit(0 if X.XOpenDisplay(None) else 1)"
    )
    return subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True).returncode


@needsXvfb
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_virtualDisplayDoesNotOutliveTheLauncher(ending, tmp_path):
    code = (
        "import launch, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))\n"
        "with launch.virtualDisplay('320x240') as variables:\n"
        "    launch.say(variables['DISPLAY'])\n"
        "    time.sleep(60)\n"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    places = {"cwd": Path(launch.__file__).parent, "env": {**os.environ, "TMPDIR": str(tmp_path)}}
    with subprocess.Popen([sys.executable, "-c", code], **pipes, **places) as process:
        display = process.stdout.readline().strip()
        assert launch.displayAnswers(display)
        process.send_signal(ending)
        process.wait(100)
    waitFor(lambda: not launch.displayAnswers(display), what="the end of the display")


@pytest.mark.skipif(not launch.LINUX, reason="the kernel ends children with their parent on Linux only")
def test_killedLauncherLeavesNoProgramBehind():
    child = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    code = f"import launch, os, sys\nlaunch.runChild([sys.executable, '-c', {child!r}], os.environ)"
    folder = Path(launch.__file__).parent
    with subprocess.Popen([sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        number = int(process.stdout.readline())
        process.kill()
    waitFor(lambda: _hasEnded(number), what="the end of the program")


def _hasEnded(number: int) -> bool:
    """Whether a process has; one that nobody has waited for yet (a zombie) has ended."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture(params=[launch.runTests, launch.runBenchmarks])
def runWithoutOrthanc(request, monkeypatch):
    """``run(isRoot, hasServices)`` starts tests or benchmarks; returns the commands that were run for them."""

    def run(isRoot: bool, hasServices: bool) -> list[list[str]]:
        commands: list[list[str]] = []
        exists = Path.exists
        monkeypatch.setattr(launch, "prepare", lambda extras: None)
        monkeypatch.setattr(launch, "LINUX", True)
        monkeypatch.setattr(launch.shutil, "which", lambda name: None if name == "Orthanc" else f"/usr/bin/{name}")
        monkeypatch.setattr(launch.os, "geteuid", lambda: 0 if isRoot else 1000)
        monkeypatch.setattr(launch, "runTool", lambda command, failure: commands.append(command))
        monkeypatch.setattr(launch, "runChild", lambda command, variables, folder: commands.append(command) or 0)
        monkeypatch.setattr(
            launch.Path, "exists", lambda path: hasServices if str(path) == "/run/systemd/system" else exists(path)
        )
        assert request.param(["link"]) == 0
        assert commands[-1][2:4] in (["Testing.Benchmarks", "link"], ["pytest", "-c"])
        return commands[:-1]

    return run


def test_aServerToCompareWithIsInstalledOnlyWhereThatStartsNothing(runWithoutOrthanc, capsys):
    assert [command[1] for command in runWithoutOrthanc(isRoot=True, hasServices=False)] == ["update", "install"]
    assert runWithoutOrthanc(isRoot=True, hasServices=True) == []
    assert runWithoutOrthanc(isRoot=False, hasServices=False) == []
    assert "Going on without orthanc; " in capsys.readouterr().out
