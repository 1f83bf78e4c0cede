"""The zip of a scene out of a DICOM file, byte for byte, and whether it is the one that was written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy

from DICOMLib.Database.Durability import openPrivately
from DICOMLib.Errors import CancelledError, FileError, PixelDataError, SceneFileError, UnreadableFileError
from DICOMLib.Files.ByteWindow import NotPlainError
from DICOMLib.Files.HeaderScanner import readFile
from DICOMLib.Progress import Progress
from DICOMLib.Workers.WorkerPool import Task, WorkerPool, deadlineFor, givenOrOwn

from .BundleElements import ENDS_TOO_EARLY, BundlePlace, findBundle

_CHUNK = 1 << 20
_END_OF_ZIP, _END_LENGTH = b"PK\x05\x06", 22
_TASKS = "DICOMPlugins.SceneBundle.BundleReading"


@dataclass(frozen=True)
class BundleFacts:
    """What a file says of the scene that it holds.

    :ivar size: bytes of the zip; where nothing states them, those of its element, which may have a zero more
    :ivar digest: SHA-256 that the file states; "" when it has none
    :ivar isGuessed: whether it is only where old programs assume it, at the end of the file
    :ivar position: of its first byte in the file; -1 in a file that is deflated
    """

    size: int
    digest: str
    isGuessed: bool = False
    position: int = -1


@dataclass(frozen=True)
class Extracted:
    """A zip that was read to its end.

    :ivar size: its bytes
    :ivar digest: their SHA-256
    :ivar isVerified: whether that is what the file states; False when it states none
    :ivar isGuessed: as in :class:`BundleFacts`
    :ivar path: where it can be read: the DICOM file, or a copy
    :ivar offset: of its first byte there
    """

    size: int
    digest: str
    isVerified: bool
    isGuessed: bool
    path: str = ""
    offset: int = 0


def bundleFacts(path: str | bytes, workers: WorkerPool | None = None) -> BundleFacts:
    """Look whether a file holds a scene. Deflated files are looked at in a worker process.

    :raises FileError: when it holds none; the sentence says what is missing
    :raises SceneFileError: when it does not hold all of it, or its digest is none
    """
    path = os.path.abspath(os.fsencode(path))
    try:
        place = readFile(path, findBundle, onlyPlain=True)
        return BundleFacts(_likelySize(place), place.digest, place.isGuessed, place.position)
    except NotPlainError:
        (facts,) = _inWorker("factsTask", {"path": os.fsdecode(path)}, workers, None, os.path.getsize(path))
        return BundleFacts(**facts)


def verifiedBundle(
    path: str | bytes, folder: str, workers: WorkerPool | None = None, progress: Progress | None = None
) -> Extracted:
    """Compare the zip with its digest. It stays where it is, but what is deflated is copied.

    :param folder: where a copy goes
    :raises FileError, SceneFileError, CancelledError: as :func:`extractBundle`
    """
    path = os.path.abspath(os.fsencode(path))
    try:
        if not path.lower().endswith(b".mrml"):  # the name of a text, for those who read scenes
            readFile(path, findBundle, onlyPlain=True)
            return _read(path, None, progress)
    except NotPlainError:
        pass  # it is copied
    return extractBundle(path, os.path.join(folder, "scene.mrb"), workers, progress)


def extractBundle(
    path: str | bytes, target: str, workers: WorkerPool | None = None, progress: Progress | None = None
) -> Extracted:
    """Copy the zip to a new file, piece by piece, and compare it with the digest.

    :param target: path of a file that does not exist; it has mode 0600, and is gone when this fails
    :raises FileError: when the file holds no scene, or not all of it
    :raises SceneFileError: when the digest is not that of the bytes
    :raises CancelledError: when progress was cancelled
    """
    path = os.path.abspath(os.fsencode(path))
    try:
        try:
            readFile(path, findBundle, onlyPlain=True)
        except NotPlainError:
            arguments = {"path": os.fsdecode(path), "target": target}
            (facts,) = _inWorker("extractTask", arguments, workers, progress, os.path.getsize(path))
            return Extracted(**facts)
        return _read(path, target, progress)
    except BaseException:  # Ctrl-C as well: half a scene must not stay
        if os.path.exists(target):
            os.remove(target)
        raise


def factsTask(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Runs in a worker process: fields of :class:`BundleFacts`, or why there are none."""
    with _tellingErrors() as told:
        place = readFile(os.fsencode(path), findBundle)
        told.update(size=_likelySize(place), digest=place.digest, isGuessed=place.isGuessed)
    yield told, numpy.zeros(1, numpy.uint8)


