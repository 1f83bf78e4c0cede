#!/usr/bin/env python3
"""Prepare and start the DICOM module from a checkout, with nothing but Python installed.

    python3 launch.py run [FOLDER...]     open the window with these folders (sample data when none is given)
    python3 launch.py test [PYTEST...]    run the tests; --long adds slow ones, --timing counts seconds alone
    python3 launch.py benchmark [NAME...] measure and compare with other programs; --help names what there is
    python3 launch.py setup               prepare only

The first start makes ``.venv`` beside this file and installs the project and its dependencies into it; a stamp lets
every later start skip that. On Debian and Ubuntu missing system libraries are installed (as root) or the command that
does it is printed. Without a display ``run`` uses an invisible one of its own and writes a picture of the window.

Only the standard library is used. Annotations and syntax stay within what old Pythons can parse, so that they too
get to the sentence that says which version is needed.
"""

import argparse
import contextlib
import ctypes
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

LINUX = sys.platform.startswith("linux")
ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "prepared.txt"  # written last: what the finished environment was made from
UNFINISHED = ENVIRONMENT / "unfinished.txt"  # exists while .venv is being filled; found at a start: interrupted
OLDEST_PYTHON = (3, 10)
NEWEST_PYTHON = (3, 13)
DISK_SPACE_NEEDED = 3 * 1024**3  # bytes; the finished environment takes 1.5 GB, downloading and unpacking as much again
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8", "errors": "replace"}
EXIT_UNPREPARED, EXIT_INTERRUPTED = 3, 130
DEFAULT_SCREENSHOT = "DICOMModule-screenshot.png"

# What the wheels of PyQt5 (platform plug-in xcb) and vtk take from the system: read from their ELF headers, and for
# GL and Xcursor, which vtk opens by name, from its strings and warnings. Values are Debian's package names.
# fmt: off
SYSTEM_LIBRARIES = {
    "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1", "libX11.so.6": "libx11-6", "libX11-xcb.so.1": "libx11-xcb1",
    "libXext.so.6": "libxext6", "libxcb.so.1": "libxcb1", "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4", "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1", "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0", "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0", "libxcb-shm.so.0": "libxcb-shm0", "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0", "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1", "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0", "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1", "libfreetype.so.6": "libfreetype6", "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0", "libgssapi_krb5.so.2": "libgssapi-krb5-2", "libz.so.1": "zlib1g",
    "libstdc++.so.6": "libstdc++6", "libXcursor.so.1": "libxcursor1",
}
# fmt: on
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
FONT_PACKAGE = "fonts-dejavu-core"
ORACLES = {"dcmdump": "dcmtk", "dciodvfy": "dicom3tools", "Orthanc": "orthanc"}

# What pip and apt print, and the sentence that helps. Connection trouble first: pip ends such a run with the
# misleading "No matching distribution found".
FAILURE_CAUSES = (
    (r"No space left on device|Errno 28|enough free space", "the disk is full; free about 3 GB and start again"),
    (r"CERTIFICATE_VERIFY_FAILED|SSLError", "the server's certificate was not accepted; set PIP_CERT and start again"),
    (
        r"name resolution|Name or service not known|getaddrinfo failed|NewConnectionError|ConnectTimeout|Read timed out"
        r"|Network is unreachable|Connection refused|Connection reset|ProxyError|Could not connect|Could not resolve",
        "there is no connection to the package server; check the network or proxy and start again",
    ),
    (r"Permission denied|Errno 13", "writing is not permitted here; use a folder you own and start again"),
    (r"No matching distribution found", "a needed package does not exist for this system; try 64-bit Python 3.11"),
)


class LaunchError(Exception):
    """Something the user has to know or to do; its text is one sentence."""


