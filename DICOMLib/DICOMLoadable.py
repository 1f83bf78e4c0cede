"""What a plugin offers to load from a list of files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class DICOMLoadable:
    """One way of reading some files, offered by one plugin. Field names are 3D Slicer's.

    Plugins written for Slicer set attributes of their own on a loadable; this class lets them.
    """

    files: list[str] = field(default_factory=list)
    """Paths in load order."""
    name: str = "Unknown"
    """Name of the node that will be made; editable by the user before loading."""
    tooltip: str = "No further information available"
    warning: str = ""
    """What the user should know before loading; empty when nothing is wrong."""
    selected: bool = False
    confidence: float = 0.5
    """0 to 1: how sure the plugin is that this is the right reading."""
    explanation: str = ""
    """Why the series is read this way: the rules that decided, with tags and values. Always read as a text; it may be
    set to a function of no arguments that gives it, which is called when somebody first asks."""
    grayscale: bool = True
    loadSuccess: bool | None = None
    """None before loading, then whether it succeeded."""
    referencedInstanceUIDs: list[str] = field(default_factory=list)
    derivedItems: list[str] = field(default_factory=list)
    """Paths of new DICOM files made while loading, to be added to the database."""
    question: str = ""
    """What the user has to agree to before it is loaded, in sentences; "" when there is nothing to ask."""
    isAgreedTo: bool = False
    """Whether somebody was asked :attr:`question` and agreed. Scripts load without."""
    seriesInstanceUID: str = ""
    part: str = ""
    """Tells loadables apart that read different slices of the same files; "" for all that is in the files."""
    details: dict[str, object] = field(default_factory=dict)
    """What the plugin keeps between examine and load (records, the analysed stack): its own business."""


def _explanation(loadable: DICOMLoadable) -> str:
    """The text; a function that was set instead is called once."""
    if callable(loadable._explained):
        loadable._explained = loadable._explained()
    return loadable._explained


def _setExplanation(loadable: DICOMLoadable, text: str | Callable[[], str]) -> None:
    loadable._explained = text


# Outside of the class: inside, the property would be the default value of the field.
DICOMLoadable.explanation = property(_explanation, _setExplanation)
