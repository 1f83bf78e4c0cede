"""Saves the scene by itself while something is in no file, and offers what a program left that ended unexpectedly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer

from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress
from DICOMLib.SceneFiles.AutosaveFolders import AutosaveFolder, LeftAutosave, leftAutosaves
from DICOMLib.SceneFiles.SceneAutosave import PreparedAutosave
from DICOMLib.Widgets.BackgroundJobs import JobRunner

from .AutosaveQuestion import AutosaveQuestion
from .AutosaveSchedule import AutosaveSchedule
from .ViewNodes import rememberViews

if TYPE_CHECKING:
    from .MainWindow import MainWindow

SETTING = "Scenes/AutosaveMinutes"
TICK_MILLISECONDS = 5000
# A scene that changes each time it is looked at is left for the next time.
MOST_ATTEMPTS = 3


class AutosaveController(QObject):
    """Does nothing before :meth:`start`.

    :ivar jobs: what is being written or removed
    :ivar schedule: when it is due
    """

    def __init__(self, window: MainWindow):
        super().__init__(window)
        self._window = window
        self.jobs = JobRunner(self)
        window.jobArea.watch(self.jobs)
        settings = window.application.settings
        self.schedule = AutosaveSchedule(lambda: settings.value(SETTING))
        self._folder: AutosaveFolder | None = None
        self._restored: list[LeftAutosave] = []
        self._attempts = 0
        self._isForgetting = False
        self._hasToldFailure = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.tick)

    def start(self, base: Path) -> None:
        """Begin to autosave below a folder, and ask what is to become of what is there."""
        self._folder = AutosaveFolder(base)
        self.jobs.start(lambda _progress: leftAutosaves(base), self._offer, self._onNotLooked)
        self._timer.start(TICK_MILLISECONDS)

    def close(self, keeps: bool = False) -> None:
        """End, on the way to closing the window. :param keeps: leave what is autosaved for the next start"""
        self._timer.stop()
        self.jobs.shutdown()
        question = self._window.findChild(AutosaveQuestion)
        if question is not None:
            question.leaveAll()
        for left in self._restored:
            if keeps:
                left.leave()
            else:
                left.remove()
        self._restored = []
        if self._folder is not None:
            self._folder.close(keeps)
            self._folder = None

    # Saving

    def tick(self) -> None:
        """Look whether there is something to do."""
        files = self._window.sceneFiles
        if self._folder is None or self.jobs.jobs or files.isSaving or files.isOpening:
            return
        if not files.changes.nodes():
            self.schedule.reset()
            self._forget()
        elif self.schedule.isDue():
            self._attempts, self._isForgetting = 0, False
            self._begin()

    def forget(self) -> None:
        """What is autosaved is of no use any more: the scene is in a file, or nobody wants it."""
        if self._folder is None:
            return
        self._isForgetting = True
        if self.jobs.jobs:
            self.jobs.cancelAll()  # what ends then calls it again
        else:
            self._forget()

    def _forget(self) -> None:
        self._isForgetting = False
        restored, self._restored = self._restored, []
        folder, self._folder = self._folder, AutosaveFolder(self._folder.base)
        if not folder.isUsed and not restored:
            return

        def remove(_progress: Progress) -> None:
            folder.close()
            for left in restored:
                left.remove()

        self.jobs.start(remove)

    def _begin(self) -> None:
        files = self._window.sceneFiles
        self._attempts += 1
        self.schedule.started()
        try:
            rememberViews(self._window.application.scene, self._window.layoutManager)
            prepared = self._folder.autosave().prepare(self._window.application.scene, str(files.file.path or ""))
        # A fault in what a node says of itself must not be reported again and again, as one that left a timer would be.
        except Exception as error:  # noqa: BLE001
            self._onFailed(error)
            return
        if prepared is None:
            self.schedule.ended()
            return
        self.jobs.start(
            prepared.write,
            lambda _nothing: self._onWritten(prepared),
            lambda error: self._onFailed(error, prepared),
            description="Autosaving the scene",
        )

    def _onWritten(self, prepared: PreparedAutosave) -> None:
        if self._isForgetting:
            prepared.letGo()
            self._forget()
        elif prepared.settle():
            autosave = self._folder.autosave()
            self.jobs.start(
                lambda _progress: autosave.commit(prepared), lambda _facts: self._onCommitted(), self._onFailed
            )
        elif self._attempts < MOST_ATTEMPTS:
            self._begin()
        else:
            self.schedule.ended()

    def _onCommitted(self) -> None:
        self.schedule.ended()
        self._hasToldFailure = False
        restored, self._restored = self._restored, []
        if self._isForgetting:
            self._restored = restored
            self._forget()
        elif restored:  # what they held is in this program's own now, unless something of it could not be read
            self.jobs.start(lambda _progress: [left.leave() if left.isMissed else left.remove() for left in restored])

    def _onFailed(self, error: Exception, prepared: PreparedAutosave | None = None) -> None:
        self.schedule.ended()
        if prepared is not None:
            prepared.letGo()
        self._folder.startAnew()
        if self._isForgetting:
            self._forget()
        elif not isinstance(error, CancelledError) and not self._hasToldFailure:
            self._hasToldFailure = True
            self._window.reporter.report(error, "autosave the scene")

    # Restoring

    def _onNotLooked(self, error: Exception) -> None:
        self._window.reporter.report(error, "look for autosaved scenes")

    def _offer(self, found: list[LeftAutosave]) -> None:
        if found:
            AutosaveQuestion(found, self._restore, self._window).show()

    def _restore(self, left: LeftAutosave) -> None:
        path = Path(left.facts.path) if left.facts.path else None
        self._window.sceneFiles.restore(left.scene, path, lambda problems: self._onRestored(left, problems))

    def _onRestored(self, left: LeftAutosave, problems: list[str] | None) -> None:
        """It stays until what it held is in another file; what cannot be read, or not all of it, is offered again.

        :param problems: None where nothing could be restored
        """
        if problems is None:
            left.leave()
        else:
            left.isMissed = bool(problems)
            self._restored.append(left)
