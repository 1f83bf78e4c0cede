"""What the text of a scene says of volume rendering beside what every display node has."""

from __future__ import annotations

from collections.abc import Callable

from ..Scene.Node import vtkMRMLNode
from .NodeFields import NodeField, flagField
from .PropertyText import pointsOf
from .ValueText import flag, integer, number


def _light(index: int) -> Callable[[vtkMRMLNode, str], None]:
    def apply(node: vtkMRMLNode, text: str) -> None:
        lighting = list(node.lighting())
        lighting[index] = number(text)
        node.setLighting(*lighting)

    return apply


def _ofEarlierVersions(name: str, apply: Callable[[vtkMRMLNode, str], None]) -> NodeField:
    """Read and not written: Slicer has it in a file of its own since version 5."""
    return NodeField(name, lambda node: None, apply)


FIELDS: dict[str, tuple[NodeField, ...]] = {
    "vtkMRMLVolumeRenderingDisplayNode": (
        flagField("visibility3D", "Visibility3D"),
        flagField("croppingEnabled", "CroppingEnabled", asNumber=True),
    ),
    "vtkMRMLVolumePropertyNode": (
        _ofEarlierVersions("interpolation", lambda node, text: node.SetInterpolationType(integer(text))),
        _ofEarlierVersions("shade", lambda node, text: node.SetShade(flag(text))),
        _ofEarlierVersions("ambient", _light(0)),
        _ofEarlierVersions("diffuse", _light(1)),
        _ofEarlierVersions("specular", _light(2)),
        _ofEarlierVersions("specularPower", _light(3)),
        _ofEarlierVersions("scalarOpacity", lambda node, text: node.setOpacityPoints(pointsOf(text, 2))),
        _ofEarlierVersions("gradientOpacity", lambda node, text: node.setGradientPoints(pointsOf(text, 2))),
        _ofEarlierVersions("colorTransfer", lambda node, text: node.setColorPoints(pointsOf(text, 4))),
    ),
}
