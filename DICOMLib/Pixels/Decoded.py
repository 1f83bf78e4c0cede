"""Compressed and otherwise encoded pixel data, decoded in worker processes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import numpy

from ..Errors import PixelDataError
from ..Instance import Instance
from ..Workers.WorkerPool import Task, deadlineFor
from .NativeReader import checkLength, openUnchanged
from .PixelLayout import NATIVE_SYNTAXES, PixelLayout, keepStoredBits

# (number of the frame in its object, the frame's samples)
FrameSink = Callable[[int, numpy.ndarray], None]


def decodeTask(instance: Instance, layout: PixelLayout, sink: FrameSink) -> Task:
    """The task that decodes one object. Frames reach `sink` in the order of the file, each complete.

    :raises PixelDataError: when the file has changed, is cut short or is short of native pixels
    :raises UnreadableFileError: when it cannot be opened
    """
    _checkFile(instance, layout)
    receiver = _FrameReceiver(instance, layout, sink)
    return Task(
        "DICOMLib.Pixels.DecodeTask:decodeFrames",
        {"path": os.fsdecode(instance.path), "transferSyntaxUID": instance.transferSyntaxUID},
        receiver.receive,
        deadlineFor(layout.objectBytes),
        instance.path,
        receiver.finish,
    )


def decodeFrameTask(
    instance: Instance, layout: PixelLayout, frame: int, steps: tuple[int, int], sink: FrameSink
) -> Task:
    """The task that decodes one frame and delivers every n-th row and column of it; see :func:`decodeTask`."""
    _checkFile(instance, layout)
    receiver = _FrameReceiver(instance, thinnedFrame(layout, steps), sink)
    arguments = {
        "path": os.fsdecode(instance.path),
        "transferSyntaxUID": instance.transferSyntaxUID,
        "frame": frame,
        "steps": list(steps),
        "palette": layout.photometricInterpretation == "PALETTE COLOR",
    }
    deadline = deadlineFor(layout.frameBytes)
    task = "DICOMLib.Pixels.DecodeTask:decodeFrame"
    return Task(task, arguments, receiver.receive, deadline, instance.path, receiver.finish)


def thinnedFrame(layout: PixelLayout, steps: tuple[int, int]) -> PixelLayout:
    """The layout of one frame of which every n-th row and column is kept."""
    return replace(layout, frames=1, rows=-(-layout.rows // steps[0]), columns=-(-layout.columns // steps[1]))


def _checkFile(instance: Instance, layout: PixelLayout) -> None:
    descriptor = openUnchanged(instance)
    try:
        size = os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
    if instance.truncated:
        # Most codecs decode half a stream without complaint; nobody could tell afterwards.
        hint = "The file is incomplete: copy or send it again"
        raise PixelDataError(instance.truncated, instance.path, hint=hint)
    native = instance.transferSyntaxUID in NATIVE_SYNTAXES
    # Subsampled colour and single bits take fewer bytes than the layout counts; their decoder checks the length.
    if native and layout.bitsAllocated > 1 and not layout.photometricInterpretation.startswith("YBR_FULL_42"):
        checkLength(instance, layout, size)


class _FrameReceiver:
    """Takes frames from a worker one by one and passes each on when the next one begins or the task ends."""

    def __init__(self, instance: Instance, layout: PixelLayout, sink: FrameSink):
        self._instance = instance
        self._layout = layout
        self._sink = sink
        self._frame: numpy.ndarray | None = None
        self._raw = False
        self._count = 0

    def receive(self, shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> numpy.ndarray:
        self._deliver()
        if shape != self._layout.frameShape or self._count >= self._layout.frames:
            self._refuse(f"a frame of {shape}")
        self._frame = numpy.empty(shape, dtype)
        self._raw = bool(information.get("raw"))
        return self._frame

    def finish(self) -> None:
        """:raises PixelDataError: when fewer frames came than the header announces"""
        self._deliver()
        if self._count != self._layout.frames:
            self._refuse(f"{self._count} frames")

    def _deliver(self) -> None:
        if self._frame is None:
            return
        frame, self._frame = self._frame, None
        if self._raw and frame.dtype == self._layout.storedType:
            keepStoredBits(frame, self._layout)
        self._sink(self._count, frame)
        self._count += 1

    def _refuse(self, got: str) -> None:
        want = f"{self._layout.frames} frames of {self._layout.frameShape}"
        what = f"the decoded image is not what the header announces: got {got}, want {want}"
        raise PixelDataError(what, self._instance.path, hint="The file is damaged")
