"""The row below the views that steps through sequences and plays them."""

from __future__ import annotations

from qtpy.QtCore import QSignalBlocker, QSize, Qt, QTimer
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from DICOMLib.Scene.SequenceBrowserNode import vtkMRMLSequenceBrowserNode
from DICOMLib.Scene.SequencesLogic import BROWSER_CLASS, vtkSlicerSequencesLogic
from DICOMLib.Widgets.DisplayText import plainText, toolTipText
from DICOMLib.Widgets.ElidedLabel import ElidedLabel

from .Icons import icon
from .LayoutManager import LayoutManager
from .NodeObservers import MODIFIED, NodeObservers
from .SequencePlayer import SequencePlayer
from .ViewButtons import iconButton
from .VolumeAppearance import isVolume

LEAST_RATE, GREATEST_RATE = 0.1, 100.0
COMBO_WIDTH, COMBO_FRAME, SLIDER_WIDTH = 140, 44, 50
VALUE_WIDTH, LEAST_VALUE_WIDTH = 190, 50


class RateBox(QDoubleSpinBox):
    """Frames a second, without zeros behind the point."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setRange(LEAST_RATE, GREATEST_RATE)
        self.setDecimals(1)
        self.setSuffix(" fps")
        self.setKeyboardTracking(False)
        self.setToolTip("Frames a second; frames are left out where drawing takes longer")
        self.setAccessibleName("Frames a second")

    def textFromValue(self, value: float) -> str:
        return self.locale().toString(value, "g", 4)


class ValueLabel(ElidedLabel):
    """Wants the room that its longest text takes, and gives way where there is less."""

    def __init__(self, parent: QWidget):
        super().__init__("", parent, Qt.ElideLeft)  # the number and its unit are what changes
        self._width = 0
        self.setObjectName("sequenceValue")
        self.setSizePolicy(QSizePolicy.Maximum, QSizePolicy.Fixed)

    def reserve(self, width: int) -> None:
        """Ask for so many pixels, whatever the text."""
        self._width = width
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(min(self._width, VALUE_WIDTH), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._width, LEAST_VALUE_WIDTH), super().minimumSizeHint().height())


class SequenceBar(QFrame):
    """Shown while the scene has a browser of a sequence with items. State is the browser's, so that scripts and scene
    files agree with it.

    :param layoutManager: the views, which show what is chosen; what they are made to show is chosen
    :ivar player: plays what is to be played, also of browsers that the bar does not show
    :ivar browserBox: chooses among several browsers
    """

    def __init__(self, scene, layoutManager: LayoutManager, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("sequenceBar")
        self._scene, self._layoutManager, self._logic = scene, layoutManager, vtkSlicerSequencesLogic(scene)
        self._shown: vtkMRMLSequenceBrowserNode | None = None
        self._browsers: list[vtkMRMLSequenceBrowserNode] = []
        self._names: list[str] = []
        self._sceneObservers, self._browserObservers = NodeObservers(), NodeObservers()
        self.player = SequencePlayer(self._logic, self)
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.refresh)
        for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent):
            self._sceneObservers.add(scene, event, self._onNodesChanged)
        layoutManager.shownVolumesChanged.connect(self._followViews)
        self.refresh()

    # Parts

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 3, 6, 3)
        row.setSpacing(3)
        self.browserBox = QComboBox(self)
        self.browserBox.setToolTip("The sequence that is stepped through")
        self.browserBox.setAccessibleName("Sequence")
        self.browserBox.setFixedWidth(COMBO_WIDTH)
        self.browserBox.activated.connect(lambda number: self.browse(self._browsers[number]))
        row.addWidget(self.browserBox)
        for button in self._buttons():
            row.addWidget(button)
        self.slider = QSlider(Qt.Horizontal, self)
        self.slider.setMinimumWidth(SLIDER_WIDTH)
        self.slider.setFocusPolicy(Qt.NoFocus)
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(lambda number: self._change("SetSelectedItemNumber", number))
        row.addWidget(self.slider, 1)
        self.positionLabel = QLabel(self)
        self.positionLabel.setObjectName("sequencePosition")
        self.positionLabel.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
        row.addSpacing(4)
        row.addWidget(self.positionLabel)
        self.valueLabel = ValueLabel(self)
        row.addSpacing(6)
        row.addWidget(self.valueLabel)
        row.addSpacing(6)
        self.rateBox = RateBox(self)
        self.rateBox.valueChanged.connect(lambda rate: self._change("SetPlaybackRateFps", rate))
        row.addWidget(self.rateBox)
        self.loopButton = iconButton(self, "Loop", "Begin anew after the last item", checkable=True)
        self.loopButton.toggled.connect(lambda checked: self._change("SetPlaybackLooped", checked))
        row.addWidget(self.loopButton)

    def _buttons(self):
        self.firstButton = self._button("SeekFirst", "First item", "", lambda one: one.SelectFirstItem())
        self.previousButton = self._button(
            "SeekPrevious", "Item before", "Ctrl+Shift+Left", lambda one: one.SelectNextItem(-1)
        )
        self.playButton = self._button(
            "Play", "Play", "Ctrl+Shift+Down", lambda one: one.SetPlaybackActive(not one.GetPlaybackActive())
        )
        self.nextButton = self._button("SeekNext", "Next item", "Ctrl+Shift+Right", lambda one: one.SelectNextItem(1))
        self.lastButton = self._button("SeekLast", "Last item", "", lambda one: one.SelectLastItem())
        return self.firstButton, self.previousButton, self.playButton, self.nextButton, self.lastButton

    def _button(self, iconName: str, text: str, keys: str, action):
        button = iconButton(self, iconName, _withKeys(text, keys))
        if keys:
            button.setShortcut(QKeySequence(keys))
        button.clicked.connect(lambda: self._shown is not None and action(self._shown))
        return button

    def below(self, area: QWidget) -> QWidget:
        """A widget with an area, and the bar below it."""
        holder = QWidget(self.parentWidget())
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(area, 1)
        column.addWidget(self)
        return holder

    # Browsers

    def browser(self) -> vtkMRMLSequenceBrowserNode | None:
        """What is shown; None when there is nothing to step through."""
        return self._shown

    def setBrowser(self, browser: vtkMRMLSequenceBrowserNode | None) -> None:
        """Show one of the scene's browsers that have items."""
        self._shown = browser
        self.refresh()

    def browse(self, node) -> None:
        """Step through a sequence, or with a browser, and have the views show what changes.

        :param node: a sequence, which gets a browser if it has none, or a browser
        """
        browser = node if isinstance(node, vtkMRMLSequenceBrowserNode) else self._logic.browse(node)
        self.setBrowser(browser)
        volumes = [one for one in browser.GetAllProxyNodes() if isVolume(one)]
        if volumes and not any(map(self._layoutManager.isShown, volumes)):
            self._layoutManager.setShown(volumes[0], True)

    def _followViews(self) -> None:
        """Of several browsers the one whose volume has come into the views."""
        self._showNames()
        if len(self._browsers) < 2 or self._shown is None or self._isInViews(self._shown):
            return
        found = next(filter(self._isInViews, self._browsers), None)
        if found is not None:
            self.setBrowser(found)

    def _showNames(self) -> None:
        """Where there is a choice, and where the views show something else: what is played then would be unknown."""
        volumes = [] if self._shown is None else [one for one in self._shown.GetAllProxyNodes() if isVolume(one)]
        isElsewhere = bool(volumes) and not self._isInViews(self._shown)
        self.browserBox.setVisible(len(self._browsers) > 1 or isElsewhere)

    def _isInViews(self, browser: vtkMRMLSequenceBrowserNode) -> bool:
        return any(isVolume(one) and self._layoutManager.isShown(one) for one in browser.GetAllProxyNodes())

    def _onNodesChanged(self) -> None:
        """Nodes that have gone are let go of at once, everything else is done once for all changes."""
        if self._shown is not None and not self._scene.IsNodePresent(self._shown):
            self._shown = None
        self._timer.start()

    def refresh(self) -> None:
        """Look for browsers anew; one that has come is shown."""
        self._timer.stop()
        self._observeBrowsers()
        before = self._browsers
        self._browsers = [one for one in self._logic.browsers() if one.GetNumberOfItems()]
        new = [one for one in self._browsers if one not in before]
        if new and (self._shown is None or before):
            self._shown = new[-1]
        if self._shown not in self._browsers:
            self._shown = self._browsers[-1] if self._browsers else None
        blocker = QSignalBlocker(self.browserBox)
        self.browserBox.clear()
        elided = self.browserBox.fontMetrics().elidedText
        for one in self._browsers:
            name = nameOf(one)
            self.browserBox.addItem(elided(name, Qt.ElideMiddle, COMBO_WIDTH - COMBO_FRAME))
            self.browserBox.setItemData(self.browserBox.count() - 1, toolTipText(name), Qt.ToolTipRole)
        self._names = [nameOf(one) for one in self._browsers]
        if self._shown is not None:
            self.browserBox.setCurrentIndex(self._browsers.index(self._shown))
        blocker.unblock()
        self._showNames()
        self.setVisible(self._shown is not None)
        self._updateWidths()
        self.updateFromBrowser()

    def _observeBrowsers(self) -> None:
        self._browserObservers.removeAll()
        for one in self._scene.GetNodesByClass(BROWSER_CLASS):
            if isinstance(one, vtkMRMLSequenceBrowserNode):
                self._browserObservers.add(one, MODIFIED, self._onBrowserChanged)

    def _onBrowserChanged(self) -> None:
        self.player.follow()
        withItems = [one for one in self._logic.browsers() if one.GetNumberOfItems()]
        if withItems != self._browsers or self._names != [nameOf(one) for one in withItems]:
            self._timer.start()
        self.updateFromBrowser()

    def _change(self, method: str, value) -> None:
        if self._shown is not None:
            getattr(self._shown, method)(value)

    # State

    def updateFromBrowser(self) -> None:
        """Show the state of the browser without changing it."""
        browser = self._shown
        if browser is None:
            return
        count, number = browser.GetNumberOfItems(), browser.GetSelectedItemNumber()
        blockers = [QSignalBlocker(one) for one in (self.slider, self.rateBox, self.loopButton)]
        self.slider.setRange(0, max(count - 1, 0))
        self.slider.setValue(number)
        self.slider.setToolTip(toolTipText(f"Items of “{nameOf(browser)}”"))
        self.rateBox.setValue(browser.GetPlaybackRateFps())
        self.loopButton.setChecked(browser.GetPlaybackLooped())
        for blocker in blockers:
            blocker.unblock()
        self.positionLabel.setText(f"Item {number + 1} of {count}")
        self.valueLabel.setText(valueText(browser, number))
        self._showPlaying(browser.GetPlaybackActive())
        for button in (self.firstButton, self.previousButton, self.playButton, self.nextButton, self.lastButton):
            button.setEnabled(count > 1)

    def _showPlaying(self, isPlaying: bool) -> None:
        iconName, text = ("Pause", "Pause") if isPlaying else ("Play", "Play")
        toolTip = _withKeys(text, "Ctrl+Shift+Down")
        if self.playButton.toolTip() != toolTip:
            self.playButton.setIcon(icon(iconName))
            self.playButton.setToolTip(toolTip)
            self.playButton.setAccessibleName(toolTip)

    def _updateWidths(self) -> None:
        """Labels as wide as their longest text, so that nothing moves while it plays."""
        browser = self._shown
        if browser is None:
            return
        count, width = browser.GetNumberOfItems(), self.fontMetrics().horizontalAdvance
        self.positionLabel.setMinimumWidth(width(f"Item {count} of {count}"))
        longest = max((width(valueText(browser, number)) for number in range(count)), default=0)
        self.valueLabel.reserve(longest + 2)

    def closeBar(self) -> None:
        """Let go of the scene, and play no longer."""
        self._timer.stop()
        self.player.stop()
        self._sceneObservers.removeAll()
        self._browserObservers.removeAll()
        self._shown = None


