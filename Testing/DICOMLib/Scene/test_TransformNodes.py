import numpy
import pytest
from vtkmodules.vtkCommonTransforms import vtkThinPlateSplineTransform, vtkTransform

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Matrices import arrayFromMatrix, matrixFromArray
from DICOMLib.Scene.Nodes import vtkMRMLGridTransformNode, vtkMRMLLinearTransformNode, vtkMRMLScalarVolumeNode
from DICOMLib.Scene.Scene import Scene


def translation(*offset):
    matrix = numpy.eye(4)
    matrix[:3, 3] = offset
    return matrixFromArray(matrix)


@pytest.fixture
def chain():
    """A volume under a child transform (scale by 2 along R) under a parent transform (100 mm along R)."""
    scene = Scene()
    parent, child = (scene.AddNewNodeByClass("vtkMRMLLinearTransformNode") for _ in range(2))
    parent.SetMatrixTransformToParent(translation(100, 0, 0))
    child.SetMatrixTransformToParent(matrixFromArray(numpy.diag([2.0, 1, 1, 1])))
    child.SetAndObserveTransformNodeID(parent.GetID())
    volume = vtkMRMLScalarVolumeNode()
    volume.setVoxelArray(numpy.zeros((1, 1, 3), dtype="uint8"))
    scene.AddNode(volume)
    volume.SetAndObserveTransformNodeID(child.GetID())
    return scene, parent, child, volume


def test_theTransformToTheWorldAppliesTheChildFirst(chain):
    _, _, child, volume = chain
    assert arrayFromMatrix(child.GetMatrixTransformToWorld()) @ [5, 0, 0, 1] == pytest.approx([110, 0, 0, 1])
    assert child.GetTransformToWorld().TransformPoint(5, 0, 0) == pytest.approx((110, 0, 0))
    assert volume.ijkToWorldArray() @ [2, 0, 0, 1] == pytest.approx([104, 0, 0, 1])


def test_aChangeAnywhereAboveIsHeardBelow(chain):
    _, parent, child, volume = chain
    calls = []
    volume.AddObserver(volume.TransformModifiedEvent, lambda caller, event: calls.append(event))
    parent.SetMatrixTransformToParent(translation(1, 2, 3))
    assert len(calls) == 1
    child.GetTransformToParent().Translate(1, 0, 0)
    child.GetTransformToParent().Modified()
    assert len(calls) == 2


def test_aTransformIsNeverItsOwnAncestor(chain):
    _, parent, child, _ = chain
    with pytest.raises(SceneError, match="its own parent"):
        parent.SetAndObserveTransformNodeID(child.GetID())
    assert parent.GetParentTransformNode() is None


def test_removingATransformLeavesItsChildrenWithoutParent(chain):
    scene, _, child, volume = chain
    scene.RemoveNode(child)
    assert volume.GetParentTransformNode() is None
    assert volume.GetTransformNodeID() is None


def test_hardeningMovesTheVolumeToWhereItAppeared(chain):
    _, _, _, volume = chain
    before = volume.ijkToWorldArray()
    assert volume.HardenTransform()
    assert volume.ijkToRASArray() == pytest.approx(before)
    assert not volume.HardenTransform()


def test_hardeningATransformNodeCombinesBoth(chain):
    _, _, child, _ = chain
    child.HardenTransform()
    assert arrayFromMatrix(child.GetMatrixTransformToParent()) @ [5, 0, 0, 1] == pytest.approx([110, 0, 0, 1])


def test_aTransformThatIsNotLinearHasNoMatrix():
    scene = Scene()
    node = scene.AddNode(vtkMRMLGridTransformNode())
    node.SetAndObserveTransformToParent(vtkThinPlateSplineTransform())
    assert not node.IsLinear()
    with pytest.raises(SceneError, match="not linear"):
        node.GetMatrixTransformToParent()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    volume.SetAndObserveTransformNodeID(node.GetID())
    with pytest.raises(SceneError, match="no voxels"):
        volume.HardenTransform()
    assert volume.GetParentTransformNode() is node


def test_aLinearTransformNodeRefusesOthers():
    with pytest.raises(SceneError, match="wants a linear transform"):
        vtkMRMLLinearTransformNode().SetAndObserveTransformToParent(vtkThinPlateSplineTransform())


def test_aReplacedTransformIsNoLongerHeard():
    node = vtkMRMLLinearTransformNode()
    old = node.GetTransformToParent()
    node.SetAndObserveTransformToParent(vtkTransform())
    calls = []
    node.AddObserver(node.TransformModifiedEvent, lambda caller, event: calls.append(event))
    old.Modified()
    assert calls == []
