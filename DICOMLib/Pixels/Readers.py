"""Which reader gives the voxels: ours, GDCM through SimpleITK, or GDCM where ours cannot (3D Slicer's reader approach).

Every foreign reader runs in a worker process, under its limits of memory and time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..Errors import PixelDataError
from ..Instance import Instance
from ..Progress import Progress
from ..SliceSource import SliceSource
from ..Workers.WorkerPool import WorkerPool
from .Decoded import GDCM, NATIVE
from .Volume import VoxelArray, readVolume

READER_SETTING = "DICOM/ScalarVolume/ReaderApproach"
NATIVE_WITH_GDCM_FALLBACK = "native with GDCM fallback"
READER_APPROACHES = (NATIVE, GDCM, NATIVE_WITH_GDCM_FALLBACK)


def readVolumeWith(
    approach: str,
    sources: Sequence[SliceSource | Instance],
    progress: Progress | None = None,
    workers: WorkerPool | None = None,
    **options: object,
) -> VoxelArray:
    """Read slices as :func:`Volume.readVolume`, with the reader that is wanted.

    Results are equal where both readers read a file. ``reader`` and ``readerNote`` of the result say which one gave
    the voxels, and why it was not the first choice.

    :param approach: one of :data:`READER_APPROACHES`
    :param options: what else ``readVolume`` takes
    :raises PixelDataError: as ``readVolume``; with a fallback, what our own reader said when both fail
    """
    if approach != NATIVE_WITH_GDCM_FALLBACK:
        return readVolume(sources, progress, workers, reader=approach, **options)
    try:
        return readVolume(sources, progress, workers, **options)
    except PixelDataError as failure:
        try:
            voxels = readVolume(sources, progress, workers, reader=GDCM, **options)
        except PixelDataError:
            raise failure from None
        return replace(voxels, readerNote=f"Read by GDCM, because the native reader says: {failure}")
