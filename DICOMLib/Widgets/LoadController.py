"""Examining and loading series off the GUI thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from qtpy.QtCore import QObject, Signal

from ..DirectLoading import warningsOfSelected
from ..Errors import CancelledError
from ..PluginRegistry import COULD_NOT_LOAD, rejectionsOf
from ..Wording import counted
from .BackgroundJobs import Job, JobRunner
from .BrowserLogic import BrowserLogic
from .ErrorReporting import ErrorReporter, Message
from .LoadQuestion import LoadQuestion
from .PreviewFollower import PreviewFollower

SHORT_WARNING = 120  # letters: what the line above the tables has room for
CANCELLED = "Loading was cancelled; nothing was added."
CANCELLED_TEXTS = {
    "examine": "Looking for ways to load was cancelled.",
    "references": "Loading the referenced series was cancelled; none of them was added.",
}


class LoadController(QObject):
    """Series are examined, the best loadable of each is read into a staging scene, and that joins the shown scene here.

    Requests are worked off one after the other; the same request twice is one.
    """

    examined = Signal(object)
    """The dictionary plugin → loadables."""
    loaded = Signal(object)
    """The list of nodes now in the scene."""
    referencesFound = Signal(object)
    """Plugin → loadables of series that what was loaded refers to; nothing of it is loaded yet."""
    busyChanged = Signal(bool)
    requested = Signal()
    """Somebody wants something else now; what was told of loads before, see :meth:`hasTold`, is of no use any more."""

    def __init__(self, logic: BrowserLogic, jobs: JobRunner, reporter: ErrorReporter, parent: QObject | None = None):
        super().__init__(parent)
        self._logic, self._jobs, self._reporter = logic, jobs, reporter
        self._waiting: deque[tuple[tuple, Callable[[], Job]]] = deque()
        self._current: tuple | None = None
        self._job: Job | None = None
        self._told: Message | None = None
        self.question: LoadQuestion | None = None
        """What has to be agreed to before something is loaded; None while nothing is asked."""
        self._previews = PreviewFollower(logic, self)

    @property
    def isBusy(self) -> bool:
        return self._job is not None

    def hasTold(self, message: Message | None) -> bool:
        """Whether a message is the last one about a load or an examination."""
        return message is not None and message is self._told

    def examine(self, seriesUIDs: Sequence[str]) -> None:
        """Find the ways the series can be loaded; :attr:`examined` follows."""
        uids = tuple(seriesUIDs)
        self._enqueue(("examine", uids), lambda: self._startExamination(uids, self._offerChoices))

    def loadSeries(self, seriesUIDs: Sequence[str], withReferences: bool = True) -> None:
        """Load the best reading of each series; :attr:`loaded` follows.

        :param withReferences: say what they refer to with :attr:`referencesFound`
        """
        uids = tuple(seriesUIDs)
        then = partial(self._loadSelected, withReferences=withReferences)
        self._enqueue(("load", uids), lambda: self._startExamination(uids, then))

    def loadLoadables(self, loadablesByPlugin: dict, withReferences: bool = True) -> None:
        """Load the loadables that are selected; :attr:`loaded` follows. :param withReferences: see `loadSeries`"""
        request = ("loadables", id(loadablesByPlugin))
        self._ask(
            loadablesByPlugin,
            lambda: self._enqueue(request, lambda: self._startLoading(loadablesByPlugin, withReferences)),
        )

    def loadReferences(self, loadablesByPlugin: dict) -> None:
        """Load what :attr:`referencesFound` gave, beside what was opened: views go on showing that."""
        self._enqueue(("references", id(loadablesByPlugin)), lambda: self._startLoadingReferences(loadablesByPlugin))

    def loadFiles(self, paths: Sequence[str]) -> None:
        """Load the best reading of each series in files and folders without importing them."""
        paths = tuple(paths)
        self._enqueue(("files", paths), lambda: self._startLoadingFiles(paths))

    def wait(self) -> None:
        """Block until everything asked for is done: for scripts."""
        while self._job is not None and self._job.isRunning:
            self._jobs.waitFor(self._job)

    def _enqueue(self, request: tuple, start: Callable[[], Job]) -> None:
        if request == self._current or any(request == waiting for waiting, _start in self._waiting):
            return
        if request[0] != "references":  # these belong to what was asked for before
            self.requested.emit()
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
            self._told = self._reporter.warn(*_nothingToLoad(messages, loadablesByPlugin))
            self._ended()
            return
        warnings = warningsOfSelected(loadablesByPlugin)
        if warnings or messages:
            self._told = self._reporter.warn(_warningText(warnings, messages), "\n".join([*warnings, *messages]))
        then(loadablesByPlugin)

    def _offerChoices(self, loadablesByPlugin: dict) -> None:
        self.examined.emit(loadablesByPlugin)
        self._ended()

    def _loadSelected(self, loadablesByPlugin: dict, withReferences: bool) -> None:
        def start() -> None:
            self._job = self._startLoading(loadablesByPlugin, withReferences)

        self._ask(loadablesByPlugin, start, self._ended)

    def _ask(
        self, loadablesByPlugin: dict, then: Callable[[], None], otherwise: Callable[[], None] | None = None
    ) -> None:
        """Go on once everything is agreed to that has to be asked for; what is not is no longer selected."""
        asked = [one for one in _selected(loadablesByPlugin) if getattr(one, "question", "") and not one.isAgreedTo]
        if not asked:
            then()
            return
        self.question = LoadQuestion(asked, self.parent())

        def answered() -> None:
            self.question = None
            if _selected(loadablesByPlugin):
                then()
            else:
                self._told = self._reporter.inform(CANCELLED)
                if otherwise is not None:
                    otherwise()

        self.question.finished.connect(answered)
        self.question.open()

    def _startLoading(self, loadablesByPlugin: dict, withReferences: bool) -> Job:
        count = sum(loadable.selected for loadables in loadablesByPlugin.values() for loadable in loadables)
        onPreview = self._previews.begin()
        return self._jobs.start(
            lambda progress: self._logic.load(loadablesByPlugin, progress, onPreview),
            lambda result: self._loaded(result, loadablesByPlugin if withReferences else {}),
            lambda error: self._failed(error, "load the selected series"),
            description=f"Loading {counted(count, 'item')}",
        )

    def _startLoadingReferences(self, loadablesByPlugin: dict) -> Job:
        return self._jobs.start(
            lambda progress: self._logic.load(loadablesByPlugin, progress),
            lambda result: self._loaded(result, {}, isBeside=True),
            lambda error: self._failed(error, "load the referenced series"),
            description="Loading referenced series",
        )

    def _startLoadingFiles(self, paths: tuple[str, ...]) -> Job:
        onPreview = self._previews.begin()
        return self._jobs.start(
            lambda progress: self._logic.loadFiles(paths, progress, onPreview),
            self._filesLoaded,
            lambda error: self._failed(error, "look at the files"),
            description="Looking at files" if len(paths) > 1 else "Looking at a file or folder",
        )

    def _filesLoaded(self, result: tuple[object, list[str]]) -> None:
        staging, messages = result
        nodes = self._showInScene(staging)
        if messages:
            failed = any(message.startswith(COULD_NOT_LOAD) for message in messages)
            text = _failureText(messages, bool(nodes)) if failed else _warningText(messages, [])
            self._told = self._reporter.warn(text, "\n".join(messages))
        self.loaded.emit(nodes)
        self._ended()

    def _showInScene(self, staging: object, isBeside: bool = False) -> list:
        nodes = self._logic.showInScene(staging, isBeside)
        self._previews.end()
        return nodes

    def _loaded(self, result: tuple[object, list[str]], mayRefer: dict, isBeside: bool = False) -> None:
        staging, messages = result
        nodes = self._showInScene(staging, isBeside)
        if messages:
            self._told = self._reporter.warn(_failureText(messages, bool(nodes)), "\n".join(messages))
        self.loaded.emit(nodes)
        if _hasReferences(mayRefer):
            self._job = self._startLookingForReferences(mayRefer)
        else:
            self._ended()

    def _startLookingForReferences(self, loadablesByPlugin: dict) -> Job:
        loaded = self._logic.loadedInstances()
        return self._jobs.start(
            lambda progress: self._logic.references(loadablesByPlugin, loaded, progress),
            self._offerReferences,
            lambda error: self._failed(error, "look for referenced series", wasLoading=False),
            description="Looking for referenced series",
        )

    def _offerReferences(self, referenced: dict) -> None:
        if any(referenced.values()):
            self.referencesFound.emit(referenced)
        self._ended()

    def _failed(self, error: Exception, doing: str, wasLoading: bool = True) -> None:
        self._previews.end()
        if isinstance(error, CancelledError) and wasLoading:
            self._told = self._reporter.inform(CANCELLED_TEXTS.get(self._current[0], CANCELLED))
        else:
            self._told = self._reporter.report(error, doing)
        self._ended()


def _selected(loadablesByPlugin: dict) -> list:
    return [one for some in loadablesByPlugin.values() for one in some if getattr(one, "selected", True)]


def _hasReferences(loadablesByPlugin: dict) -> bool:
    return any(getattr(one, "referencedInstanceUIDs", ()) for some in loadablesByPlugin.values() for one in some)


def _nothingToLoad(messages: list[str], loadablesByPlugin: dict) -> tuple[str, str]:
    """What to tell; the details also name the plugins."""
    rejections = [reason for plugin in loadablesByPlugin for reason in getattr(plugin, "rejections", ())]
    reasons = [*messages, *dict.fromkeys(rejections)] or ["No plugin can load what is selected."]
    return _warningText(reasons, []), "\n".join([*messages, *rejectionsOf(loadablesByPlugin)])


def _warningText(warnings: list[str], messages: list[str]) -> str:
    """A short one whole, else the beginning of the first; all of it, and the others, are in the details."""
    everything = [*warnings, *messages]
    if len(everything) == 1 and len(everything[0]) <= SHORT_WARNING:
        return everything[0]
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
