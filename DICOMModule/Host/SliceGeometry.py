"""Mathematics of slices: between patient coordinates (RAS, mm) and the pixels of a view. Needs numpy only.

A slice is a 4x4 matrix slice→RAS as in 3D Slicer: the columns are the directions of screen right, screen up and the
slice normal, and the centre of the view. Display positions are pixels from the lower left corner of the view, pixel
centres at whole numbers plus one half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from DICOMLib.Geometry.Patient import cornersRAS, directionLabel

# Columns: screen right, screen up, normal; 3D Slicer's presets. The patient's left is on the right (radiological).
ORIENTATIONS: dict[str, np.ndarray] = {
    "Axial": np.array([[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    "Sagittal": np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
    "Coronal": np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]),
}

# A second or third letter is shown for a direction that leans more than about 15 degrees towards that axis
# (sin 15° = 0.26); less is patient positioning and would clutter every scan.
LETTER_THRESHOLD = 0.26

# Empty rim around a fitted volume, so that edge letters do not cover the image.
FIT_MARGIN = 1.06

# Slice ranges that are whole to this part of a step are taken as whole: matrices are sums of rounded decimal text.
STEP_TOLERANCE = 1e-3

# A view lies in a volume's own slices when it leaves none of them by more than this part of the slice distance.
IN_SLICE_PART = 0.1


def directionLetters(direction: np.ndarray) -> str:
    """Patient letters a direction points to, strongest first, e.g. "R", "RA", "SPL".

    :param direction: RAS vector, any length
    """
    return directionLabel(direction, LETTER_THRESHOLD)


def volumeCorners(ijkToRAS: np.ndarray, dimensions: tuple[int, int, int], rim: float = 0.5) -> np.ndarray:
    """The eight corners of a volume in RAS mm, shape (8, 3).

    :param dimensions: voxels along i, j, k
    :param rim: voxels beyond the outer voxel centres; 0.5 = outer faces of the voxels, 0 = their centres
    """
    return cornersRAS(ijkToRAS, dimensions, rim).reshape(-1, 3)


def sliceStep(ijkToRAS: np.ndarray, normal: np.ndarray) -> float:
    """mm along ``normal`` after which the voxel index has advanced by one along the axis that advances fastest."""
    advance = np.linalg.inv(np.asarray(ijkToRAS)[:3, :3]) @ (np.asarray(normal) / np.linalg.norm(normal))
    return float(1.0 / np.abs(advance).max())


@dataclass(frozen=True)
class SliceRange:
    """Where the slices of a volume lie along a normal: ``first + n * step`` mm for n in 0 … count-1."""

    first: float
    step: float
    count: int
    offsets: np.ndarray | None = None
    """mm of each slice, ascending, where they are not evenly spaced."""

    @property
    def last(self) -> float:
        return self.offset(self.count - 1)

    def nearest(self, offset: float) -> int:
        """The index of the slice nearest to an offset in mm, kept inside the volume."""
        if self.offsets is not None:
            return int(np.abs(self.offsets - offset).argmin())
        return int(min(max(round((offset - self.first) / self.step), 0), self.count - 1))

    def offset(self, index: int) -> float:
        if self.offsets is not None:
            return float(self.offsets[index])
        return self.first + index * self.step


def sliceRange(ijkToRAS: np.ndarray, dimensions: tuple[int, int, int], normal: np.ndarray) -> SliceRange:
    """The slices through the voxel centres of a volume along a normal (RAS).

    Where the normal follows a volume axis every slice passes through voxel centres; otherwise the range starts at the
    outermost voxel centre.
    """
    unit = np.asarray(normal) / np.linalg.norm(normal)
    offsets = volumeCorners(ijkToRAS, dimensions, rim=0.0) @ unit
    step = sliceStep(ijkToRAS, unit)
    count = int(math.floor((offsets.max() - offsets.min()) / step + STEP_TOLERANCE)) + 1
    return SliceRange(float(offsets.min()), step, count)


def warpedSliceRange(outlines: np.ndarray, ijkToRAS: np.ndarray, normal: np.ndarray) -> SliceRange:
    """The slices of a volume that no matrix places: its own where the normal is theirs, else evenly spaced ones.

    :param outlines: (slices, 2, 2, 3) RAS of the centres of each slice's corner voxels
    :param ijkToRAS: matrix without what warps the volume, for the size of voxels
    """
    unit = np.asarray(normal) / np.linalg.norm(normal)
    distances = outlines @ unit
    offsets = np.sort(distances.mean(axis=(1, 2)))
    step = sliceStep(ijkToRAS, unit)
    if np.ptp(distances, axis=(1, 2)).max() < IN_SLICE_PART * step:
        return SliceRange(float(offsets[0]), step, len(offsets), offsets)
    low, high = float(distances.min()), float(distances.max())
    return SliceRange(low, step, int(math.floor((high - low) / step + STEP_TOLERANCE)) + 1)


def volumeAxes(ijkToRAS: np.ndarray, orientation: np.ndarray) -> np.ndarray:
    """The slice axes that follow the volume's own axes and are nearest to ``orientation``. Columns as in ORIENTATIONS.

    The in-plane axes are kept; where the volume is sheared (tilted gantry) screen up is made square to screen right.
    """
    axes = np.asarray(ijkToRAS)[:3, :3] / np.linalg.norm(np.asarray(ijkToRAS)[:3, :3], axis=0)
    free = [0, 1, 2]
    chosen = []
    for wanted in (orientation[:, 0], orientation[:, 1]):
        axis = max(free, key=lambda candidate: abs(float(axes[:, candidate] @ wanted)))
        free.remove(axis)
        chosen.append(axes[:, axis] * (1.0 if axes[:, axis] @ wanted >= 0 else -1.0))
    right, up = chosen
    up = up - right * (up @ right)
    up /= np.linalg.norm(up)
    normal = np.cross(right, up)
    return np.column_stack([right, up, normal if normal @ orientation[:, 2] >= 0 else -normal])


@dataclass
class SliceGeometry:
    """One slice as a view shows it: where it lies, how far it is zoomed, and how large the view is."""

    axes: np.ndarray = field(default_factory=lambda: ORIENTATIONS["Axial"].copy())
    """3x3, columns screen right, screen up, normal (RAS unit vectors)."""
    centre: np.ndarray = field(default_factory=lambda: np.zeros(3))
    """RAS mm of the middle of the view; lies in the slice."""
    mmPerPixel: float = 1.0
    width: int = 100
    height: int = 100

    @property
    def right(self) -> np.ndarray:
        return self.axes[:, 0]

    @property
    def up(self) -> np.ndarray:
        return self.axes[:, 1]

    @property
    def normal(self) -> np.ndarray:
        return self.axes[:, 2]

    @property
    def offset(self) -> float:
        """Position of the slice along its normal, mm from the RAS origin."""
        return float(self.centre @ self.normal)

    def setOffset(self, offset: float) -> None:
        self.centre = self.centre + (offset - self.offset) * self.normal

    def setAxes(self, axes: np.ndarray) -> None:
        """Turn about the middle of the view.

        :param axes: 3x3; columns are normalised
        """
        self.axes = np.asarray(axes, dtype=float) / np.linalg.norm(axes, axis=0)

    @property
    def sliceToRAS(self) -> np.ndarray:
        """4x4; x and y of the slice are mm from the middle of the view."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.axes
        matrix[:3, 3] = self.centre
        return matrix

    def pixelToRAS(self) -> np.ndarray:
        """4x4 from (column, row from below, pixels towards the viewer) to RAS mm; the centre of the first is 0, 0."""
        matrix = np.eye(4)
        matrix[:3, :3] = np.column_stack([self.right, self.up, self.towardsViewer]) * self.mmPerPixel
        matrix[:3, 3] = self.displayToRAS(0.5, 0.5)
        return matrix

    @property
    def towardsViewer(self) -> np.ndarray:
        """RAS unit vector out of the screen. Not always the normal: the axial preset is left-handed, as in Slicer."""
        return np.cross(self.right, self.up)

    def displayToRAS(self, x: float, y: float) -> np.ndarray:
        """RAS mm of a display position (pixels from the lower left corner), in the slice."""
        across = (x - self.width / 2) * self.mmPerPixel
        along = (y - self.height / 2) * self.mmPerPixel
        return self.centre + across * self.right + along * self.up

    def rasToDisplay(self, ras: np.ndarray) -> np.ndarray:
        """Display position (x, y) of a RAS point projected along the view onto the slice."""
        delta = np.asarray(ras, dtype=float) - self.centre
        inPlane = np.array([delta @ self.right, delta @ self.up])
        return inPlane / self.mmPerPixel + np.array([self.width, self.height]) / 2

    def pan(self, dx: float, dy: float) -> None:
        """Move the image by pixels to the right and up."""
        self.centre = self.centre - (dx * self.right + dy * self.up) * self.mmPerPixel

    def zoom(self, factor: float, x: float | None = None, y: float | None = None) -> None:
        """Enlarge by ``factor``, keeping the point under a display position (the middle when not given) where it is."""
        x = self.width / 2 if x is None else x
        y = self.height / 2 if y is None else y
        before = self.displayToRAS(x, y)
        self.mmPerPixel = min(max(self.mmPerPixel / factor, 1e-4), 100.0)
        self.centre = self.centre + before - self.displayToRAS(x, y)

    def centreOn(self, ras: np.ndarray) -> None:
        """Bring a RAS point to the middle of the view; the slice stays where it is."""
        delta = np.asarray(ras, dtype=float) - self.centre
        self.centre = self.centre + (delta @ self.right) * self.right + (delta @ self.up) * self.up

    def fit(self, corners: np.ndarray) -> None:
        """Centre and zoom so that points of shape (n, 3) fill the view; the slice stays where it is."""
        across, along = corners @ self.right, corners @ self.up
        self.centreOn((across.max() + across.min()) / 2 * self.right + (along.max() + along.min()) / 2 * self.up)
        needed = max(np.ptp(across) / max(self.width, 1), np.ptp(along) / max(self.height, 1))
        self.mmPerPixel = max(float(needed) * FIT_MARGIN, 1e-4)

    def edgeLetters(self) -> dict[str, str]:
        """Patient letters at the edges of the view: keys left, right, top, bottom."""
        return {
            "left": directionLetters(-self.right),
            "right": directionLetters(self.right),
            "top": directionLetters(self.up),
            "bottom": directionLetters(-self.up),
        }


def orientationName(axes: np.ndarray) -> str:
    """"Axial", "Sagittal", "Coronal", or "Oblique" for axes that are none of these."""
    for name, preset in ORIENTATIONS.items():
        if np.allclose(axes, preset, atol=1e-6):
            return name
    return "Oblique"
