"""What surrounds the data in a 3D view: a box, patient letters at its sides, and the crosshair. VTK only."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkFiltersSources import vtkOutlineSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkBillboardTextActor3D, vtkPolyDataMapper, vtkRenderer

from .Theme import rgb

LETTER_PIXELS = 16
# VTK lights these letters like any surface, which takes a quarter of their brightness.
LETTER_COLOR = "#FFEEBE"
# Letters stand off the box by this part of its longest edge.
LETTER_DISTANCE = 0.06
CROSSHAIR_LENGTH = 0.08
SIDES = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}


class ThreeDAnnotations:
    """Box, letters and crosshair of one 3D view."""

    def __init__(self, renderer: vtkRenderer, scale: float = 1.0):
        self.boxVisible = True
        self.lettersVisible = True
        self._outline = vtkOutlineSource()
        self.box = _lineActor(renderer, self._outline, "textOff")
        self._arms = [vtkOutlineSource() for _axis in range(3)]
        self._crosshair = [_lineActor(renderer, arm, "crosshair") for arm in self._arms]
        self.letters = {letter: _letterActor(renderer, letter, scale) for letter in SIDES}
        self._bounds: np.ndarray | None = None
        self._position: np.ndarray | None = None
        self._hasLetters = True

    def state(self) -> tuple:
        """Changes when what is drawn changes."""
        bounds = None if self._bounds is None else self._bounds.tobytes()
        place = None if self._position is None else self._position.tobytes()
        return bounds, place, self.boxVisible, self.lettersVisible and self._hasLetters, self.box.GetVisibility()

    def setBounds(self, bounds: np.ndarray | None, hasLetters: bool = True) -> None:
        """Surround a RAS box.

        :param bounds: shape (2, 3), lower and upper corner in mm; None when there is nothing to surround
        :param hasLetters: whether the directions in the patient are known
        """
        self._hasLetters = hasLetters
        self._bounds = bounds
        self.box.SetVisibility(bounds is not None and self.boxVisible)
        for actor in self.letters.values():
            actor.SetVisibility(bounds is not None and hasLetters and self.lettersVisible)
        if bounds is None:
            return
        self._outline.SetBounds(*bounds.T.ravel())
        middle, half = bounds.mean(axis=0), (bounds[1] - bounds[0]) / 2
        for letter, (axis, sign) in SIDES.items():
            place = middle.copy()
            place[axis] += sign * (half[axis] + LETTER_DISTANCE * 2 * half.max())
            self.letters[letter].SetPosition(*place)

    def setCrosshair(self, ras: np.ndarray | None) -> None:
        """Put a small three-armed cross at a RAS point, or hide it with None."""
        self._position = ras
        shown = ras is not None and self._bounds is not None
        for axis, (arm, actor) in enumerate(zip(self._arms, self._crosshair, strict=True)):
            actor.SetVisibility(shown)
            if shown:
                half = np.zeros(3)
                half[axis] = CROSSHAIR_LENGTH * float(np.ptp(self._bounds, axis=0).max())
                arm.SetBounds(*np.array([ras - half, ras + half]).T.ravel())


def _lineActor(renderer: vtkRenderer, source, color: str) -> vtkActor:
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(source.GetOutputPort())
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(*rgb(color))
    actor.GetProperty().SetLighting(False)
    actor.PickableOff()
    actor.VisibilityOff()
    renderer.AddActor(actor)
    return actor


def _letterActor(renderer: vtkRenderer, letter: str, scale: float) -> vtkBillboardTextActor3D:
    actor = vtkBillboardTextActor3D()
    actor.SetInput(letter)
    style = actor.GetTextProperty()
    style.SetFontFamilyToArial()
    style.SetBold(True)
    style.SetFontSize(round(LETTER_PIXELS * scale))
    style.SetColor(*rgb(LETTER_COLOR))
    style.SetJustificationToCentered()
    style.SetVerticalJustificationToCentered()
    actor.PickableOff()
    actor.VisibilityOff()
    renderer.AddActor(actor)
    return actor
