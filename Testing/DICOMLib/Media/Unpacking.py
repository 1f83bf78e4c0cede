"""What the helper process would send of an archive, and what it costs."""

import io
import os
import sys
import tempfile

from DICOMLib.Media.ArchiveTask import ArchiveTask
from DICOMLib.Media.MediaHelper import MediaHelper
from DICOMLib.Progress import Progress
from DICOMLib.Workers.Messages import readHeader


def unpacked(contents, name=b"archive"):
    """Run the task in this process.

    :returns: ({name: bytes} of the members sent, {name: reason} of the others, "" or why it failed)
    """
    output = io.BytesIO()
    with tempfile.TemporaryFile() as stream:
        stream.write(contents)
        stream.seek(0)
        ArchiveTask(stream, name, output).run()
    output.seek(0)
    return _collected(_messages(output))


def _messages(stream):
    while (message := readHeader(stream)) is not None:
        yield message, stream.read(message.get("length", 0))


def _collected(messages):
    members, problems, failure = {}, {}, "no last message"
    for message, contents in messages:
        kind, name = message["kind"], message.get("name")
        if kind == "member":
            members[name] = [contents]
        elif kind == "piece":
            members[name].append(contents)
        elif kind in ("skip", "drop"):
            problems[name] = message["text"]
            if kind == "drop":
                del members[name]
        elif kind in ("done", "failed"):
            failure = message.get("text", "")
    return {name: b"".join(pieces) for name, pieces in members.items()}, problems, failure


def helperCost(path, task="archive"):
    """Run the task in the helper process.

    :returns: what :func:`unpacked` gives, and the most memory the process had (bytes; 0 if unknown)
    """
    peak = 0

    def watched(helper):
        nonlocal peak
        for message in helper.messages():
            peak = max(peak, peakMemory(helper.processID))
            yield message

    with MediaHelper({"task": task, "path": os.fsdecode(path)}, Progress()) as helper:
        result = _collected(watched(helper))
    return result, peak


def peakMemory(processID):
    """Peak resident bytes of a process; 0 where it cannot be known."""
    if sys.platform != "linux":
        return 0
    try:
        with open(f"/proc/{processID}/status", encoding="ascii") as stream:
            return next((int(line.split()[1]) * 1024 for line in stream if line.startswith("VmHWM")), 0)
    except OSError:
        return 0
