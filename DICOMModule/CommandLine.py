"""The command ``dicommodule``: subcommands that need no window, and without one the program itself. Needs no Qt.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nothing found, 130 cancelled with Ctrl-C or asked to terminate;
of a script its own.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Sequence

from DICOMLib.Errors import CancelledError, DICOMError
from DICOMLib.SceneFiles.SortedPaths import sortedPaths

from .Commands import (
    Backup,
    Compact,
    Convert,
    CopyOut,
    Echo,
    Examine,
    Export,
    Import,
    Info,
    List,
    Load,
    Rebuild,
    Repair,
    Scene,
    Send,
    Session,
    Thumbnail,
    Verify,
    Watch,
)
from .Commands.Console import PROGRAM, Console
from .Host.Headless import ScriptResult, runCode, runScript
from .Version import VERSION

SUBCOMMANDS = {
    "import": Import, "watch": Watch, "list": List, "examine": Examine, "load": Load, "convert": Convert,
    "export": Export, "scene": Scene, "info": Info, "thumbnail": Thumbnail, "copyout": CopyOut, "send": Send,
    "echo": Echo, "verify": Verify, "repair": Repair, "rebuild": Rebuild, "compact": Compact, "backup": Backup,
}  # fmt: skip
EXIT_CODES = "exit codes: 0 done, 1 failed, 2 wrong usage, 3 nothing found, 130 cancelled; of a script its own"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. :returns: the exit code"""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, as services and windowed programs start others
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter gets its number, not a crash half way through a table.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    # pydicom's warnings quote values of files, and these may be a patient's.
    warnings.filterwarnings("ignore", module=r"(pydicom|DICOMLib|DICOMPlugins|DICOMModule)(\.|$)")
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    try:
        parsed = parseArguments(given)
    except SystemExit as leaving:  # argparse has said what is wrong, or shown the help
        return int(leaving.code or 0)
    console = Console(sys.stdout, sys.stderr, getattr(parsed, "json", False))
    return _guarded(parsed, console)


def _guarded(parsed: argparse.Namespace, console: Console) -> int:
    """The one edge at which errors become lines on stderr and exit codes."""
    try:
        with Session.interruptedByEndingSignals():
            code = parsed.run(parsed, console)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader, such as ``head``, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Session.OK
    except (KeyboardInterrupt, CancelledError):
        console.problem("cancelled.")
        return Session.CANCELLED
    # Whatever goes wrong, the user gets one line; --debug shows where it came from.
    except Exception as error:  # noqa: BLE001
        if parsed.debug:
            console.clearProgress()
            traceback.print_exc()
        else:
            console.problem(_sentence(error))
        return _codeOf(error)


def _sentence(error: Exception) -> str:
    if isinstance(error, DICOMError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        place = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        return f"{place}{error.strerror}."
    # Its text may quote a patient's values; the place says enough to find it.
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {os.path.basename(frames[-1].filename)}, line {frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}. Run it again with --debug to see all of it."


def _codeOf(error: Exception) -> int:
    if isinstance(error, Session.UsageError):
        return Session.USAGE
    return Session.NOTHING_FOUND if isinstance(error, Session.NothingFoundError) else Session.FAILED


# Arguments


def parseArguments(given: Sequence[str]) -> argparse.Namespace:
    """Arguments with ``run(arguments, console)`` to call. :raises SystemExit: from argparse, after it has said why"""
    if given and given[0] in SUBCOMMANDS:
        parser = _subcommandParser(given[0])
        # Names, an option, more names: so people write it. What follows "--" argparse then does not take for names.
        return (parser.parse_args if "--" in given else parser.parse_intermixed_args)(given[1:])
    return _hostArguments(given)


def _subcommandParser(name: str) -> argparse.ArgumentParser:
    command = SUBCOMMANDS[name]
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} {name}", description=command.HELP, epilog=EXIT_CODES)
    command.addArguments(parser)
    Session.addCommonArguments(parser)
    parser.set_defaults(run=command.run)
    return parser


