"""The objects that the slices of a volume come from, and which parts of each are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..Errors import PixelDataError
from ..Instance import Instance
from ..SliceSource import SliceSource, Tile
from .LookupTable import LookupTable
from .NativeReader import checkLength, describedByFile, isDescribedByFile
from .PixelLayout import LAYOUT_TAGS, PixelLayout, layoutOf


@dataclass(eq=False)
class SliceObject:
    """One object.

    :ivar frames: number of a frame → the slices made of it, as (number of the slice, part of the frame or None)
    :ivar palette: its colours, when they were read
    """

    instance: Instance
    layout: PixelLayout
    frames: dict[int, list[tuple[int, Tile | None]]] = field(default_factory=dict)
    palette: LookupTable | None = None

    @property
    def isIndexed(self) -> bool:
        """Whether pixels are numbers of colours in its palette."""
        return self.layout.photometricInterpretation == "PALETTE COLOR"

    @property
    def sliceShape(self) -> tuple[int, ...]:
        """Shape of its slices: (rows, columns) or (rows, columns, 3)."""
        _, tile = next(iter(self.frames.values()))[0]
        return shapeOfTile(self.layout, tile)


def shapeOfTile(layout: PixelLayout, tile: Tile | None) -> tuple[int, ...]:
    """Shape of a slice made of a whole frame or of a part of it."""
    return layout.frameShape if tile is None else (*tile[2:], *layout.frameShape[2:])


def sliceObjects(sources: Sequence[SliceSource], largestObjectBytes: int) -> list[SliceObject]:
    """Each object once, checked before memory is taken for any of them; files are checked again when they are opened.

    :raises PixelDataError: when pixel data is missing or short, or slices differ in size or kind
    :raises LimitExceededError: when a header announces more than can be true
    """
    objects: dict[int, SliceObject] = {}
    layouts = _Layouts(largestObjectBytes)
    for number, source in enumerate(sources):
        one = objects.get(id(source.instance))
        if one is None:
            one = objects[id(source.instance)] = SliceObject(source.instance, layouts.of(source.instance))
        _checkInside(one, source)
        one.frames.setdefault(source.frame, []).append((number, source.tile))
    found = list(objects.values())
    _checkUniform(found)
    return found


class _Layouts:
    """Layouts of objects; those of a series mostly are described alike, and are looked at once."""

    def __init__(self, largestObjectBytes: int):
        self._largestObjectBytes = largestObjectBytes
        self._known: dict[tuple, PixelLayout] = {}

    def of(self, instance: Instance) -> PixelLayout:
        """The layout of one object, checked. Everything that the checks look at is in the key."""
        held = instance.fileSize and instance.fileSize - instance.pixelDataOffset
        key = (*map(instance.values.get, LAYOUT_TAGS), instance.transferSyntaxUID, instance.hasPixelData, held,
               instance.pixelDataLength)  # fmt: skip
        layout = self._known.get(key)
        if layout is None:
            layout = _checkedLayout(instance, self._largestObjectBytes)
            if not isDescribedByFile(layout):
                self._known[key] = layout
        return layout


def _checkedLayout(instance: Instance, largestObjectBytes: int) -> PixelLayout:
    layout = layoutOf(instance, largestObjectBytes)
    if layout.isNative:
        checkLength(instance, layout, instance.fileSize or instance.pixelDataOffset + instance.pixelDataLength)
        layout = describedByFile(instance, layout)
    return layout


def _checkInside(one: SliceObject, source: SliceSource) -> None:
    layout = one.layout
    if not 0 <= source.frame < layout.frames:
        value = f"frame {source.frame + 1} of {layout.frames}"
        raise PixelDataError("the object has no such frame", source.instance.path, value)
    if source.tile is not None:
        row, column, rows, columns = source.tile
        inside = row >= 0 and column >= 0 and row + rows <= layout.rows and column + columns <= layout.columns
        if not (inside and rows > 0 and columns > 0):
            value = f"{rows} rows from {row} on, {columns} columns from {column} on"
            raise PixelDataError("a part of an image lies outside of it", source.instance.path, value)


def _checkUniform(objects: Sequence[SliceObject]) -> None:
    """One shape for all; whether grey or colour counts too."""
    expected = objects[0].sliceShape
    for one in objects:
        for wanted in one.frames.values():
            for _, tile in wanted:
                shape = shapeOfTile(one.layout, tile)
                if shape != expected:
                    what = f"images differ in size: {_shapeText(shape)}, the first one is {_shapeText(expected)}"
                    raise PixelDataError(what, one.instance.path, hint="Load them as separate volumes")


def _shapeText(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}×{shape[0]}{' colour' if len(shape) > 2 else ''}"
