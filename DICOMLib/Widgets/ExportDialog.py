"""Asks what of the scene is to be written as DICOM, in which form, with which tags, and where to."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from qtpy.QtCore import QSize, Qt, QTimer, Signal
from qtpy.QtGui import QGuiApplication, QPalette
from qtpy.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget

from ..DICOMExportable import DICOMExportable
from ..Export.Exporting import examineItems
from ..Export.ExportNotes import nameNote
from ..Export.ExportTags import tagProblem, tagTables
from ..Export.ItemTags import numberSeries, replaceMadeUpTags
from ..Export.Placing import isPlaced
from ..Scene.SubjectHierarchy import STUDY_LEVEL
from ..Wording import counted
from .BackgroundJobs import Job
from .BoldText import makeBold
from .DialogButtons import actionButtons
from .ErrorReporting import ERROR, ErrorReporter
from .ExportDestination import ExportDestination
from .ExportEdits import ExportEdits
from .ExportItemsTree import ExportItemsTree
from .ExportTagsTable import ExportTagsTable
from .ExportTypesList import ExportTypesList
from .MessageBar import STRIPE_COLORS, MessageBar
from .ProgressPanel import REFRESH_MILLISECONDS
from .ProgressRow import ProgressRow
from .WrappedLabel import WrappedLabel

USUAL_SIZE = QSize(940, 660)
SCREEN_MARGIN = QSize(24, 60)
LEFT_WIDTH = 290
NOTHING_CHOSEN = "Tick what is to be exported."
NO_TYPE = "No plugin can write this as DICOM."


class ExportDialog(QDialog):
    """Not modal: the scene can be looked at and changed meanwhile, and the tree follows it.

    :param contextFor: makes the plugins' context; its scene is the one that is shown
    :param registry: the plugins
    :param settings: remember where to
    """

    exportRequested = Signal(list, str)
    """Exportables, copied; and the folder, "" for the database."""
    placeRequested = Signal(list)
    """Items that are in no study of a patient."""

    def __init__(self, registry, contextFor, settings, databaseProblem: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("exportDialog")
        self.setWindowTitle("Export to DICOM")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setModal(False)
        self._registry, self._contextFor = registry, contextFor
        self._scene = contextFor().scene
        self._edits = ExportEdits()
        self._followed: dict[int, int] = {}  # item whose modality follows another's → that one
        self._isFilling = False
        self._isForWholeScene = False  # asked for, and not offered so far
        self._problem = ""
        self._job: Job | None = None
        self.reporter = ErrorReporter(self)
        self.tree = ExportItemsTree(self._scene)
        self.types = ExportTypesList()
        self.tags = ExportTagsTable()
        self.saveTagsBox = QCheckBox("&Keep changed tags in the scene", checked=True)
        self.saveTagsBox.setToolTip("What is changed here is kept with patient, study and data, for the next export")
        self.destination = ExportDestination(settings, databaseProblem)
        self._build()
        self._connect()
        self._examine()
        screen = QGuiApplication.primaryScreen().availableSize()
        self.resize(USUAL_SIZE.boundedTo(screen - SCREEN_MARGIN))
        self.tree.setFocus()

    # What others ask

    @property
    def savesTags(self) -> bool:
        """Whether changed tags are to be kept in the scene."""
        return self.saveTagsBox.isChecked()

    @property
    def isBusy(self) -> bool:
        """Whether an export is under way."""
        return self._job is not None

    def selectItems(self, itemIDs: Sequence[int]) -> None:
        """Tick these items, or all below them."""
        self.tree.setCheckedItems(itemIDs)

    def chooseWholeScene(self) -> None:
        """Choose the type that writes all of the scene, as soon as what is ticked is in a study.

        Where nothing is ticked, the first that is in a study is.
        """
        if self.isBusy:
            return
        if not self.tree.checkedItems():
            items = self.tree.hierarchy.GetItemChildren(self.tree.hierarchy.GetSceneItemID(), recursive=True)
            withData = (item for item in items if self.tree.hierarchy.GetItemDataNode(item) is not None)
            self.selectItems([item for item in withData if isPlaced(self.tree.hierarchy, item)][:1])
        self._isForWholeScene = True
        self._takeWholeScene()

    def _takeWholeScene(self) -> None:
        for one in self.types.types():
            if self._isForWholeScene and one.exportables[0].isOfWholeScene:
                self._isForWholeScene = False
                self.types.setCurrentType(one)

    def exportables(self) -> list[DICOMExportable]:
        """What would be written, tags as edited."""
        exportType = self.types.currentType()
        return [] if exportType is None else list(exportType.exportables)

    def problem(self) -> str:
        """Why it cannot be exported as it is, a sentence; "" when it can."""
        return self._problem

    def showJob(self, job: Job) -> None:
        """Show how far an export is; nothing can be changed meanwhile."""
        self._job = job
        self.messageBar.dismiss()
        self._row = ProgressRow(job)
        self._row.cancelButton.hide()  # the dialog has a button for it
        self._progressLayout.addWidget(self._row)
        self._row.show()
        self._timer.start()
        self._setBusy(True)

    def endJob(self) -> None:
        """The export has ended without success: everything can be changed again."""
        self._timer.stop()
        self._job = None
        self._progressLayout.removeWidget(self._row)
        self._row.hide()
        self._row.deleteLater()
        self._setBusy(False)
        self._examine()
        (self.exportButton if self.exportButton.isEnabled() else self.tree).setFocus()  # not what closes the dialog

    def stop(self) -> None:
        """Ask a running export to stop; it leaves nothing behind."""
        if self._job is not None:
            self._job.cancel()
            self._row.refresh()
            self.cancelButton.setEnabled(False)

    # The end

    def accept(self) -> None:
        """The button was pressed; the dialog stays until the files are written."""
        self.tags.finishEditing()
        self._update()
        if self._problem or self.isBusy:
            return
        folder = self.destination.folder if self.destination.isFolder else ""
        self.exportRequested.emit(deepcopy(self.exportables()), folder)

    def reject(self) -> None:
        """Stop a running export; without one close."""
        if self.isBusy:
            self.stop()
        else:
            super().reject()

    def closeEvent(self, event) -> None:
        """Closing the window stops a running export and does not wait for it."""
        self.stop()
        self._job = None
        super().closeEvent(event)

    def done(self, result: int) -> None:
        self._timer.stop()
        self.tree.forget()
        super().done(result)

    # Parts

    def _build(self) -> None:
        self.messageBar = MessageBar(isWide=True)
        self.messageBar.setObjectName("exportMessage")
        left = QSplitter(Qt.Vertical)
        left.addWidget(_part("&1  What", self.tree))
        left.addWidget(_part("&2  As", self.types))
        left.setStretchFactor(0, 3)
        left.setStretchFactor(1, 2)
        self.splitter = QSplitter(Qt.Horizontal)
        self.splitter.addWidget(left)
        self.splitter.addWidget(_part("&3  With these tags", self.tags, self.saveTagsBox))
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([LEFT_WIDTH, USUAL_SIZE.width() - LEFT_WIDTH])
        for splitter in (left, self.splitter):
            splitter.setChildrenCollapsible(False)
        self.statusLabel = WrappedLabel(mostLines=2)
        self.statusLabel.setObjectName("exportStatus")
        self.showButton = _smallButton("Show", "Show the value to correct", self._showProblem)
        self.placeButton = _smallButton("Patient and study…", "Choose the study of what is in none", self._askForStudy)
        buttons, self.exportButton = actionButtons(self, "Export")
        self.cancelButton = buttons.button(buttons.Cancel)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self._refreshRow)
        self._arrange(buttons)

    def _arrange(self, buttons: QWidget) -> None:
        where = QHBoxLayout()
        label = QLabel("4  Export")
        makeBold(label)
        where.addWidget(label)
        where.addWidget(self.destination, 1)
        status = QHBoxLayout()
        status.addWidget(self.statusLabel, 1, Qt.AlignVCenter)
        status.addWidget(self.showButton)
        status.addWidget(self.placeButton)
        status.addWidget(buttons)
        self._progressLayout = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(self.splitter, 1)
        layout.addLayout(where)
        layout.addWidget(self.messageBar)
        layout.addLayout(self._progressLayout)
        layout.addLayout(status)

    def _connect(self) -> None:
        self.tree.checkedChanged.connect(self._examine)
        self.types.typeChanged.connect(self._showTags)
        self.tags.tagsModel.edited.connect(self._onEdited)
        self.destination.changed.connect(self._update)
        self.reporter.reported.connect(self.messageBar.showMessage)

    # State

    def _unplaced(self) -> list[int]:
        return [itemID for itemID in self.tree.checkedItems() if not isPlaced(self.tree.hierarchy, itemID)]

    def _studyItems(self) -> list[int]:
        hierarchy = self.tree.hierarchy
        items = (one.subjectHierarchyItemID for one in self.exportables())
        return list(dict.fromkeys(hierarchy.GetItemAncestorAtLevel(itemID, STUDY_LEVEL) for itemID in items))

    def _examine(self) -> None:
        """Ask the plugins about what is ticked."""
        if self.isBusy:
            return
        self.tags.finishEditing()
        checked = self.tree.checkedItems()
        types, messages = [], []
        with self.reporter.guard("ask the plugins"):
            types = examineItems(self._registry, checked, self._contextFor(), messages) if checked else []
            for one in types:
                for exportable in one.exportables:
                    replaceMadeUpTags(self.tree.hierarchy, exportable)
                numberSeries(one.exportables, self._contextFor().database)
        if messages:
            self.reporter.warn(messages[0], "\n".join(messages))
        self.types.placeholderText = "" if types or not checked or self._unplaced() else NO_TYPE
        self.types.setTypes(types)
        self._takeWholeScene()

    def _showTags(self) -> None:
        exportables, studies = self.exportables(), self._studyItems()
        tables = []
        if exportables and len(studies) == 1:
            with self.reporter.guard("list the tags"):
                tables = tagTables(exportables, self.tree.hierarchy)
                self._edits.apply(tables, studies[0])
        self.tags.placeholderText = "" if tables else self._choiceProblem()
        self.tags.setTables(tables)
        self._update()

    def _onEdited(self, tableNumber: int, keyword: str, value: str) -> None:
        self._edits.remember(self.tags.tagsModel.tables[tableNumber], self._studyItems()[0], keyword, value)
        if keyword == "Modality" and not self._isFilling:
            self._fillModality(tableNumber, value)
        self._update()

    def _fillModality(self, tableNumber: int, value: str) -> None:
        """What is exported together is mostly of one modality: series that had none follow the one that is edited."""
        model = self.tags.tagsModel
        items = [table.exportables[0].subjectHierarchyItemID for table in model.tables]
        edited = items[tableNumber]
        self._followed.pop(edited, None)
        self._isFilling = True
        for number, item in enumerate(items):
            index = model.indexOf(number, "Modality")
            follows = index.isValid() and (self._followed.get(item) == edited or not index.data(Qt.EditRole))
            if follows and number != tableNumber and not tagProblem("Modality", value):
                model.setData(index, value)
                self._followed[item] = edited
        self._isFilling = False

    def _update(self) -> None:
        """Say what will be done, or why nothing can be."""
        tagProblem = next(self.tags.tagsModel.problems(), None)
        self._problem = self._choiceProblem() or (tagProblem[1] if tagProblem else "") or self.destination.problem()
        isTag = tagProblem is not None and self._problem == tagProblem[1]
        isWrong = isTag or (self._problem == self.destination.problem() and bool(self.destination.folder))
        palette = self.palette()
        if self._problem and isWrong:
            palette.setColor(QPalette.WindowText, STRIPE_COLORS[ERROR])
        self.statusLabel.setPalette(palette)
        self.statusLabel.setText(self._problem or self._intention())
        self.showButton.setVisible(isTag)
        self.placeButton.setVisible(bool(self._unplaced()))
        self.exportButton.setEnabled(not self._problem and not self.isBusy)

    def _choiceProblem(self) -> str:
        checked, exportType = self.tree.checkedItems(), self.types.currentType()
        if not checked:
            return NOTHING_CHOSEN if self.tree.hasData() else "Nothing is loaded."
        if unplaced := len(self._unplaced()):
            verb = "is" if unplaced == 1 else "are"
            return f"{counted(unplaced, 'ticked item')} {verb} in no study of a patient; DICOM needs both."
        if exportType is None:
            return NO_TYPE
        studies = self._studyItems()
        if len(studies) > 1:
            return f"What is ticked is of {len(studies)} studies; one export is of one study."
        return ""

    def _intention(self) -> str:
        exportType = self.types.currentType()
        series = counted(len(exportType.exportables), "series", "series")
        text = f"{series} will be {self.destination.intention}."
        if exportType.itemsWithout:
            count = len(exportType.itemsWithout)
            verb = "is" if count == 1 else "are"
            text += f" {counted(count, 'ticked item')} cannot be written so and {verb} left out."
        notes = dict.fromkeys(one.note for one in exportType.exportables)
        return " ".join(filter(None, (text, *notes, nameNote(exportType.exportables, self._contextFor().database))))

    def _showProblem(self) -> None:
        problem = next(self.tags.tagsModel.problems(), None)
        if problem is not None:
            self.tags.showIndex(problem[0])
            self.tags.setFocus()

    def _askForStudy(self) -> None:
        self.placeRequested.emit(self._unplaced())

    def _setBusy(self, busy: bool) -> None:
        for widget in (self.splitter, self.destination, self.showButton, self.placeButton):
            widget.setEnabled(not busy)
        self.cancelButton.setText("Stop" if busy else "Cancel")
        self.cancelButton.setEnabled(True)
        self._update()
        if busy:
            self.statusLabel.setText("")
            self.cancelButton.setFocus()

    def _refreshRow(self) -> None:
        if self._job is not None:
            self._row.refresh()


def _smallButton(text: str, toolTip: str, slot) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(toolTip)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked: slot())
    return button


def _part(title: str, widget: QWidget, *below: QWidget) -> QWidget:
    part = QWidget()
    layout = QVBoxLayout(part)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    label = QLabel(title)
    label.setBuddy(widget)
    makeBold(label)
    layout.addWidget(label)
    layout.addWidget(widget, 1)
    for one in below:
        layout.addWidget(one)
    return part
