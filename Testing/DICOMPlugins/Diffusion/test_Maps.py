import numpy
import pytest

from DICOMLib.Diffusion.Coverage import evenDirections
from DICOMLib.Diffusion.TensorFit import TensorFitError
from DICOMLib.Errors import CancelledError, SceneError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Scene import Scene
from DICOMPlugins.Diffusion import Maps
from DICOMPlugins.Diffusion.Maps import MapRequest, makeMaps

B_VALUES = numpy.r_[0, numpy.full(12, 1000.0), numpy.full(12, 2500.0), 5]
DIRECTIONS = numpy.vstack([numpy.zeros(3), evenDirections(12), evenDirections(12), numpy.zeros(3)])
MATRIX = numpy.array([[-2.0, 0, 0, 90], [0, -2, 0, 80], [0, 0, 3, -20], [0, 0, 0, 1]])
SHAPE = (3, 4, 5)


def alongAnterior() -> numpy.ndarray:
    """(3, 3) mm²/s: fibres from back to front."""
    return numpy.diag([0.3e-3, 1.6e-3, 0.3e-3])


def diffusionNode(scene: Scene, bValues=B_VALUES, directions=DIRECTIONS, tensor=None):
    tensor = alongAnterior() if tensor is None else tensor
    attenuation = numpy.exp(-bValues * numpy.einsum("ni,ij,nj->n", directions, tensor, directions))
    node = scene.AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode", "ep2d - as DWI Volume")
    node.setVoxelArray(numpy.broadcast_to(1000 * attenuation, (*SHAPE, len(bValues))).astype(numpy.float32))
    node.SetIJKToRASMatrix(MATRIX)
    node.SetBValues(bValues)
    node.SetDiffusionGradients(directions)
    return node


@pytest.fixture
def scene():
    return Scene()


def test_everyMapIsMadeAndNamedAfterTheVolume(scene):
    names = [node.GetName() for node in makeMaps(scene, diffusionNode(scene))]
    assert names == [
        "ep2d - baseline", "ep2d - mean b = 1000", "ep2d - mean b = 2500", "ep2d - tensor", "ep2d - FA", "ep2d - MD",
        "ep2d - colour FA",
    ]  # fmt: skip


def test_baselineAveragesTheUnweightedAndMeansAveragePerShell(scene):
    node = diffusionNode(scene)
    baseline, low, high = makeMaps(scene, node, (Maps.BASELINE, Maps.MEAN_DWI))
    voxels = node.voxelArray()[1, 2, 3]
    assert baseline.voxelArray()[1, 2, 3] == pytest.approx(voxels[[0, 25]].mean())
    assert low.voxelArray()[1, 2, 3] == pytest.approx(voxels[1:13].mean())
    assert high.voxelArray()[1, 2, 3] == pytest.approx(voxels[13:25].mean())


def test_tensorMapsHaveTheNumbersOfTheTensor(scene):
    tensor, anisotropy, diffusivity, colours = makeMaps(scene, diffusionNode(scene), Maps.TENSOR_MAPS)
    assert tensor.voxelArray()[0, 0, 0] == pytest.approx([0.3e-3, 0, 0, 1.6e-3, 0, 0.3e-3], abs=1e-7)
    expected = numpy.sqrt(1.5 * ((0.3 - 2.2 / 3) ** 2 * 2 + (1.6 - 2.2 / 3) ** 2) / (0.3**2 * 2 + 1.6**2))
    assert anisotropy.voxelArray()[2, 3, 4] == pytest.approx(expected, abs=1e-4)
    assert diffusivity.voxelArray()[2, 3, 4] == pytest.approx(2.2e-3 / 3, rel=1e-4)
    frontToBack = [0, round(255 * expected), 0]  # green
    assert abs(colours.voxelArray()[0, 0, 0].astype(int) - frontToBack).max() <= 1


def test_mapsAreWhereTheVolumeIs(scene):
    node = diffusionNode(scene)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    node.SetAndObserveTransformNodeID(transform.GetID())
    for one in makeMaps(scene, node):
        assert numpy.array_equal(one.ijkToRASArray(), MATRIX)
        assert one.GetParentTransformNode() is transform
        assert one.GetNodeReference(Maps.SOURCE_ROLE) is node


def test_mapsAreBesideTheVolumeInTheHierarchy(scene):
    node, hierarchy = diffusionNode(scene), scene.GetSubjectHierarchyNode()
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "Study")
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(node), study)
    made = makeMaps(scene, node, (Maps.FA, Maps.MD))
    assert [hierarchy.GetItemDataNode(item) for item in hierarchy.GetItemChildren(study)] == [node, *made]


