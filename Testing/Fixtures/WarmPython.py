"""Python that has imported its modules already: each program runs in a copy of that process, and all else is its own.

Importing takes most of the second that a short command takes, and tests run many.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CAN_COPY = hasattr(os, "fork")
WITHOUT_WINDOW = (
    "DICOMModule.CommandLine", "DICOMModule.Host.SlicerNames", "DICOMLib.DICOMSender", "DICOMLib.DirectLoading",
    "DICOMPlugins.DICOMScalarVolumePlugin", "DICOMPlugins.DICOMDiffusionVolumePlugin",
    "DICOMPlugins.DICOMSegmentationPlugin", "DICOMPlugins.DICOMSlicerDataBundlePlugin", "numpy.ma", "pydicom.fileset",
    "SimpleITK", "multiprocessing.spawn",
)  # fmt: skip
WITH_WINDOW = (
    *WITHOUT_WINDOW, "DICOMModule.Host.Start", "DICOMModule.Host.MainWindow", "DICOMModule.DICOM", "pyvistaqt",
)  # fmt: skip


class WarmPython:
    """One process that imports modules and copies itself for each program; closed by the ``with`` statement."""

    def __init__(self, *modules: str):
        self._modules = modules
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> WarmPython:
        return self

    def __exit__(self, *_error: object) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def run(self, *arguments: object) -> subprocess.CompletedProcess:
        """As ``python ARGUMENTS`` in the current folder and environment, to its end.

        :param arguments: ``-m MODULE …`` or ``-c CODE …``
        :returns: its exit code, and what it has printed
        """
        words = [*map(str, arguments)]
        variables = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        if not CAN_COPY:
            return subprocess.run([sys.executable, *words], env=variables, capture_output=True, text=True)
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__, *self._modules], env=variables, cwd=REPOSITORY,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
            )  # fmt: skip
        try:
            request = {"arguments": words, "folder": os.getcwd(), "variables": variables}
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            code, stdout, stderr = json.loads(self._process.stdout.readline())
        except BaseException:  # a test that takes too long: what comes later is not the answer to the next
            self.__exit__()
            raise
        return subprocess.CompletedProcess([sys.executable, *words], code, stdout, stderr)


def _answerRequests() -> dict | None:
    """:returns: in each copy of this process the request it is for; in this process None, after the last one"""
    for line in sys.stdin:
        with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
            child = os.fork()
            if child == 0:
                os.dup2(stdout.fileno(), 1)
                os.dup2(stderr.fileno(), 2)
                return json.loads(line)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            printed = []
            for opened in (stdout, stderr):
                opened.seek(0)
                printed.append(opened.read().decode(errors="replace"))
        print(json.dumps([code, *printed]), flush=True)
    return None


def _runProgram(request: dict) -> None:
    """Everything by which programs tell where they are becomes that of the request. Ends this process."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    os.environ.clear()
    os.environ.update(request["variables"])
    os.chdir(request["folder"])
    sys.path.insert(0, "")
    code = 0
    try:
        _runMain(request["arguments"])
    except SystemExit as leaving:
        code = leaving.code
    if "PyQt5.QtWidgets" in sys.modules:
        sys.exit(code)  # with Qt and VTK the end itself may go wrong
    if isinstance(code, str):
        print(code, file=sys.stderr)
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(bool(code)) if isinstance(code, str) else code or 0)


def _runMain(arguments: Sequence[str]) -> None:
    """As the interpreter does it. :raises SystemExit: as the program does, and after an error has been printed"""
    option, source, *rest = arguments
    sys.argv[:] = [option, *rest]
    try:
        if option == "-m":
            runpy.run_module(source, run_name="__main__", alter_sys=True)
        else:
            sys.modules["__main__"] = main = type(sys)("__main__")
            exec(compile(source, "<string>", "exec"), vars(main))
    except Exception:  # noqa: BLE001  (the program's own, of whatever kind)
        traceback.print_exc()
        raise SystemExit(1) from None


if __name__ == "__main__":
    sys.path.remove(str(Path(__file__).parent))
    for _name in sys.argv[1:]:
        importlib.import_module(_name)
    gc.collect()
    gc.freeze()  # or the copies would look through all of it, and have it copied by that
    if (_request := _answerRequests()) is not None:
        _runProgram(_request)
