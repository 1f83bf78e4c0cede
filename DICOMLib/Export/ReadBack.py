"""Written files are read again by a reader that had no part in writing them, and compared with what was meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

import numpy

from ..Errors import ExportError, PixelDataError
from ..Pixels.ForeignTask import StatedRescale
from ..Progress import Progress
from ..TagPaths import normalizedPath
from ..Workers.WorkerPool import Task, WorkerPool, deadlineFor

# Far below what anybody can measure, far above what 16 characters round.
POSITION_TOLERANCE_MM = 1e-6
COSINE_TOLERANCE = 1e-9

# Our own files keep no reader busy for long: only one that hangs is meant, not a machine that is slow for a while.
SECONDS_FOR_ANY = 120.0
# Few, so that little is left to be checked once the last one is written.
_FILES_OF_A_TASK = 20
# GDCM holds all frames at once, with eight bytes for a voxel where there is a rescale; a worker has 4 GB.
_MOST_BYTES_AT_ONCE = 384 << 20


@dataclass(frozen=True)
class Expectation:
    """What has to be in the files of one series.

    :ivar files: in slice order; of a multi-frame object its one file, once for each frame
    :ivar stored: number of the slice → stored values, shape (rows, columns[, 3])
    :ivar numbers: keyword → for each file the numbers it has to state, none where it may not, and the tolerance
    :ivar texts: keyword → for each file its text
    :ivar required: keywords that must have a value
    :ivar slopes: of each file, where they are not all the same
    :ivar isMultiFrame: whether slices are the frames of one object, in their order
    :ivar isReadByGDCM: whether GDCM knows objects of this class; pydicom reads those that it does not know
    """

    files: Sequence[str]
    stored: Callable[[int], numpy.ndarray]
    dtype: numpy.dtype
    slope: float
    intercept: float
    SOPClassUID: str
    isInverted: bool = False
    numbers: Mapping[str, tuple[Sequence[numpy.ndarray], float]] = field(default_factory=dict)
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    required: Sequence[str] = ()
    isMultiFrame: bool = False
    slopes: Sequence[float] | None = None
    isReadByGDCM: bool = True


class BackgroundCheck:
    """Checks files in a worker process while others are still being written. Use it as a context manager.

    :param workers: one of its own is started where none are given
    """

    def __init__(self, expected: Expectation, workers: WorkerPool | None = None, progress: Progress | None = None):
        self._expected = expected
        self._ownWorkers = WorkerPool(1) if workers is None else None
        self._workers = workers or self._ownWorkers
        self._progress = progress
        self._threads = ThreadPoolExecutor(self._workers.size, thread_name_prefix="read back")
        self._checks: list[Future] = []
        self._first = 0

    @property
    def workers(self) -> WorkerPool:
        """Those that read back, which may do other work of the export besides."""
        return self._workers

    def __enter__(self) -> BackgroundCheck:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        if self._ownWorkers is not None:
            self._ownWorkers.close()

    def onWritten(self, count: int) -> None:
        """So many files are complete. :raises ExportError: when one of them was found wrong meanwhile"""
        if count - self._first >= _FILES_OF_A_TASK and not self._expected.isMultiFrame:
            self._checks.append(self._threads.submit(self._check, self._first, count))
            self._first = count
        for check in self._checks:
            if check.done():
                check.result()

    def finish(self) -> None:
        """Check the rest and wait.

        :raises ExportError: what is not as it was meant, and in which file
        :raises CancelledError: when progress was cancelled
        """
        if self._first < len(self._expected.files):
            self._checks.append(self._threads.submit(self._check, self._first, len(self._expected.files)))
        for check in self._checks:
            check.result()

    def _check(self, first: int, end: int) -> None:
        try:
            self._workers.run(_task(self._expected, first, end), self._progress)
        except PixelDataError as error:
            raise ExportError(f"the written files failed the check: {error.what}", value=error.value) from None


def _task(expected: Expectation, first: int, end: int) -> Task:
    if expected.isMultiFrame:
        return _framesTask(expected)
    files = list(expected.files[first:end])
    arguments = {
        "files": files,
        "tags": _keys(expected),
        "rescale": _rescale(expected),
        "dtype": expected.dtype.str,
        "isInverted": expected.isInverted,
        "slopes": None if expected.slopes is None else list(expected.slopes[first:end]),
    }
    size = expected.stored(first).nbytes
    return _compared("readBack", arguments, _Comparison(expected, first, end), size, size)


def _framesTask(expected: Expectation) -> Task:
    size, count = expected.stored(0).nbytes, len(expected.files)
    isReadByGDCM = expected.isReadByGDCM and count * size <= _MOST_BYTES_AT_ONCE
    arguments = {
        "file": expected.files[0],
        "tags": _keys(expected),
        "rescale": _rescale(expected) if isReadByGDCM else None,
        "dtype": expected.dtype.str,
        "isInverted": expected.isInverted,
    }
    return _compared("readFramesBack", arguments, _Comparison(expected, 0, count), size * count, size)


def _compared(function: str, arguments: dict, comparison: _Comparison, readBytes: int, arrayBytes: int) -> Task:
    """:param readBytes: until the next array comes"""
    return Task(
        f"DICOMLib.Export.ReadBackTask:{function}", arguments, comparison, SECONDS_FOR_ANY + deadlineFor(8 * readBytes),
        finish=comparison.finish, arrayBytes=arrayBytes,
    )  # fmt: skip


def _rescale(expected: Expectation) -> dict:
    limits = numpy.iinfo(expected.dtype)
    return asdict(
        StatedRescale(expected.slope, expected.intercept, (int(limits.min), int(limits.max)), expected.SOPClassUID)
    )


def _keys(expected: Expectation) -> list[str]:
    return [_key(name) for name in (*expected.numbers, *expected.texts, *expected.required)]


def _key(keyword: str) -> str:
    """GDCM's spelling of a tag."""
    return normalizedPath(keyword).replace(",", "|").lower()


