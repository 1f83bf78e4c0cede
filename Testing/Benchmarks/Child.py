"""Runs one measured function in a process of its own, so that nothing it learned or cached helps the next one.

``python -m Testing.Benchmarks.Child MODULE:FUNCTION JSON`` calls the function with the keywords in the JSON text and
writes what it returns as JSON into the file that the environment names.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_ANSWER_VARIABLE = "DICOMMODULE_BENCHMARK_ANSWER"


class ChildFailedError(Exception):
    """The measured function ended with an error; its message is the last lines the child wrote."""


def inFreshProcess(
    function: Callable, watch: Callable[[subprocess.Popen], None] | None = None,
    variables: Mapping[str, str] | None = None, python: str = sys.executable, **arguments: object,
) -> dict:  # fmt: skip
    """Call a function of a module in a new interpreter.

    :param watch: called with the running process; returns when it has ended
    :param variables: environment; None for this process's own
    :param python: the interpreter, which may belong to another environment
    :param arguments: what JSON can hold
    :returns: the function's result
    :raises ChildFailedError: when it did not return
    """
    with tempfile.NamedTemporaryFile(prefix="dicommodule-benchmark-") as answer, tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [python, "-m", __name__, f"{function.__module__}:{function.__qualname__}", json.dumps(arguments)],
            cwd=ROOT, env={**(variables or os.environ), _ANSWER_VARIABLE: answer.name},
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            if watch is not None:
                watch(process)
            code = process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        if code != 0:
            output.seek(0)
            raise ChildFailedError(output.read().decode(errors="replace").strip()[-2000:] or f"exit code {code}")
        return json.loads(answer.read())


def main() -> int:
    """Answer one call."""
    moduleName, functionName = sys.argv[1].split(":")
    function = getattr(importlib.import_module(moduleName), functionName)
    result = function(**json.loads(sys.argv[2]))
    Path(os.environ[_ANSWER_VARIABLE]).write_text(json.dumps(result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
