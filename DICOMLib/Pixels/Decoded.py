"""Compressed and otherwise encoded pixel data, decoded in worker processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy

from ..Errors import PixelDataError, UnsupportedTransferSyntaxError
from ..Instance import Instance
from ..Progress import Progress
from ..TransferSyntaxes import DEFLATED_EXPLICIT_LITTLE_ENDIAN, syntaxName, transferSyntax
from ..Workers.WorkerPool import Task, WorkerPool, deadlineFor
from .NativeReader import checkLength, openUnchanged, readingErrors
from .PixelLayout import PixelLayout
from .Rescale import rescaleOf

# (number of the frame in its object, the frame's samples; their memory is used again afterwards)
FrameSink = Callable[[int, numpy.ndarray], None]

# Who decodes: pydicom with its codecs, or GDCM through SimpleITK.
NATIVE, GDCM = "native", "GDCM"
PREPARATION_TASK = "DICOMLib.Pixels.DecodeTask:loadDecoders"
NATIVE_TASK, GDCM_TASK = "DICOMLib.Pixels.DecodeTask:decodeFrames", "DICOMLib.Pixels.ForeignTask:readFrames"

_PALETTE = "PALETTE COLOR"
# A task takes so many bytes of decoded frames: enough that asking costs nothing against decoding, little enough that
# all processes end at the same time and a cancelled or failed run soon stops.
_BYTES_OF_A_TASK = 4 << 20
_TASKS_OF_A_WORKER = 6


@dataclass(frozen=True, eq=False)
class DecodeRequest:
    """Frames of one object, wanted in this order.

    :ivar sink: is given each frame complete: (rows, columns) of stored values or palette numbers, (rows, columns, 3) of
        RGB; on one of several threads
    :ivar steps: every n-th row and m-th column is wanted
    :ivar palette: whether colours of the palette are wanted rather than their numbers; GDCM delivers colours only
    :ivar reader: :data:`NATIVE` or :data:`GDCM`
    """

    instance: Instance
    layout: PixelLayout
    frames: Sequence[int]
    sink: FrameSink
    steps: tuple[int, int] = (1, 1)
    palette: bool = False
    reader: str = NATIVE

    @property
    def frameShape(self) -> tuple[int, ...]:
        """Shape of each frame as it is delivered."""
        rows, columns = -(-self.layout.rows // self.steps[0]), -(-self.layout.columns // self.steps[1])
        colours = self.layout.isColour and (self.palette or self.layout.photometricInterpretation != _PALETTE)
        return (rows, columns, 3) if colours else (rows, columns)

    def part(self, frames: Sequence[int]) -> DecodeRequest:
        """The same for some of its frames."""
        return replace(self, frames=frames)


def decodeAll(requests: Sequence[DecodeRequest], workers: WorkerPool, progress: Progress | None = None) -> None:
    """Decode frames of many objects, several in each task, on all workers; the very first one before all others.

    :raises UnsupportedTransferSyntaxError: when nothing decodes this compression: before anything else is done
    :raises PixelDataError: when a file has changed, is cut short, or cannot be decoded; ``where`` is the file
    :raises UnreadableFileError: when one cannot be opened
    :raises CancelledError: when `progress` was cancelled
    """
    for request in requests:
        _checkFile(request)
    if _canBeginWithOne(requests):
        warmUp(workers)
        first = requests[0]
        workers.run(_decodeTask([first.part(first.frames[:1])]), progress)
        requests = [first.part(first.frames[1:]), *requests[1:]]
    workers.runAll([_decodeTask(part) for part in _parts(requests, workers.size)], progress)


def warmUp(workers: WorkerPool) -> None:
    """Start the processes that are not there yet, in the background, with all decoders loaded: this saves the first
    picture most of a second. Each then waits in some 60 MB of memory."""
    nothing = lambda *_: numpy.empty(0)  # noqa: E731
    workers.warmUp(Task(PREPARATION_TASK, {}, nothing, deadlineFor(0)))


def _canBeginWithOne(requests: Sequence[DecodeRequest]) -> bool:
    """Whether the very first frame can be had by itself: it is what the user waits for."""
    several = len(requests) > 1 or len(requests[0].frames) > 1
    return several and not _needsWholeFile(requests[0])


def _needsWholeFile(request: DecodeRequest) -> bool:
    """To reach one frame of a deflated file, all before it are inflated; GDCM reads whole files."""
    return request.instance.transferSyntaxUID == DEFLATED_EXPLICIT_LITTLE_ENDIAN or request.reader == GDCM


def checkIsReadable(instance: Instance) -> None:
    """:raises UnsupportedTransferSyntaxError: when no decoder exists for its compression, whatever is installed"""
    advice = transferSyntax(instance.transferSyntaxUID).advice
    if advice:
        name = syntaxName(instance.transferSyntaxUID)
        raise UnsupportedTransferSyntaxError("this compression is not read", instance.path, name, advice)


def decodeFrameTask(
    instance: Instance, layout: PixelLayout, frame: int, steps: tuple[int, int], sink: FrameSink
) -> Task:
    """The task that decodes one frame and delivers every n-th row and column of it, a palette's colours applied.

    :raises PixelDataError: as :func:`decodeAll`
    """
    own = lambda number, samples: sink(number, samples.copy())  # noqa: E731
    request = DecodeRequest(instance, layout, [frame], own, steps, True)
    _checkFile(request)
    return _decodeTask([request])


def thinnedFrame(layout: PixelLayout, steps: tuple[int, int]) -> PixelLayout:
    """The layout of one frame of which every n-th row and column is kept."""
    return replace(layout, frames=1, rows=-(-layout.rows // steps[0]), columns=-(-layout.columns // steps[1]))


def _decodeTask(requests: Sequence[DecodeRequest]) -> Task:
    consumer = _FrameConsumer(requests)
    isForeign = requests[0].reader == GDCM
    largest = max(request.layout.objectBytes if isForeign else request.layout.frameBytes for request in requests)
    return Task(
        GDCM_TASK if isForeign else NATIVE_TASK,
        {"objects": [_description(request) for request in requests]},
        consumer,
        deadlineFor(largest),
        lambda: consumer.path,
        consumer.finish,
        max(_bytesOf(request) for request in requests),
    )


def _bytesOf(request: DecodeRequest) -> int:
    """Of one frame as it is delivered; decoders may make larger samples, which then go another way."""
    count = 1
    for length in request.frameShape:
        count *= length
    return count * request.layout.storedType.itemsize


def _description(request: DecodeRequest) -> dict:
    """Values JSON can carry; see StoredPixels."""
    instance, layout = request.instance, request.layout
    pixels = {
        "path": os.fsdecode(instance.path),
        "offset": instance.pixelDataOffset,
        "length": instance.pixelDataLength,
        "layout": asdict(layout),
        "palette": request.palette and layout.photometricInterpretation == _PALETTE,
    }
    description = {"pixels": pixels, "frames": list(request.frames), "steps": list(request.steps)}
    if request.reader == GDCM:
        description["rescale"] = _statedRescale(request)
    return description


def _statedRescale(request: DecodeRequest) -> dict:
    """What GDCM may have applied: it knows one rescale for all frames."""
    rescale = rescaleOf(request.instance, 0)
    limits = [float(limit) for limit in request.layout.storedRange]
    uid = request.instance.SOPClassUID
    return {"slope": rescale.slope, "intercept": rescale.intercept, "limits": limits, "SOPClassUID": uid}


def _parts(requests: Sequence[DecodeRequest], workers: int) -> Iterator[list[DecodeRequest]]:
    """What each task decodes."""
    total = sum(request.layout.frameBytes * len(request.frames) for request in requests)
    most = max(1, min(_BYTES_OF_A_TASK, total // (workers * _TASKS_OF_A_WORKER)))
    part: list[DecodeRequest] = []
    size = 0
    for request in requests:
        for piece in _pieces(request, most):
            bytesOfPiece = piece.layout.frameBytes * len(piece.frames)
            if part and size + bytesOfPiece > most:
                yield part
                part, size = [], 0
            part.append(piece)
            size += bytesOfPiece
    if part:
        yield part


def _pieces(request: DecodeRequest, most: int) -> Iterator[DecodeRequest]:
    """Frames that go together."""
    atOnce = max(1, len(request.frames) if _needsWholeFile(request) else most // max(1, request.layout.frameBytes))
    for start in range(0, len(request.frames), atOnce):
        yield request.part(request.frames[start : start + atOnce])


def _checkFile(request: DecodeRequest) -> None:
    instance = request.instance
    if request.reader == NATIVE:
        checkIsReadable(instance)
    descriptor = openUnchanged(instance)
    try:
        with readingErrors(instance):
            size = os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
    if instance.truncated:
        # Most codecs decode half a stream without complaint; nobody could tell afterwards.
        hint = "The file is incomplete: copy or send it again"
        raise PixelDataError(instance.truncated, instance.path, hint=hint)
    if request.layout.isNative:
        checkLength(instance, request.layout, size)


@dataclass
class _FrameConsumer:
    """Takes the frames of a task from a worker, in the order asked for."""

    requests: Sequence[DecodeRequest]
    _taken: int = 0
    _frames: list[tuple[DecodeRequest, int]] = field(default_factory=list)

    def __post_init__(self):
        self._frames = [(request, frame) for request in self.requests for frame in request.frames]

    @property
    def path(self) -> bytes:
        """The file that is decoded now."""
        return self._frames[min(self._taken, len(self._frames) - 1)][0].instance.path

    def check(self, shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> None:
        if self._taken >= len(self._frames) or shape != self._frames[self._taken][0].frameShape:
            self._refuse(f"a frame of {_shapeText(shape)}")

    def accept(self, array: numpy.ndarray, information: dict) -> None:
        request, frame = self._frames[self._taken]
        request.sink(frame, array)
        self._taken += 1

    def finish(self) -> None:
        """:raises PixelDataError: when fewer frames came than were asked for"""
        if self._taken != len(self._frames):
            self._refuse("no more frames")

    def _refuse(self, got: str) -> None:
        request = self._frames[min(self._taken, len(self._frames) - 1)][0]
        want = _shapeText(request.frameShape)
        what = f"the decoded image is not what the header announces: got {got}, want {want}"
        raise PixelDataError(what, request.instance.path, hint="The file is damaged")


def _shapeText(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
