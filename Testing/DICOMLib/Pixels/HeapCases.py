"""A program of its own: reads whole, cut and overwritten images of every encoding, and says what came of each.

Started by test_NoInventedPixels with memory that is filled with a byte of its choice before it is given out; the worker
processes inherit that. Prints one JSON object: the name of each case →
"refused: …", or the digest of the voxels; and "heap" → the bytes that fresh memory in a worker holds.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy

from DICOMLib.Errors import DICOMError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Volume import readVolume
from DICOMLib.Workers.WorkerPool import Task, WorkerPool
from Testing.DICOMLib.Pixels.EncodedFiles import encodedFrames, plainDataset, samplesOf, writeAs, writeEncapsulated

SYNTAXES = {
    "RLE": "1.2.840.10008.1.2.5",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
    "deflated frames": "1.2.840.10008.1.2.8.1",
    "encapsulated": "1.2.840.10008.1.2.1.98",
}
KINDS = ("uint8", "int16", "RGB")
PARTS = (0.1, 0.5, 0.9, 0.99)
FRESH_BYTES = 100_000


def freshMemory():
    """Runs in a worker: memory nobody has written to."""
    yield {}, numpy.empty(FRESH_BYTES, numpy.uint8)


def writeCases(folder: Path) -> None:
    """One file a case: whole, its stream ended early, its last part overwritten, the file ended early."""
    for kind in KINDS:
        for name, syntax in SYNTAXES.items():
            values = samplesOf(kind)
            (frame,) = encodedFrames(kind, values, syntax)
            writeEncapsulated(folder / f"{name}, {kind}, whole.dcm", kind, values, syntax, [frame])
            whole = (folder / f"{name}, {kind}, whole.dcm").read_bytes()
            for part in PARTS:
                length = int(len(frame) * part) // 2 * 2
                cut, overwritten = frame[:length], frame[:length] + bytes(len(frame) - length)
                writeEncapsulated(folder / f"{name}, {kind}, stream {part}.dcm", kind, values, syntax, [cut])
                writeEncapsulated(folder / f"{name}, {kind}, zeros {part}.dcm", kind, values, syntax, [overwritten])
                (folder / f"{name}, {kind}, file {part}.dcm").write_bytes(whole[: -int(len(frame) * (1 - part)) - 8])
        path = folder / f"native, {kind}, whole.dcm"
        writeAs(path, plainDataset(kind, samplesOf(kind)), "1.2.840.10008.1.2.1")
        for part in PARTS:
            cut = path.read_bytes()[: -int(samplesOf(kind).nbytes * (1 - part)) - 2]
            path.with_name(f"native, {kind}, file {part}.dcm").write_bytes(cut)


def outcome(path: Path, workers: WorkerPool, reader: str) -> str:
    try:
        voxels = readVolume([scanFile(path).toInstance()], workers=workers, reader=reader).array
    except DICOMError as error:
        return f"refused: {error.what}"
    return hashlib.sha256(numpy.ascontiguousarray(voxels).tobytes()).hexdigest()


def main(folder: Path) -> None:
    found: dict[str, object] = {}
    fresh = numpy.zeros(FRESH_BYTES, numpy.uint8)
    with WorkerPool(size=1) as workers:
        workers.run(Task("Testing.DICOMLib.Pixels.HeapCases:freshMemory", {}, lambda shape, dtype, _: fresh))
        found["heap"] = {"worker": int(numpy.bincount(fresh).argmax()), "host": int(numpy.bincount(
            numpy.empty(FRESH_BYTES, numpy.uint8)).argmax())}  # fmt: skip
        for path in sorted(folder.glob("*.dcm")):
            for reader in ("native", "GDCM"):
                found[f"{path.stem}, {reader}"] = outcome(path, workers, reader)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
