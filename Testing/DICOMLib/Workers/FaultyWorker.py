"""Put on the path of a worker as ``sitecustomize``: makes it die, hang or grow at a chosen moment.

The environment says which (``WORKER_FAULT`` = "moment:kind"), for as long as the file ``WORKER_FAULT_FILE`` exists.
When it happened and which file the worker had open is noted beside that, in a file whose name ends with ".record".
"""

import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path

EIGHT_GIBIBYTES = 8 << 30


def install(moment, kind, note):
    from DICOMLib.Pixels import FrameBytes, FrameDecoder
    from DICOMLib.Workers import Messages

    opened = [""]
    openFrames, decode = FrameBytes.openFrames, FrameDecoder.FrameDecoder.decode
    write = Messages.writeMessage

    def fault(now):
        if now != moment or not note.exists():
            return
        record = note.with_suffix(".record")
        record.write_text(json.dumps({"time": time.time(), "path": opened[0]}))
        if kind == "loop":
            while True:
                time.sleep(0.1)
                os.utime(record)  # it still hangs
        if kind == "allocate":
            bytearray(EIGHT_GIBIBYTES)
        os.kill(os.getpid(), getattr(signal, kind))

    @contextlib.contextmanager
    def openFramesFaultily(stored):
        opened[0] = stored.path
        fault("header")
        with openFrames(stored) as frames:
            yield frames

    def decodeFaultily(self, frame, number):
        fault("decode")
        return decode(self, frame, number)

    def writeFaultily(stream, header, payload=None):
        if header["kind"] == "ready":
            fault("spawn")
        if header["kind"] in ("shared", "array") and moment == "transfer" and note.exists():
            if kind != "allocate":
                stream.write(b"\0\0")  # half of a length
                stream.flush()
            fault("transfer")
        write(stream, header, payload)

    FrameBytes.openFrames = openFramesFaultily
    FrameDecoder.FrameDecoder.decode = decodeFaultily
    if moment in ("spawn", "transfer"):
        Messages.writeMessage = writeFaultily


if "DICOMLib.Workers.WorkerMain" in sys.orig_argv and "WORKER_FAULT" in os.environ:
    install(*os.environ["WORKER_FAULT"].split(":"), Path(os.environ["WORKER_FAULT_FILE"]))
