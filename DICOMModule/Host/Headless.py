"""Running scripts, with the names they know from Slicer. Needs no Qt."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .Application import HostApplication

FAILED = 1


@dataclass(frozen=True)
class ScriptResult:
    """How a script ended.

    :ivar code: what it passed to ``sys.exit``; 0 at its end; 1 after an exception
    :ivar askedToLeave: whether it called ``exit``, which in a window closes the window
    """

    code: int = 0
    askedToLeave: bool = False


def runScript(
    application: HostApplication, path: str | os.PathLike, arguments: Sequence[str] = ()
) -> ScriptResult:
    """Run a Python file as a program of its own; the traceback of an exception goes to stderr.

    :param arguments: what the script finds in ``sys.argv`` after its own name
    """
    script = Path(path)
    try:
        source = script.read_bytes()
    except OSError as error:
        sys.stderr.write(f"{script}: the script cannot be read ({error.strerror}).\n")
        return ScriptResult(FAILED)
    return _run(application, source, str(script), [str(script), *arguments], str(script.resolve().parent))


def runCode(application: HostApplication, source: str, arguments: Sequence[str] = ()) -> ScriptResult:
    """Run Python source given as text; otherwise as :func:`runScript`."""
    return _run(application, source, "<python-code>", ["-c", *arguments], os.getcwd())


def _run(
    application: HostApplication, source: str | bytes, name: str, arguments: list[str], folder: str
) -> ScriptResult:
    namespace = {**application.slicerNames.namespace(), "__name__": "__main__", "__file__": name}
    previousArguments, sys.argv = sys.argv, arguments
    sys.path.insert(0, folder)  # as Python does for a program's own folder
    try:
        exec(compile(source, name, "exec"), namespace)
    except SystemExit as leaving:
        return ScriptResult(_exitCode(leaving), askedToLeave=True)
    except KeyboardInterrupt:
        raise
    # The script's own errors end here: this is the edge between it and the shell.
    except BaseException as error:  # noqa: BLE001
        _reportTraceback(error)
        return ScriptResult(FAILED)
    finally:
        sys.argv = previousArguments
        if folder in sys.path:
            sys.path.remove(folder)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    return ScriptResult()


def _exitCode(leaving: SystemExit) -> int:
    """As Python's own: nothing is success, a number is the code, anything else is said and counts as failure."""
    if leaving.code is None:
        return 0
    if isinstance(leaving.code, int):
        return leaving.code
    sys.stderr.write(f"{leaving.code}\n")
    return FAILED


def _reportTraceback(error: BaseException) -> None:
    """The traceback from the script's first line on; our own frames tell its author nothing."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    traceback.print_exception(type(error), error, frames)
