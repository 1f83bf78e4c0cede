"""Where ``dicommodule scene`` writes a scene to: a scene file, or one DICOM object of a patient."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from DICOMLib.Database.Connections import IN_MEMORY
from DICOMLib.Database.Durability import syncFolder
from DICOMLib.Database.TemporaryFolders import TemporaryFolder
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import FileError, UnreadableFileError
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.SceneFiles.SceneSummary import SCENE_SUFFIXES
from DICOMLib.Wording import sizeText
from DICOMPlugins.SceneBundle.SceneExport import exportScene
from DICOMPlugins.SceneBundle.Screenshot import sliceThumbnail

from . import Session
from .Console import Console, visible

DICOM_SUFFIX = ".dcm"


def targetOf(arguments: Namespace) -> Path:
    """The file that is to be written, known to be possible before any work.

    :raises UsageError: when none was given, for another ending, and for a reference of what is no DICOM object
    :raises FileError: when a file is there that may not be replaced
    """
    target = requiredOutput(arguments)
    suffixes = (*SCENE_SUFFIXES, DICOM_SUFFIX)
    if target.suffix.lower() not in suffixes:
        hint = f"Use a file name that ends in {', '.join(suffixes)}"
        raise Session.UsageError("scenes are not written to files that end so", target, hint=hint)
    if arguments.reference and not isDICOM(target):
        raise Session.UsageError("--reference goes with an --output that ends in .dcm", target)
    if arguments.reference and not os.path.isfile(arguments.reference):
        raise Session.NothingFoundError("there is no such file", Path(arguments.reference))
    return target


def requiredOutput(arguments: Namespace) -> Path:
    """:raises UsageError: when none was given :raises FileError: when a file is there that may not be replaced"""
    if not arguments.output:
        raise Session.UsageError(f"{arguments.action} needs --output")
    target = Path(arguments.output)
    if os.path.lexists(target) and not target.is_dir() and not arguments.force:
        raise FileError("there is such a file already", target, hint="Give --force to replace it")
    return target


def isDICOM(target: Path) -> bool:
    """Whether it is to be a DICOM object."""
    return target.suffix.lower() == DICOM_SUFFIX


def writeTarget(
    scene: Scene, target: Path, console: Console, reference: str | None = None, application=None
) -> None:
    """Write a scene, and say what became of it.

    :param reference: a DICOM file of the patient and study that an object belongs to; None: of new ones
    :param application: what an object is written with; None: one that keeps nothing
    :raises DICOMError: when it cannot be written; what was there before is as it was
    """
    progress = console.progress()
    with Session.cancelOnInterrupt(progress):
        if not isDICOM(target):
            problems = saveScene(scene, target, sliceThumbnail(scene.nodes()), progress).problems
        elif application is not None:
            problems = _writeObject(target, reference, application.pluginContext(scene, progress))
        else:
            with Session.openApplication(IN_MEMORY, console) as own:
                problems = _writeObject(target, reference, own.pluginContext(scene, progress))
    console.clearProgress()
    _tell(scene, target, problems, console)


def _writeObject(target: Path, reference: str | None, context: PluginContext) -> list[str]:
    """The plugin names its file itself: it is written beside the target, and takes its place once it is checked."""
    try:
        with TemporaryFolder(target.resolve().parent) as private:
            written = exportScene(private, {}, reference, None, context)
            os.replace(written.folder, target)
        syncFolder(target.resolve().parent)
    except OSError as error:
        hint = "Check that the folder exists, is writable and has space left"
        raise UnreadableFileError("the object cannot be written", target, error.strerror, hint) from error
    return list(written.notes)


def _tell(scene: Scene, target: Path, problems: list[str], console: Console) -> None:
    for problem in problems:
        console.problem(problem)
    nodes, size = len(scene.nodes()), target.stat().st_size
    console.say(f"{visible(str(target))}: {nodes} nodes, {sizeText(size)}")
    console.result({"file": str(target), "size": size, "nodes": nodes, "problems": problems})
