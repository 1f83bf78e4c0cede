"""Made-up volumes for tests of the views: a bright block at a known place inside a dark box, at any orientation."""

from __future__ import annotations

import numpy as np

from DICOMLib.Scene.Scene import Scene

# Slices, rows, columns of the box, and the block's voxels (k, j, i) inside it, off every middle.
SHAPE = (40, 60, 50)
BLOCK = (slice(22, 28), slice(14, 20), slice(30, 36))
BLOCK_CENTRE_IJK = np.array([32.5, 16.5, 24.5, 1.0])
BRIGHT = 1000


def rotation(angles: tuple[float, float, float]) -> np.ndarray:
    """3x3 rotation by angles in degrees about R, A and S."""
    result = np.eye(3)
    for axis, angle in enumerate(np.radians(angles)):
        turn = np.eye(3)
        a, b = [other for other in range(3) if other != axis]
        turn[[a, a, b, b], [a, b, a, b]] = np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
        result = turn @ result
    return result


def axialMatrix() -> np.ndarray:
    """Rows to the left, columns to the back, slices up: what an axial CT gives. 1.5 x 1.2 x 2 mm."""
    matrix = np.diag([-1.5, -1.2, 2.0, 1.0])
    matrix[:3, 3] = 35.0, 40.0, -30.0
    return matrix


def obliqueMatrix() -> np.ndarray:
    matrix = axialMatrix()
    matrix[:3, :3] = rotation((18, -12, 25)) @ matrix[:3, :3]
    return matrix


def shearedMatrix() -> np.ndarray:
    """A tilted gantry: each slice is shifted along the patient's back by 0.7 mm."""
    matrix = axialMatrix()
    matrix[1, 2] = 0.7
    return matrix


def addVolume(scene: Scene, matrix: np.ndarray | None = None, voxels: np.ndarray | None = None, name: str = "Block"):
    """A scalar volume in the scene, by default the box with its block; window 0 to 1000."""
    if voxels is None:
        voxels = np.zeros(SHAPE, np.int16)
        voxels[BLOCK] = BRIGHT
    node = scene.CreateNodeByClass("vtkMRMLScalarVolumeNode")
    node.SetName(name)
    node.SetIJKToRASMatrix(axialMatrix() if matrix is None else matrix)
    node.setVoxelArray(voxels)
    scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetWindowLevel(BRIGHT, BRIGHT / 2)
    return node


def blockCentre(matrix: np.ndarray) -> np.ndarray:
    """RAS mm of the middle of the block."""
    return (matrix @ BLOCK_CENTRE_IJK)[:3]


def brightCentre(picture: np.ndarray, threshold: float = 128) -> np.ndarray:
    """Centre of mass of the bright pixels: x from the left, y from below, pixel centres at whole numbers plus one half.

    :param picture: uint8 of shape (height, width, 3), first row at the top
    """
    rows, columns = np.nonzero(picture.min(axis=2) >= threshold)
    assert len(rows), "nothing bright is drawn"
    return np.array([columns.mean() + 0.5, picture.shape[0] - (rows.mean() + 0.5)])
