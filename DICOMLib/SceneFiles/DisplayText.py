"""What the text of a scene says of display nodes."""

from __future__ import annotations

import re

from ..Scene.Node import vtkMRMLNode
from .NodeFields import NodeField, flagField, integerField, numberField, textField
from .ValueText import integer, number, numbers, numbersText, numberText

# Slicer's tables whose ID is not what the name of ours would give.
_IDS_IN_SLICER = {
    "vtkMRMLColorTableNodePET-Heat": "vtkMRMLPETProceduralColorNodePET-Heat",
    "vtkMRMLColorTableNodePET-Rainbow": "vtkMRMLPETProceduralColorNodePET-Rainbow",
    "vtkMRMLColorTableNodeHotToColdRainbow": "vtkMRMLColorTableNodeFileHotToColdRainbow.txt",
    "vtkMRMLColorTableNodeColdToHotRainbow": "vtkMRMLColorTableNodeFileColdToHotRainbow.txt",
}
_PRESET = re.compile(r"windowLevelPreset([0-9]{1,4})")
_PRESET_NAME = "windowLevelPreset"
_EXPLANATION_NAME = "windowLevelPresetExplanation"


def colorIDInSlicer(nodeID: str) -> str:
    """The ID of a colour table as Slicer knows it."""
    return _IDS_IN_SLICER.get(nodeID, nodeID)


def _setColor(node: vtkMRMLNode, text: str) -> None:
    node.SetColor(numbers(text, 3))


DISPLAY_FIELDS = (
    NodeField("color", lambda node: numbersText(node.GetColor()), _setColor),
    numberField("opacity", "Opacity"),
    flagField("visibility", "Visibility"),
)
# Of volumes Slicer always writes visibility2D="false" and does not mean it: slice views choose what they show.
SURFACE_FIELDS = (flagField("visibility2D", "Visibility2D"), flagField("visibility3D", "Visibility3D"))


def _applyThresholdEnd(node: vtkMRMLNode, text: str, isUpper: bool) -> None:
    lower, upper = node.GetLowerThreshold(), node.GetUpperThreshold()
    node.SetThreshold(*((lower, number(text)) if isUpper else (number(text), upper)))


VOLUME_DISPLAY_FIELDS = (flagField("interpolate", "Interpolate", asNumber=True),)
SCALAR_DISPLAY_FIELDS = (
    numberField("window", "Window"),
    numberField("level", "Level"),
    NodeField(
        "upperThreshold",
        lambda node: numberText(node.GetUpperThreshold()),
        lambda node, text: _applyThresholdEnd(node, text, isUpper=True),
    ),
    NodeField(
        "lowerThreshold",
        lambda node: numberText(node.GetLowerThreshold()),
        lambda node, text: _applyThresholdEnd(node, text, isUpper=False),
    ),
    flagField("invertDisplayScalarRange", "InvertDisplayScalarRange", asNumber=True),
    flagField("autoWindowLevel", "AutoWindowLevel", asNumber=True),
    flagField("applyThreshold", "ApplyThreshold", asNumber=True),
)
WEIGHTED_DISPLAY_FIELDS = (integerField("diffusionComponent", "DiffusionComponent"),)


def _applyInvariant(node: vtkMRMLNode, text: str) -> None:
    """The number alone: a change by hand would choose a window that fits it."""
    automatic, window, level = node.GetAutoWindowLevel(), node.GetWindow(), node.GetLevel()
    node.SetScalarInvariant(integer(text))
    node.SetWindowLevel(window, level)
    node.SetAutoWindowLevel(automatic)


TENSOR_DISPLAY_FIELDS = (
    NodeField("scalarInvariant", lambda node: str(node.GetScalarInvariant()), _applyInvariant),
)
MODEL_DISPLAY_FIELDS = (
    flagField("edgeVisibility", "EdgeVisibility"),
    flagField("scalarVisibility", "ScalarVisibility"),
    textField("activeScalarName", "ActiveScalarName", writesEmpty=False),
)


def presetAttributes(node: vtkMRMLNode) -> dict[str, str]:
    """Window and level pairs of the file, numbered; what they are for is an attribute of this program's own."""
    found = {}
    for index in range(node.GetNumberOfWindowLevelPresets()):
        pair = (node.GetWindowPreset(index), node.GetLevelPreset(index))
        found[f"{_PRESET_NAME}{index}"] = "|".join(numberText(value) for value in pair)
        explanation = node.GetWindowLevelPresetExplanation(index)
        if explanation:
            found[f"{_EXPLANATION_NAME}{index}"] = explanation
    return found


def applyPresets(node: vtkMRMLNode, attributes: dict[str, str]) -> None:
    """Take the pairs out of the attributes of an element. :raises ValueError: when one is not two numbers"""
    matches = sorted((match for name in attributes if (match := _PRESET.fullmatch(name))), key=lambda m: int(m[1]))
    for match in matches:
        window, _separator, level = attributes.pop(match[0]).partition("|")
        explanation = attributes.pop(f"{_EXPLANATION_NAME}{match[1]}", "")
        node.AddWindowLevelPreset(number(window), number(level), explanation)
