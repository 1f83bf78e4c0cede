"""One image or object as the database knows it: the record that flows from the scanner to geometry, pixels, plugins."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from .Errors import LimitExceededError
from .FrameColumns import Column, inFrame, isOfFrames, keysByElement, valueAt
from .TagPaths import TagPath, normalizedPath, parsedPath
from .TransferSyntaxes import IMPLICIT_LITTLE_ENDIAN

# No object has more frames: at 512 × 512 pixels they would take 500 GB.
MAX_FRAMES = 1_000_000

Tag = str | int | tuple[int, int] | TagPath
"""Everywhere a tag is given: "gggg,eeee", a keyword, a number, group and element, or a path (see TagPaths.py)."""


@dataclass
class Instance:
    """Header facts of one SOP instance. Properties parse on demand, never raise and never touch the disk.

    :ivar path: absolute path; bytes, because file names need not be text
    :ivar values: "GGGG,EEEE" → decoded text, several values joined by a backslash; a tag that is absent is not a key.
        Values from inside sequences are under their path in its normal form
    :ivar pixelDataOffset: position of the first byte of the pixel data's value in the file; -1 when there is none
    :ivar pixelDataLength: length in bytes; -1 for encapsulated data (undefined length) or when there is none
    :ivar functionalGroups: values of frames: path inside a group's item → one text for all frames, or a list with one
        for each (see FrameColumns.py); empty for objects without functional groups
    :ivar truncated: what the file announces and does not hold, in words; "" when it is complete
    """

    path: bytes
    values: Mapping[str, str]
    transferSyntaxUID: str = IMPLICIT_LITTLE_ENDIAN
    fileSize: int = 0
    modifiedTime: int = 0
    pixelDataOffset: int = -1
    pixelDataLength: int = -1
    truncated: str = ""
    functionalGroups: Mapping[str, Column] = field(default_factory=dict, repr=False)
    _keysByElement: dict[str, list[str]] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def filePath(self) -> str:
        """The path as text; undecodable bytes are escaped in the way Python's file functions accept back."""
        return os.fsdecode(self.path)

    def value(self, tag: Tag) -> str:
        """The text of a tag, keyword or path as it stands in the data set; "" when absent, empty or not kept at import.

        :raises TagPathError: when it is none of these
        """
        name = normalizedPath(tag)
        text = self.values.get(name)
        if text is None and name.startswith("(5200,92"):
            text = valueAt(self.functionalGroups, parsedPath(tag))
        return text or ""

    @property
    def hasFunctionalGroups(self) -> bool:
        """Whether frames are described by functional groups (PS3.3 C.7.6.16), as in enhanced objects."""
        return bool(self.functionalGroups)

    def frameValue(self, tag: Tag, frame: int = 0) -> str:
        """The text that holds for one frame: its own, else that shared by all frames, else that of the data set.

        :param tag: a keyword or tag found in any functional group, or a path inside a group's item such as
            ``PlanePositionSequence[0].ImagePositionPatient``
        :param frame: counted from 0
        :returns: "" when no frame value was kept at import and the data set has none
        :raises TagPathError: when it is no tag
        """
        for column in self._columnsOf(tag):
            text = inFrame(column, frame)
            if text:
                return text
        return self.value(tag)

    def frameValues(self, tag: Tag) -> list[str]:
        """:meth:`frameValue` of every frame: ``numberOfFrames`` texts.

        :raises TagPathError: when it is no tag
        :raises LimitExceededError: when the object claims more frames than any has
        """
        count = self.numberOfFrames
        if count > MAX_FRAMES:
            raise LimitExceededError("the object claims too many frames", self.path, f"{count}, more than {MAX_FRAMES}")
        texts = [self.value(tag)] * count
        for column in reversed(self._columnsOf(tag)):
            if isinstance(column, str):
                texts = [column] * count if column else texts
            else:
                described = min(count, len(column))
                own = [text or other for text, other in zip(column[:described], texts[:described], strict=True)]
                texts[:described] = own
        return texts

    def frameNumbers(self, tag: Tag, frame: int = 0, count: int | None = None) -> tuple[float, ...] | None:
        """Numbers of one frame, as :meth:`numbers` gives those of the data set."""
        return _numbers(self.frameValue(tag, frame), count)

    def _columnsOf(self, tag: Tag) -> list[Column]:
        if not self.functionalGroups:
            return []
        path = parsedPath(tag)
        if isOfFrames(path):
            path = path.after(1)
        name = str(path)
        if name in self.functionalGroups:
            return [self.functionalGroups[name]]
        if self._keysByElement is None:
            self._keysByElement = keysByElement(self.functionalGroups)
        return [self.functionalGroups[key] for key in self._keysByElement.get(name, ())]

    def numbers(self, keyword: str, count: int | None = None) -> tuple[float, ...] | None:
        """Numbers of a multi-valued tag; None when absent, not finite, not numeric or not ``count`` many."""
        return _numbers(self.value(keyword), count)

    def number(self, keyword: str, default: float | None = None) -> float | None:
        """The first number of a tag."""
        parsed = self.numbers(keyword)
        return parsed[0] if parsed else default

    def integer(self, keyword: str, default: int = 0) -> int:
        """The first number of a tag without its fraction."""
        parsed = self.number(keyword)
        return default if parsed is None else int(parsed)

    @property
    def SOPInstanceUID(self) -> str:
        """What tells this object from every other."""
        return self.value("SOPInstanceUID")

    @property
    def SOPClassUID(self) -> str:
        """What kind of object it is (PS3.4 table B.5-1)."""
        return self.value("SOPClassUID")

    @property
    def SeriesInstanceUID(self) -> str:
        """The series it is in."""
        return self.value("SeriesInstanceUID")

    @property
    def modality(self) -> str:
        """"CT", "MR", "PT", … (PS3.3 C.7.3.1.1.1)."""
        return self.value("Modality")

    @property
    def instanceNumber(self) -> int | None:
        """Number in the series; None when absent."""
        parsed = self.number("InstanceNumber")
        return None if parsed is None else int(parsed)

    @property
    def rows(self) -> int:
        """Height of the image in pixels; 0 without an image."""
        return self.integer("Rows")

    @property
    def columns(self) -> int:
        """Width of the image in pixels; 0 without an image."""
        return self.integer("Columns")

    @property
    def numberOfFrames(self) -> int:
        """Images in the object, at least 1."""
        return max(1, self.integer("NumberOfFrames", 1))

    @property
    def samplesPerPixel(self) -> int:
        """1 for grey and palette, 3 for colour."""
        return self.integer("SamplesPerPixel", 1)

    @property
    def photometricInterpretation(self) -> str:
        """What samples mean, e.g. "MONOCHROME2" (PS3.3 C.7.6.3.1.2)."""
        return self.value("PhotometricInterpretation").strip()

    @property
    def imagePosition(self) -> tuple[float, ...] | None:
        """Centre of the first voxel, LPS mm (PS3.3 C.7.6.2.1.1)."""
        return self.numbers("ImagePositionPatient", 3)

    @property
    def imageOrientation(self) -> tuple[float, ...] | None:
        """Direction cosines of increasing column index, then of increasing row index, LPS (PS3.3 C.7.6.2.1.1)."""
        return self.numbers("ImageOrientationPatient", 6)

    @property
    def pixelSpacing(self) -> tuple[float, ...] | None:
        """mm between rows, then between columns (PS3.3 10.7.1.3)."""
        return self.numbers("PixelSpacing", 2)

    @property
    def hasPixelData(self) -> bool:
        """Whether the object has pixel data, complete or not."""
        return self.pixelDataOffset >= 0


def _numbers(text: str, count: int | None) -> tuple[float, ...] | None:
    if not text:
        return None
    try:
        parsed = tuple(float(part) for part in text.split("\\"))
    except ValueError:
        return None
    if count is not None and len(parsed) != count:
        return None
    return parsed if all(map(math.isfinite, parsed)) else None
