"""Volume properties as files: lines of numbers (``.vp``), written; Slicer's newer JSON (``.vp.json``), read."""

from __future__ import annotations

from pathlib import Path

from ..Errors import FileError
from ..Progress import Progress
from ..Scene.ArrayFiles import replacingFile
from ..Scene.VolumeRenderingNodes import LINEAR, NEAREST, vtkMRMLVolumePropertyNode
from .ForeignReading import plainOf
from .MemberFormat import MemberFormat, Reading
from .PropertyText import functionText
from .ValueText import numberText

_TASK = "DICOMLib.SceneFiles.SmallFileTask:readProperty"


def writeProperty(node: vtkMRMLVolumePropertyNode, path: Path, progress: Progress | None) -> list[Path]:
    """:raises UnreadableFileError: when the file cannot be written"""
    ambient, diffuse, specular, power = node.lighting()
    lines = [
        str(node.GetInterpolationType()), str(int(node.GetShade())),
        *map(numberText, (diffuse, ambient, specular, power)),
        functionText(node.opacityPoints(), 2), functionText(node.gradientPoints(), 2),
        functionText(node.colorPoints(), 4),
    ]  # fmt: skip
    with replacingFile(path) as stream:
        stream.write(("\n".join(lines) + "\n").encode())
    return [path]


def readPropertyInto(node: vtkMRMLVolumePropertyNode, path: Path, reading: Reading) -> None:
    """:raises FileError: for a file that is no volume property"""
    said = plainOf(_TASK, path, reading.workers, reading.progress)
    read = vtkMRMLVolumePropertyNode()
    try:
        _apply(read, said)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise FileError("the file is no volume property, or it is damaged", path) from error
    node.CopyContent(read)


def _apply(node: vtkMRMLVolumePropertyNode, said: dict) -> None:
    """:raises ValueError: or another of those above, for what no worker of ours says"""
    ambient, diffuse, specular, power = node.lighting()
    light = {"ambient": ambient, "diffuse": diffuse, "specular": specular, "power": power} | said["light"]
    kinds = {"nearest": NEAREST, "linear": LINEAR}
    node.SetInterpolationType(int(kinds.get(said["interpolation"], said["interpolation"])))
    node.SetShade(said["shade"] is True)
    node.setLighting(*(float(light[name]) for name in ("ambient", "diffuse", "specular", "power")))
    for name, use in (
        ("opacity", node.setOpacityPoints), ("gradient", node.setGradientPoints), ("color", node.setColorPoints),
    ):  # fmt: skip
        if name in said:
            use([tuple(map(float, point)) for point in said[name]])


FORMAT = MemberFormat(
    classNames=("vtkMRMLVolumePropertyNode",),
    suffixes=(".vp", ".vp.json"),
    written=(".vp",),
    defaultSuffix=lambda node: ".vp",
    storageClassName=lambda node: "vtkMRMLVolumePropertyStorageNode",
    hasData=lambda node: node.hasFunctions(),
    write=writeProperty,
    read=readPropertyInto,
    asks=lambda path: (_TASK, {}),
)
