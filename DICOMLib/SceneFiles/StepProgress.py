"""The progress of one file as a step of the whole: what reads and writes it knows of no others."""

from __future__ import annotations

from ..Progress import PartProgress, Progress

# What a step counts in the progress of the whole.
STEP = 1000


class StepProgress(PartProgress):
    """Counts up to a step of the whole, whatever the file's own reader or writer counts.

    :param total: None when several steps are made at once, which then only can be cancelled
    """

    def __init__(self, whole: Progress, before: int = 0, total: int | None = None):
        super().__init__(whole, before, total)

    @classmethod
    def within(cls, whole: Progress | None, before: int = 0, total: int | None = None) -> StepProgress | None:
        """None for none."""
        return None if whole is None else cls(whole, before, total)

    def report(
        self, done: int, total: int | None = None, text: str | None = None, bytesDone: int | None = None
    ) -> None:
        """Tell the whole how far this step is."""
        if self._wholeTotal is not None and total:
            self._whole.report(self._before + min(STEP, STEP * done // total), self._wholeTotal)
