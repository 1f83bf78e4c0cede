"""How coarse volume rendering may be so that the view answers in time, learnt from the last frames. No Qt, no VTK."""

from __future__ import annotations

# Moving a view feels immediate below about a tenth of a second; a resting view may take longer to become fine.
MOVING_SECONDS = 0.12
RESTING_SECONDS = 1.2
COARSEST = 8.0
RESTING_COARSEST = 3.0


class AdaptiveSampling:
    """Keeps one coarseness for moving and one for resting and corrects the one in use after each frame.

    Ray casting time falls with the square of the distance between rays, so the correction is the square root of the
    ratio of times, damped so that one slow frame among others does not make the picture jump.
    """

    def __init__(self, moving: float = 2.0, resting: float = 1.0):
        self.moving = moving
        self.resting = resting
        self.isMoving = False

    @property
    def coarseness(self) -> float:
        return self.moving if self.isMoving else self.resting

    def learn(self, seconds: float) -> None:
        """Tell how long the frame with the present coarseness took."""
        target = MOVING_SECONDS if self.isMoving else RESTING_SECONDS
        factor = min(max((seconds / target) ** 0.5, 0.7), 2.0)
        if self.isMoving:
            self.moving = min(max(self.moving * factor, 1.0), COARSEST)
        elif factor > 1.15:
            # A resting picture only ever gets coarser: making it finer again would redraw it without being asked.
            self.resting = min(self.resting * factor, RESTING_COARSEST)

    def reset(self) -> None:
        """Forget what was learnt: another volume or another size of the view."""
        self.moving, self.resting = 2.0, 1.0
