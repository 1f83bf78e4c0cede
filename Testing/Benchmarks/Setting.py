"""What every benchmark is given: where to work, how much to do, and files that several of them use."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .CTFiles import EXPLICIT_LITTLE_ENDIAN, SeriesPlan, evenPlan, writeSeries

if TYPE_CHECKING:
    from .Growth import GrownDatabase

FILES = 10_000
FILES_COPIED = 1_000
FILES_FOR_MEMORY = 100_000
INSTANCES, SERIES, PATIENTS = 1_000_000, 20_000, 5_000
INSTANCES_IN_SHORT = 250_000
"""Of a run that is not for publishing; series and patients in proportion."""
SLICES, SERIES_EXAMINED = 600, 60
REPEATS = 5
SECONDS_OF_PAUSE = 1.5


@dataclass
class Setting:
    """One run.

    :ivar folder: everything is written below it, on the disk that is measured; whoever made it removes it
    :ivar files: of the import benchmarks
    :ivar filesCopied: of the copying ones, with pixel data
    :ivar slices: of the volume that is loaded; a third of it is decoded, and each of ``seriesExamined`` has
    :ivar pause: seconds before somebody uses a window that was just opened, which does something by itself then
    :ivar display: environment for programs that open windows; None when there is no display
    """

    folder: Path
    files: int = FILES
    filesCopied: int = FILES_COPIED
    filesForMemory: int = FILES_FOR_MEMORY
    instances: int = INSTANCES
    series: int = SERIES
    patients: int = PATIENTS
    slices: int = SLICES
    seriesExamined: int = SERIES_EXAMINED
    repeats: int = REPEATS
    pause: float = SECONDS_OF_PAUSE
    say: Callable[[str], None] = print
    display: dict[str, str] | None = None
    _made: dict[str, Path] = field(default_factory=dict)
    _grown: GrownDatabase | None = None

    def linkedFiles(self) -> Path:
        """``files`` CT files whose pixel data are holes, in the page cache; made at the first call."""
        return self.once("linked", lambda folder: self.generate(folder, evenPlan(self.files)))

    def wholeFiles(self) -> Path:
        """``filesCopied`` CT files with real pixel data, in the page cache."""
        pixels = os.urandom(512 * 1024)
        return self.once("whole", lambda folder: self.generate(folder, evenPlan(self.filesCopied), pixels))

    def largeDatabase(self) -> GrownDatabase:
        """A database of ``instances``; grown at the first call, which takes minutes where they are many."""
        if self._grown is None:
            from .Growth import grow

            self._grown = grow(self, self.fresh("large.sqlite"))
        return self._grown

    def generate(
        self, folder: Path, plans: Sequence[SeriesPlan], pixels: bytes | Sequence[bytes] | None = None,
        transferSyntax: str = EXPLICIT_LITTLE_ENDIAN,
    ) -> None:  # fmt: skip
        """Write files and wait until they are on the disk, so that nothing measured later waits for them."""
        started = time.perf_counter()
        for _ in writeSeries(folder, plans, pixels, transferSyntax):
            continue
        flush()
        count = sum(plan.slices for plan in plans)
        self.say(f"  generated {count:,} files in {time.perf_counter() - started:.1f} s")

    def fresh(self, name: str) -> Path:
        """A path that does not exist, in the working folder."""
        path = self.folder / name
        self.remove(path)
        return path

    def remove(self, path: Path) -> None:
        """Remove a file or folder, and a database with all its files."""
        for found in [path, *self.folder.glob(f"{path.name}-*")]:
            if found.is_dir():
                shutil.rmtree(found)
            else:
                found.unlink(missing_ok=True)

    def once(self, name: str, make: Callable[[Path], None]) -> Path:
        """What several benchmarks use: made at the first call, in the working folder."""
        if name not in self._made:
            self._made[name] = self.folder / name
            make(self._made[name])
        return self._made[name]


def flush() -> None:
    """Bring what was written so far to the disk, so that the next measurement does not pay for it."""
    if hasattr(os, "sync"):
        os.sync()
