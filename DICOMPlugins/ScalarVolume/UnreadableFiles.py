"""Files of a stack that cannot be read: they are left out by name, as files that are missing are, and nothing else is.

What remains is examined anew, so a slice that is gone counts as missing: it is warned of, and the slices beside it keep
their places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy

from DICOMLib.Errors import (
    DICOMError,
    PixelDataError,
    TruncatedFileError,
    UnreadableFileError,
    UnsupportedTransferSyntaxError,
    displayPath,
)
from DICOMLib.Geometry.Findings import WARNING, Finding
from DICOMLib.Geometry.Grouping import Part
from DICOMLib.Geometry.Slices import SliceStack, analyzePart
from DICOMLib.Instance import Instance
from DICOMLib.Pixels.Volume import VoxelArray
from DICOMLib.Progress import Progress
from DICOMLib.SliceSource import SliceSource
from DICOMLib.Wording import counted

# More than this part of a stack is not a mishap of some files but of all of them: then nothing is offered as whole.
LARGEST_PART_LEFT_OUT = 0.25
# Two slices have a distance; one is no volume.
FEWEST_SLICES_LEFT = 2

LEFT_OUT = "filesLeftOut"
"""Code of the finding."""

LEFT_OUT_ATTRIBUTE = "DICOM.slicesLeftOut"
"""How many slices are not in a volume because their files cannot be read; absent for none."""

Read = Callable[[Sequence[SliceSource], Progress | None], VoxelArray]

# What concerns the file it names. A syntax that nothing installed decodes concerns all files.
_OF_ONE_FILE = (PixelDataError, TruncatedFileError, UnreadableFileError)


def withoutShortFiles(stack: SliceStack) -> SliceStack:
    """The stack without files whose pixel data is cut short, which their headers tell; itself where that cannot be."""
    short = {instance.path: instance.truncated for instance in stack.instances if instance.truncated}
    return (withoutFiles(stack, short) or stack) if short else stack


def withoutFiles(stack: SliceStack, reasons: Mapping[bytes, str]) -> SliceStack | None:
    """The stack without some files, with a warning that names them.

    :param reasons: path → why it cannot be read, a clause
    :returns: None where too little would be left, or what is left is no volume in the patient
    """
    indices = [index for index, instance in enumerate(stack.planes.instances) if instance.path not in reasons]
    gone = len(stack.planes) - len(indices)
    if len(indices) < FEWEST_SLICES_LEFT or gone > max(1, LARGEST_PART_LEFT_OUT * len(stack.planes)):
        return None
    part = Part(
        numpy.array(indices), tuple(stack.reasons), stack.volumeNumber, stack.volumeCount, stack.localizer
    )  # fmt: skip
    remaining = analyzePart(stack.planes, part)
    if remaining.isWrong or not remaining.located:
        return None
    remaining.findings.insert(0, Finding(LEFT_OUT, leftOutText(reasons, gone), WARNING, gone))
    return remaining


def leftOutText(reasons: Mapping[bytes, str], slices: int) -> str:
    """Which files are left out and why, a clause."""
    path, reason = next(iter(reasons.items()))
    first = f"{displayPath(path)} cannot be read ({reason})"
    if len(reasons) > 1:
        first = f"{len(reasons)} files cannot be read and are left out; the first: {first}"
    return f"{first}; {counted(slices, 'slice')} of the volume {'is' if slices == 1 else 'are'} not there"


def setLeftOut(node, stack: SliceStack) -> None:
    """Note on a volume that some of its series is not there."""
    finding = stack.finding(LEFT_OUT)
    if finding is not None:
        node.SetAttribute(LEFT_OUT_ATTRIBUTE, f"{finding.value:.0f}")


def readLeavingOut(stack: SliceStack, read: Read, progress: Progress | None = None) -> tuple[SliceStack, VoxelArray]:
    """Read the slices; files that fail are left out if the rest makes a volume.

    :param read: reads slices, e.g. ``readVolume``
    :returns: the stack that was read, which is the given one when nothing failed, and its voxels
    :raises DICOMError: the first error, where leaving files out does not help
    :raises CancelledError: when progress was cancelled
    """
    try:
        return stack, read(stack.sources, progress)
    except UnsupportedTransferSyntaxError:
        raise
    except _OF_ONE_FILE as failure:
        remaining = None if stack.isWrong else withoutFiles(stack, _unreadable(stack, read, failure, progress))
        if remaining is None:
            raise
    return remaining, read(remaining.sources, progress)


def _unreadable(stack: SliceStack, read: Read, failure: DICOMError, progress: Progress | None) -> dict[bytes, str]:
    """Path → why, of the files that cannot be read by themselves; none where the failure is not of one file."""
    most = max(1, LARGEST_PART_LEFT_OUT * len(stack.instances))
    found: dict[bytes, str] = {}
    for number, (instance, sources) in enumerate(_byFile(stack)):
        if progress is not None:
            progress.raiseIfCancelled()
            progress.report(number, len(stack.instances), "Looking for files that cannot be read")
        try:
            read(sources, None)
        except _OF_ONE_FILE as error:
            found[instance.path] = error.what
            if len(found) > most:
                break
    return found if any(displayPath(path) == failure.where for path in found) else {}


def _byFile(stack: SliceStack) -> list[tuple[Instance, list[SliceSource]]]:
    slices: dict[bytes, tuple[Instance, list[SliceSource]]] = {}
    for source in stack.sources:
        slices.setdefault(source.instance.path, (source.instance, []))[1].append(source)
    return list(slices.values())
