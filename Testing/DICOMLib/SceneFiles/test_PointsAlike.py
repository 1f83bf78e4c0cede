"""Points are moved as SimpleITK and 3D Slicer move them with the files of this program: to 1e-6 mm, of grids at their
points, between which Slicer interpolates otherwise. The way back of one that is not linear is searched for by each."""

from __future__ import annotations

import numpy
import pytest
import SimpleITK

from DICOMLib.Geometry.Patient import transformedPoints
from DICOMLib.Scene.GridTransforms import movedPoints
from DICOMLib.Scene.Nodes import vtkMRMLTransformNode
from DICOMLib.Scene.TransformParts import PlacedSpline
from DICOMLib.SceneFiles.MemberFiles import writeMember
from Testing.DICOMLib.SceneFiles.RandomScenes import RandomScenes
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)

WITHIN_MM = 1e-6
WITHIN_BACK_MM = 0.05
SEEDS = range(5)


def nodes() -> list[tuple[vtkMRMLTransformNode, numpy.ndarray, bool]]:
    """Transforms, points where they can be compared, and whether they are to the parent."""
    found = []
    for seed in SEEDS:
        chance = RandomScenes(seed)
        for node in (chance._linear(), chance._grid(), chance._spline()):
            grid = node.displacementGrid() if hasattr(node, "displacementGrid") else None
            parts = node.partsFromParent()
            if grid is not None:
                inside = numpy.argwhere(numpy.ones(grid.grid.displacements.shape[:3]))[:, ::-1].astype(float)
                found.append((node, transformedPoints(grid.ijkToRAS, inside), not grid.isFromParent))
            elif parts:
                found.append((node, _insideSpline(parts[0], chance), False))
            else:
                found.append((node, chance.random.normal(size=(20, 3)) * 100, True))
    return found


def _insideSpline(spline: PlacedSpline, chance: RandomScenes) -> numpy.ndarray:
    size = numpy.array(spline.coefficients.shape[2::-1])
    return transformedPoints(spline.ijkToRAS, 1.01 + chance.random.random((20, 3)) * (size - 3.02))


def test_slicerMovesThemAlike(slicerPrograms, tmp_path):  # noqa: F811
    compared = nodes()
    for number, (node, _points, _isToParent) in enumerate(compared):
        writeMember(node, tmp_path / f"{number}.tfm")
    told = slicerPrograms.run(
        """
for number, (points, isToParent) in enumerate(given["tasks"]):
    node = load("vtkMRMLTransformNode", "vtkMRMLTransformStorageNode", given["folder"] + f"/{number}.tfm")
    ways = [node.GetTransformToParent(), node.GetTransformFromParent()]
    there = [ways[not isToParent].TransformPoint(point) for point in points]
    result[str(number)] = [there, [ways[isToParent].TransformPoint(point) for point in there], bool(node.IsLinear())]
""",
        folder=tmp_path, tasks=[[points.tolist(), isToParent] for _node, points, isToParent in compared],
    )  # fmt: skip
    for number, (node, points, isToParent) in enumerate(compared):
        ways = [node.GetTransformToParent(), node.GetTransformFromParent()]
        there, back, isLinear = told[str(number)]
        assert numpy.abs(movedPoints(ways[not isToParent], points) - there).max() < WITHIN_MM
        assert isLinear == node.IsLinear()
        if isLinear:
            assert numpy.abs(movedPoints(ways[isToParent], numpy.array(there)) - back).max() < WITHIN_MM
        else:
            ours = movedPoints(ways[isToParent], numpy.array(there))
            assert numpy.median(numpy.abs(ours - points)) < WITHIN_BACK_MM


@pytest.mark.parametrize("number", range(3 * len(SEEDS)))
def test_ITKMovesThemAlike(tmp_path, number):
    """It knows no transforms to the parent, so these are read under the name of those from it."""
    node, points, isToParent = nodes()[number]
    writeMember(node, tmp_path / "a.tfm")
    text = (tmp_path / "a.tfm").read_text()
    isMarked = "InverseDisplacement" in text
    (tmp_path / "a.tfm").write_text(text.replace("InverseDisplacement", "Displacement"))
    transform = SimpleITK.ReadTransform(str(tmp_path / "a.tfm"))
    way = node.GetTransformToParent() if isMarked else node.GetTransformFromParent()
    inside = points if node.IsLinear() or node.partsFromParent() else points + _inward(node, points)
    lps = inside * [-1, -1, 1]
    moved = numpy.array([transform.TransformPoint(point) for point in lps.tolist()]) * [-1, -1, 1]
    assert isMarked == (isToParent and not node.IsLinear())
    assert numpy.abs(movedPoints(way, inside) - moved).max() < WITHIN_MM


def _inward(node: vtkMRMLTransformNode, points: numpy.ndarray) -> numpy.ndarray:
    """A little: ITK takes points on the rim for outside, when rounding puts them there."""
    return (points.mean(axis=0) - points) * 1e-9
