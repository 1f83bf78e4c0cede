"""The progress of one file as a step of the whole: what reads and writes it knows of no others."""

from __future__ import annotations

import threading

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


class StepsAtOnce:
    """Steps of which several are made at the same time: the whole hears of what all of them have done.

    :param whole: None where nobody wants to know
    :param total: of the whole: :data:`STEP` for each step
    """

    def __init__(self, whole: Progress | None, total: int, text: str):
        self._whole, self._total, self._text = whole, total, text
        self._lock = threading.Lock()
        self._done: dict[object, int] = {}
        self._sum = 0

    def begin(self) -> Progress | None:
        """The progress of one more step."""
        return None if self._whole is None else _OneOfSeveral(self._whole, self)

    def reached(self, step: object, done: int) -> None:
        """:param done: of :data:`STEP`"""
        with self._lock:
            self._sum += done - self._done.get(step, 0)
            self._done[step] = done
            if self._whole is not None:
                self._whole.report(self._sum, self._total, self._text)


class _OneOfSeveral(PartProgress):
    def __init__(self, whole: Progress, steps: StepsAtOnce):
        super().__init__(whole, 0, None)
        self._steps = steps

    def report(
        self, done: int, total: int | None = None, text: str | None = None, bytesDone: int | None = None
    ) -> None:
        """Tell the whole how far this step is."""
        if total:
            self._steps.reached(self, min(STEP, STEP * done // total))
