"""What an import looks for in a data set: plain tags, private elements by their creator, values in sequences, values of
frames. Made once of the paths that were declared, and used for every file."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ..FrameColumns import isOfFrames
from ..NestedTags import FUNCTIONAL_GROUPS, PER_FRAME_FUNCTIONAL_GROUPS, SEQUENCES, pathsOf
from ..TagPaths import EVERY_ITEM, PathStep, normalizedPath, parsedPath
from ..Tags import ALL_TAGS
from .ElementEncoding import EXPLICIT_BIG, EXPLICIT_LITTLE

_Entry = tuple[tuple[PathStep, ...], str]


class WantedElement:
    """An element that is looked for, or that leads to one.

    :ivar keys: under which its value is kept; none for a sequence that only leads on
    :ivar isSequence: whether something is looked for in its items
    """

    def __init__(self, step: PathStep, entries: Iterable[_Entry]):
        self.number, self.creator = step.number, step.creator
        self.keys = tuple(key for steps, key in entries if len(steps) == 1)
        self._byItem: dict[int, list[_Entry]] = {}
        for steps, key in entries:
            if len(steps) > 1:
                self._byItem.setdefault(steps[0].item, []).append((steps[1:], key))
        self._items: dict[int, WantedItem | None] = {}
        self.isSequence = bool(self._byItem)

    def item(self, index: int) -> WantedItem | None:
        """What is looked for in one item, counted from 0."""
        if index not in self._byItem:
            index = EVERY_ITEM
        if index not in self._items:
            everywhere = self._byItem.get(EVERY_ITEM, [])
            own = self._byItem.get(index, []) if index != EVERY_ITEM else []
            self._items[index] = WantedItem(own + everywhere, everywhere) if own or everywhere else None
        return self._items[index]


class WantedItem:
    """What is looked for among the elements of one item.

    :ivar private: (group, creator) → low byte of the element → what is looked for
    :ivar privateGroups: the groups in it
    :ivar ofEveryItem: keys to which every item contributes a value or an empty place
    """

    def __init__(self, entries: Iterable[_Entry], everywhere: Iterable[_Entry] = ()):
        byElement: dict[tuple[int, str], list[_Entry]] = {}
        for steps, key in entries:
            byElement.setdefault((steps[0].number, steps[0].creator), []).append((steps, key))
        elements = [WantedElement(PathStep(*element), group) for element, group in byElement.items()]
        self._plain = [element for element in elements if not element.creator]
        self.private: dict[tuple[int, str], dict[int, WantedElement]] = {}
        for element in elements:
            if element.creator:
                owner = (element.number >> 16, element.creator)
                self.private.setdefault(owner, {})[element.number & 0xFF] = element
        self.privateGroups = frozenset(group for group, _ in self.private)
        self.ofEveryItem = tuple(key for _, key in everywhere)
        self._byRawTag = {
            encoding.littleEndian: {encoding.rawTag(element.number): element for element in self._plain}
            for encoding in (EXPLICIT_LITTLE, EXPLICIT_BIG)
        }

    def byRawTag(self, littleEndian: bool) -> dict[int, WantedElement]:
        """Elements by their tags as a file of this byte order writes them. Not to be changed."""
        return self._byRawTag[littleEndian]


class WantedFrames(WantedElement):
    """The sequences of functional groups: the same is looked for in every item, and the items are told apart."""

    def __init__(self, entries: Iterable[_Entry]):
        super().__init__(PathStep(PER_FRAME_FUNCTIONAL_GROUPS), ())
        self.isSequence = True
        self._item = WantedItem(entries)

    def item(self, index: int) -> WantedItem | None:
        """The same for every item."""
        return self._item


class WantedValues:
    """Everything an import looks for.

    :ivar numbers: tag numbers of the data set's own elements
    :ivar sequences: tag number → the sequence in the data set that values are looked for in
    :ivar private: (group, creator) → low byte → a private element of the data set
    :ivar frames: what is looked for in the functional groups' sequences
    :ivar keys: the normal forms of all paths
    """

    def __init__(self, paths: Iterable[str]):
        parsed = sorted({normalizedPath(path): parsedPath(path) for path in paths}.items())
        self.keys = frozenset(key for key, _ in parsed)
        self.numbers = frozenset(path.last.number for _, path in parsed if path.isPlain)
        ofFrames: dict[str, _Entry] = {}
        others: list[_Entry] = []
        for key, path in parsed:
            if isOfFrames(path):
                ofFrames[str(path.after(1))] = (path.steps[1:], str(path.after(1)))
            elif not path.isPlain:
                others.append((path.steps, key))
        self.frames = WantedFrames(ofFrames.values())
        top = WantedItem(others)
        self.private = top.private
        self.sequences = top.byRawTag(littleEndian=False)


@lru_cache(maxsize=64)
def wantedValues(extraTags: tuple[str, ...] = ()) -> WantedValues:
    """The standard values and those of ``extraTags``."""
    return WantedValues((*standardPaths(), *extraTags))


@lru_cache(maxsize=1)
def standardPaths() -> tuple[str, ...]:
    """The normal forms of everything that every import looks for."""
    perFrame = f"({normalizedPath(PER_FRAME_FUNCTIONAL_GROUPS)})"
    return (
        *(tag.text for tag in ALL_TAGS),
        *map(normalizedPath, pathsOf(SEQUENCES)),
        *(normalizedPath(f"{perFrame}[*].{path}") for path in pathsOf(FUNCTIONAL_GROUPS)),
    )