def parseArguments(arguments: list) -> tuple:
    """The command and what follows it, which is meant for the program it starts and passes through untouched."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="launch.py", description=__doc__, formatter_class=formatter)
    parser.add_argument("command", choices=["run", "test", "benchmark", "setup"])
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="for what is started")
    options = parser.parse_args(arguments)
    if options.command == "setup" and options.rest:
        parser.error("setup takes no arguments")
    return options.command, options.rest


def main(arguments: list) -> int:
    """Run one command.

    :returns: the host's or pytest's exit code; 2 for wrong usage, 3 when something is missing, 130 after Ctrl-C
    """
    command, rest = parseArguments(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    commands = {"run": runHost, "test": runTests, "benchmark": runBenchmarks, "setup": runSetup}
    try:
        return commands[command](rest)
    except (LaunchError, OSError) as error:
        isOurs = isinstance(error, LaunchError)
        say(str(error) if isOurs else failureSentence("preparing failed", str(error)), sys.stderr)
        return EXIT_UNPREPARED
    except KeyboardInterrupt:
        say("Interrupted.", sys.stderr)
        return EXIT_INTERRUPTED


def say(sentence: str, stream=None) -> None:
    """One line for the person at the terminal, at once even when the output is a pipe."""
    print(sentence, file=stream or sys.stdout, flush=True)


def runSetup(_arguments: list) -> int:
    """Prepare everything ``run`` needs."""
    prepare(["console"])
    say("Ready. Start with: python3 launch.py run")
    return 0


def runHost(arguments: list) -> int:
    """Start the host on the user's display, or without one on a display of its own with a picture as the result."""
    prepare(["console"])
    command = [str(environmentProgram("dicommodule"))]  # python -m would import from the folder it is started in
    if "--no-main-window" in arguments or hasDisplay():
        return runChild(command + arguments, hostVariables(os.environ))
    say("No display found: using an invisible one and writing a picture of the window.")
    with virtualDisplay() as display:
        return runChild(command + headlessArguments(arguments), hostVariables(display))


def headlessArguments(arguments: list) -> list:
    """The host's arguments when nobody can see the window: take a picture and leave."""
    added = [] if "--exit-after-load" in arguments else ["--exit-after-load"]
    if not any(argument.split("=")[0] == "--screenshot" for argument in arguments):
        added += ["--screenshot", DEFAULT_SCREENSHOT]
    return arguments + added


def hostVariables(variables: dict) -> dict:
    """The environment of the host: PyQt5, and on X (also below Wayland) the platform vtk can draw into."""
    result = dict(variables, QT_API="pyqt5")
    if LINUX and result.get("DISPLAY"):
        result["QT_QPA_PLATFORM"] = "xcb"
    return result


