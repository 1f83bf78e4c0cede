"""One image or object as the database knows it: the record that flows from the scanner to geometry, pixels, plugins."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass

from .Tags import normalizedTag, tagText
from .TransferSyntaxes import IMPLICIT_LITTLE_ENDIAN


@dataclass
class Instance:
    """Header facts of one SOP instance. Properties parse on demand, never raise and never touch the disk.

    :ivar path: absolute path; bytes, because file names need not be text
    :ivar values: "GGGG,EEEE" → decoded text, several values joined by a backslash; a tag that is absent is not a key
    :ivar pixelDataOffset: position of the first byte of the pixel data's value in the file; -1 when there is none
    :ivar pixelDataLength: length in bytes; -1 for encapsulated data (undefined length) or when there is none
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

    @property
    def filePath(self) -> str:
        """The path as text; undecodable bytes are escaped in the way Python's file functions accept back."""
        return os.fsdecode(self.path)

    def value(self, keywordOrTag: str) -> str:
        """The text of a tag by keyword or "gggg,eeee"; "" when absent or empty."""
        tag = normalizedTag(keywordOrTag) if "," in keywordOrTag else tagText(keywordOrTag)
        return self.values.get(tag, "")

    def numbers(self, keyword: str, count: int | None = None) -> tuple[float, ...] | None:
        """Numbers of a multi-valued tag; None when absent, not finite, not numeric or not ``count`` many."""
        text = self.value(keyword)
        if not text:
            return None
        try:
            parsed = tuple(float(part) for part in text.split("\\"))
        except ValueError:
            return None
        if count is not None and len(parsed) != count:
            return None
        return parsed if all(map(math.isfinite, parsed)) else None

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
