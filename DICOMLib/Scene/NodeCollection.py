"""Several nodes, for scripts that know the collections of VTK."""

from __future__ import annotations

from .Node import vtkMRMLNode


class NodeCollection(list):
    """A Python list that also answers as the vtkCollection that MRML returns."""

    def GetNumberOfItems(self) -> int:
        return len(self)

    def GetItemAsObject(self, index: int) -> vtkMRMLNode | None:
        return self[index] if 0 <= index < len(self) else None

    def UnRegister(self, owner: object) -> None:
        """Nothing to release; scripts written for MRML call it."""