def runTests(arguments: list) -> int:
    """Run pytest with progress shown; Testing/conftest.py starts displays, SideBySide.py says how many processes."""
    prepare(["console", "test"])
    installOracles("tests")
    command = [str(environmentProgram()), "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    return runChild([*command, "-n", "auto", "--dist", "loadfile", *arguments], os.environ, folder=ROOT)


def runBenchmarks(arguments: list) -> int:
    """Measure and compare."""
    prepare(["console", "test"])
    installOracles("benchmarks")
    return runChild([str(environmentProgram()), "-m", "Testing.Benchmarks", *arguments], os.environ, folder=ROOT)


def runChild(command: list, variables: dict, folder: Path = None) -> int:
    """Run a program to its end; it gets Ctrl-C from the terminal itself and ten seconds to leave.

    :returns: its exit code, 128 + signal number when a signal ended it
    """
    process = subprocess.Popen(command, env=variables, cwd=folder, preexec_fn=dieWithParent())
    try:
        code = process.wait()
    except KeyboardInterrupt:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        raise
    finally:
        stopProcess(process)
    return code if code >= 0 else 128 - code


def stopProcess(process: subprocess.Popen) -> None:
    """End one process of ours by its own handle: ask, wait five seconds, then insist."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def prepare(extras: list) -> None:
    """Bring ``.venv`` and the system libraries to what this checkout needs; a matching stamp makes this instant.

    :raises LaunchError: when something is missing that cannot be had from here
    """
    if stampMatches(extras) and not missingDisplayPackages():
        return
    with preparationLock():
        python = suitablePython()
        works = environmentWorks()
        installSystemPackages(missingSystemPackages() + ([] if works else missingPythonPackages(python)))
        if not works:
            makeEnvironment(python)
        if not stampMatches(extras):  # another start may have prepared it while this one waited
            installProject(extras)


def environmentProgram(name: str = "python") -> Path:
    """A program inside ``.venv``, by default its interpreter."""
    return ENVIRONMENT / (f"Scripts/{name}.exe" if os.name == "nt" else f"bin/{name}")


def fingerprint() -> str:
    """A hash of what an installation depends on: the project file, this folder, and the interpreter behind ``.venv``;
    "" when there is no usable interpreter (never made, or its Python was removed by an upgrade)."""
    python = environmentProgram()
    if not python.exists():
        return ""
    parts = [(ROOT / "pyproject.toml").read_bytes(), os.fsencode(ROOT), os.fsencode(os.path.realpath(python))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def stampMatches(extras: list) -> bool:
    """Whether ``.venv`` was finished for exactly this state, with at least these optional parts."""
    try:
        recorded, *installed = STAMP.read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return False
    return recorded == fingerprint() and set(extras) <= set(installed) and not UNFINISHED.exists()


@contextlib.contextmanager
def preparationLock():
    """Let one start at a time prepare; the operating system frees the lock even if its holder is killed."""
    try:
        import fcntl
    except ImportError:  # Windows: two first starts at the same moment are the user's to avoid
        yield
        return
    try:
        handle = open(ROOT / ".venv.lock", "w")
    except OSError as error:
        raise LaunchError(f"{ROOT} cannot be written ({error.strerror}); use a copy in a folder you own.") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another start is preparing the environment; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def suitablePython() -> str:
    """An interpreter the dependencies exist for: this one, or another one that is installed."""
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        return sys.executable
    for minor in range(NEWEST_PYTHON[1], OLDEST_PYTHON[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other and pythonHas(other, "ensurepip", "venv"):
            say(f"This is Python {sys.version.split()[0]}; using {other} instead.")
            return other
    raise LaunchError(wrongPythonSentence(sys.version.split()[0]))


def wrongPythonSentence(version: str) -> str:
    """What to say when no usable Python is installed."""
    oldest, newest = (".".join(map(str, numbers)) for numbers in (OLDEST_PYTHON, NEWEST_PYTHON))
    return f"Python {oldest} to {newest} is needed, this is {version}: install one and start with it, e.g. python3.12."


def environmentWorks() -> bool:
    """Whether ``.venv`` is complete: not interrupted while being made, its Python starts, is suitable, and has pip."""
    if UNFINISHED.exists() or not environmentProgram().exists():
        return False
    question = f"import sys, pip; sys.exit(not {OLDEST_PYTHON} <= sys.version_info[:2] <= {NEWEST_PYTHON})"
    try:
        return subprocess.run([str(environmentProgram()), "-c", question], **PIPES).returncode == 0
    except OSError:
        return False


def makeEnvironment(python: str) -> None:
    """Make a new ``.venv``, in place of an unusable one."""
    free = shutil.disk_usage(ROOT).free
    if free < DISK_SPACE_NEEDED:
        raise LaunchError(f"Only {free / 1024**3:.1f} GB are free in {ROOT}; free about 3 GB and start again.")
    if ENVIRONMENT.exists():
        say("The environment in .venv is incomplete; making it anew.")
        shutil.rmtree(ENVIRONMENT)
    say(f"Making the environment {ENVIRONMENT}")
    ENVIRONMENT.mkdir()
    UNFINISHED.touch()
    module = "venv" if pythonHas(python, "ensurepip", "venv") else "virtualenv"
    runTool([python, "-m", module, str(ENVIRONMENT)], "making the environment failed")


def missingPythonPackages(python: str) -> list:
    """The Debian package with the part of Python that makes environments, where Python came without it.

    :raises LaunchError: when it is missing and this is not Debian"""
    if pythonHas(python, "ensurepip", "venv") or pythonHas(python, "virtualenv"):
        return []
    if not shutil.which("apt-get"):
        raise LaunchError(f"{python} lacks the modules venv and ensurepip; install them and start again.")
    version = subprocess.run([python, "-c", "import sys; print('python%d.%d-venv' % sys.version_info[:2])"], **PIPES)
    return [version.stdout.strip()]


def pythonHas(python: str, *modules: str) -> bool:
    """Whether an interpreter can import all these modules."""
    return subprocess.run([python, "-c", "import " + ", ".join(modules)], **PIPES).returncode == 0


def installProject(extras: list) -> None:
    """Install the project (editable) with its dependencies, and stamp the environment as finished."""
    say("Installing the project and its dependencies (a few minutes the first time)")
    UNFINISHED.touch()
    requirement = f"{ROOT}[{','.join(extras)}]"
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-warn-script-location"]
    install = [str(environmentProgram()), "-m", "pip", "install", *options, "--editable", requirement]
    runTool(install, "installing the dependencies failed")
    STAMP.write_text("\n".join([fingerprint(), *extras]) + "\n", encoding="utf-8")
    UNFINISHED.unlink()


def runTool(command: list, failure: str) -> None:
    """Run pip, venv or apt-get, its output shown; on failure say the cause.

    :raises LaunchError: with ``failure`` and the most likely cause read from the output
    """
    variables = dict(os.environ, DEBIAN_FRONTEND="noninteractive", PYTHONUNBUFFERED="1", LC_ALL="C.UTF-8")
    lines = []
    tie = dieWithParent() if command[0] != "apt-get" else None  # a killed dpkg would leave more to repair
    with subprocess.Popen(command, env=variables, preexec_fn=tie, **PIPES) as process:
        try:
            for line in process.stdout:
                lines.append(line.rstrip())
                if not line.startswith("Requirement already satisfied"):
                    say("  " + lines[-1])
        except BaseException:
            stopProcess(process)
            raise
    if process.returncode != 0:
        raise LaunchError(failureSentence(failure, "\n".join(lines)))


def failureSentence(failure: str, output: str) -> str:
    """One sentence: what failed, and the cause and remedy read from a tool's output, or else its last word."""
    for pattern, cause in FAILURE_CAUSES:
        if re.search(pattern, output, re.IGNORECASE):
            return f"{failure.capitalize()}: {cause}."
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(error|E):? (?!subprocess-exited)", line, re.IGNORECASE)]
    return f"{failure.capitalize()}: {(errors or lines or ['no message'])[-1]}"


def missingSystemPackages() -> list:
    """Debian packages without which the window cannot open here; empty where everything is in the wheels."""
    if not LINUX:
        return []
    packages = sorted({package for name, package in SYSTEM_LIBRARIES.items() if not libraryLoads(name)})
    if not hasFont():
        packages.append(FONT_PACKAGE)
    return packages + missingDisplayPackages()


def missingDisplayPackages() -> list:
    """The Debian package to open windows with where there is no screen."""
    return [] if hasDisplay() or shutil.which("Xvfb") else ["xvfb"]


def libraryLoads(name: str) -> bool:
    """Whether the dynamic linker finds this shared library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def hasFont() -> bool:
    """Whether any scalable font is installed; Qt's own wheels bring none."""
    folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
    return any(path.suffix.lower() in (".ttf", ".otf", ".ttc") for folder in folders for path in folder.rglob("*.*"))


def installSystemPackages(packages: list) -> None:
    """Install through apt as root; otherwise say the one command that does it.

    :raises LaunchError: when the user has to do it, or when it failed
    """
    if not packages:
        return
    if not shutil.which("apt-get"):
        libraries = sorted(name for name, package in SYSTEM_LIBRARIES.items() if package in packages)
        others = [package for package in packages if package not in SYSTEM_LIBRARIES.values()]
        raise LaunchError(f"Install these with your system's package manager: {', '.join(libraries + others)}.")
    if os.geteuid() != 0:
        raise LaunchError(installCommandSentence(packages))
    say("Installing system packages: " + " ".join(packages))
    options = ["-q", "-o", "DPkg::Lock::Timeout=120"]
    runTool(["apt-get", "update", *options], "updating the package lists failed")
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *options, *packages]
    runTool(install, "installing the system packages failed")


