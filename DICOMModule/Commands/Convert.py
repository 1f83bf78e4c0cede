"""``dicommodule convert``: every series that makes a volume, as NRRD or NIfTI files; diffusion with its gradients."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from DICOMLib.Diffusion import FSL
from DICOMLib.Errors import FileError, UnreadableFileError
from DICOMLib.Scene.Storage import prepareVolume, stemOf, suffixOf

from ..Host.DiffusionTexts import isTensor, isWeighted
from . import Session
from .Console import Console, visible
from .Load import eachVolume, loadSeries

HELP = "convert files, folders or series to NRRD or NIfTI, diffusion with b-values and gradients"

SUFFIXES = {"nrrd": ".nrrd", "nhdr": ".nhdr", "nifti": ".nii.gz", "nii": ".nii"}
NAME_FIELDS = ("ProtocolName", "SeriesDescription")


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    Session.addNamesArgument(parser)
    parser.add_argument("--output", "-o", metavar="FOLDER", required=True, help="where to write; it is made if need be")
    parser.add_argument(
        "--format", "-f", choices=list(SUFFIXES), default="nrrd",
        help="nrrd (.nrrd), nhdr (header and voxels in two files), nifti (.nii.gz), nii (.nii); default: nrrd",
    )  # fmt: skip
    parser.add_argument(
        "--series", action="append", metavar="UID|NUMBER", default=[],
        help="convert this series only, by its UID or number; may be given several times",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    parser.add_argument("--uncompressed", action="store_true", help="write NRRD without compression")


def run(arguments: Namespace, console: Console) -> int:
    """Load the best reading of each series and write its volumes. :returns: the exit code"""
    with Session.seriesToWorkOn(arguments, console, arguments.names) as (application, series):
        series = _wanted(application.database, series, arguments.series)
        writer = _Writer(arguments, console)
        _makeFolder(writer.folder)
        converted, complete = [], True
        for uid in series:
            nodes, isComplete = loadSeries(application, [uid], console)
            complete = complete and isComplete
            volumes = eachVolume(nodes)
            stem = _stem(application.database, uid)
            for node in volumes:
                files = writer.write(node, stem if node is volumes[0] else f"{stem}_{_label(node)}")
                converted.append(_facts(node, uid, files))
                complete = complete and bool(files)
            application.scene.Clear()
    console.result(converted)
    return Session.OK if complete and any(facts["files"] for facts in converted) else Session.FAILED


def _wanted(database, series: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """:raises NothingFoundError: when one that was chosen is not there"""
    if not chosen:
        return list(series)
    numbers = {uid: database.fieldForSeries("SeriesNumber", uid).strip() for uid in series}
    for choice in chosen:
        if choice not in numbers and choice not in numbers.values():
            known = ", ".join(sorted(set(filter(None, numbers.values())))) or "none"
            raise Session.NothingFoundError("there is no such series", choice, hint=f"Series numbers here: {known}")
    return [uid for uid in series if uid in chosen or numbers[uid] in chosen]


def _makeFolder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        hint = "Give a folder you may write to"
        raise FileError("the folder for the files cannot be made", folder, error.strerror, hint) from error


def _stem(database, seriesUID: str) -> str:
    """As dcm2niix names files with "%p_%s": protocol, else description, and number; nothing of the patient."""
    fields = [database.fieldForSeries(field, seriesUID).strip() for field in NAME_FIELDS]
    name = next(filter(None, fields), "series")
    number = database.fieldForSeries("SeriesNumber", seriesUID).strip()
    return f"{name}_{number}" if number else name


def _label(node) -> str:
    """What tells a further volume of a series from its first one: the end of its name, e.g. "ADC"."""
    return node.GetName().rsplit(" - ", 1)[-1]


class _Writer:
    """Writes one volume after the other, each under a name that no other one has."""

    def __init__(self, arguments: Namespace, console: Console):
        self.folder = Path(arguments.output)
        self._suffix = SUFFIXES[arguments.format]
        self._mayReplace = arguments.force
        self._compress = not arguments.uncompressed
        self._console = console
        self._taken: set[str] = set()

    def write(self, node, name: str) -> list[Path]:
        """:returns: the files; none when they cannot be written, which is said"""
        stem = Session.freeName(name.replace(" ", "_"), self._taken)
        suffix = ".nrrd" if isTensor(node) else self._suffix
        target = self.folder / f"{stem}{suffix}"
        progress = self._console.progress()
        try:
            self._refuseToReplace(node, target)
            prepared = prepareVolume(node, target, self._compress)
            with Session.cancelOnInterrupt(progress):
                progress.report(0, None, f"Writing {target.name}")
                prepared.write(progress)
        except UnreadableFileError:
            raise  # the next one could not be written to a full disk either
        except FileError as error:
            self._console.problem(error)
            return []
        finally:
            self._console.clearProgress()
        self._console.say(f"{visible(node.GetName())}: {', '.join(str(file) for file in prepared.files)}")
        return prepared.files

    def _refuseToReplace(self, node, target: Path) -> None:
        if self._mayReplace:
            return
        stem = stemOf(target)
        others = (FSL.B_VALUE_SUFFIX, FSL.GRADIENT_SUFFIX) if isWeighted(node) and ".nii" in suffixOf(target) else ()
        for file in (target, *(stem.with_name(stem.name + suffix) for suffix in others)):
            if file.exists():
                raise FileError("there is such a file already", file, hint="Give --force to replace it")


def _facts(node, seriesUID: str, files: Sequence[Path]) -> dict[str, object]:
    facts: dict[str, object] = {
        "name": node.GetName(), "class": node.GetClassName(), "seriesInstanceUID": seriesUID,
        "dimensions": list(node.GetDimensions()), "type": str(node.voxelArray().dtype),
        "files": [str(file) for file in files],
    }  # fmt: skip
    if isWeighted(node):
        facts["bValues"] = node.bValuesArray().tolist()
    return facts
