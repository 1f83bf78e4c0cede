"""Attributes of the data nodes of a sequence, as keys of its NRRD file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote

from ..Scene.Node import vtkMRMLNode

_ITEM = re.compile(r"axis \d+ item (\d{1,9}) (.+)\Z", re.DOTALL)
_EXACT = re.compile(r"DICOMModule_item (\d{1,9}) (\S*)\Z")


def itemKeys(nodes: Sequence[vtkMRMLNode]) -> dict[str, str]:
    """What Slicer cannot read of them is in keys of our own, encoded."""
    keys = {}
    for number, node in enumerate(nodes):
        for name in sorted(node.GetAttributeNames()):
            value = node.GetAttribute(name) or ""
            if _isPlain(name, value):
                keys[f"axis 3 item {number:04d} {name}"] = value
            else:
                keys[f"DICOMModule_item {number:04d} {_quoted(name)}"] = _quoted(value)
    return keys


def _isPlain(name: str, value: str) -> bool:
    isName = name == name.strip() != "" and ":=" not in name and name.isprintable()
    return isName and value == value.strip() and value.replace("\n", "").isprintable()


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def applyItemKeys(keyValues: Mapping[str, str], nodes: Sequence[vtkMRMLNode]) -> None:
    """Give nodes the attributes that a file has for them."""
    for key, value in keyValues.items():
        for pattern, decoded in ((_ITEM, str), (_EXACT, _unquoted)):
            found = pattern.match(key)
            if found and int(found[1]) < len(nodes):
                nodes[int(found[1])].SetAttribute(decoded(found[2]), decoded(value))


def _unquoted(text: str) -> str:
    return unquote(text, errors="surrogatepass")