def installCommandSentence(packages: list) -> str:
    """The one command a user who is not root has to run."""
    install = "sudo apt-get install --yes --no-install-recommends " + " ".join(packages)
    return f"Some system packages are missing; run this once and start again:\n  sudo apt-get update && {install}"


def installOracles(users: str) -> None:
    """Get independent DICOM programs to compare with, no server where installing would start it for good."""
    unwanted = "Orthanc" if Path("/run/systemd/system").exists() else ""
    missing = [ORACLES[tool] for tool in ORACLES if LINUX and tool != unwanted and not shutil.which(tool)]
    try:
        installSystemPackages(missing)
    except LaunchError as error:
        say(f"Going on without {' and '.join(missing)}; {users} that compare with them are skipped. {error}")


def hasDisplay() -> bool:
    """Whether a window can be shown: always on macOS and Windows; on Linux when an X server (or XWayland) answers."""
    return not LINUX or displayAnswers(os.environ.get("DISPLAY", ""))


def displayAnswers(display: str) -> bool:
    """Whether the X server named like ``:0`` or ``host:10.0`` accepts connections."""
    match = re.fullmatch(r"(?:unix)?([^:]*):(\d+)(?:\.\d+)?", display)
    if not match:
        return False
    host, number = match.group(1), int(match.group(2))
    path = f"/tmp/.X11-unix/X{number}"
    local = [(socket.AF_UNIX, path), (socket.AF_UNIX, "\0" + path)]
    for family, address in [(socket.AF_INET, (host, 6000 + number))] if host else local:
        with socket.socket(family) as probe, contextlib.suppress(OSError):
            probe.settimeout(3)
            probe.connect(address)
            return True
    return False


