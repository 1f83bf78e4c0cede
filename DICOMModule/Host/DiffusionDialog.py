"""What a diffusion volume consists of, seen at a glance, and what can be computed from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QPoint, QSize, Qt
from qtpy.QtGui import QColor, QGuiApplication, QIcon
from qtpy.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from DICOMLib.Diffusion.Coverage import baselineOf
from DICOMLib.Widgets.DisplayText import plainText
from DICOMLib.Widgets.ProgressPanel import ProgressPanel
from DICOMLib.Widgets.WrappedLabel import WrappedLabel
from DICOMPlugins.Diffusion.Summary import DiffusionSummary, shellNumbers, summaryOf

from .DiffusionMaps import DiffusionMaps
from .DiffusionTexts import directionText, isWeighted, numberText
from .DirectionPlot import DirectionPlot, shellColor
from .NodeObservers import MODIFIED, NodeObservers
from .ShellTable import ShellTable
from .Theme import COLORS

if TYPE_CHECKING:
    from .MainWindow import MainWindow

SIZE = QSize(600, 640)
PLACE_IN_WINDOW = QPoint(12, 70)
EMPTY_TEXT = "No diffusion volume is loaded.\nLoad a diffusion series; its b-values and directions are shown here."


class DiffusionDialog(QDialog):
    """Stays beside the main window and follows the scene.

    :ivar maps: what the buttons start
    """

    def __init__(self, window: MainWindow):
        super().__init__(window)
        self.setObjectName("diffusionDialog")
        self.setWindowTitle("Diffusion")
        self.setModal(False)
        self._window = window
        self._scene = window.application.scene
        self.maps = DiffusionMaps(window)
        self._sceneObservers, self._nodeObservers = NodeObservers(), NodeObservers()
        self._pressed: QWidget | None = None  # what had the keyboard when computing began
        self._build()
        for event in (self._scene.NodeAddedEvent, self._scene.NodeRemovedEvent, self._scene.EndCloseEvent):
            self._sceneObservers.add(self._scene, event, self.refresh)
        self.maps.runningChanged.connect(self._updateButtons)
        self.resize(SIZE.boundedTo(window.size() - QSize(0, PLACE_IN_WINDOW.y())).expandedTo(self.minimumSizeHint()))
        # Over the panels at the left: clicks in the plot change what the views show.
        self.move(window.mapToGlobal(PLACE_IN_WINDOW))
        self.refresh()

    # Parts

    def _build(self) -> None:
        self.selector = QComboBox(self)
        self.selector.setObjectName("diffusionVolume")
        self.selector.setAccessibleName("Diffusion volume")
        self.selector.setSizeAdjustPolicy(QComboBox.AdjustToMinimumContentsLengthWithIcon)
        self.selector.currentIndexChanged.connect(lambda _index: self._showVolume())
        self._pages = QStackedWidget(self)
        empty = QLabel(EMPTY_TEXT, self)
        empty.setObjectName("diffusionEmpty")
        empty.setAlignment(Qt.AlignCenter)
        empty.setProperty("tone", "soft")
        self._pages.addWidget(empty)
        self._pages.addWidget(self._content())
        self.progressPanel = ProgressPanel(self._window.jobs, self)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(self.selector)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.progressPanel)
        layout.addLayout(self._bottom())

    def _content(self) -> QWidget:
        page = QWidget(self)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self.warningLabel = WrappedLabel("", 3, page)
        self.warningLabel.setObjectName("diffusionWarning")
        self.warningLabel.setProperty("tone", "warning")
        self.table = ShellTable(page)
        self.plot = DirectionPlot(page)
        self.plot.measurementClicked.connect(self._showMeasurement)
        self.explanation = QPlainTextEdit(page)
        self.explanation.setObjectName("diffusionExplanation")
        self.explanation.setAccessibleName("Where b-values and directions come from")
        self.explanation.setReadOnly(True)
        self.explanation.setMinimumHeight(self.fontMetrics().height() * 4)
        layout.addWidget(self.warningLabel)
        layout.addWidget(self.table)
        layout.addWidget(self.plot, 3)
        layout.addWidget(self.explanation, 2)
        return page

    def _bottom(self) -> QVBoxLayout:
        self.baselineButton = self._button("Baseline", "The mean of the volumes at b = 0", self.maps.makeBaseline)
        self.meanButton = self._button("Mean DWI", "The mean of the volumes of each b-value", self.maps.makeMeans)
        text = (
            "The diffusion tensor of each voxel, its fractional anisotropy, mean diffusivity, and main direction in "
            "colours: red left-right, green front-back, blue head-feet"
        )
        self.tensorButton = self._button("Tensor, FA, MD, colour FA", text, self.maps.makeTensor)
        saving = self._window.volumeSaving
        self.nrrdButton = self._button("NRRD…", "With b-values and gradients in one file, as 3D Slicer reads it",
                                       lambda node: saving.ask(node, "NRRD"))  # fmt: skip
        self.niftiButton = self._button("NIfTI…", "With .bval and .bvec files as FSL reads them",
                                        lambda node: saving.ask(node, "NIfTI"))  # fmt: skip
        self.copyButton = self._button("Copy text", "Copy b-values, directions and explanation", self._copy)
        compute, save = QHBoxLayout(), QHBoxLayout()
        for row, title, buttons in (
            (compute, "Compute", (self.baselineButton, self.meanButton, self.tensorButton)),
            (save, "Save as", (self.nrrdButton, self.niftiButton)),
        ):
            label = QLabel(title, self)
            label.setProperty("tone", "soft")
            label.setFixedWidth(self.fontMetrics().horizontalAdvance("Compute  "))
            row.addWidget(label)
            for button in buttons:
                row.addWidget(button)
            row.addStretch(1)
        compute.addWidget(self.copyButton)
        close = QDialogButtonBox(QDialogButtonBox.Close, self)
        close.button(QDialogButtonBox.Close).setIcon(QIcon())  # some styles paint theirs for light windows
        close.button(QDialogButtonBox.Close).setAutoDefault(False)
        close.rejected.connect(self.close)
        save.addWidget(close)
        rows = QVBoxLayout()
        rows.setSpacing(6)
        rows.addLayout(compute)
        rows.addLayout(save)
        return rows

    def _button(self, text: str, toolTip: str, action) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(toolTip)
        button.setAutoDefault(False)
        button.setProperty("usualToolTip", toolTip)
        button.clicked.connect(lambda _checked=False: self.node() is not None and action(self.node()))
        return button

    # State

    def node(self):
        """The volume that is shown; None without one."""
        return self._scene.GetNodeByID(self.selector.currentData() or "")

    def setNode(self, node) -> None:
        """Show a diffusion volume of the scene."""
        self.selector.setCurrentIndex(self.selector.findData(node.GetID()))

    def refresh(self) -> None:
        """List the scene's diffusion volumes as they are now; the one shown stays, if it is still there."""
        before = self.selector.currentData()
        nodes = [one for one in self._scene.nodes() if isWeighted(one)]
        self.selector.blockSignals(True)
        self.selector.clear()
        for one in nodes:
            self.selector.addItem(plainText(one.GetName()), one.GetID())
        self.selector.setCurrentIndex(max(self.selector.findData(before), 0 if nodes else -1))
        self.selector.blockSignals(False)
        self.selector.setVisible(bool(nodes))
        if self.selector.currentData() != before or not nodes:
            self._showVolume()

    def _showVolume(self) -> None:
        self._nodeObservers.removeAll()
        node = self.node()
        self._pages.setCurrentIndex(int(node is not None))
        if node is not None:
            self._nodeObservers.add(node, MODIFIED, self._showContent)
            self._nodeObservers.add(node, node.DisplayModifiedEvent, self._followShown)
            self._showContent()
        self._updateButtons()

    def _showContent(self) -> None:
        node = self.node()
        summary = summaryOf(node)
        self.warningLabel.setText("\n".join(summary.warnings))
        self.warningLabel.setVisible(bool(summary.warnings))
        colors = _colors(summary)
        self.table.showShells(summary.shells, colors)
        self._plot(node, summary, colors)
        self.explanation.setPlainText(summary.text)
        self.selector.setItemText(self.selector.currentIndex(), plainText(node.GetName()))
        self._followShown()
        self._updateButtons()

    def _plot(self, node, summary: DiffusionSummary, colors: list[QColor]) -> None:
        bValues, directions = node.bValuesArray(), node.gradientsRAS()
        numbers = shellNumbers(summary.shells, len(bValues))
        texts = [
            f"Volume {row + 1}: b = {numberText(bValue)} s/mm²\n{directionText(direction)}"
            for row, (bValue, direction) in enumerate(zip(bValues, directions, strict=True))
        ]
        self.plot.setDirections(directions, [colors[number] for number in numbers], texts)

    def _followShown(self) -> None:
        node = self.node()
        if node is not None and node.GetImageData() is not None:
            self.plot.setCurrent(node.shownComponent())

    def _showMeasurement(self, number: int) -> None:
        """Show the measurement of a clicked direction in the views."""
        node = self.node()
        if node is None or node.GetDisplayNode() is None:
            return
        if not self._window.layoutManager.isShown(node):
            self._window.layoutManager.setShown(node, True)
        node.GetDisplayNode().SetDiffusionComponent(number)

    def _updateButtons(self) -> None:
        node = self.node()
        reasons = self.maps.reasons(node)
        isComputing = self.maps.isRunning()
        if isComputing and self.focusWidget() in (self.baselineButton, self.meanButton, self.tensorButton):
            # Else the next button would have the keyboard, and the space bar would save.
            self._pressed = self.focusWidget()
            self.explanation.setFocus()
        for button, reason in zip((self.baselineButton, self.meanButton, self.tensorButton), reasons, strict=True):
            button.setEnabled(not reason)
            button.setToolTip(reason or button.property("usualToolTip"))
        if not isComputing and self._pressed is not None:
            if self.explanation.hasFocus():
                self._pressed.setFocus()
            self._pressed = None
        for button in (self.nrrdButton, self.niftiButton, self.copyButton):
            button.setEnabled(node is not None)

    def _copy(self, node) -> None:
        lines = [plainText(node.GetName()), self.explanation.toPlainText(), "", "b (s/mm²)\tR\tA\tS"]
        for bValue, direction in zip(node.bValuesArray(), node.gradientsRAS(), strict=True):
            lines.append("\t".join([f"{bValue:g}", *(f"{value + 0.0:.6f}" for value in direction)]))
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._window.showMessage("Copied b-values and directions")

    def forget(self) -> None:
        """Stop listening to the scene."""
        self._sceneObservers.removeAll()
        self._nodeObservers.removeAll()


def _colors(summary: DiffusionSummary) -> list[QColor]:
    """One for each shell, grey for the baseline."""
    baseline = baselineOf([one.shell for one in summary.shells])
    first = 0 if baseline is None else 1
    return [
        QColor(COLORS["textOff"]) if number < first else shellColor(number - first)
        for number in range(len(summary.shells))
    ]
