"""How representations of a segmentation are computed, in Slicer's text: name|value|description& and so on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy

from .ClosedSurface import SurfaceOptions

DECIMATION = "Decimation factor"
SMOOTHING = "Smoothing factor"
NORMALS = "Compute surface normals"
REFERENCE = "Reference image geometry"
MOST_PARAMETERS = 100


class SegmentationParameters:
    """Values by name, those of others than this program's computations too: they are saved as they were read."""

    def __init__(self):
        defaults = SurfaceOptions()
        self._values: dict[str, tuple[str, str]] = {
            DECIMATION: (str(defaults.decimation), ""),
            SMOOTHING: (str(defaults.smoothing), ""),
            NORMALS: (str(int(defaults.withNormals)), ""),
        }

    def value(self, name: str) -> str:
        """ "" for one that there is not."""
        return self._values.get(name, ("", ""))[0]

    def setValue(self, name: str, value: str, description: str = "") -> None:
        """Set one. :param description: default: the one it has"""
        self._values[name] = (value, description or self._values.get(name, ("", ""))[1])

    def surfaceOptions(self) -> SurfaceOptions:
        """Of surfaces; the default for what is no number, the nearest possible for one beyond 0 to 1."""
        defaults = SurfaceOptions()
        return SurfaceOptions(
            self._share(DECIMATION, defaults.decimation),
            self._share(SMOOTHING, defaults.smoothing),
            self._share(NORMALS, float(defaults.withNormals)) > 0,
        )

    def _share(self, name: str, default: float) -> float:
        try:
            number = float(self.value(name))
        except ValueError:
            return default
        return min(1.0, max(0.0, number)) if math.isfinite(number) else default

    def referenceIJKToRAS(self) -> numpy.ndarray | None:
        """4×4 of the voxels that label maps shall have, indices → RAS mm; None when nobody said, or it is unusable."""
        try:
            numbers = [float(word) for word in self.value(REFERENCE).split(";") if word]
        except ValueError:
            return None
        matrix = numpy.array(numbers[:16])
        if matrix.size < 16 or not numpy.isfinite(matrix).all():
            return None
        matrix = matrix.reshape(4, 4)
        isUsable = numpy.array_equal(matrix[3], [0, 0, 0, 1]) and numpy.linalg.matrix_rank(matrix) == 4
        return matrix if isUsable else None

    def setReference(self, ijkToRAS: numpy.ndarray | None, dimensions: Sequence[int]) -> None:
        """Use voxels like those of a volume. :param dimensions: along i, j, k"""
        numbers = (
            [] if ijkToRAS is None else [*ijkToRAS.ravel().tolist(), *(n for one in dimensions for n in (0, one - 1))]
        )
        self.setValue(REFERENCE, "".join(f"{number!r};" for number in numbers))

    def text(self) -> str:
        """All of them, as Slicer writes them to a file."""
        return "".join(f"{name}|{value}|{description}&" for name, (value, description) in self._values.items())

    def setText(self, text: str) -> None:
        """Take over what a file says; what is not said there stays as it is."""
        for part in text.split("&")[:MOST_PARAMETERS]:
            name, separator, rest = part.partition("|")
            value, _, description = rest.partition("|")
            if name and separator:
                self.setValue(name, value, description)

    def copy(self) -> SegmentationParameters:
        """Others with the same values."""
        result = SegmentationParameters()
        result._values = dict(self._values)
        return result
