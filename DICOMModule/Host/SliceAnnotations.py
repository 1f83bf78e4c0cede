"""What is drawn over a slice, in pixels of the view: letters, corner texts, crosshair lines and a ruler. VTK only."""

from __future__ import annotations

import math

import numpy as np
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D, vtkRenderer, vtkTextActor

from .DiffusionTexts import essentialText
from .SliceGeometry import SliceGeometry
from .Theme import rgb

TEXT_PIXELS = 12
LETTER_PIXELS = 15
EDGE_PIXELS = 7
AVERAGE_LETTER = 0.53  # width of Arial's letters over their size, in names as they occur
# Letters on bone are unreadable without; on dark parts of the picture it does not show.
TEXT_SHADE = 0.35
# Below this width corner texts would run into each other; the letters stay, and what matters most in few letters.
MINIMUM_WIDTH_FOR_TEXT = 230
CROSSHAIR_GAP_PIXELS = 9

_CORNERS = {
    "topLeft": (0.0, 1.0), "topRight": (1.0, 1.0), "bottomLeft": (0.0, 0.0), "bottomRight": (1.0, 0.0),
}  # fmt: skip
_EDGES = {"left": (0.0, 0.5), "right": (1.0, 0.5), "top": (0.5, 1.0), "bottom": (0.5, 0.0)}


class LineOverlay:
    """Line segments in pixels of the view."""

    def __init__(self, renderer: vtkRenderer, color: str, width: float = 1.0):
        self._data = vtkPolyData()
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self._data)
        self.actor = vtkActor2D()
        self.actor.SetMapper(mapper)
        self.actor.GetProperty().SetColor(*rgb(color))
        self.actor.GetProperty().SetLineWidth(width)
        renderer.AddViewProp(self.actor)

    def setSegments(self, segments: list[tuple[float, float, float, float]]) -> None:
        """Replace all lines. :param segments: x0, y0, x1, y1 each, pixels from the lower left corner"""
        points, lines = vtkPoints(), vtkCellArray()
        for x0, y0, x1, y1 in segments:
            lines.InsertNextCell(2)
            lines.InsertCellPoint(points.InsertNextPoint(x0, y0, 0))
            lines.InsertCellPoint(points.InsertNextPoint(x1, y1, 0))
        self._data.SetPoints(points)
        self._data.SetLines(lines)
        self.actor.SetVisibility(bool(segments))


