"""Colour tables by name: MRML's names and node IDs, made when asked for."""

from __future__ import annotations

import numpy
from vtkmodules.vtkCommonCore import vtkLookupTable

from ..Errors import SceneError
from .Node import vtkMRMLNode
from .StorableNode import vtkMRMLStorableNode

TABLE_SIZE = 256

# Name → positions (0 to 1) and RGB (0 to 1) of the colours between which the table is linear.
_RAMPS: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    "Grey": ((0, 0, 0, 0), (1, 1, 1, 1)),
    "InvertedGrey": ((0, 1, 1, 1), (1, 0, 0, 0)),
    "Red": ((0, 0, 0, 0), (1, 1, 0, 0)),
    "Green": ((0, 0, 0, 0), (1, 0, 1, 0)),
    "Blue": ((0, 0, 0, 0), (1, 0, 0, 1)),
    "Yellow": ((0, 0, 0, 0), (1, 1, 1, 0)),
    "Cyan": ((0, 0, 0, 0), (1, 0, 1, 1)),
    "Magenta": ((0, 0, 0, 0), (1, 1, 0, 1)),
    "Warm1": ((0, 1, 0, 0), (1, 1, 1, 0)),
    "Cool1": ((0, 0, 0, 1), (1, 0, 1, 1)),
    "Iron": ((0, 0, 0, 0), (0.4, 0.6, 0, 0.5), (0.65, 0.95, 0.35, 0.1), (0.85, 1, 0.8, 0), (1, 1, 1, 1)),
    "Ocean": ((0, 0, 0, 0.5), (0.5, 0, 0.5, 0.8), (1, 0.8, 1, 1)),
    "Desert": ((0, 0.5, 0, 0), (0.5, 0.9, 0.5, 0.1), (1, 1, 1, 0.6)),
    "Rainbow": ((0, 1, 0, 0), (0.25, 1, 1, 0), (0.5, 0, 1, 0), (0.75, 0, 1, 1), (1, 0, 0, 1)),
    "FullRainbow": (
        (0, 1, 0, 0), (1 / 6, 1, 1, 0), (2 / 6, 0, 1, 0), (3 / 6, 0, 1, 1), (4 / 6, 0, 0, 1), (5 / 6, 1, 0, 1),
        (1, 1, 0, 0),
    ),
    "ColdToHotRainbow": ((0, 0, 0, 1), (0.25, 0, 1, 1), (0.5, 0, 1, 0), (0.75, 1, 1, 0), (1, 1, 0, 0)),
    "HotToColdRainbow": ((0, 1, 0, 0), (0.25, 1, 1, 0), (0.5, 0, 1, 0), (0.75, 0, 1, 1), (1, 0, 0, 1)),
    "PET-Heat": ((0, 0, 0, 0), (0.33, 0.67, 0, 0), (0.67, 1, 0.67, 0), (0.85, 1, 1, 0.4), (1, 1, 1, 1)),
    "PET-Rainbow": (
        (0, 0, 0, 0), (0.2, 0.3, 0, 0.6), (0.4, 0, 0.3, 1), (0.6, 0, 0.8, 0.2), (0.8, 1, 0.9, 0), (1, 1, 0, 0),
    ),
}  # fmt: skip

LABELS = "Labels"
DEFAULT_COLOR_NAME = "Grey"
_ID_PREFIX = "vtkMRMLColorTableNode"
# IDs that scripts written for Slicer use and that do not follow the pattern prefix + name.
_ALIASES = {
    "vtkMRMLPETProceduralColorNodePET-Heat": "PET-Heat",
    "vtkMRMLPETProceduralColorNodePET-Rainbow": "PET-Rainbow",
    "vtkMRMLColorTableNodeFileHotToColdRainbow.txt": "HotToColdRainbow",
    "vtkMRMLColorTableNodeFileColdToHotRainbow.txt": "ColdToHotRainbow",
    "vtkMRMLColorTableNodeFileGenericColors.txt": LABELS,
    "vtkMRMLColorTableNodeFileGenericAnatomyColors.txt": LABELS,
}


def colorNames() -> list[str]:
    """Names of all colour tables."""
    return [*_RAMPS, LABELS]


def colorNodeID(name: str) -> str:
    """The node ID of a colour table. :raises SceneError: for an unknown name"""
    if name != LABELS and name not in _RAMPS:
        raise SceneError("there is no such color table", name, hint=f"Use one of {', '.join(colorNames())}")
    return _ID_PREFIX + name


def colorNameOfID(nodeID: str | None) -> str | None:
    """The name of a colour table by node ID, None when the ID is none of theirs."""
    if nodeID is None:
        return None
    name = _ALIASES.get(nodeID) or nodeID.removeprefix(_ID_PREFIX)
    return name if nodeID.startswith("vtkMRML") and (name == LABELS or name in _RAMPS) else None


