"""Surfaces around labels: the same points, triangles and normals as Slicer's own classes compute."""

import numpy
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.ClosedSurface import SurfaceOptions, boxAround, closedSurface
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)

OBLIQUE = [[-1, 0, 0, 10], [0, -1.5, 0.2, 20], [0, 0.1, 2, -30], [0, 0, 0, 1]]
LEFT_HANDED = [[1, 0, 0, 10], [0, -1.5, 0.2, 20], [0, 0.1, 2, -30], [0, 0, 0, 1]]


def twoParts() -> numpy.ndarray:
    """One at the border of the image, one inside, touching it."""
    voxels = numpy.zeros((12, 14, 16), numpy.uint8)
    voxels[3:9, 4:10, 0:8] = 1
    voxels[4:8, 5:12, 8:13] = 2
    voxels[5, 6, 8:13] = 0
    return voxels


def pointsOf(surface) -> numpy.ndarray:
    return vtk_to_numpy(surface.GetPoints().GetData())


@pytest.mark.parametrize(
    ("place", "smoothing", "decimation"),
    [(OBLIQUE, 0.5, 0.0), (LEFT_HANDED, 0.5, 0.0), (OBLIQUE, 0.0, 0.0), (OBLIQUE, 0.8, 0.5), (OBLIQUE, 1.0, 0.0)],
)
def test_surfacesAreThoseOfSlicer(slicerPrograms, place, smoothing, decimation):  # noqa: F811
    voxels = twoParts()
    found = slicerPrograms.run(
        """
node = segmentationOf(given["voxels"], given["place"])
node.GetSegmentation().SetConversionParameter("Smoothing factor", str(given["smoothing"]))
node.GetSegmentation().SetConversionParameter("Decimation factor", str(given["decimation"]))
node.CreateClosedSurfaceRepresentation()
for name in ("S1", "S2"):
    result[name] = surfaceFacts(node.GetSegmentation().GetSegment(name).GetRepresentation("Closed surface"))
""",
        voxels=voxels.tolist(), place=place, smoothing=smoothing, decimation=decimation,
    )  # fmt: skip
    for label in (1, 2):
        surface = closedSurface(voxels, label, numpy.array(place), SurfaceOptions(decimation, smoothing))
        expected = found[f"S{label}"]
        assert numpy.allclose(pointsOf(surface), expected["points"], atol=1e-5)
        assert vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).tolist() == expected["cells"]
        assert numpy.allclose(vtk_to_numpy(surface.GetPointData().GetNormals()), expected["normals"], atol=1e-5)


def test_aSurfaceIsClosedAndLiesAroundTheVoxels():
    from vtkmodules.vtkFiltersCore import vtkFeatureEdges, vtkMassProperties

    voxels = numpy.zeros((20, 20, 20), numpy.int16)
    voxels[0:10, 5:15, 10:20] = 7  # at two borders
    surface = closedSurface(voxels, 7, numpy.diag([1.0, 2, 3, 1]), SurfaceOptions(smoothing=0))
    edges, mass = vtkFeatureEdges(), vtkMassProperties()
    edges.SetInputData(surface)
    edges.FeatureEdgesOff()
    edges.ManifoldEdgesOff()
    edges.Update()
    assert edges.GetOutput().GetNumberOfCells() == 0
    mass.SetInputData(surface)
    assert mass.GetVolume() == pytest.approx(10**3 * 6, rel=0.02)  # less what the corners lack
    assert surface.GetBounds() == pytest.approx((9.5, 19.5, 9, 29, -1.5, 28.5))
    assert pointsOf(surface).dtype == numpy.float32


def test_aLabelThatIsNowhereHasAnEmptySurface():
    surface = closedSurface(numpy.zeros((3, 3, 3), numpy.uint8), 1, numpy.eye(4))
    assert surface.GetNumberOfPoints() == 0


def test_withoutNormalsThereAreNone():
    surface = closedSurface(twoParts(), 1, numpy.eye(4), SurfaceOptions(withNormals=False))
    assert surface.GetPointData().GetNormals() is None


def test_theBoxHoldsAllVoxelsOfTheLabelAndNoMore():
    voxels = numpy.zeros((5, 6, 7), numpy.uint8)
    voxels[1, 2, 3] = voxels[3, 4, 1] = 9
    voxels[0, 0, 0] = 8
    assert boxAround(voxels, 9) == (slice(1, 4), slice(2, 5), slice(1, 4))
    assert boxAround(voxels, 1) is None


def test_onlyTheBoxIsCopied(monkeypatch):
    """A small structure in a large image takes little memory beside it."""
    import tracemalloc

    voxels = numpy.zeros((60, 400, 400), numpy.uint8)
    voxels[30:33, 200:204, 100:104] = 1
    tracemalloc.start()
    closedSurface(voxels, 1, numpy.eye(4))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < voxels.nbytes / 10


def test_cancellingStopsIt():
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        closedSurface(twoParts(), 1, numpy.eye(4), progress=progress)


def test_cancellingStopsAFilterInTheMiddle(monkeypatch):
    """The contour of a large ball is under way when somebody cancels."""
    from DICOMLib.Scene import ClosedSurface

    progress, ends = Progress(), []
    contour = ClosedSurface._contour

    def cancelledMeanwhile(image):
        step = contour(image)
        step.AddObserver("StartEvent", lambda caller, event: progress.cancel())
        step.AddObserver("EndEvent", lambda caller, event: ends.append(caller.GetAbortExecute()))
        return step

    monkeypatch.setattr(ClosedSurface, "_contour", cancelledMeanwhile)
    k, j, i = numpy.indices((80, 80, 80))
    with pytest.raises(CancelledError):
        closedSurface(((k - 40) ** 2 + (j - 40) ** 2 + (i - 40) ** 2 < 900).astype(numpy.uint8), 1, numpy.eye(4),
                      progress=progress)  # fmt: skip
    assert ends == [1]
