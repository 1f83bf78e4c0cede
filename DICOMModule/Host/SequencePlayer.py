"""Plays the sequences of a scene: steps on by a timer, as far as drawing lets it."""

from __future__ import annotations

import math

from qtpy.QtCore import QObject, Qt, QTimer

from DICOMLib.Scene.SequencesLogic import vtkSlicerSequencesLogic

# Between two steps the window draws and hears the user, however slow drawing is.
LEAST_PAUSE_MS, LONGEST_PAUSE_MS = 10, 1000


class SequencePlayer(QObject):
    """Runs while a browser of the scene plays.

    :ivar timer: one shot for each step: a step that takes long delays the next one instead of piling up with it
    """

    def __init__(self, logic: vtkSlicerSequencesLogic, parent: QObject | None = None):
        super().__init__(parent)
        self._logic = logic
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setTimerType(Qt.PreciseTimer)
        self.timer.timeout.connect(self.step)

    def follow(self) -> None:
        """Begin when a browser has begun to play; call whenever one has changed."""
        if not self.timer.isActive() and self._rates():
            self._logic.UpdateAllProxyNodes()  # the first item has its time, too
            self._wait()

    def step(self) -> None:
        """Go on as the rates of the browsers say, and wait for the next time."""
        self._logic.UpdateAllProxyNodes()
        self._wait()

    def _rates(self) -> list[float]:
        playing = (one for one in self._logic.browsers() if one.GetPlaybackActive() and one.GetNumberOfItems())
        return [one.GetPlaybackRateFps() for one in playing]

    def _wait(self) -> None:
        rates = self._rates()
        if rates:
            sound = [rate for rate in rates if math.isfinite(rate) and rate > 0]
            pause = 1000 / max(sound) if sound else LONGEST_PAUSE_MS
            self.timer.start(round(min(max(pause, LEAST_PAUSE_MS), LONGEST_PAUSE_MS)))

    def stop(self) -> None:
        self.timer.stop()