def test_unitsAndWindowsFitTheNumbers(scene):
    anisotropy, diffusivity = makeMaps(scene, diffusionNode(scene), (Maps.FA, Maps.MD))
    assert (anisotropy.GetDisplayNode().GetWindow(), anisotropy.GetDisplayNode().GetLevel()) == (1, 0.5)
    assert diffusivity.GetDisplayNode().GetWindow() == pytest.approx(3e-3)
    assert diffusivity.GetVoxelValueUnits().startswith("(mm2/s, UCUM")


def test_theTensorIsFittedToBValuesUpTo1500WhereThatIsEnough(scene):
    request = MapRequest.of(diffusionNode(scene))
    assert request.tensorRows().tolist() == [*range(13), 25]
    only = MapRequest.of(diffusionNode(scene, B_VALUES[[0, *range(13, 25)]], DIRECTIONS[[0, *range(13, 25)]]))
    assert len(only.tensorRows()) == 13
    assert len(MapRequest.of(diffusionNode(scene), largestB=None).tensorRows()) == 26
    [tensor] = makeMaps(scene, diffusionNode(scene), (Maps.TENSOR,))
    assert "14 of 26 measurements, b up to 1000 s/mm²" in tensor.GetAttribute(Maps.NOTE_ATTRIBUTE)


def test_signalsAtHighBValuesThatAreNotUsedChangeNothing(scene):
    node = diffusionNode(scene)
    wanted = makeMaps(scene, node, (Maps.TENSOR,))[0].voxelArray()
    node.voxelArray()[..., 13:25] *= 1.5  # the signal decays more slowly there than a tensor says
    assert numpy.array_equal(makeMaps(scene, node, (Maps.TENSOR,))[0].voxelArray(), wanted)
    assert abs(makeMaps(scene, node, (Maps.TENSOR,), largestB=None)[0].voxelArray() - wanted).max() > 1e-5


def test_tensorsAreInRASWhateverTheMeasurementFrame(scene):
    turn = numpy.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    node = diffusionNode(scene)
    node.SetMeasurementFrameMatrix(turn)
    node.SetDiffusionGradients(DIRECTIONS @ turn)
    [tensor] = makeMaps(scene, node, (Maps.TENSOR,))
    assert tensor.voxelArray()[0, 0, 0] == pytest.approx([0.3e-3, 0, 0, 1.6e-3, 0, 0.3e-3], abs=1e-7)


def test_airIsNotFittedUnlessWanted(scene):
    node = diffusionNode(scene)
    node.voxelArray()[0] = 1
    automatic = makeMaps(scene, node, (Maps.FA,))[0].voxelArray()
    assert not automatic[0].any() and automatic[1:].all()
    own = numpy.zeros(SHAPE, bool)
    own[2, 1, 1] = True
    assert (makeMaps(scene, node, (Maps.FA,), mask=own)[0].voxelArray() > 0).sum() == 1


def test_whatCannotBeComputedIsSaidInASentence(scene):
    few = MapRequest.of(diffusionNode(scene, B_VALUES[1:5], DIRECTIONS[1:5]))
    possible = few.possible()
    assert possible[Maps.BASELINE] == "No measurement has b = 0." and possible[Maps.MEAN_DWI] == ""
    assert possible[Maps.FA].startswith("4 measurements with a known weighting: a tensor needs 7")
    with pytest.raises(TensorFitError):
        few.compute((Maps.FA,))
    with pytest.raises(SceneError, match="no measurement has b = 0"):
        few.compute((Maps.BASELINE,))
    with pytest.raises(SceneError, match="no measurement is weighted"):
        MapRequest.of(diffusionNode(scene, numpy.zeros(2), numpy.zeros((2, 3)))).compute((Maps.MEAN_DWI,))


def test_anUnknownMapIsRefused(scene):
    with pytest.raises(SceneError, match="no such map"):
        makeMaps(scene, diffusionNode(scene), ("Kurtosis",))


def test_aVolumeWithoutOneBValueForEachMeasurementIsRefused(scene):
    node = diffusionNode(scene)
    node.SetNumberOfGradients(3)
    with pytest.raises(SceneError, match="26 measurements but 3 b-values"):
        makeMaps(scene, node)


def test_cancelLeavesTheSceneAsItWas(scene):
    node = diffusionNode(scene)
    before = len(scene.nodes())
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        makeMaps(scene, node, progress=progress)
    assert len(scene.nodes()) == before


def test_meansAreOfTheTrueNumbersNotOfTheirType():
    voxels = numpy.full((1, 1, 1, 3), 60_000, numpy.uint16)
    assert Maps.meanOf(voxels, numpy.array([0, 2]))[0, 0, 0] == 60_000
