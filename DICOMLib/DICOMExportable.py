"""What a plugin offers to export from a scene item."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class DICOMExportable:
    """One way of writing a data node as DICOM, offered by one plugin. Field and method names are 3D Slicer's."""

    name: str = "Unknown exporter"
    tooltip: str = "Creates a DICOM file from the selected data"
    subjectHierarchyItemID: int = 0
    pluginClass: str = ""
    directory: str = ""
    """Folder the files go to."""
    confidence: float = 0.0
    tags: dict[str, str] = field(default_factory=dict)
    """Keyword → value; pseudo-keywords act as options of the exporter."""
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of tags that take one of a few values: keyword → value → words for people, in the order they are to be shown."""
    format: str = ""
    """Which of the formats of its plugin is written; "" is the plugin's first."""
    note: str = ""
    """What has to be seen before it is written, a sentence; "" where there is nothing."""
    isOfWholeScene: bool = False
    """Whether it writes all of the scene, whichever item it was offered for: one is enough for several items."""
    offeredTags: dict[str, str] | None = field(default=None, repr=False)
    """The tags as the plugin gave them, where the registry has asked it; what differs was changed since."""

    def tag(self, name: str) -> str:
        """The value of a tag, "" when it is not set."""
        return self.tags.get(name, "")

    def setTag(self, name: str, value: object) -> None:
        """Set a tag to the text of a value."""
        self.tags[name] = str(value)