@contextlib.contextmanager
def virtualDisplay(size: str = "1600x1000"):
    """An X server without a screen, for our own children only: no network, and a secret that nobody else can read,
    because patient pictures are drawn into it. It ends with the context, and with this process if that is killed.

    :returns: all environment variables for a program that draws there, in software
    :raises LaunchError: when Xvfb is missing or does not start
    """
    if not shutil.which("Xvfb"):
        raise LaunchError("There is no display and no Xvfb; install it (Debian: apt-get install xvfb).")
    with tempfile.TemporaryDirectory(prefix="dicommodule-display-") as folder:
        authority = writeAuthority(os.path.join(folder, "authority"))
        reader, writer = os.pipe()
        # A session of its own: Ctrl-C in the terminal must reach the program first, its display only afterwards.
        process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", size + "x24", "-nolisten", "tcp", "-noreset",
             "-auth", authority],
            pass_fds=[writer], start_new_session=True, preexec_fn=dieWithParent(), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writer)
        try:
            with os.fdopen(reader) as answer:
                number = answer.readline().strip()
            if not number:
                raise LaunchError("The virtual display Xvfb did not start; run `Xvfb :99` by hand to see why.")
            names = {"DISPLAY": ":" + number, "XAUTHORITY": authority, "QT_QPA_PLATFORM": "xcb"}
            yield {"XDG_RUNTIME_DIR": folder, **os.environ, **names, "LIBGL_ALWAYS_SOFTWARE": "1"}
        finally:
            stopProcess(process)


def writeAuthority(path: str) -> str:
    """Write an Xauthority file with one random cookie for any display (libXau's format, big-endian); its path."""
    fields = [b"", b"", b"MIT-MAGIC-COOKIE-1", os.urandom(16)]
    content = b"\xff\xff" + b"".join(len(field).to_bytes(2, "big") + field for field in fields)
    with open(path, "wb") as handle:
        handle.write(content)
    return path


def dieWithParent():
    """A function for the child between fork and exec that ends its life with ours, even when we are killed (Linux)."""
    if not LINUX:
        return None
    control = ctypes.CDLL(None).prctl
    setParentDeathSignal = 1  # PR_SET_PDEATHSIG, linux/prctl.h
    return lambda: control(setParentDeathSignal, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
