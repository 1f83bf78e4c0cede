"""Where ``dicommodule scene`` finds a scene: in a file of its own, in a DICOM object, or in one of the database."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from DICOMLib.Database.TemporaryFolders import TemporaryFolder
from DICOMLib.Errors import FileError
from DICOMLib.SceneFiles.SceneSummary import isSceneFile
from DICOMLib.Workers.WorkerPool import WorkerPool
from DICOMPlugins.SceneBundle.BundleReading import bundleFacts, verifiedBundle

from . import Session
from .Console import Console

VERIFIED, WITHOUT_DIGEST, GUESSED = "verified", "none", "guessed"
_DIGEST_TEXTS = {
    VERIFIED: "the scene is the one that was written: its digest is right",
    WITHOUT_DIGEST: "the object has no digest, as those of 3D Slicer: whether the scene is whole is not known",
    GUESSED: "the scene's element is missing or damaged; what is at the end of the file is taken for the scene",
}


@dataclass(frozen=True)
class SceneSource:
    """A scene that can be read.

    :ivar path: of the file that holds it
    :ivar place: of the file to read it from: the same, or a copy of what is in it
    :ivar offset: of its first byte there
    :ivar length: its bytes; None: to the end of the file
    :ivar digestState: of a DICOM object, what its digest says; "" for a scene file, which has none
    :ivar digest: SHA-256 of the scene in a DICOM object; "" for a scene file
    """

    path: Path
    place: Path
    offset: int = 0
    length: int | None = None
    digestState: str = ""
    digest: str = ""

    @property
    def isDICOM(self) -> bool:
        """Whether it is in a DICOM object."""
        return bool(self.digestState)

    @property
    def digestText(self) -> str:
        """What there is to know of the digest, in a sentence."""
        return _DIGEST_TEXTS.get(self.digestState, "")


@contextmanager
def sceneSource(name: str, arguments: Namespace, workers: WorkerPool, console: Console) -> Iterator[SceneSource]:
    """The scene of a scene file, of a DICOM file, or of a series (study, patient) of the database.

    :raises NothingFoundError: when there is no such file or UID, or no scene in what the database has of it
    :raises UsageError: when the database has several scenes of it
    :raises FileError: when the DICOM file holds no scene
    :raises SceneFileError: when the scene is not the one that was written with its digest
    """
    path = Path(name)
    if os.path.lexists(path):
        if arguments.database:
            raise Session.UsageError("--database goes with UIDs; files are read without it")
    elif isSceneFile(name) or os.sep in name or path.suffix.lower() == ".dcm":
        raise Session.NothingFoundError("there is no such file", path)
    else:
        path = _fileOfUID(name, arguments, workers, console)
    if path.is_dir():
        raise Session.UsageError("this is a folder", path, hint="Give a scene file, a DICOM file or a UID")
    if isSceneFile(path):
        yield SceneSource(path, path)
        return
    with TemporaryFolder() as private:
        progress = console.progress()
        with Session.cancelOnInterrupt(progress):
            found = verifiedBundle(os.fspath(path), private, workers, progress)
        console.clearProgress()
        state = GUESSED if found.isGuessed else VERIFIED if found.isVerified else WITHOUT_DIGEST
        yield SceneSource(path, Path(found.path), found.offset, found.size, state, found.digest)


def _fileOfUID(uid: str, arguments: Namespace, workers: WorkerPool, console: Console) -> Path:
    with Session.openApplication(arguments.database, console) as application:
        database = application.database
        files = [file for series in Session.seriesOf(database, [uid]) for file in database.filesForSeries(series)]
    found, errors = [], []
    for file in files:
        try:
            bundleFacts(file, workers)
        except FileError as error:
            if "no scene" not in error.what:
                errors.append(error)
        else:
            found.append(Path(file))
    if not found and errors:
        raise errors[0]
    if not found:
        raise Session.NothingFoundError("there is no scene in any object of it", uid)
    if len(found) > 1:
        hint = "Give the UID of one series, or one of the files"
        raise Session.UsageError(f"there are {len(found)} scenes of it in the database", uid, hint=hint)
    return found[0]
