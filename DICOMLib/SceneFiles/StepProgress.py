"""The progress of one file as a step of the whole: what reads and writes it knows of no others."""

from __future__ import annotations

from ..Progress import Progress

# What a step counts in the progress of the whole.
STEP = 1000


class StepProgress(Progress):
    """Counts up to a step of an owner, who alone is shown and cancelled.

    :param start: what was done before, in the owner's counting
    :param total: the owner's; None when several steps are made at once, which then only can be cancelled
    """

    def __init__(self, owner: Progress, start: int = 0, total: int | None = None):
        super().__init__()
        self._owner, self._start, self._ownerTotal = owner, start, total

    @classmethod
    def within(cls, owner: Progress | None, start: int = 0, total: int | None = None) -> StepProgress | None:
        """None for none."""
        return None if owner is None else cls(owner, start, total)

    @property
    def cancelled(self) -> bool:
        """Whether the owner was cancelled."""
        return self._owner.cancelled

    def report(
        self, done: int, total: int | None = None, text: str | None = None, bytesDone: int | None = None
    ) -> None:
        """Tell the owner how far this step is."""
        if self._ownerTotal is not None and total:
            self._owner.report(self._start + min(STEP, STEP * done // total), self._ownerTotal)
