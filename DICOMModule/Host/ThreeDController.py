"""The strip above the 3D view: volume rendering and its look, view directions, and what else is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QAction, QFrame, QHBoxLayout, QLabel, QMenu, QToolButton

from DICOMLib.Scene.VolumeRenderingNodes import setRendered
from DICOMLib.Widgets.DisplayText import plainText

from .ViewButtons import iconButton, menuButton
from .VolumeLooks import lookName, setLook
from .VolumePresets import PRESETS

if TYPE_CHECKING:
    from .ThreeDView import ThreeDView

TEXT_MARGIN = 30
LONGEST_NAME = 28
STRIP_COLOR = "#8AA4C0"

# Where the viewer stands (RAS direction from the data) and which way is up.
VIEW_DIRECTIONS = {
    "Anterior": ((0, 1, 0), (0, 0, 1)),
    "Posterior": ((0, -1, 0), (0, 0, 1)),
    "Left": ((-1, 0, 0), (0, 0, 1)),
    "Right": ((1, 0, 0), (0, 0, 1)),
    "Superior": ((0, 0, 1), (0, 1, 0)),
    "Inferior": ((0, 0, -1), (0, 1, 0)),
}


class ThreeDController(QFrame):
    """Shows and changes the state of the 3D view."""

    def __init__(self, view: ThreeDView):
        super().__init__(view)
        self._view = view
        self.setObjectName("threeDController")
        self.setStyleSheet(f"#threeDController {{ border-top: 2px solid {STRIP_COLOR}; }}")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 4, 0)
        row.setSpacing(2)
        title = QLabel("3D", self)
        title.setObjectName("threeDTitle")
        self.renderingButton = iconButton(self, "VolumeRendering", "Volume rendering on or off", checkable=True)
        self.renderingButton.clicked.connect(self._setRendering)
        self.presetButton = menuButton(self, "volumePreset", "Look of the volume rendering")
        self._presetMenu = QMenu(self.presetButton)
        self._presetMenu.aboutToShow.connect(self._fillPresets)
        self.presetButton.setMenu(self._presetMenu)
        row.addWidget(title)
        row.addSpacing(6)
        row.addWidget(self.renderingButton)
        row.addWidget(self.presetButton)
        row.addStretch(1)
        fit = iconButton(self, "Fit", "Fit everything into the view (R)")
        fit.clicked.connect(lambda _checked=False: view.fit())
        row.addWidget(fit)
        row.addWidget(self._directionButton())
        row.addWidget(self._optionsButton())

    def _directionButton(self) -> QToolButton:
        button = iconButton(self, "Cube", "Look from a side of the patient")
        menu = QMenu(button)
        for name in VIEW_DIRECTIONS:
            menu.addAction(f"From {name.lower()}", lambda chosen=name: self._view.lookFrom(chosen))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.InstantPopup)
        return button

    def _optionsButton(self) -> QToolButton:
        button = iconButton(self, "Menu", "More for this view")
        menu = QMenu(button)
        self.annotationActions: dict[str, QAction] = {}
        for text, name in (("Box", "boxVisible"), ("Patient letters", "lettersVisible")):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(True)
            action.toggled.connect(lambda checked, field=name: self._view.setAnnotationVisible(field, checked))
            self.annotationActions[name] = action
        menu.addSeparator()
        menu.addAction("Maximise or restore the view\tDouble click", self._view.maximizeRequested.emit)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.InstantPopup)
        return button

    # Volume rendering

    def volume(self):
        """The volume node the strip is about: the first one rendered, else one that could be; None without any."""
        rendered = self._view.renderedVolumes()
        return rendered[0] if rendered else self._view.candidateVolume()

    def updateFromView(self) -> None:
        """Show the state of the view without changing it."""
        for name, action in self.annotationActions.items():
            action.setChecked(getattr(self._view.annotations, name))
        node = self.volume()
        rendered = bool(self._view.renderedVolumes())
        self.renderingButton.setEnabled(node is not None)
        self.renderingButton.setChecked(rendered)
        self.presetButton.setEnabled(node is not None)
        text = _shortText(lookName(node)) if node is not None else "No volume"
        if text != self.presetButton.text():
            self.presetButton.setText(text)
            # Qt keeps the size the button had with its first text.
            self.presetButton.setMinimumWidth(self.presetButton.fontMetrics().horizontalAdvance(text) + TEXT_MARGIN)

    def _setRendering(self, visible: bool) -> None:
        node = self.volume()
        if node is not None:
            setRendered(node, visible)

    def _fillPresets(self) -> None:
        self._presetMenu.clear()
        node = self.volume()
        if node is None:
            return
        current = lookName(node)
        for preset in PRESETS:
            action = self._presetMenu.addAction(preset.name, lambda chosen=preset.name: self.setPreset(chosen))
            action.setCheckable(True)
            action.setChecked(preset.name == current)

    def setPreset(self, name: str) -> None:
        """Give the volume a look and show it."""
        node = self.volume()
        if node is not None:
            setLook(node, name)


def _shortText(name: str) -> str:
    """Names of looks come from files, too: on one line, and not wider than the view."""
    text = plainText(name)
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"