def colorTable(name: str) -> numpy.ndarray:
    """RGBA of shape (256, 4), 0 to 1. :raises SceneError: for an unknown name"""
    colorNodeID(name)
    if name == LABELS:
        return _labelColors()
    ramp = numpy.array(_RAMPS[name], dtype=float)
    positions = numpy.linspace(0, 1, TABLE_SIZE)
    table = numpy.ones((TABLE_SIZE, 4))
    for channel in range(3):
        table[:, channel] = numpy.interp(positions, ramp[:, 0], ramp[:, channel + 1])
    return table


def _labelColors() -> numpy.ndarray:
    """Label 0 transparent, each next one a clearly different colour: the hue steps by the golden ratio."""
    numbers = numpy.arange(TABLE_SIZE)
    hue = (numbers * 0.6180339887498949) % 1
    value = 0.95 - 0.3 * ((numbers // 7) % 2)
    saturation = 0.75 - 0.3 * ((numbers // 3) % 2)
    offsets = numpy.array([5, 3, 1])
    k = (offsets + hue[:, None] * 6) % 6
    rgb = value[:, None] * (1 - saturation[:, None] * numpy.clip(numpy.minimum(k, 4 - k), 0, 1))
    table = numpy.column_stack((rgb, numpy.ones(TABLE_SIZE)))
    table[0] = 0
    return table


class vtkMRMLColorNode(vtkMRMLStorableNode):
    """Base of what gives colours to values."""

    hiddenByDefault = True
    storageClassName = "vtkMRMLColorTableStorageNode"


class vtkMRMLColorTableNode(vtkMRMLColorNode):
    """A colour and a name for each of the values 0, 1, 2 and so on.

    Built-in tables are given by a scene by their ID and are never listed among its nodes; others are nodes as all are.

    :param name: of a built-in table; "" for one of its own, which has no colours at first
    """

    defaultName = "ColorTable"
    MOST_COLORS = 65536

    def __init__(self, name: str = ""):
        super().__init__()
        self._colors = colorTable(name) if name else numpy.zeros((0, 4))
        self._colorNames: dict[int, str] = {}
        self._name = name or None
        self._isBuiltIn = bool(name)

    def SetTypeToUser(self) -> None:
        """As MRML wants it to be said before colours are set; a table that is not built in is one already.

        :raises SceneError: for a built-in table
        """
        self._requireOwn()

    def SetNumberOfColors(self, count: int) -> None:
        """Colours that are new are transparent and have no name.

        :raises SceneError: for a built-in table, or more colours than labels of 16 bits can have
        """
        self._requireOwn()
        if not 0 <= count <= self.MOST_COLORS:
            raise SceneError("a color table cannot have so many colors", self.GetName(), count)
        kept = self._colors[:count]
        self._colors = numpy.vstack([kept, numpy.zeros((count - len(kept), 4))])
        self._colorNames = {entry: name for entry, name in self._colorNames.items() if entry < count}
        self.Modified()

    def GetNumberOfColors(self) -> int:
        return len(self._colors)

    def SetColor(self, entry: int, *color: str | float) -> None:
        """A name (which may be left out), then red, green and blue, and opacity if it is not 1; all from 0 to 1.

        :raises SceneError: for a built-in table, or an entry it does not have
        """
        self._requireOwn()
        name, *rgba = color if isinstance(color[0], str) else (None, *color)
        if not 0 <= entry < len(self._colors) or len(rgba) not in (3, 4):
            raise SceneError("the color table has no such color", self.GetName(), entry)
        self._colors[entry] = [*map(float, rgba), 1.0][:4]
        if name is not None:
            self._colorNames[entry] = name
        self.Modified()

    def GetColor(self, entry: int, color: list | None = None) -> tuple[float, ...] | bool:
        """RGBA of an entry; with a list given, it is filled and whether the entry exists is returned (MRML's way)."""
        exists = 0 <= entry < len(self._colors)
        rgba = tuple(self._colors[entry].tolist()) if exists else (0.0, 0.0, 0.0, 0.0)
        if color is None:
            return rgba
        color[:] = rgba
        return exists

    def SetColorName(self, entry: int, name: str) -> None:
        """What the value stands for. :raises SceneError: for a built-in table, or an entry it does not have"""
        self.SetColor(entry, name, *self.GetColor(entry))

    def GetColorName(self, entry: int) -> str:
        """What the value stands for; "" when nobody said it."""
        return self._colorNames.get(entry, "")

    def GetLookupTable(self) -> vtkLookupTable:
        """A table of its own each time, with the range from 0 to the last entry."""
        table = vtkLookupTable()
        table.SetNumberOfTableValues(max(1, len(self._colors)))
        table.SetTableRange(0, max(1, len(self._colors) - 1))
        for entry, rgba in enumerate(self._colors.tolist()):
            table.SetTableValue(entry, *rgba)
        return table

    def CopyContent(self, node: vtkMRMLNode, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        self._requireOwn()
        self._colors = node._colors.copy()
        self._colorNames = dict(node._colorNames)
        self.Modified()

    def _requireOwn(self) -> None:
        if self._isBuiltIn:
            raise SceneError("a built-in color table cannot be changed", self.GetName(), hint="Make a new one")