class _Comparison:
    """Takes one file after the other, from the first to the one before the end."""

    def __init__(self, expected: Expectation, first: int, end: int):
        self._expected = expected
        self._number = first
        self._end = end
        self._stored = numpy.empty(0)

    def check(self, shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> None:
        if self._number == self._end:
            raise ExportError("there are more images than were written", self._expected.files[self._end - 1])
        self._stored = self._expected.stored(self._number)
        wanted = self._stored.shape
        if tuple(shape) != wanted:
            raise ExportError("the image read back has another size", self._file, f"{shape} instead of {wanted}")

    def accept(self, array: numpy.ndarray, information: dict) -> None:
        expected, k = self._expected, self._number
        different = _countDifferent(array, self._stored)
        if different:
            raise ExportError("values read back are not those that were written", self._file, f"{different} of them")
        for keyword, (numbers, tolerance) in expected.numbers.items():
            self._compareNumbers(keyword, information, numbers[k], tolerance)
        for keyword, texts in expected.texts.items():
            if _text(information, keyword) != texts[k]:
                raise ExportError(f"{keyword} read back is not the one that was written", self._file)
        for keyword in expected.required:
            if not _text(information, keyword):
                raise ExportError(f"{keyword} is missing in a written file", self._file)
        self._number += 1

    def finish(self) -> None:
        """:raises ExportError: when images were not compared"""
        if self._number != self._end:
            raise ExportError("images are missing in the written files", self._file, self._end - self._number)

    def _compareNumbers(self, keyword: str, information: dict, wanted: numpy.ndarray, tolerance: float) -> None:
        try:
            found = numpy.array([float(part) for part in _text(information, keyword).split("\\")])
        except ValueError:
            found = numpy.empty(0)
        if found.shape != wanted.shape or not numpy.abs(found - wanted).max(initial=0) <= tolerance:
            raise ExportError(f"{keyword} read back is not the one that was written", self._file)

    @property
    def _file(self) -> str:
        return str(self._expected.files[self._number])


def _countDifferent(one: numpy.ndarray, other: numpy.ndarray) -> int:
    """How many values are not the same; real numbers are compared bit by bit: NaN is a value too."""
    if one.dtype.kind == "f" and one.dtype == other.dtype:
        one, other = (numpy.ascontiguousarray(values).view(f"u{values.dtype.itemsize}") for values in (one, other))
    return 0 if numpy.array_equal(one, other) else int((one != other).sum())


def _text(information: dict, keyword: str) -> str:
    return information.get(_key(keyword), "").strip(" \0")
