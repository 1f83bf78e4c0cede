"""What the header scanner finds in one file."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..Instance import Instance


@dataclass
class Header:
    """Facts of one file's data set.

    :ivar path: absolute path as bytes; b"" for a buffer
    :ivar fileSize: bytes
    :ivar modifiedTime: nanoseconds since the epoch
    :ivar transferSyntaxUID: as stated, or as recognised where the file states none
    :ivar values: "GGGG,EEEE" → decoded text, several values joined by a backslash; absent tags are no keys
    :ivar pixelDataOffset: first byte of the pixel data's value in the file, -1 without pixel data. In a deflated
        file it counts in the inflated data set
    :ivar pixelDataLength: bytes; -1 for encapsulated pixel data and without pixel data
    :ivar truncated: what the file announces and does not hold; "" when nothing is missing
    :ivar functionalGroups: values of frames, see :class:`Instance`
    :ivar note: what is wrong with it though it can be used, in words; "" when nothing is
    :ivar shared: values that it has in common with other headers, which hold this very dictionary; None for a header
        read by itself. :attr:`values` is made of these and of :attr:`own`
    :ivar own: the other values
    :ivar contentsPath: where the bytes are while they are imported, when ``path`` only says where they came from (a
        member of an archive); b"" otherwise
    :ivar dataSetOffset: first byte of the data set in the file, behind the meta group and before any inflating; -1 in
        a header that was not read from its own file alone
    """

    path: bytes = b""
    fileSize: int = 0
    modifiedTime: int = 0
    transferSyntaxUID: str = ""
    values: dict[str, str] = field(default_factory=dict)
    pixelDataOffset: int = -1
    pixelDataLength: int = -1
    truncated: str = ""
    contentsPath: bytes = b""
    functionalGroups: dict[str, str | list] = field(default_factory=dict)
    note: str = ""
    shared: dict[str, str] | None = field(default=None, repr=False, compare=False)
    own: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    dataSetOffset: int = field(default=-1, repr=False, compare=False)

    @property
    def readablePath(self) -> bytes:
        """The file to open for the bytes."""
        return self.contentsPath or self.path

    def value(self, tag: str) -> str:
        """The text of "GGGG,EEEE"; "" when absent or empty."""
        return self.values.get(tag, "")

    def toInstance(self) -> Instance:
        """The record that geometry, pixels and plugins work with."""
        return Instance(
            path=self.path,
            values=self.values,
            transferSyntaxUID=self.transferSyntaxUID,
            fileSize=self.fileSize,
            modifiedTime=self.modifiedTime,
            pixelDataOffset=self.pixelDataOffset,
            pixelDataLength=self.pixelDataLength,
            truncated=self.truncated,
            functionalGroups=self.functionalGroups,
        )
