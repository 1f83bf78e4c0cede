"""A node as one element of a scene's text, and back: what all nodes have, and which attributes its class adds."""

from __future__ import annotations

import re

from ..Errors import SceneError
from ..Scene.Node import vtkMRMLNode
from ..Scene.Scene import KEPT_ROLE
from ..Scene.SequenceBrowserNode import vtkMRMLSequenceBrowserNode
from . import DataText, DisplayText, RenderingText, VolumeText
from .Limits import MAX_REFERENCES
from .MrmlText import Element
from .NodeFields import NodeField
from .UnknownNodes import tagOfNode, vtkMRMLUnknownNode
from .ValueText import (
    attributesOf,
    attributesText,
    exactText,
    exactValues,
    flag,
    flagText,
    isPlainAttribute,
    referencesOf,
    referencesText,
)

# Class → attributes that it adds to those of the classes it is derived from.
_FIELDS: dict[str, tuple[NodeField, ...]] = {
    "vtkMRMLVolumeNode": VolumeText.VOLUME_FIELDS,
    **VolumeText.FRAMED_FIELDS,
    "vtkMRMLLinearTransformNode": VolumeText.LINEAR_TRANSFORM_FIELDS,
    "vtkMRMLDisplayNode": DisplayText.DISPLAY_FIELDS,
    "vtkMRMLVolumeDisplayNode": DisplayText.VOLUME_DISPLAY_FIELDS,
    "vtkMRMLScalarVolumeDisplayNode": DisplayText.SCALAR_DISPLAY_FIELDS,
    "vtkMRMLDiffusionWeightedVolumeDisplayNode": DisplayText.WEIGHTED_DISPLAY_FIELDS,
    "vtkMRMLDiffusionTensorVolumeDisplayNode": DisplayText.TENSOR_DISPLAY_FIELDS,
    **RenderingText.FIELDS,
    "vtkMRMLModelDisplayNode": (*DisplayText.SURFACE_FIELDS, *DisplayText.MODEL_DISPLAY_FIELDS),
    "vtkMRMLSegmentationNode": DataText.SEGMENTATION_FIELDS,
    "vtkMRMLSegmentationDisplayNode": DataText.SEGMENTATION_DISPLAY_FIELDS,
    "vtkMRMLSequenceNode": DataText.SEQUENCE_FIELDS,
    "vtkMRMLSequenceBrowserNode": DataText.BROWSER_FIELDS,
    "vtkMRMLTableNode": DataText.TABLE_FIELDS,
    "vtkMRMLTextNode": DataText.TEXT_FIELDS,
    "vtkMRMLColorTableNode": DataText.COLOR_TABLE_FIELDS,
}
# Roles that are attributes of their own, and how older versions of Slicer called them.
_ROLE_ATTRIBUTES = {"color": "colorNodeID", "view": "viewNodeRef"}
_ROLES_OF_ATTRIBUTES = {
    **{name: role for role, name in _ROLE_ATTRIBUTES.items()},
    "colorNodeRef": "color",
    "displayNodeRef": "display",
    "displayNodeID": "display",
    "storageNodeRef": "storage",
    "storageNodeID": "storage",
    "transformNodeRef": "transform",
    "transformNodeID": "transform",
    "volumePropertyNodeID": "volumeProperty",
    "ROINodeID": "roi",
}
# Written for every node, as Slicer does, unless the file that the node came from said something else.
_ALWAYS = {"selectable": "true", "selected": "false", "userTags": ""}
_TAG = re.compile(r"[\w.\-]{1,200}")
_EXACT = "exactAttributes"
"""Attributes of nodes that Slicer's list of them cannot hold, in an attribute of this program's own."""


def fieldsOf(node: vtkMRMLNode) -> list[NodeField]:
    """Of all classes that a node's is derived from, the most general first."""
    classes = reversed(type(node).__mro__)
    return [field for one in classes for field in _FIELDS.get(one.__name__, ())]


# Writing


def elementOfNode(node: vtkMRMLNode, nodeID: str, references: dict[str, list[str]]) -> Element:
    """One node as Slicer writes it, without the files of a storage node.

    :param references: role → IDs as they are in the file
    """
    attributes = {"id": nodeID, "name": node.GetName() or ""}
    if node.GetDescription() is not None:
        attributes["description"] = node.GetDescription()
    attributes["hideFromEditors"] = flagText(node.GetHideFromEditors())
    for name, value in list(_ALWAYS.items())[:2]:
        attributes[name] = node.keptAttributes.get(name, value)
    if node.GetSingletonTag():
        attributes["singletonTag"] = node.GetSingletonTag()
    attributes.update(_ownAttributes(node))
    inList = references if isinstance(node, vtkMRMLUnknownNode) else {
        role: nodeIDs for role, nodeIDs in references.items() if role not in _ROLE_ATTRIBUTES
    }  # fmt: skip
    if inList:
        attributes["references"] = referencesText(inList)
    attributes["userTags"] = node.keptAttributes.get("userTags", "")
    for role, name in _ROLE_ATTRIBUTES.items():
        if role in references and role not in inList:
            attributes[name] = " ".join(references[role])
    for field in fieldsOf(node):
        text = field.text(node)
        if text is not None:
            attributes[field.name] = text
    if node.IsA("vtkMRMLScalarVolumeDisplayNode"):
        attributes.update(DisplayText.presetAttributes(node))
    if isinstance(node, vtkMRMLSequenceBrowserNode):
        attributes.update(DataText.synchronizationAttributes(node))
    kept = {name: value for name, value in node.keptAttributes.items() if name not in attributes}
    element = Element(tagOfNode(node), {**attributes, **kept})
    if isinstance(node, vtkMRMLUnknownNode):
        element.children, element.text = node.keptChildren, node.keptText
    return element


