"""Sending files to a server (C-STORE, PS3.4 annex B): each as it is stored where the server takes that."""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

from ..Database.TemporaryFolders import TemporaryFolder
from ..Database.UpkeepReport import NOTE
from ..Errors import (
    AssociationAbortedError,
    CancelledError,
    ConnectionFailedError,
    ConnectionLostError,
    ContextNotAcceptedError,
    DICOMError,
    FileError,
    NetworkError,
    NetworkProtocolError,
    NotDICOMError,
    PixelDataError,
)
from ..Progress import Progress
from ..TransferSyntaxes import transferSyntax
from ..Wording import counted
from ..Workers.WorkerPool import Task, WorkerPool, deadlineFor, givenOrOwn
from .Associations import Association
from .CommandSet import C_STORE_RQ, HAS_DATA_SET, MEDIUM_PRIORITY
from .Connection import NoAnswerError
from .Limits import SECONDS_BETWEEN_LOOKS
from .Negotiation import AcceptedContext
from .SendReport import NOT_SENT, PASSED_OVER, WARNED, SendReport
from .Servers import DICOMServer
from .Statuses import FAILURE, SUCCESS, storageStatus
from .StoredObjects import Batch, StoredObject, batches, storedObject

# An object that breaks a new connection each time is left out after so many, and the others go on.
MOST_FAULTS = 2
# So many breaks without an answer in between, and what breaks is given up: objects of this kind when it is objects that
# the server breaks off at, the server when it does not talk, is silent from the first, or breaks off at so many kinds.
MOST_BREAKS = 3
PAUSES = (0.5, 2.0)
# A compressed object may become that much larger.
MOST_GROWTH = 20
_DUPLICATE = 0x0111
_BREAKS = (AssociationAbortedError, ConnectionLostError, ConnectionFailedError, NetworkProtocolError)


def sendFiles(
    server: DICOMServer,
    files: Sequence[bytes | str | os.PathLike],
    progress: Progress | None = None,
    workers: WorkerPool | None = None,
    passOver: Iterable[bytes | str | os.PathLike] = (),
) -> SendReport:
    """Send DICOM files. Whatever happens to one, the others go on; what happened is in the report.

    A lost connection is made again, and what was not stored is sent again. Cancelling ends it within a second, also
    while the server hangs.

    :param progress: counts bytes
    :param workers: where objects are converted that the server does not take as they are stored; default: own ones
    :param passOver: those of the files, as all that is in a folder, which are passed over with a note when they are no
        DICOM objects; the others are not sent then, which is a failure
    :raises NetworkError: when the server's own data make no sense; nothing else of the network raises
    """
    server.requireUsable()
    sender = _Sender(server, progress or Progress(), workers, frozenset(map(_fullPath, passOver)))
    return sender.run(list(dict.fromkeys(map(_fullPath, files))))


