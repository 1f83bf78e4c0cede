"""The DICOM module as a guest in another program's window."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt, QTimer, Signal
from qtpy.QtWidgets import QApplication, QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ..DICOM import DICOMWidget
from .Application import HostApplication
from .PlotterDisplay import REPRESENTATIONS, PlotterDisplay
from .VolumeList import VolumeList


class AttachedPanel(QWidget):
    """Browser above, loaded volumes below; what is loaded appears in the plotter.

    :ivar application: database, scene, plugins, settings in one object
    :ivar module: the DICOM module's widget object, with ``browserWidget`` and Slicer's method names
    :ivar display: what is drawn in the plotter
    :param ownsApplication: whether closing the panel closes the database too
    """

    detached = Signal()

    def __init__(self, plotter, application: HostApplication, ownsApplication: bool = True):
        super().__init__()
        self.setObjectName("attachedPanel")
        self.setWindowTitle("DICOM")
        self.application = application
        self.plotter = plotter
        self._ownsApplication = ownsApplication
        self._isDetached = False
        self._window: QWidget | None = None
        self._build()
        QApplication.instance().aboutToQuit.connect(self.detach)
        # Qt may destroy the panel with its window before anybody detaches it; what is not Qt's has to end then too.
        self.destroyed.connect(_Release(self))

    @property
    def scene(self):
        return self.application.scene

    @property
    def database(self):
        return self.application.database

    @property
    def browserWidget(self):
        """The browser's panel (``SlicerDICOMBrowser``)."""
        return self.module.browserWidget

    @property
    def isWorking(self) -> bool:
        """Whether an import, a load or anything else is going on in the background."""
        return bool(self.module.jobs.jobs)

    def importPaths(self, paths, copyFiles: bool | None = None, loadAfterImport: bool = False) -> None:
        """Import files and folders in the background and, if wanted, load and show what was imported."""
        self.module.importPaths(paths, copyFiles, loadAfterImport)

    def followWindow(self, window: QWidget) -> None:
        """Detach when this window is closed."""
        self._window = window
        window.installEventFilter(self)

    def detach(self) -> None:
        """Take the volumes out of the plotter, end jobs, close the database. Calling it again does nothing."""
        if self._isDetached:
            return
        self._isDetached = True
        if self._window is not None:
            self._window.removeEventFilter(self)
        self.volumeList.forget()
        self.display.close()
        self.module.cleanup()
        if self._ownsApplication:
            self.application.close()
        self.detached.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Close:
            # Windows may refuse to close, so look afterwards.
            self._closeTimer.start()
        return False

    def _build(self) -> None:
        self._closeTimer = QTimer(self)
        self._closeTimer.setSingleShot(True)
        self._closeTimer.setInterval(0)
        self._closeTimer.timeout.connect(self._detachIfClosed)
        page = QWidget()
        page.setLayout(QVBoxLayout())
        page.layout().setContentsMargins(6, 6, 6, 6)
        page.hostApplication = self.application
        self.module = DICOMWidget(page)
        self.module.setup()
        self.browserWidget.exports.offerUnsent()
        self.display = PlotterDisplay(self.plotter, self.application.scene, self)
        self.volumeList = VolumeList(self.application.scene)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(page, 1)
        layout.addWidget(self._displayArea())

    def _displayArea(self) -> QWidget:
        self.representationBox = QComboBox()
        self.representationBox.setObjectName("representation")
        self.representationBox.addItems(REPRESENTATIONS)
        self.representationBox.setToolTip("How volumes are drawn in the plotter")
        self.representationBox.currentTextChanged.connect(self.display.setRepresentation)
        fitButton = QToolButton(text="Fit view", toolTip="Move the plotter's camera so that all volumes are in view")
        fitButton.clicked.connect(self.display.fit)
        row = QHBoxLayout()
        row.addWidget(QLabel("Loaded"))
        row.addStretch(1)
        row.addWidget(QLabel("as"))
        row.addWidget(self.representationBox)
        row.addWidget(fitButton)
        area = QWidget()
        layout = QVBoxLayout(area)
        layout.setContentsMargins(6, 0, 6, 6)
        layout.setSpacing(3)
        layout.addLayout(row)
        layout.addWidget(self.volumeList)
        return area

    def _detachIfClosed(self) -> None:
        if self._window is None or not self._window.isVisible():
            self.detach()

    def closeEvent(self, event) -> None:
        """A tool window or dock that is closed is only hidden; it can be shown again."""
        event.accept()


class _Release:
    """Ends what is not Qt's once Qt has destroyed the panel; holds no reference to the panel itself."""

    def __init__(self, panel: AttachedPanel):
        self._jobs, self._display = panel.module.jobs, panel.display
        self._application = panel.application if panel._ownsApplication else None
        self._volumeList = panel.volumeList
        panel.detached.connect(self._done)

    def __call__(self, *_destroyed: object) -> None:
        if self._jobs is None:
            return
        self._volumeList.forget()
        self._display.forget()
        self._jobs.shutdown()
        if self._application is not None:
            self._application.close()
        self._done()

    def _done(self) -> None:
        self._jobs = None


TOOL_WINDOW_FLAGS = Qt.Tool | Qt.WindowTitleHint | Qt.WindowCloseButtonHint
