"""A header that keeps Python's lock while it is drawn."""

from __future__ import annotations

from qtpy.QtWidgets import QHeaderView


class RecordHeaderView(QHeaderView):
    """Drawn from Python, so that the lock is taken once and not anew for each of some hundred questions to the model,
    which a busy background job would make wait each time.
    """

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