class SliceAnnotations:
    """The texts and lines of one slice view.

    :param renderer: they are drawn into this renderer
    :param scale: device pixels per logical pixel
    """

    def __init__(self, renderer: vtkRenderer, scale: float = 1.0):
        self.scale = scale
        self.cornersVisible = True
        self.lettersVisible = True
        self.rulerVisible = True
        self._corners = {name: _textActor(renderer, place, "viewText") for name, place in _CORNERS.items()}
        self._cornerTexts: dict[str, str] = {}
        self._letters = {name: _textActor(renderer, place, "viewLetters", bold=True) for name, place in _EDGES.items()}
        self._rulerText = _textActor(renderer, (0.5, 0.0), "viewText")
        # A bright line on bone or film is not seen without a dark one around it.
        self._rulerShade = LineOverlay(renderer, "viewBackground", 3.0 * scale)
        self._ruler = LineOverlay(renderer, "viewText")
        self._crosshair = LineOverlay(renderer, "crosshair")

    def letters(self) -> dict[str, str]:
        """The letters now shown at left, right, top and bottom."""
        return {name: actor.GetInput() for name, actor in self._letters.items()}

    def cornerText(self, corner: str) -> str:
        """The text now shown in topLeft, topRight, bottomLeft or bottomRight."""
        return self._cornerTexts.get(corner, "")

    def update(
        self, geometry: SliceGeometry, texts: dict[str, str], crosshair: np.ndarray | None, hasLetters: bool = True
    ) -> None:
        """Place everything for the geometry.

        :param texts: corner → lines of text; empty everywhere when the view shows no volume
        :param crosshair: RAS mm, None to hide it
        :param hasLetters: whether the picture's directions in the patient are known
        """
        occupied = any(texts.values())
        roomy = geometry.width >= MINIMUM_WIDTH_FOR_TEXT * self.scale
        # Few letters have no neighbour on the other side.
        width = geometry.width / self.scale * (1 if roomy else 2)
        for name, actor in self._corners.items():
            text = texts.get(name, "") if roomy else _essential(texts.get(name, ""))
            self._cornerTexts[name] = _elided(text if self.cornersVisible else "", width)
            self._place(actor, geometry, _CORNERS[name], _literal(self._cornerTexts[name]), TEXT_PIXELS)
        letters = geometry.edgeLetters() if self.lettersVisible and hasLetters and occupied else {}
        for name, actor in self._letters.items():
            self._place(actor, geometry, _EDGES[name], letters.get(name, ""), LETTER_PIXELS)
        self._updateRuler(geometry, self.rulerVisible and occupied and roomy)
        self._crosshair.setSegments([] if crosshair is None else self._crosshairLines(geometry, crosshair))

    def _place(self, actor: vtkTextActor, geometry: SliceGeometry, place: tuple, text: str, pixels: int) -> None:
        actor.SetInput(text)
        actor.SetVisibility(bool(text))
        actor.GetTextProperty().SetFontSize(round(pixels * self.scale))
        margin = EDGE_PIXELS * self.scale
        x = margin + place[0] * (geometry.width - 2 * margin)
        y = margin + place[1] * (geometry.height - 2 * margin)
        actor.SetPosition(round(x), round(y))

    def _crosshairLines(self, geometry: SliceGeometry, ras: np.ndarray) -> list[tuple[float, float, float, float]]:
        x, y = (math.floor(value) + 0.5 for value in geometry.rasToDisplay(ras))
        gap = CROSSHAIR_GAP_PIXELS * self.scale
        width, height = geometry.width, geometry.height
        return [(0, y, x - gap, y), (x + gap, y, width, y), (x, 0, x, y - gap), (x, y + gap, x, height)]

    def _updateRuler(self, geometry: SliceGeometry, visible: bool) -> None:
        """A scale bar of a round length, about a quarter of the view wide, above the bottom letter."""
        if not visible:
            self._rulerShade.setSegments([])
            self._ruler.setSegments([])
            self._rulerText.SetVisibility(False)
            return
        length = roundLength(geometry.width * geometry.mmPerPixel / 4)
        half = length / geometry.mmPerPixel / 2
        middle, y, tick = geometry.width / 2, round(30 * self.scale) + 0.5, 3 * self.scale
        lines = [
            (middle - half, y, middle + half, y),
            (middle - half, y - tick, middle - half, y + tick),
            (middle + half, y - tick, middle + half, y + tick),
        ]
        self._rulerShade.setSegments(lines)
        self._ruler.setSegments(lines)
        self._rulerText.SetInput(f"{length / 10:g} cm" if length >= 10 else f"{length:g} mm")
        self._rulerText.GetTextProperty().SetFontSize(round((TEXT_PIXELS - 1) * self.scale))
        self._rulerText.SetPosition(round(middle), round(y + tick + 1))
        self._rulerText.SetVisibility(True)


def roundLength(atMost: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above ``atMost``."""
    if atMost <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(atMost))
    return max((factor * power for factor in (1, 2, 5) if factor * power <= atMost * (1 + 1e-9)), default=power)


def _elided(text: str, width: float) -> str:
    """Lines shortened to what fits between the edge of the view and the letter in its middle."""
    longest = max(12, int((width / 2 - EDGE_PIXELS - LETTER_PIXELS) / (TEXT_PIXELS * AVERAGE_LETTER)))
    lines = [line if len(line) <= longest else essentialText(line) or line for line in text.split("\n")]
    return "\n".join(line if len(line) <= longest else line[: longest - 1] + "…" for line in lines)


def _essential(text: str) -> str:
    """The lines that views too small for the others keep, in few letters."""
    return "\n".join(filter(None, map(essentialText, text.split("\n"))))


def _literal(text: str) -> str:
    """Text that VTK draws letter by letter. Where Matplotlib is loaded it takes ``$…$`` for a formula, draws nothing
    when it is none and logs it, and takes ``|`` for the edge of a column, which cannot be escaped."""
    return text.replace("$", "\\$").replace("|", "\u00a6")


def _textActor(renderer: vtkRenderer, place: tuple[float, float], color: str, bold: bool = False) -> vtkTextActor:
    actor = vtkTextActor()
    style = actor.GetTextProperty()
    style.SetFontFamilyToArial()
    style.SetColor(*rgb(color))
    style.SetBold(bold)
    style.SetBackgroundColor(0, 0, 0)
    style.SetBackgroundOpacity(TEXT_SHADE)
    style.SetShadow(True)
    style.SetShadowOffset(1, -1)
    style.SetJustification({0.0: 0, 0.5: 1, 1.0: 2}[place[0]])
    style.SetVerticalJustification({0.0: 0, 0.5: 1, 1.0: 2}[place[1]])
    renderer.AddViewProp(actor)
    return actor
