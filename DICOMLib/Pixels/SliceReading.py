"""Reading and decoding the slices of a volume: native files by two threads, everything else by worker processes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy

from ..Processors import availableProcessors
from ..Progress import Progress
from ..SliceSource import Tile
from ..Workers.WorkerPool import WorkerPool
from .Colour import rgbFromYBR
from .Decoded import GDCM, NATIVE, DecodeRequest, decodeAll
from .NativeReader import NativeFile
from .SliceObjects import SliceObject
from .VolumeAssembly import Assembly, SliceObserver

# One thread waits for the system while the other one rescales; more only wait for the same memory.
_MOST_THREADS = 2
# Below this, starting a second thread takes longer than it saves.
_BYTES_WORTH_A_THREAD = 8 << 20
# Slices that a thread takes at once.
_SLICES_AT_ONCE = 16

_Wanted = list[tuple[int, Tile | None]]
_Part = tuple[SliceObject, list[tuple[int, _Wanted]]]


class SliceReading:
    """One run of reading.

    :param workers: some are started for this run, when they are needed, where none are given
    :param reader: "native", or "GDCM" for values as GDCM reads them
    """

    def __init__(self, progress: Progress, workers: WorkerPool | None, reader: str = NATIVE):
        self.progress = progress
        self.reader = reader
        self._given = workers
        self._own: WorkerPool | None = None
        self._lock = threading.Lock()
        self._observerLock = threading.Lock()

    @property
    def workers(self) -> WorkerPool:
        """The processes given, or some of its own."""
        if self._given is not None:
            return self._given
        if self._own is None:
            self._own = WorkerPool(size=2)
        return self._own

    def close(self) -> None:
        """End the processes that were started for this run."""
        if self._own is not None:
            self._own.close()

    def read(
        self, objects: Sequence[SliceObject], assembly: Assembly, count: int, observer: SliceObserver | None
    ) -> None:
        """Fill the assembly; the slice in the middle comes first."""
        self._assembly, self._observer = assembly, observer
        self.progress.report(0, count, "Reading images")
        middle = count // 2
        native = [one for one in objects if one.layout.isNative and self.reader == NATIVE]
        others = [one for one in objects if not (one.layout.isNative and self.reader == NATIVE)]
        others.sort(key=lambda one: not _holds(one, middle))
        self._readNatives(_parts(native, middle))
        if others:
            decodeAll([self._request(one, middle) for one in others], self.workers, self.progress)

    def _request(self, one: SliceObject, middle: int) -> DecodeRequest:
        return DecodeRequest(
            one.instance,
            one.layout,
            _framesOf(one, middle),
            partial(self._acceptDecoded, one),
            palette=self.reader == GDCM,
            reader=self.reader,
        )

    # Native files

    def _readNatives(self, parts: list[_Part]) -> None:
        if not parts:
            return
        self._readPart(parts[0])
        rest = parts[1:]
        bytesLeft = sum(one.layout.frameBytes * len(frames) for one, frames in rest)
        threads = min(_MOST_THREADS, availableProcessors(), len(rest))
        if threads < 2 or bytesLeft < _BYTES_WORTH_A_THREAD:
            for part in rest:
                self._readPart(part)
            return
        waiting = iter(rest)
        failed = threading.Event()

        def work() -> None:
            while not failed.is_set():
                with self._lock:
                    part = next(waiting, None)
                if part is None:
                    return
                try:
                    self._readPart(part)
                except BaseException:  # whatever it is, the other threads have to end too
                    failed.set()
                    raise

        with ThreadPoolExecutor(threads, thread_name_prefix="reading") as executor:
            for future in [executor.submit(work) for _ in range(threads)]:
                future.result()

    def _readPart(self, part: _Part) -> None:
        one, frames = part
        with NativeFile(one.instance, one.layout) as file:
            for frame, wanted in frames:
                self.progress.raiseIfCancelled()
                self._readFrame(file, one, frame, wanted)

    def _readFrame(self, file: NativeFile, one: SliceObject, frame: int, wanted: _Wanted) -> None:
        layout = one.layout
        if layout.isReadDirectly and len(wanted) == 1 and wanted[0][1] is None:
            number = wanted[0][0]
            memory = self._assembly.ownMemory(number, layout.storedType)
            if memory is not None:
                file.readInto(memory, frame)
                self._assembly.finishOwn(number, layout.storedType)
                self._finished(number)
                return
        first = min(0 if tile is None else tile[0] for _, tile in wanted)
        end = max(layout.rows if tile is None else tile[0] + tile[2] for _, tile in wanted)
        samples = file.rows(frame, first, end - first)
        if one.palette is not None:
            samples = one.palette(samples)
        elif layout.photometricInterpretation.startswith("YBR"):
            samples = rgbFromYBR(samples, layout.photometricInterpretation, layout.bitsStored)
        self._accept(one, wanted, samples, first)

    # What arrives

    def _acceptDecoded(self, one: SliceObject, frame: int, samples: numpy.ndarray) -> None:
        isIndexed = one.palette is not None and samples.ndim == 2
        self._accept(one, one.frames[frame], one.palette(samples) if isIndexed else samples, 0)

    def _accept(self, one: SliceObject, wanted: _Wanted, samples: numpy.ndarray, firstRow: int) -> None:
        for number, tile in wanted:
            if tile is None:
                part = samples
            else:
                row, column, rows, columns = tile
                part = samples[row - firstRow : row - firstRow + rows, column : column + columns]
            self._assembly.accept(number, part, one.instance.path)
            self._finished(number)

    def _finished(self, number: int) -> None:
        with self._lock:
            self.progress.report(self.progress.done + 1)
        if self._observer is not None:
            with self._observerLock:
                self._observer(number)


def _holds(one: SliceObject, number: int) -> bool:
    return any(number == slice for wanted in one.frames.values() for slice, _ in wanted)


def _framesOf(one: SliceObject, middle: int) -> list[int]:
    """The frames wanted of an object; first of all the one that the middle slice is made of."""
    return sorted(one.frames, key=lambda frame: (all(number != middle for number, _ in one.frames[frame]), frame))


def _parts(objects: Sequence[SliceObject], middle: int) -> list[_Part]:
    """Pieces of work in the order of the files; first of all the frame that the middle slice is made of."""
    first: list[_Part] = []
    rest: list[_Part] = []
    for one in objects:
        frames = sorted(one.frames.items())
        if not first and _holds(one, middle):
            mine = next(item for item in frames if any(number == middle for number, _ in item[1]))
            first = [(one, [mine])]
            frames.remove(mine)
        starts = range(0, len(frames), _SLICES_AT_ONCE)
        rest += [(one, frames[start : start + _SLICES_AT_ONCE]) for start in starts]
    return first + rest