class _Sender:
    def __init__(
        self, server: DICOMServer, progress: Progress, workers: WorkerPool | None, passOver: frozenset[bytes]
    ):  # fmt: skip
        self._passOver = passOver
        self._server, self._progress, self._givenWorkers = server, progress, workers
        self._ends = ExitStack()
        self._workers: WorkerPool | None = None
        self._stored: set[bytes] = set()
        self._report = SendReport(server=server.displayName)
        self._tries: Counter[StoredObject] = Counter()
        self._faults: Counter[StoredObject] = Counter()
        self._folder = ""
        self._conversion: tuple[StoredObject, str, StoredObject] | None = None
        self._total = self._done = 0
        self._breaks, self._objectBreaks, self._lostKinds, self._hasAnswered = 0, 0, 0, False

    def run(self, files: Sequence[bytes]) -> SendReport:
        report, started = self._report, time.monotonic()
        report.objects = len(files)
        try:
            with self._ends:
                objects = list(self._lookAt(files))
                self._total = sum(one.size for one in objects)
                for batch in batches(objects, self._server.transferSyntaxPolicy):
                    self._sendBatch(batch, deque(batch.objects))
        except CancelledError:
            report.cancelled = True
        report.left = [path for path in files if path not in self._stored]
        report.seconds = time.monotonic() - started
        return report

    def _lookAt(self, files: Sequence[bytes]) -> Iterator[StoredObject]:
        for number, path in enumerate(files):
            self._progress.raiseIfCancelled()
            self._progress.report(0, None, f"Looking at file {number + 1:,} of {len(files):,}")
            try:
                yield storedObject(path)
            except FileError as error:
                if path in self._passOver and isinstance(error, NotDICOMError):
                    self._report.objects -= 1
                    self._stored.add(path)  # it is not left for another time either
                    self._report.add(NOTE, path, f"{PASSED_OVER}: {error.what}")
                else:
                    self._notSent(path, error)

    # Associations

    def _sendBatch(self, batch: Batch, queue: deque[StoredObject]) -> None:
        if self._report.failure:
            self._giveUp(queue, NetworkError("not tried any more", hint=self._report.failure.rstrip(".")))
        while queue:
            isTalking, before = False, len(queue)
            try:
                with Association(self._server, batch.contexts, self._progress) as association:
                    isTalking = True
                    while queue and association.isOpen:
                        self._sendNext(association, batch, queue)
            except ContextNotAcceptedError as error:
                self._giveUp(queue, error, isOfServer=False)
            except _BREAKS as error:
                # One that is not the first may pay for the one before it: some servers fail and go.
                self._afterBreak(queue, error, isTalking, isTalking and len(queue) == before)
            except NetworkError as error:  # rejected
                self._giveUp(queue, error)

    def _afterBreak(self, queue: deque[StoredObject], error: NetworkError, isTalking: bool, isFault: bool) -> None:
        """:param isFault: whether it is the first object's"""
        if not isTalking or isinstance(error, NoAnswerError) and not self._hasAnswered:
            self._breaks += 1
        elif isFault:
            self._objectBreaks += 1
        if isinstance(error, ConnectionFailedError) and not self._report.sent or self._breaks >= MOST_BREAKS:
            self._giveUp(queue, error)
        elif isFault:
            self._setAside(queue, error)
        if queue:
            self._report.reconnections += 1
            breaks = self._breaks + self._objectBreaks + self._lostKinds
            self._pause(PAUSES[min(max(breaks, 1), len(PAUSES)) - 1])

    def _setAside(self, queue: deque[StoredObject], error: NetworkError) -> None:
        """Try the first object again after the others of its kind, if at all."""
        one = queue.popleft()
        self._faults[one] += 1
        alike = sum(other.kind == one.kind for other in queue)  # they come first
        if self._faults[one] < MOST_FAULTS:
            queue.insert(alike, one)
            alike += 1
        else:
            self._notSent(one.path, error)
        if self._objectBreaks >= MOST_BREAKS:
            self._objectBreaks, self._lostKinds = 0, self._lostKinds + 1
            for _ in range(alike):
                self._notSent(queue.popleft().path, error)
            if self._lostKinds >= MOST_BREAKS or not queue and not self._report.sent:
                self._giveUp(queue, error)

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._progress.raiseIfCancelled()
            time.sleep(min(left, SECONDS_BETWEEN_LOOKS))

    def _giveUp(self, queue: deque[StoredObject], error: NetworkError, isOfServer: bool = True) -> None:
        """Whatever waits is not sent; what waits for other associations neither when it is the server's fault."""
        if isOfServer and not self._report.failure:
            self._report.failure = _reason(error, isSentence=True)
        while queue:
            self._notSent(queue.popleft().path, error)

    # Objects

    def _sendNext(self, association: Association, batch: Batch, queue: deque[StoredObject]) -> None:
        one = queue[0]
        self._tell()
        begun = self._done
        try:
            self._sendOne(association, batch, one)
        except (FileError, PixelDataError, ContextNotAcceptedError) as error:
            self._notSent(one.path, error)
        except DICOMError:
            self._done = begun
            raise
        queue.popleft()
        self._done = begun + one.size
        self._tell()

    def _sendOne(self, association: Association, batch: Batch, one: StoredObject) -> None:
        stored, uncompressed = batch.places[one.kind]
        accepted = None if stored is None else association.accepted[stored]
        if accepted is not None:
            sent = self._converted(one, accepted.transferSyntax) if one.isOdd else one
            self._store(association, accepted, sent, one)
            return
        accepted = None if uncompressed is None else association.accepted[uncompressed]
        if accepted is None:
            raise association.notAccepted([number for number in (stored, uncompressed) if number is not None])
        self._store(association, accepted, self._converted(one, accepted.transferSyntax), one)

    def _converted(self, one: StoredObject, syntaxUID: str) -> StoredObject:
        """It is kept until the next: a server that goes while it is waited for gets it at once when it is back."""
        if self._conversion is not None and self._conversion[:2] == (one, syntaxUID):
            return self._conversion[2]
        self._conversion = None
        target = self._emptyPlace()
        arguments = {"source": os.fsdecode(one.path), "target": target, "syntaxUID": syntaxUID}
        task = Task(
            "DICOMLib.Networking.ConvertTask:convertFile", arguments, _receiveNothing,
            deadlineFor(one.size * MOST_GROWTH), one.path,
        )  # fmt: skip
        if self._workers is None:
            self._workers = self._ends.enter_context(givenOrOwn(self._givenWorkers))
        self._workers.run(task, self._progress)
        converted = storedObject(target)
        self._conversion = (one, syntaxUID, converted)
        return converted

    def _emptyPlace(self) -> str:
        """Where the next file that is converted goes; the one before is deleted."""
        try:
            if not self._folder:
                self._folder = self._ends.enter_context(TemporaryFolder())
            target = os.path.join(self._folder, "converted.dcm")
            if os.path.exists(target):
                os.unlink(target)
        except OSError as error:
            what = "the object cannot be converted, because no temporary file can be made"
            raise PixelDataError(what, value=error.strerror) from error
        return target

    def _store(
        self, association: Association, context: AcceptedContext, sent: StoredObject, original: StoredObject
    ) -> None:
        command = {
            "AffectedSOPClassUID": sent.SOPClassUID, "AffectedSOPInstanceUID": sent.SOPInstanceUID,
            "CommandField": C_STORE_RQ, "Priority": MEDIUM_PRIORITY, "CommandDataSetType": HAS_DATA_SET,
        }  # fmt: skip
        self._tries[original] += 1
        answer = association.request(context, command, self._counted(sent, original))
        self._hasAnswered = True
        self._breaks = self._objectBreaks = self._lostKinds = 0
        status = storageStatus(int(answer.command["Status"]))
        if status.kind == FAILURE and not (status.code == _DUPLICATE and self._tries[original] > 1):
            comment = _printable(str(answer.command.get("ErrorComment", "")))
            text = status.text + (f", it says: {comment}" if comment else "")
            self._add(NOT_SENT, original, f"{text}. {status.advice}" if status.advice else text)
            return
        self._stored.add(original.path)
        self._report.sent += 1
        self._report.bytesSent += sent.size
        if status.kind not in (SUCCESS, FAILURE):
            self._add(WARNED, original, status.text)
        if original.isHeaderOnly:
            self._add(NOTE, original, "it has no pixel data, and was sent without")
        if sent is not original:
            self._report.converted += 1
            before, after = (transferSyntax(uid).name for uid in (original.transferSyntaxUID, sent.transferSyntaxUID))
            text = f"the server does not take {before}: sent as {after}"
            self._add(NOTE, original, text if before != after else "a value of odd length was padded")

    def _counted(self, sent: StoredObject, original: StoredObject) -> Iterator[bytes]:
        begun, passed = self._done, 0
        for piece in sent.pieces():
            yield piece
            passed += len(piece)
            # What a conversion made larger still counts as much as the file.
            self._done = begun + original.size * min(passed, sent.size) // sent.size
            self._tell()

    # Telling

    def _tell(self) -> None:
        report = self._report
        text = f"{report.sent:,} of {counted(report.objects, 'object')} sent"
        self._progress.report(self._done, self._total, text, bytesDone=self._done)

    def _notSent(self, path: bytes, error: DICOMError) -> None:
        self._report.add(NOT_SENT, path, _reason(error))

    def _add(self, kind: str, one: StoredObject, text: str) -> None:
        self._report.add(kind, one.path, text, one.SOPInstanceUID)


def _fullPath(path: bytes | str | os.PathLike) -> bytes:
    return os.path.abspath(os.fsencode(path))


def _receiveNothing(shape: tuple[int, ...], dtype: object, _information: dict) -> None:
    raise PixelDataError("a conversion delivers no arrays", value=f"{shape} {dtype}")


def _reason(error: DICOMError, isSentence: bool = False) -> str:
    """What went wrong, without the place: the report has that."""
    text = error.what if error.value is None else f"{error.what} ({error.value})"
    text = f"{text}. {error.hint}" if error.hint else text
    return f"{text[:1].upper()}{text[1:]}." if isSentence else text


def _printable(text: str) -> str:
    """What a server says, as one line."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()[:64]
