"""Examining and loading series off the GUI thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from qtpy.QtCore import QObject, Signal

from ..PluginRegistry import COULD_NOT_LOAD, rejectionsOf
from ..Wording import counted
from .BackgroundJobs import Job, JobRunner
from .BrowserLogic import BrowserLogic
from .ErrorReporting import ErrorReporter


class LoadController(QObject):
    """Series are examined, the best loadable of each is read into a staging scene, and that joins the shown scene here.

    Requests are worked off one after the other; the same request twice is one.
    """

    examined = Signal(object)
    """The dictionary plugin → loadables."""
    loaded = Signal(object)
    """The list of nodes now in the scene."""
    busyChanged = Signal(bool)

    def __init__(self, logic: BrowserLogic, jobs: JobRunner, reporter: ErrorReporter, parent: QObject | None = None):
        super().__init__(parent)
        self._logic, self._jobs, self._reporter = logic, jobs, reporter
        self._waiting: deque[tuple[object, Callable[[], Job]]] = deque()
        self._current: object = None
        self._job: Job | None = None

    @property
    def isBusy(self) -> bool:
        return self._job is not None

    def examine(self, seriesUIDs: Sequence[str]) -> None:
        """Find the ways the series can be loaded; :attr:`examined` follows."""
        uids = tuple(seriesUIDs)
        self._enqueue(("examine", uids), lambda: self._startExamination(uids, self._offerChoices))

    def loadSeries(self, seriesUIDs: Sequence[str]) -> None:
        """Load the best reading of each series; :attr:`loaded` follows."""
        uids = tuple(seriesUIDs)
        self._enqueue(("load", uids), lambda: self._startExamination(uids, self._loadSelected))

    def loadLoadables(self, loadablesByPlugin: dict) -> None:
        """Load the loadables that are selected; :attr:`loaded` follows."""
        self._enqueue(("loadables", id(loadablesByPlugin)), lambda: self._startLoading(loadablesByPlugin))

    def wait(self) -> None:
        """Block until everything asked for is done: for scripts."""
        while self._job is not None and self._job.isRunning:
            self._jobs.waitFor(self._job)

    def _enqueue(self, request: object, start: Callable[[], Job]) -> None:
        if request == self._current or any(request == waiting for waiting, _start in self._waiting):
            return
        self._waiting.append((request, start))
        self._startNext()

    def _startNext(self) -> None:
        if self._job is not None or not self._waiting:
            return
        self._current, start = self._waiting.popleft()
        self.busyChanged.emit(True)
        self._job = start()

    def _ended(self) -> None:
        self._job, self._current = None, None
        if not self._waiting:
            self.busyChanged.emit(False)
        self._startNext()

    def _startExamination(self, seriesUIDs: tuple[str, ...], then: Callable[[dict], None]) -> Job:
        return self._jobs.start(
            lambda progress: self._logic.examine(seriesUIDs, progress),
            lambda found: self._examined(found, then),
            lambda error: self._failed(error, "examine the selected series"),
            description=f"Examining {counted(len(seriesUIDs), 'series', 'series')}",
        )

    def _examined(self, found: tuple[dict, list[str]], then: Callable[[dict], None]) -> None:
        loadablesByPlugin, messages = found
        if not any(loadablesByPlugin.values()):
            reasons = [*messages, *rejectionsOf(loadablesByPlugin)] or ["No plugin can load what is selected."]
            self._reporter.warn(_warningText(reasons, []), "\n".join(reasons))
            self._ended()
            return
        warnings = warningsOfSelected(loadablesByPlugin)
        if warnings or messages:
            self._reporter.warn(_warningText(warnings, messages), "\n".join([*warnings, *messages]))
        then(loadablesByPlugin)

    def _offerChoices(self, loadablesByPlugin: dict) -> None:
        self.examined.emit(loadablesByPlugin)
        self._ended()

    def _loadSelected(self, loadablesByPlugin: dict) -> None:
        self._job = self._startLoading(loadablesByPlugin)

    def _startLoading(self, loadablesByPlugin: dict) -> Job:
        count = sum(loadable.selected for loadables in loadablesByPlugin.values() for loadable in loadables)
        return self._jobs.start(
            lambda progress: self._logic.load(loadablesByPlugin, progress),
            self._loaded,
            lambda error: self._failed(error, "load the selected series"),
            description=f"Loading {counted(count, 'item')}",
        )

    def _loaded(self, result: tuple[object, list[str]]) -> None:
        staging, messages = result
        nodes = self._logic.showInScene(staging)
        if messages:
            self._reporter.warn(_failureText(messages, bool(nodes)), "\n".join(messages))
        self.loaded.emit(nodes)
        self._ended()

    def _failed(self, error: Exception, doing: str) -> None:
        self._reporter.report(error, doing)
        self._ended()


def warningsOfSelected(loadablesByPlugin: dict) -> list[str]:
    """"name [reader]: warning" of every loadable that is about to be loaded, as 3D Slicer words it."""
    return [
        f"{loadable.name} [{getattr(plugin, 'loadType', plugin)}]: {loadable.warning}"
        for plugin, loadables in loadablesByPlugin.items()
        for loadable in loadables
        if loadable.selected and loadable.warning
    ]


def _warningText(warnings: list[str], messages: list[str]) -> str:
    """The beginning of the first; all of it, and the others, are in the details."""
    everything = [*warnings, *messages]
    first, _stop, rest = everything[0].partition(". ")
    if len(everything) > 1:
        return f"{first.rstrip('.')}. There is more to know; see the details."
    return f"{first}. More in the details." if rest else first


def _failureText(messages: list[str], someLoaded: bool) -> str:
    failures = [message for message in messages if message.startswith(COULD_NOT_LOAD)] or messages
    if len(failures) == 1:
        return failures[0]
    others = [message for message in messages if message not in failures]
    sentence = f"{counted(len(failures), 'item')} could not be loaded{'; the rest was' if someLoaded else ''}."
    return " ".join([sentence, *others])
