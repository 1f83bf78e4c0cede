"""What one attribute of an element is of a node: how its text is made, and what is done with it when it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..Scene.Node import vtkMRMLNode
from .ValueText import flag, flagText, integer, number, numbers, numbersText, numberText


@dataclass(frozen=True)
class NodeField:
    """One attribute.

    :ivar name: as in the file
    :ivar text: of a node; None where it is not written
    :ivar apply: give a node what the text says; raises ValueError or SceneError for a text that says nothing usable
    """

    name: str
    text: Callable[[vtkMRMLNode], str | None]
    apply: Callable[[vtkMRMLNode, str], None]


def numberField(name: str, property: str) -> NodeField:
    """A number with MRML's methods Get… and Set…."""
    return NodeField(
        name,
        lambda node: numberText(getattr(node, f"Get{property}")()),
        lambda node, text: getattr(node, f"Set{property}")(number(text)),
    )


def integerField(name: str, property: str) -> NodeField:
    """A whole number with MRML's methods Get… and Set…."""
    return NodeField(
        name,
        lambda node: str(int(getattr(node, f"Get{property}")())),
        lambda node, text: getattr(node, f"Set{property}")(integer(text)),
    )


def flagField(name: str, property: str, asNumber: bool = False) -> NodeField:
    """True or false. :param asNumber: written as 1 or 0, as older attributes of MRML are"""
    return NodeField(
        name,
        lambda node: (str(int(value)) if asNumber else flagText(value))
        if (value := getattr(node, f"Get{property}")()) is not None
        else None,
        lambda node, text: getattr(node, f"Set{property}")(flag(text)),
    )


def vectorField(name: str, property: str, count: int) -> NodeField:
    """Numbers that the method Set… takes one by one."""
    return NodeField(
        name,
        lambda node: numbersText(getattr(node, f"Get{property}")()),
        lambda node, text: getattr(node, f"Set{property}")(*numbers(text, count)),
    )


def textField(name: str, property: str, writesEmpty: bool = True) -> NodeField:
    """Text as it is. :param writesEmpty: also when there is none"""
    return NodeField(
        name,
        lambda node: value if (value := getattr(node, f"Get{property}")()) or (writesEmpty and value == "") else None,
        lambda node, text: getattr(node, f"Set{property}")(text),
    )
