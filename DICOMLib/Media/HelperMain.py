"""The helper process that opens archives and databases of other programs. Only ``MediaHelper`` starts it.

It may read what it is told to read, uses little memory, writes nothing but messages, and ends with the program.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress

from ..HelperProcess import leaveWithParent, limitMemory
from ..Workers.Messages import readHeader, writeMessage
from .ArchiveLimits import HELPER_MEMORY
from .ArchiveTask import ArchiveTask
from .SlicerDatabase import sendFileList


def main() -> None:
    """Do the one task that standard input names."""
    tasks, output = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", 0)
    limitMemory(HELPER_MEMORY)
    threading.Thread(target=leaveWithParent, args=(os.getppid(),), daemon=True).start()
    task = readHeader(tasks)
    if task is None:
        return
    path = os.fsencode(task["path"])
    if task["task"] == "files":
        sendFileList(path, output, isPrivateCopy=task["isPrivateCopy"])
        return
    try:
        stream = open(path, "rb")
    except OSError as error:
        writeMessage(output, {"kind": "failed", "text": f"it cannot be opened: {error.strerror}"})
        return
    with stream:
        ArchiveTask(stream, os.path.basename(path), output).run()


if __name__ == "__main__":
    with suppress(BrokenPipeError):  # the program has seen enough
        main()
    os._exit(0)