def extractTask(path: str, target: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Runs in a worker process: fields of :class:`Extracted`, or why there are none."""
    with _tellingErrors() as told:
        told.update(vars(_read(os.fsencode(path), target, None)))
    yield told, numpy.zeros(1, numpy.uint8)


def _likelySize(place: BundlePlace) -> int:
    return place.statedSize if place.statedSize in (place.length, place.length - 1) else place.length


class _tellingErrors:
    """Errors as fields of a dictionary: those that a worker raises reach its host as those of pixels."""

    def __enter__(self) -> dict:
        self._told: dict = {}
        return self._told

    def __exit__(self, kind: type | None, error: BaseException | None, _: object) -> bool:
        if isinstance(error, FileError):
            self._told["problem"] = [isinstance(error, SceneFileError), error.what, error.value, error.hint]
            return True
        return False


def _inWorker(
    name: str, arguments: dict, workers: WorkerPool | None, progress: Progress | None, size: int
) -> list[dict]:
    collected: list[dict] = []

    def receive(shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> numpy.ndarray:
        collected.append(information)
        return numpy.empty(shape, dtype)

    task = Task(f"{_TASKS}:{name}", arguments, receive, deadlineFor(8 * size), where=arguments["path"])
    try:
        with givenOrOwn(workers) as pool:
            pool.run(task, progress)
    except PixelDataError as error:  # what a worker's failures are told as
        raise UnreadableFileError("the file cannot be read", arguments["path"], error.what) from None
    for told in collected:
        if "problem" in told:
            isDamage, *words = told["problem"]
            raise (SceneFileError if isDamage else FileError)(words[0], arguments["path"], *words[1:])
    return collected


def _read(path: bytes, target: str | None, progress: Progress | None) -> Extracted:
    """:param target: where the zip is copied to; None: nowhere"""
    result: list[Extracted] = []

    def scan(window) -> BundlePlace:
        place = findBundle(window)
        result[:] = [_verified(place, *_copied(place, target, progress))]
        return place

    readFile(path, scan)
    if target is None:
        return replace(result[0], path=os.fsdecode(path))
    os.truncate(target, result[0].size)
    return replace(result[0], path=target, offset=0)


def _copied(place: BundlePlace, target: str | None, progress: Progress | None) -> tuple[str, str]:
    """:returns: as :func:`_readBytes`"""
    if target is None:
        return _readBytes(place, lambda piece: None, progress)
    try:
        with open(target, "wb", opener=openPrivately) as file:
            return _readBytes(place, file.write, progress)
    except OSError as error:
        raise UnreadableFileError("the scene cannot be copied out of the file", value=error.strerror) from None


def _verified(place: BundlePlace, whole: str, withoutLast: str) -> Extracted:
    """:raises SceneFileError: when the digest is another"""
    size, digest = _trueEnd(place, whole, withoutLast)
    if place.digest and digest != place.digest:
        raise SceneFileError(
            "the scene in the file is damaged: its SHA-256 is not the one that was written with it",
            hint="Get the file again from where it came from",
        )
    return Extracted(size, digest, bool(place.digest), place.isGuessed, offset=place.position)


def _readBytes(place: BundlePlace, write: Callable[[bytes], object], progress: Progress | None) -> tuple[str, str]:
    """:returns: SHA-256 of all, and of all but the last byte"""
    window, digest = place.window.fromStart(), hashlib.sha256()
    done, last = 0, b""
    while done < place.length:
        if progress is not None and progress.cancelled:
            raise CancelledError
        piece = window.bytesAt(place.position + done, min(_CHUNK, place.length - done))
        if not piece:
            raise SceneFileError(ENDS_TOO_EARLY)
        write(piece)
        digest.update(last + piece[:-1])
        last = piece[-1:]
        done += len(piece)
        if progress is not None:
            progress.report(done, place.length, "Reading the scene")
    withoutLast = digest.hexdigest()
    digest.update(last)
    return digest.hexdigest(), withoutLast


def _trueEnd(place: BundlePlace, whole: str, withoutLast: str) -> tuple[int, str]:
    """How long the zip is without the zero that makes its element even, and its digest."""
    length = place.length
    if place.digest in (whole, withoutLast):
        isPadded = place.digest == withoutLast
    elif place.statedSize in (length, length - 1):
        isPadded = place.statedSize == length - 1
    else:
        start = max(0, length - _END_LENGTH - 1)
        ending = place.window.fromStart().bytesAt(place.position + start, length - start)
        isPadded = ending[:4] == _END_OF_ZIP and ending[-1:] == b"\0"
    return (length - 1, withoutLast) if isPadded else (length, whole)
