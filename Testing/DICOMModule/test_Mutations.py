"""Damaged files cannot take the program down, and each has an outcome that is told.

A folder of damaged files of every kind is imported, every series that came in is examined, loaded and pictured, and
every header is listed, in a process of its own. Passed when the process lives and ends well; every file is indexed or
left out with a reason; nothing takes longer than 15 s (where seconds count); the process has grown by less than 200 MB;
and decoders that died are counted and told.

The full run makes 640 files, always the same. ``DICOM_MUTANTS=20000`` makes as many as it says, a thousand with each
new seed: the seed is printed, and ``DICOM_MUTANTS=1000 DICOM_MUTATION_SEED=…`` repeats a part.
"""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from Testing.DICOMModule import HostileRun
from Testing.Fixtures.Mutations import GENERAL, PIXEL_STREAM, Mutant, mutants
from Testing.Promises import Promises

REPOSITORY = Path(__file__).resolve().parents[2]
CRASHES = Path(__file__).resolve().parents[1] / "Fixtures" / "Crashes"
ALWAYS_THE_SAME = 20261120
SECONDS_A_FILE = 15.0
MEGABYTES_OF_GROWTH = 200


def hostileRun(folder: Path, place: Path) -> dict:
    """What became of the files of a folder; fails when the process dies."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONFAULTHANDLER": "1"}
    command = [sys.executable, HostileRun.__file__, str(folder), str(place / "database" / "study.sqlite")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr[-6000:]
    assert "Traceback" not in done.stderr, done.stderr[-6000:]
    return json.loads(done.stdout.splitlines()[-1])


def write(made: list[Mutant], folder: Path) -> Path:
    folder.mkdir()
    for mutant in made:
        (folder / mutant.name).write_bytes(mutant.contents)
    return folder


def requireOutcomes(found: dict, names: set[str], seed: int, promised: Promises) -> None:
    """The pass figures, printed."""
    told = set(found["indexed"]) | set(found["skipped"])
    seconds, slowest = found["slowest"]
    print(
        f"seed {seed}: {len(names)} files: {len(set(found['indexed']))} indexed, {len(found['skipped'])} left out, "
        f"{len(names - told)} without an outcome; {found['outcomes']}; slowest {seconds:.1f} s ({slowest}); "
        f"grown by {found['growth']:.0f} MB; {found['workerDeaths']} decoders died; {found['summary']}"
    )
    assert names <= told, (seed, names - told)
    assert all(found["skipped"].values()), seed
    assert found["foreign"] == [], seed
    assert found["outcomes"].get("silent", 0) == 0, seed
    promised.atMost(max(seconds, found["importSeconds"] / max(1, len(names))), SECONDS_A_FILE, f"{seed}: {slowest}")
    assert found["growth"] < MEGABYTES_OF_GROWTH, seed
    assert found["workerDeaths"] == found["deathsTold"], seed


@pytest.mark.parametrize("count", [64, pytest.param(640, marks=[pytest.mark.slow, pytest.mark.timeout(290)])])
def test_everyDamagedFileHasAnOutcomeAndTheProgramLives(tmp_path, count, promised):
    made = list(mutants(count, ALWAYS_THE_SAME))
    found = hostileRun(write(made, tmp_path / "damaged"), tmp_path)
    requireOutcomes(found, {mutant.name for mutant in made}, ALWAYS_THE_SAME, promised)
    assert found["outcomes"]["loaded"] > count / 8  # else the files would only prove that nothing is read


@pytest.mark.slow
@pytest.mark.timeout(290)
@pytest.mark.parametrize("count", [1000] * math.ceil(int(os.environ.get("DICOM_MUTANTS", "0")) / 1000))
def test_manyMoreDamagedFilesOfANewSeedEachTime(tmp_path, count, promised):
    seed = int(os.environ.get("DICOM_MUTATION_SEED") or secrets.randbelow(1 << 32))
    print(f"DICOM_MUTANTS={count} DICOM_MUTATION_SEED={seed}")
    made = list(mutants(count, seed))
    found = hostileRun(write(made, tmp_path / "damaged"), tmp_path)
    requireOutcomes(found, {one.name for one in made}, seed, promised)
    shutil.rmtree(tmp_path / "damaged")


def test_theSameNumberGivesTheSameFilesAndEveryKindOfDamageOccurs():
    first, again = list(mutants(80, 1)), list(mutants(80, 1))
    assert first == again and first != list(mutants(80, 2))
    assert len({mutant.contents for mutant in first}) == 80
    kinds = {mutant.name.rpartition("-")[2].removesuffix(".dcm") for mutant in first}
    assert kinds == {damage.__name__.strip("_") for damage in (*GENERAL, *PIXEL_STREAM)}
    assert (len(GENERAL), len(PIXEL_STREAM)) == (20, 9)


def test_whatEverBrokeTheProgramIsSurvived(tmp_path, promised):
    """Every file that a fix was made for stays in this folder."""
    folder = tmp_path / "crashes"
    shutil.copytree(CRASHES, folder, ignore=shutil.ignore_patterns("*.md"))
    names = {path.name for path in folder.iterdir()}
    assert names and all(path.stat().st_size < 100_000 for path in folder.iterdir())
    requireOutcomes(hostileRun(folder, tmp_path), names, 0, promised)
