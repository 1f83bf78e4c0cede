"""The worker process: reads tasks from standard input, runs them, sends results. Only WorkerPool starts it."""

from __future__ import annotations

import importlib
import os
import re
import signal
import sys
import threading
from contextlib import suppress

from ..Errors import DICOMError
from ..HelperProcess import leaveWithParent, limitMemory
from .ArraySender import ArraySender, HostGoneError
from .Messages import UNKNOWN_FAILURE, readHeader, writeMessage

# A task that ignores the host's deadline for this long is ended by the kernel: it cannot outlive a killed host.
GRACE_SECONDS = 5
LONGEST_ERROR_TEXT = 500
OBJECT_ADDRESS = re.compile(r"\s*<[^<>]* at 0x[0-9a-f]+>")


def main() -> None:
    """Serve tasks until the host closes the pipe."""
    memoryLimit, hostProcess, sharedDescriptor = map(int, sys.argv[1:4])
    tasks, results = _claimPipes()
    limitMemory(memoryLimit)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the host's to answer
    threading.Thread(target=leaveWithParent, args=(hostProcess,), daemon=True).start()
    import numpy  # noqa: F401  (paid for before the first deadline starts)

    sender = ArraySender(tasks, results, sharedDescriptor)
    writeMessage(results, {"kind": "ready"})
    while (request := readHeader(tasks)) is not None:
        _runTask(request, results, sender)


def _claimPipes():
    """Private copies of the pipes; prints of a codec go nowhere instead of into the protocol."""
    tasks = os.fdopen(os.dup(0), "rb")
    results = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return tasks, results


def _runTask(request: dict, results, sender: ArraySender) -> None:
    deadline = request["deadline"]
    _setAlarm(deadline)
    sender.begin(request["blockBytes"], request["arrayBytes"])
    try:
        moduleName, functionName = request["task"].split(":")
        function = getattr(importlib.import_module(moduleName), functionName)
        for information, array in function(**request["arguments"]):
            _setAlarm(0)  # the host may take its time
            sender.send(information, array)
            _setAlarm(deadline)
        message = {"kind": "done"}
    except DICOMError as error:
        message = _errorMessage(type(error).__name__, error.what, error.value, error.hint)
        message["file"] = os.path.basename(error.where) if isinstance(error.where, str) else ""
    except MemoryError:
        message = _errorMessage("WorkerError", "decoding needs more memory than a worker may use")
    except HostGoneError:
        os._exit(1)
    # The edge of this process: whatever a codec raises has to reach the host as a message, or the host would wait.
    # Not only exceptions proper: a codec written in Rust that gives up raises one of its own kind.
    except BaseException as error:  # noqa: BLE001
        message = _errorMessage("PixelDataError", UNKNOWN_FAILURE, _errorText(error))
    finally:
        _setAlarm(0)
    sender.finish()
    writeMessage(results, message)


def _errorMessage(kind: str, what: str, value: object = None, hint: str = "") -> dict:
    return {"kind": "error", "type": kind, "what": what, "value": None if value is None else str(value), "hint": hint}


def _errorText(error: BaseException) -> str:
    """One line; the addresses of objects that codecs quote mean nothing to anybody."""
    text = OBJECT_ADDRESS.sub("", f"{type(error).__name__}: {error}")
    return " ".join(text.split())[:LONGEST_ERROR_TEXT]


def _setAlarm(deadline: float) -> None:
    """Let the kernel end a task that even the host did not end; 0 takes it back."""
    if hasattr(signal, "alarm"):
        signal.alarm(int(deadline) + GRACE_SECONDS if deadline else 0)


if __name__ == "__main__":
    with suppress(BrokenPipeError):  # the host left while a result was on its way
        main()
    # Threads of a codec library must not keep the process alive.
    os._exit(0)