def nameOf(browser: vtkMRMLSequenceBrowserNode) -> str:
    """What people know a browser by: its master sequence."""
    master = browser.GetMasterSequenceNode()
    return plainText((browser if master is None else master).GetName() or "")


def valueText(browser: vtkMRMLSequenceBrowserNode, number: int) -> str:
    """An index value with its name and unit: "trigger time 120 ms"; "" where the browser shows numbers of items."""
    master = browser.GetMasterSequenceNode()
    if master is None or browser.GetIndexDisplayMode() == browser.IndexDisplayAsIndex:
        return ""
    shown = browser.GetFormattedIndexValue(number)
    if master.GetIndexType() == master.NumericIndex and browser.GetIndexDisplayFormat() == "%.2f":
        shown = _short(master.GetNthIndexValue(number))
    return plainText(" ".join(filter(None, (master.GetIndexName(), shown, master.GetIndexUnit()))))


def _short(text: str) -> str:
    """A number without digits that say nothing; the default format of Slicer would show 120.00, and 0.00 for 0.001."""
    try:
        return f"{float(text):.6g}"
    except ValueError:
        return text


def _withKeys(text: str, keys: str) -> str:
    return f"{text} ({QKeySequence(keys).toString(QKeySequence.NativeText)})" if keys else text
