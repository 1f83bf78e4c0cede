"""``dicommodule thumbnail``: write small pictures of series as PNG."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from DICOMLib.Database.Thumbnails import SeriesThumbnail
from DICOMLib.Errors import FileError
from DICOMLib.Wording import NO_SERIES_DESCRIPTION

from . import Session
from .Console import Console, visible

HELP = "write small pictures of series as PNG"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    Session.addNamesArgument(parser)
    parser.add_argument("--output", "-o", metavar="FILE.png|FOLDER", required=True, help="where to write the pictures")


def run(arguments: Namespace, console: Console) -> int:
    """Write a picture of the middle image of each series that has images. :returns: the exit code"""
    with Session.seriesToWorkOn(arguments, console, arguments.names) as (application, series):
        thumbnails = _make(application, series, console)
        titles = {uid: _title(application.database, uid) for uid in series}
    drawn = [uid for uid in series if thumbnails[uid].picture]
    files = dict(zip(drawn, Session.outputFiles(arguments.output, [titles[uid] for uid in drawn], ".png"), strict=True))
    for uid in series:
        if uid in files:
            _write(files[uid], thumbnails[uid].picture)
            console.say(f"{visible(titles[uid])}: {files[uid]}")
        else:
            reason = thumbnails[uid].problem or "there are no images in this series."
            console.problem(f"{visible(titles[uid])}: {reason}")
    console.result([_facts(uid, files.get(uid), thumbnails[uid]) for uid in series])
    return Session.OK if len(drawn) == len(series) else Session.FAILED


def _make(application, series: list[str], console: Console) -> dict[str, SeriesThumbnail]:
    """Nothing is kept: looking at a database does not change it."""
    database, progress = application.database, console.progress("series")
    found = database.thumbnailsForSeries(series)
    with Session.cancelOnInterrupt(progress):
        for number, uid in enumerate(series):
            progress.raiseIfCancelled()
            progress.report(number, len(series))
            if uid not in found:
                found[uid] = database.makeThumbnail(uid, application.workers, progress)
    console.clearProgress()
    return found


def _title(database, seriesUID: str) -> str:
    parts = (database.fieldForSeries(field, seriesUID) for field in ("SeriesNumber", "SeriesDescription"))
    return " ".join(filter(None, parts)) or NO_SERIES_DESCRIPTION


def _write(file: Path, picture: bytes) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(picture)
    except OSError as error:
        raise FileError("the picture cannot be written", file, error.strerror) from error


def _facts(uid: str, file: Path | None, thumbnail: SeriesThumbnail) -> dict[str, object]:
    return {"seriesInstanceUID": uid, "file": str(file) if file else None, "problem": thumbnail.problem}
