"""Tables as nodes: named columns of one type each, and what their numbers mean."""

from __future__ import annotations

from vtkmodules.vtkCommonCore import vtkAbstractArray, vtkStringArray, vtkVariant
from vtkmodules.vtkCommonDataModel import vtkTable

from ..Errors import SceneError
from .Node import MODIFIED_EVENT
from .StorableNode import vtkMRMLStorableNode

UNIT, DESCRIPTION, TITLE, NULL_VALUE = "unitLabel", "description", "title", "nullValue"


class vtkMRMLTableNode(vtkMRMLStorableNode):
    """Holds a vtkTable, and properties of its columns by name."""

    defaultName = "Table"
    isDataNode = True
    storageClassName = "vtkMRMLTableStorageNode"

    def __init__(self):
        super().__init__()
        self._table: vtkTable | None = None
        self._tableTag = 0
        self._properties: dict[str, dict[str, str]] = {}
        self._locked = False
        self._useColumnTitle = False
        self._useFirstColumn = False
        self.SetAndObserveTable(vtkTable())

    # The table

    def GetTable(self) -> vtkTable:
        return self._table

    def SetAndObserveTable(self, table: vtkTable | None) -> None:
        """Use this table; without one an empty table is made."""
        if self._table is not None:
            self._table.RemoveObserver(self._tableTag)
        self._table = vtkTable() if table is None else table
        self._tableTag = self._table.AddObserver(MODIFIED_EVENT, self._onTableModified)
        self.Modified()

    def _onTableModified(self, caller: vtkTable, event: str) -> None:
        self.Modified()

    def GetNumberOfRows(self) -> int:
        return self._table.GetNumberOfRows()

    def GetNumberOfColumns(self) -> int:
        return self._table.GetNumberOfColumns()

    def AddColumn(self, column: vtkAbstractArray | None = None) -> vtkAbstractArray:
        """A column, by default of text with empty cells; it gets a name if it has none.

        :raises SceneError: when it has another number of values than the table has rows
        """
        rows = self.GetNumberOfRows()
        if column is None:
            column = vtkStringArray()
            column.SetNumberOfValues(rows)
        if self.GetNumberOfColumns() and column.GetNumberOfTuples() != rows:
            raise SceneError(f"the table has {rows} rows", self.GetName(), column.GetNumberOfTuples())
        if not column.GetName():
            column.SetName(self._freeColumnName())
        self._table.AddColumn(column)
        self._table.Modified()
        return column

    def _freeColumnName(self) -> str:
        number = self.GetNumberOfColumns() + 1
        while self.GetColumnIndex(f"Column {number}") >= 0:
            number += 1
        return f"Column {number}"

    def RemoveColumn(self, index: int) -> bool:
        if not 0 <= index < self.GetNumberOfColumns():
            return False
        self._properties.pop(self.GetColumnName(index), None)
        self._table.RemoveColumn(index)
        self._table.Modified()
        return True

    def RemoveAllColumns(self) -> None:
        self._properties.clear()
        self.SetAndObserveTable(vtkTable())

    def AddEmptyRow(self) -> int:
        """:returns: the number of the new row; its cells are empty or zero"""
        self._table.InsertNextBlankRow(0.0)
        self._table.Modified()
        return self.GetNumberOfRows() - 1

    def RemoveRow(self, row: int) -> bool:
        if not 0 <= row < self.GetNumberOfRows():
            return False
        self._table.RemoveRow(row)
        self._table.Modified()
        return True

    # Cells

    def GetCellText(self, row: int, column: int) -> str:
        """ "" for a cell that does not exist."""
        if not (0 <= row < self.GetNumberOfRows() and 0 <= column < self.GetNumberOfColumns()):
            return ""
        return self._table.GetValue(row, column).ToString()

    def SetCellText(self, row: int, column: int, text: str) -> bool:
        """Set a cell from text, which has to be a number in a column of numbers. :returns: whether the cell exists"""
        if not (0 <= row < self.GetNumberOfRows() and 0 <= column < self.GetNumberOfColumns()):
            return False
        self._table.SetValue(row, column, vtkVariant(text))
        self._table.Modified()
        return True

    # Columns and what they mean

    def GetColumnName(self, index: int) -> str:
        return self._table.GetColumnName(index) if 0 <= index < self.GetNumberOfColumns() else ""

    def GetColumnIndex(self, name: str) -> int:
        """-1 when there is no such column."""
        names = [self._table.GetColumnName(index) for index in range(self.GetNumberOfColumns())]
        return names.index(name) if name in names else -1

    def RenameColumn(self, index: int, name: str) -> bool:
        if not 0 <= index < self.GetNumberOfColumns():
            return False
        properties = self._properties.pop(self.GetColumnName(index), None)
        if properties is not None:
            self._properties[name] = properties
        self._table.GetColumn(index).SetName(name)
        self._table.Modified()
        return True

    def SetColumnProperty(self, columnName: str, propertyName: str, value: str) -> None:
        self._properties.setdefault(columnName, {})[propertyName] = str(value)
        self.Modified()

    def GetColumnProperty(self, columnName: str, propertyName: str) -> str:
        return self._properties.get(columnName, {}).get(propertyName, "")

    def RemoveAllColumnProperties(self, columnName: str) -> None:
        self._properties.pop(columnName, None)
        self.Modified()

    def columnProperties(self) -> dict[str, dict[str, str]]:
        """A copy: column name → property name → value."""
        return {name: dict(values) for name, values in self._properties.items()}

    def SetColumnUnitLabel(self, columnName: str, unit: str) -> None:
        self.SetColumnProperty(columnName, UNIT, unit)

    def GetColumnUnitLabel(self, columnName: str) -> str:
        return self.GetColumnProperty(columnName, UNIT)

    def SetColumnDescription(self, columnName: str, text: str) -> None:
        self.SetColumnProperty(columnName, DESCRIPTION, text)

    def GetColumnDescription(self, columnName: str) -> str:
        return self.GetColumnProperty(columnName, DESCRIPTION)

    def SetColumnTitle(self, columnName: str, title: str) -> None:
        self.SetColumnProperty(columnName, TITLE, title)

    def GetColumnTitle(self, columnName: str) -> str:
        return self.GetColumnProperty(columnName, TITLE)

    SetColumnLongName, GetColumnLongName = SetColumnTitle, GetColumnTitle

    def SetColumnNullValue(self, columnName: str, value: str) -> None:
        self.SetColumnProperty(columnName, NULL_VALUE, value)

    def GetColumnNullValue(self, columnName: str) -> str:
        return self.GetColumnProperty(columnName, NULL_VALUE)

    # How it is shown

    def GetLocked(self) -> bool:
        return self._locked

    def SetLocked(self, locked: bool) -> None:
        self.setAndNotify("_locked", bool(locked))

    def GetUseColumnTitleAsColumnHeader(self) -> bool:
        return self._useColumnTitle

    def SetUseColumnTitleAsColumnHeader(self, use: bool) -> None:
        self.setAndNotify("_useColumnTitle", bool(use))

    GetUseColumnNameAsColumnHeader = GetUseColumnTitleAsColumnHeader
    SetUseColumnNameAsColumnHeader = SetUseColumnTitleAsColumnHeader

    def GetUseFirstColumnAsRowHeader(self) -> bool:
        return self._useFirstColumn

    def SetUseFirstColumnAsRowHeader(self, use: bool) -> None:
        self.setAndNotify("_useFirstColumn", bool(use))

    def CopyContent(self, node: vtkMRMLTableNode, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        table = node.GetTable()
        if deepCopy:
            table = vtkTable()
            table.DeepCopy(node.GetTable())
        self._properties = node.columnProperties()
        self._locked = node.GetLocked()
        self._useColumnTitle = node.GetUseColumnTitleAsColumnHeader()
        self._useFirstColumn = node.GetUseFirstColumnAsRowHeader()
        self.SetAndObserveTable(table)