def _hostParser(withFolders: bool = True) -> argparse.ArgumentParser:
    commands = "\n".join(f"  {name:9} {command.HELP}" for name, command in SUBCOMMANDS.items())
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Start the program, or run a command without a window.",
        epilog=f"commands ({PROGRAM} COMMAND --help tells more):\n{commands}\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if withFolders:
        text = "folders and files to import and load; scenes and files of nodes are loaded as they are"
        parser.add_argument("paths", nargs="*", metavar="FOLDER", help=text)
    Session.addDatabaseArgument(parser)
    parser.add_argument("--no-main-window", action="store_true", dest="noMainWindow", help="run without a window")
    parser.add_argument("--python-code", metavar="CODE", dest="pythonCode", help="Python to run once started")
    parser.add_argument(
        "--python-script", metavar="FILE", dest="pythonScript",
        help="Python file to run once started; arguments after it are the script's (after -- without exception)",
    )  # fmt: skip
    parser.add_argument("--screenshot", metavar="FILE", help="write a picture of the window once all is loaded")
    parser.add_argument("--exit-after-load", action="store_true", dest="exitAfterLoad", help="end once all is loaded")
    parser.add_argument("--debug", action="store_true", help="show where in the program an error came from")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}")
    parser.set_defaults(run=runHost, scriptArguments=[])
    return parser


def _hostArguments(given: Sequence[str]) -> argparse.Namespace:
    """As Slicer: what follows the script's name and is no option of ours belongs to the script."""
    given = list(given)
    at = next((n for n, text in enumerate(given) if text == "--python-script"), len(given))
    parsed = _hostParser().parse_args(given[: at + 2])
    following = given[at + 2 :]
    if following:
        ours, separator, own = _splitAt(following, "--")
        known, others = _hostParser(withFolders=False).parse_known_args(ours, argparse.Namespace(**vars(parsed)))
        parsed = known
        parsed.scriptArguments = [*others, *own]
    return parsed


def _splitAt(values: list[str], separator: str) -> tuple[list[str], bool, list[str]]:
    if separator not in values:
        return values, False, []
    at = values.index(separator)
    return values[:at], True, values[at + 1 :]


# The program itself


def runHost(arguments: argparse.Namespace, console: Console) -> int:
    """Start the window with what is to be opened in it, or do without one what can be done so."""
    if arguments.noMainWindow:
        Session.requirePaths(arguments.paths)
    with Session.openApplication(arguments.database, console, mayBeNew=True) as application:
        if arguments.noMainWindow:
            return runWithoutWindow(arguments, application, console)
        # The only ways from here to Qt, taken only when a window is wanted.
        from .Host.Start import runHost as runWindow
        from .Host.WindowScripts import WindowScripts

        scripts = WindowScripts(application, lambda: runScripts(arguments, application))
        return runWindow(arguments, application, scripts.start) or scripts.exitCode


def runWithoutWindow(arguments: argparse.Namespace, application, console: Console) -> int:
    """Import and load folders and say what they hold, then run code and script, while each succeeds."""
    if arguments.screenshot:
        raise Session.UsageError("a picture of the window needs a window", hint="Leave out --no-main-window")
    if not (arguments.paths or arguments.pythonCode or arguments.pythonScript):
        hint = "Give a folder, --python-script or a command"
        raise Session.UsageError("there is nothing to do without a window", hint=hint)
    code = _openPaths(arguments.paths, application, console) if arguments.paths else Session.OK
    return code or runScripts(arguments, application).code


def runScripts(arguments: argparse.Namespace, application) -> ScriptResult:
    """Run the code, then the script; the script not after code that failed or asked to leave."""
    result = ScriptResult()
    if arguments.pythonCode:
        result = runCode(application, arguments.pythonCode, arguments.scriptArguments)
    if arguments.pythonScript and not (result.code or result.askedToLeave):
        result = runScript(application, arguments.pythonScript, arguments.scriptArguments)
    return result


def _openPaths(paths: Sequence[str], application, console: Console) -> int:
    found = sortedPaths(paths)
    Scene.openFiles(found.scenes, application, console)
    Scene.openNodeFiles(found.nodeFiles, application, console)
    return _importAndLoad(found.others, application, console) if found.others else Session.OK


def _importAndLoad(paths: Sequence[str], application, console: Console) -> int:
    report = Session.importPaths(application, paths, console)
    console.say(report.asText())
    if report.cancelled:
        return Session.CANCELLED
    if not report.seriesUIDs:
        return Session.NOTHING_FOUND
    nodes, _ = Load.loadSeries(application, report.seriesUIDs, console)
    Load.report(nodes, [], console)
    return Session.OK if nodes else Session.FAILED
