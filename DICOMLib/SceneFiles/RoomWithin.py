"""How much the bundles within a scene may hold together: as much as a scene without them may."""

from __future__ import annotations

from ..Errors import LimitExceededError
from ..Wording import sizeText
from .Limits import MAX_KEPT_BYTES, MAX_MEMBERS, MAX_TOTAL_BYTES
from .ZipUnpacking import BundleFiles

WITHIN_SUFFIX = ".mrb"


class RoomWithin:
    """What is left. :param files: the bundle itself, which has its share; None: a scene with files beside it

    :ivar kept: bytes that files of unknown nodes may still take
    """

    def __init__(self, files: BundleFiles | None = None):
        sizes = {} if files is None else files.sizes
        self._bytes = MAX_TOTAL_BYTES - unpackedSize(sizes)
        self._files = MAX_MEMBERS - len(sizes)
        self.kept = MAX_KEPT_BYTES

    def take(self, files: BundleFiles) -> None:
        """Open one more. :raises LimitExceededError: when there is not so much left"""
        size, count = sum(files.sizes.values()), len(files.sizes)
        if size > self._bytes or count > self._files:
            value = f"{sizeText(size)} in {count:,} files"
            raise LimitExceededError("the bundles within the scene hold more than is accepted", files.place.path, value)
        self._bytes -= size
        self._files -= count


def unpackedSize(sizes: dict[str, int]) -> int:
    """Bytes of the files of a bundle, without the bundles among them: what these hold counts when they are opened."""
    return sum(size for name, size in sizes.items() if not name.lower().endswith(WITHIN_SUFFIX))
