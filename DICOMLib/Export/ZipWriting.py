"""Copies into a zip archive: each member compared with its original after the archive was written."""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress

from ..Database.FileContents import newBuffer
from ..Errors import ExportError
from .FileCopies import Copied, Copy, ProgressOfFiles, SourceProblem, readBlocks

# Higher levels take several times as long for some percent.
_LEVEL = 1
_FILE_MODE = 0o100600 << 16
_BLOCK = 1 << 20


class ZipWriting:
    """An archive that is being written. A context manager; members of more than 4 GB and more than 65,535 of them are
    no problem (zip64).

    :param path: of the archive, which must not exist
    """

    def __init__(self, path: str):
        self._path = path
        self._digests: dict[str, bytes] = {}

    def copyFiles(self, copies: Iterable[Copy], counter: ProgressOfFiles, needsPrefix: bool = False) -> Copied:
        """Write files as members; ``destination`` is a member's name. Compressed files are stored as they are.

        What cannot be read is found out before the member begins as far as possible; a file that turns out to be
        damaged or changing leaves the archive again.

        :raises OSError: when the archive cannot be written
        :raises CancelledError: when the progress is cancelled
        """
        done, buffer = Copied(), newBuffer()
        with self._opened() as archive:
            for copy in copies:
                counter.check()
                try:
                    size = self._add(archive, copy, buffer, counter.check, needsPrefix)
                except SourceProblem as problem:
                    done.findings.append(problem.finding)
                    counter.add(1, 0)
                    continue
                done.copies.append(copy)
                done.bytesWritten += size
                counter.add(1, size)
        return done

    def addFile(self, source: str, name: str) -> None:
        """Append a small file, such as the DICOMDIR. :raises OSError: when that is not possible"""
        with open(source, "rb") as stream:
            contents = stream.read()
        with self._opened() as archive:
            archive.writestr(_member(name, zipfile.ZIP_DEFLATED), contents, compresslevel=_LEVEL)
        self._digests[name] = hashlib.sha256(contents).digest()

    def finish(self, check: Callable[[], None]) -> None:
        """Have the disk keep the archive, and compare every member with what was read.

        :raises ExportError: when one differs
        """
        with open(self._path, "rb+") as stream:
            os.fsync(stream.fileno())
        try:
            with zipfile.ZipFile(self._path) as archive:
                names = {info.filename for info in archive.infolist()}
                isRight = names == set(self._digests) and all(
                    _digestOfMember(archive, name, check) == digest for name, digest in self._digests.items()
                )
        except (zipfile.BadZipFile, EOFError) as error:
            raise ExportError("the archive that was written is damaged", self._path, hint="Check the disk") from error
        if not isRight:
            raise ExportError("a file in the archive differs from its original", self._path, hint="Check the disk")

    def _opened(self) -> zipfile.ZipFile:
        if not os.path.exists(self._path):
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return zipfile.ZipFile(self._path, "a", allowZip64=True)

    def _add(
        self, archive: zipfile.ZipFile, copy: Copy, buffer: memoryview, check: Callable[[], None], needsPrefix: bool
    ) -> int:
        digest, size = hashlib.sha256(), 0
        file = copy.planned.file
        method = zipfile.ZIP_STORED if copy.planned.isCompressed else zipfile.ZIP_DEFLATED
        blocks = readBlocks(file, digest, buffer, check, needsPrefix)
        first = next(blocks, None)  # most problems show here, before anything is written
        info = _member(copy.destination, method)
        info.file_size = file.fileSize
        start = archive.start_dir
        try:
            with archive.open(info, "w", force_zip64=file.fileSize >= zipfile.ZIP64_LIMIT) as stream:
                while first is not None:
                    stream.write(first)
                    size += len(first)
                    first = next(blocks, None)
        except SourceProblem:
            _takeBack(archive, info, start)
            raise
        self._digests[copy.destination] = digest.digest()
        return size


def _takeBack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, start: int) -> None:
    """Forget the last member: the next one is written over it."""
    if info in archive.filelist:
        archive.filelist.remove(info)
        del archive.NameToInfo[info.filename]
    archive.fp.seek(start)
    archive.fp.truncate()
    archive.start_dir = start


def _member(name: str, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, time.localtime()[:6])
    info.compress_type, info.external_attr = method, _FILE_MODE
    with suppress(AttributeError):
        info._compresslevel = _LEVEL
    if hasattr(info, "compress_level"):
        info.compress_level = _LEVEL
    return info


def _digestOfMember(archive: zipfile.ZipFile, name: str, check: Callable[[], None]) -> bytes:
    digest = hashlib.sha256()
    with archive.open(name) as stream:
        while block := stream.read(_BLOCK):
            check()
            digest.update(block)
    return digest.digest()
