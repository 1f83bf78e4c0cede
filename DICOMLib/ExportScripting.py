"""What 3D Slicer's classes for exporting, which scripts use, have in common here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .DICOMPlugin import PluginContext, contextOfScripts
from .Errors import ExportError
from .ScriptingContext import currentContext

if TYPE_CHECKING:
    from .PluginRegistry import PluginRegistry

# Slicer's oldest scripts say it so.
_OLDER = {"FrameOfReferenceInstanceUID": "FrameOfReferenceUID"}


def exportingWith(
    registry: PluginRegistry | None, context: PluginContext | None
) -> tuple[PluginRegistry, PluginContext]:
    """What a script gave, else what the host has set.

    :raises ExportError: when there is no registry of plugins, or no scene
    """
    registry = registry or currentContext().registry
    context = context or contextOfScripts()
    if registry is None or context.scene is None:
        hint = "Pass registry=... and context=..., or call DICOMUtils.setContext first"
        raise ExportError("there is no program to export with", hint=hint)
    return registry, context


def keywordOf(name: str) -> str:
    """The DICOM keyword of Slicer's words for a tag: "Patient Name", "Frame of Reference UID"."""
    keyword = "".join(word[:1].upper() + word[1:] for word in name.split())
    return _OLDER.get(keyword, keyword)
