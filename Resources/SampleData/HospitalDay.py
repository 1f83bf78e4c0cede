"""One made-up day: who came, what was done, and the order it is generated in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from . import ComputedTomography, MagneticResonance, PositronEmission, ReportCard, Ultrasound
from .Findings import SPHERES
from .Manifest import (
    DICOM_FOLDER_NAME,
    MANIFEST_NAME,
    SampleManifest,
    SampleSeries,
    SampleSphere,
    readManifest,
    writeManifest,
)
from .Objects import Patient, Series, Study

HEAD_PATIENT = Patient("Müller^Jürgen", "SAMPLE-0001", "19610924", "M", "064Y", 78.0, "ISO_IR 192", "Patient1")
HEART_PATIENT = Patient("Rivera^Elena", "SAMPLE-0002", "19880303", "F", "038Y", 61.0, "ISO_IR 192", "Patient2")
PET_CT = Study(HEAD_PATIENT, "PET/CT Head", "092500", "1", "A2026-001", "Okafor^Adaeze", "PETCT")
MR = Study(HEAD_PATIENT, "MR Brain", "111000", "2", "A2026-002", "Okafor^Adaeze", "MR")
ECHO = Study(HEART_PATIENT, "Echocardiography", "141500", "1", "A2026-003", "Lindqvist^Sören", "Echo")


class ProgressReceiver(Protocol):
    """What is asked of `progress`: `DICOMLib.Progress.Progress` has it."""

    def report(self, done: int, total: int | None = None, text: str | None = None) -> None:
        """`done` of `total` files are written; `text` says what is being made."""

    def raiseIfCancelled(self) -> None:
        """Raise an exception to stop the work here."""


class FileCounter:
    """Tells `progress` of each file written, and lets it stop the work there."""

    def __init__(self, progress: ProgressReceiver | None, total: int):
        self.progress = progress
        self.total = total
        self.done = 0

    def __call__(self, text: str) -> None:
        """One more file is written."""
        self.done += 1
        if self.progress is not None:
            self.progress.report(self.done, self.total, f"Making sample data: {text}")
            self.progress.raiseIfCancelled()


def generateHospitalDay(folder: str | Path, progress: ProgressReceiver | None = None,
                        small: bool = False) -> SampleManifest:
    """Make the sample data in `folder` (created if need be) and return what was made.

    Two patients: a man with PET/CT and MR of the head (CT, PET, report card; T1, diffusion), a woman with a heart
    ultrasound. The same bytes every time. `small` makes a coarse set in under a second. A set that is already there is
    replaced; the manifest is written last. Everything is in `manifest.dicomFolder`; coordinates in it are RAS mm.

    :param progress: see `ProgressReceiver`; what its `raiseIfCancelled` raises passes through
    :raises OSError: when the folder cannot be written
    """
    folder = Path(folder)
    discard(folder)
    folder.mkdir(parents=True, exist_ok=True)
    makeSeries = seriesMaker(folder, small, FileCounter(progress, expectedFileCount(small)))
    series, byteCount = generateSeries(makeSeries, small)
    spheres = tuple(SampleSphere(ball.name, ball.center, ball.radius, ball.hounsfield) for ball in SPHERES)
    manifest = SampleManifest(folder, small, series, spheres, byteCount)
    writeManifest(manifest)
    return manifest


def ensureHospitalDay(folder: str | Path, progress: ProgressReceiver | None = None,
                      small: bool = False) -> SampleManifest:
    """The set in `folder`, generated only if it is not there, not complete, or of another version or size."""
    manifest = readManifest(folder)
    if manifest is not None and manifest.small == small:
        return manifest
    return generateHospitalDay(folder, progress, small)


def discard(folder: Path) -> None:
    """Remove an earlier set, its manifest first; nothing else in the folder is touched."""
    (folder / MANIFEST_NAME).unlink(missing_ok=True)
    if (folder / DICOM_FOLDER_NAME).is_dir():
        shutil.rmtree(folder / DICOM_FOLDER_NAME)


def expectedFileCount(small: bool) -> int:
    """How many files there will be, for the progress bar."""
    diffusionVolumes = 1 + len(MagneticResonance.DIRECTIONS)
    slices = [grid(small).dimensions[2] for grid in (ComputedTomography.ctGrid, PositronEmission.petGrid,
                                                     MagneticResonance.t1Grid)]
    return sum(slices) + diffusionVolumes * MagneticResonance.diffusionGrid(small).dimensions[2] + 2


def seriesMaker(folder: Path, small: bool, counter: FileCounter) -> Callable[..., Series]:
    """A function that starts a series in this set: (study, number, description, modality, SOP class, time)."""

    def makeSeries(study: Study, number: int, description: str, modality: str, sopClass: str, time: str) -> Series:
        return Series(study, number, description, modality, sopClass, time, folder, small, counter)

    return makeSeries


def generateSeries(makeSeries: Callable[..., Series], small: bool) -> tuple[tuple[SampleSeries, ...], int]:
    """Every series of the day; returns their summaries and the number of bytes written."""
    ct = makeSeries(PET_CT, 2, "CT Head", "CT", ComputedTomography.SOP_CLASS, "092800")
    ctGrid = ComputedTomography.ctGrid(small)
    ctSummary, ctVolume = ComputedTomography.writeCT(ct, ctGrid)
    pet = makeSeries(PET_CT, 3, "PET Head FDG", "PT", PositronEmission.SOP_CLASS, PositronEmission.SCAN_TIME)
    petGrid = PositronEmission.petGrid(small)
    petSummary, petVolume = PositronEmission.writePET(pet, petGrid)
    card = makeSeries(PET_CT, 99, "Report card", "OT", ReportCard.SOP_CLASS, "100500")
    cardSummary = ReportCard.writeReportCard(card, ctVolume, ctGrid, petVolume, petGrid)
    t1 = makeSeries(MR, 2, "T1 oblique", "MR", MagneticResonance.SOP_CLASS, "111400")
    t1Summary = MagneticResonance.writeT1(t1, MagneticResonance.t1Grid(small))
    diffusion = makeSeries(MR, 3, "Diffusion b1000", "MR", MagneticResonance.SOP_CLASS, "112200")
    diffusionSummary = MagneticResonance.writeDiffusion(diffusion, MagneticResonance.diffusionGrid(small))
    cine = makeSeries(ECHO, 1, "Apical 4 chamber", "US", Ultrasound.SOP_CLASS, "142000")
    cineSummary = Ultrasound.writeCine(cine, Ultrasound.cineScreen(small))
    summaries = (ctSummary, petSummary, cardSummary, t1Summary, diffusionSummary, cineSummary)
    return summaries, sum(series.byteCount for series in (ct, pet, card, t1, diffusion, cine))
