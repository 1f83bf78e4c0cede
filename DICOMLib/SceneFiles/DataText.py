"""What the text of a scene says of segmentations, sequences, tables and texts beside what every node has."""

from __future__ import annotations

import re
from dataclasses import fields

from ..Scene.Node import vtkMRMLNode
from ..Scene.SegmentationNodes import SegmentDisplay
from ..Scene.SequenceSynchronization import Synchronization
from .NodeFields import NodeField, flagField, integerField, numberField, textField
from .ValueText import decodedFileName, encodedFileName, flag, flagText, integer, number, numberText

# Of one browser; 3D Slicer numbers them.
MAX_SEQUENCES = 10_000
_POSTFIX = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
# Slicer's names of what is kept of a segment's display: ours with a capital.
_DISPLAY_NAMES = {one.name[0].upper() + one.name[1:]: one for one in fields(SegmentDisplay) if one.name != "kept"}


def _segmentDisplays(node: vtkMRMLNode) -> str:
    return "|".join(_segmentText(segmentID, shown) for segmentID, shown in node.segmentDisplays().items())


def _segmentText(segmentID: str, shown: SegmentDisplay) -> str:
    words = [encodedFileName(segmentID)]
    for name, one in _DISPLAY_NAMES.items():
        value = getattr(shown, one.name)
        words.append(f"{name}:{flagText(value) if isinstance(value, bool) else numberText(value)}")
    return " ".join([*words, *shown.kept.split()])


def _applySegmentDisplays(node: vtkMRMLNode, text: str) -> None:
    for entry in text.split("|"):
        words = entry.split()
        if not words:
            continue
        values, kept = {}, []
        for word in words[1:]:
            name, _separator, value = word.rpartition(":")
            one = _DISPLAY_NAMES.get(name)
            if one is None:
                kept.append(word)
            else:
                values[one.name] = flag(value) if isinstance(one.default, bool) else number(value)
        node.setSegmentDisplay(decodedFileName(words[0]), SegmentDisplay(**values, kept=" ".join(kept)))


def _sourceRepresentation(node: vtkMRMLNode) -> str:
    return node.GetSegmentation().GetSourceRepresentationName()


SEGMENTATION_FIELDS = (NodeField("SourceRepresentationName", _sourceRepresentation, lambda node, text: None),)
SEGMENTATION_DISPLAY_FIELDS = (
    flagField("visibility2D", "Visibility2D"),
    flagField("visibility3D", "Visibility3D"),
    numberField("Opacity2DFill", "Opacity2DFill"),
    numberField("Opacity2DOutline", "Opacity2DOutline"),
    NodeField("SegmentationDisplayProperties", _segmentDisplays, _applySegmentDisplays),
)


def _indexValues(node: vtkMRMLNode) -> str:
    """The IDs are those in the scene that a sequence has of its own; they are counted in the order of the values."""
    numbered = enumerate((node.GetNthIndexValue(n) for n in range(node.GetNumberOfDataNodes())), 1)
    return ";".join(f"{node.GetDataNodeClassName()}{count}:{encodedFileName(value)}" for count, value in numbered)


SEQUENCE_FIELDS = (
    textField("indexName", "IndexName"),
    textField("indexUnit", "IndexUnit"),
    NodeField(
        "indexType", lambda node: node.GetIndexTypeAsString(), lambda node, text: node.SetIndexTypeFromString(text)
    ),
    numberField("numericIndexValueTolerance", "NumericIndexValueTolerance"),
    # The file of the sequence tells them, too; in a bundle of its own this is what tells them.
    NodeField("indexValues", _indexValues, lambda node, text: setattr(node, "writtenIndex", text)),
)


def _postfixes(text: str) -> list[str]:
    """They become parts of names in the text of a scene. :raises ValueError: for what no name can end with"""
    found = text.split()
    if len(found) > MAX_SEQUENCES or not all(_POSTFIX.fullmatch(one) for one in found):
        raise ValueError("these are no endings of names")
    return found


BROWSER_FIELDS = (
    flagField("playbackActive", "PlaybackActive"),
    numberField("playbackRateFps", "PlaybackRateFps"),
    flagField("playbackItemSkippingEnabled", "PlaybackItemSkippingEnabled"),
    flagField("playbackLooped", "PlaybackLooped"),
    integerField("selectedItemNumber", "SelectedItemNumber"),
    flagField("recordingActive", "RecordingActive"),
    flagField("recordOnMasterModifiedOnly", "RecordMasterOnly"),
    NodeField(
        "recordingSamplingMode",
        lambda node: node.GetRecordingSamplingModeAsString() or None,
        lambda node, text: node.SetRecordingSamplingModeFromString(text),
    ),
    NodeField(
        "indexDisplayMode",
        lambda node: node.GetIndexDisplayModeAsString() or None,
        lambda node, text: node.SetIndexDisplayModeFromString(text),
    ),
    # Of scenes of older versions of Slicer.
    NodeField(
        "indexDisplayDecimals",
        lambda node: None,
        lambda node, text: node.SetIndexDisplayFormat(f"%.{min(max(integer(text), 0), 99)}f"),
    ),
    textField("indexDisplayFormat", "IndexDisplayFormat"),
    NodeField(
        "virtualNodePostfixes",
        lambda node: " ".join(node.postfixes()),
        lambda node, text: node.setPostfixes(_postfixes(text)),
    ),
)
SYNCHRONIZATION_ATTRIBUTE = "SynchronizationPropertiesMap"
"""How a sequence is treated; its postfix follows."""


def synchronizationAttributes(node: vtkMRMLNode) -> dict[str, str]:
    """Of a browser's sequences."""
    return {f"{SYNCHRONIZATION_ATTRIBUTE}{one}": node.synchronization(one).text() for one in sorted(node.postfixes())}


def applySynchronizations(node: vtkMRMLNode, attributes: dict[str, str]) -> None:
    """Give a browser what attributes say of its sequences; they are taken out."""
    for postfix in node.postfixes():
        text = attributes.pop(f"{SYNCHRONIZATION_ATTRIBUTE}{postfix}", "")
        node.setSynchronization(postfix, Synchronization.fromText(text))


TABLE_FIELDS = (
    flagField("locked", "Locked"),
    flagField("useFirstColumnAsRowHeader", "UseFirstColumnAsRowHeader"),
    flagField("useColumnTitleAsColumnHeader", "UseColumnTitleAsColumnHeader"),
)
_FORCED = (0, 1)
TEXT_FIELDS = (
    NodeField(
        "text",
        lambda node: None if node.isKeptInFile() else node.GetText(),
        lambda node, text: node.SetText(text),
    ),
    integerField("encoding", "Encoding"),
    # Slicer forgets it.
    NodeField(
        "forceCreateStorageNode",
        lambda node: str(force) if (force := node.GetForceCreateStorageNode()) in _FORCED else None,
        lambda node, text: node.SetForceCreateStorageNode(integer(text) if integer(text) in _FORCED else -1),
    ),
)
COLOR_TABLE_FIELDS = (
    # 13: a table of the user's own.
    NodeField("type", lambda node: "13", lambda node, text: None),
    integerField("numcolors", "NumberOfColors"),
)