def _ownAttributes(node: vtkMRMLNode) -> dict[str, str]:
    values = {name: node.GetAttribute(name) for name in sorted(node.GetAttributeNames())}
    plain = {name: value for name, value in values.items() if isPlainAttribute(name, value)}
    others = {name: value for name, value in values.items() if name not in plain}
    found = {}
    if plain:
        found["attributes"] = attributesText(plain)
    if others:
        found[_EXACT] = exactText(others)
    return found


def writtenReferences(node: vtkMRMLNode) -> dict[str, list[str]]:
    """Role → IDs as a file has them; what was kept only to be written back stands behind what is used here."""
    found: dict[str, list[str]] = {}
    for role in sorted(node.GetNodeReferenceRoles(), key=lambda role: role.startswith(KEPT_ROLE)):
        count = node.GetNumberOfNodeReferences(role)
        nodeIDs = [node.GetNthNodeReferenceID(role, n) for n in range(count)]
        found.setdefault(role.removeprefix(KEPT_ROLE), []).extend(nodeIDs)
    if "color" in found:
        found["color"] = [DisplayText.colorIDInSlicer(nodeID) for nodeID in found["color"]]
    return found


# Reading


def applyElement(node: vtkMRMLNode, element: Element) -> list[str]:
    """Give a node, which is in no scene yet, what its element says; what means nothing here is kept with it.

    :returns: sentences on what was not understood
    """
    problems: list[str] = []
    attributes = dict(element.attributes)
    attributes.pop("id", None)
    _applyCommon(node, attributes)
    if isinstance(node, vtkMRMLUnknownNode):
        node.keptChildren, node.keptText = element.children, element.text
    else:
        node.RemoveNodeReferenceIDs("color")  # a file without a table means none, not the one that new nodes have
    node.setAllReferences(_references(node, attributes, problems))
    for field in fieldsOf(node):
        if field.name in attributes:
            _apply(node, field, attributes.pop(field.name), problems)
    if node.IsA("vtkMRMLScalarVolumeDisplayNode"):
        try:
            DisplayText.applyPresets(node, attributes)
        except ValueError as error:
            problems.append(f"A window/level preset of {_label(node)} is not understood: {error}.")
    if isinstance(node, vtkMRMLSequenceBrowserNode):
        DataText.applySynchronizations(node, attributes)
    node.keptAttributes = attributes
    return problems


def _references(node: vtkMRMLNode, attributes: dict[str, str], problems: list[str]) -> dict[str, list[str]]:
    """Role → IDs; attributes that say them are taken out."""
    found = node.allReferences() | referencesOf(attributes.pop("references", ""))
    if not isinstance(node, vtkMRMLUnknownNode):
        for name, role in _ROLES_OF_ATTRIBUTES.items():
            if nodeIDs := attributes.pop(name, "").split():
                there = found.setdefault(role, [])
                known = set(there)
                there += [nodeID for nodeID in dict.fromkeys(nodeIDs) if nodeID not in known]
    if sum(map(len, found.values())) > MAX_REFERENCES:
        problems.append(f"Of {_label(node)} the references are left out: they are more than {MAX_REFERENCES:,}.")
        return {}
    return found


def _applyCommon(node: vtkMRMLNode, attributes: dict[str, str]) -> None:
    node.SetName(attributes.pop("name", "") or None)
    node.SetDescription(attributes.pop("description", None))
    tag = attributes.pop("singletonTag", "")
    if _TAG.fullmatch(tag) and isinstance(node, vtkMRMLUnknownNode):  # of what is known here there may be any number
        node.SetSingletonTag(tag)
    try:
        node.SetHideFromEditors(flag(attributes.pop("hideFromEditors", flagText(node.hiddenByDefault))))
    except ValueError:
        node.SetHideFromEditors(node.hiddenByDefault)
    values = attributesOf(attributes.pop("attributes", ""))
    values.update(exactValues(attributes.pop(_EXACT, "")))
    for name, value in values.items():
        node.SetAttribute(name, value)


def _apply(node: vtkMRMLNode, field: NodeField, text: str, problems: list[str]) -> None:
    try:
        field.apply(node, text)
    except (ValueError, OverflowError, SceneError):
        problems.append(f"What the scene says of {_label(node)} as {field.name} is not understood and left out.")


def _label(node: vtkMRMLNode) -> str:
    return f"the {tagOfNode(node)} node “{node.GetName()}”" if node.GetName() else f"a {tagOfNode(node)} node"
