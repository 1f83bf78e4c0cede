"""Text as a node."""

from __future__ import annotations

from .StorableNode import vtkMRMLStorableNode

# A longer text is kept in a file of its own, a shorter one in the scene's; Slicer draws the line here.
LONGEST_TEXT_IN_SCENE = 250
# As VTK counts them.
_ENCODINGS = ("None", "ASCII", "Unicode", "UTF-8", *(f"ISO-8859-{n}" for n in range(1, 17)), "Unknown")
_UNKNOWN = len(_ENCODINGS) - 1


class vtkMRMLTextNode(vtkMRMLStorableNode):
    """Any text, such as notes or the contents of a JSON file."""

    TextModifiedEvent = 21000
    CreateStorageNodeAuto, CreateStorageNodeAlways, CreateStorageNodeNever = -1, 1, 0
    ENCODING_NONE, ENCODING_US_ASCII, ENCODING_UTF_8 = 0, 1, 3

    defaultName = "Text"
    isDataNode = True
    storageClassName = "vtkMRMLTextStorageNode"

    def __init__(self):
        super().__init__()
        self._text = ""
        self._encoding = self.ENCODING_UTF_8
        self._forceCreateStorageNode = self.CreateStorageNodeAuto

    def GetText(self) -> str:
        return self._text

    def SetText(self, text: str | None, encoding: int | None = None) -> None:
        if encoding is not None:
            self.SetEncoding(encoding)
        if self.setAndNotify("_text", "" if text is None else str(text)):
            self.InvokeEvent(self.TextModifiedEvent)

    def GetEncoding(self) -> int:
        """As VTK counts encodings."""
        return self._encoding

    def SetEncoding(self, encoding: int) -> None:
        """Numbers that VTK does not count are unknown ones."""
        self.setAndNotify("_encoding", min(max(int(encoding), 0), _UNKNOWN))

    def GetEncodingAsString(self) -> str:
        return _ENCODINGS[self._encoding]

    def GetForceCreateStorageNode(self) -> int:
        return self._forceCreateStorageNode

    def SetForceCreateStorageNode(self, force: int) -> None:
        """Whether the text is kept in a file: always (1), never (0), or when it is long (-1)."""
        self.setAndNotify("_forceCreateStorageNode", int(force))

    def GetDefaultStorageNodeClassName(self) -> str:
        return self.storageClassName if self.isKeptInFile() else ""

    def isKeptInFile(self) -> bool:
        """Whether a scene file is to have the text in a file of its own."""
        if self._forceCreateStorageNode == self.CreateStorageNodeAuto:
            return self.GetStorageNode() is not None or len(self._text) > LONGEST_TEXT_IN_SCENE
        return self._forceCreateStorageNode == self.CreateStorageNodeAlways

    def CopyContent(self, node: vtkMRMLTextNode, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        self.SetText(node.GetText(), node.GetEncoding())
        self._forceCreateStorageNode = node.GetForceCreateStorageNode()
