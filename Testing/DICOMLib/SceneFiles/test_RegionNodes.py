"""Regions that volumes are cut to: read as 3D Slicer reads them, kept byte by byte, changed where asked."""

import json

import numpy
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPlanes

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Matrices import arrayFromMatrix, matrixFromArray
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.TransformParts import PlacedThinPlate
from DICOMLib.SceneFiles.MrmlText import parseXML
from DICOMLib.SceneFiles.RegionNodes import (
    MAX_BYTES,
    planesOf,
    vtkMRMLAnnotationROINode,
    vtkMRMLMarkupsROINode,
)
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from Testing.DICOMModule.Host.Volumes import rotation
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)

CENTER, SIZE = [10.0, -20.0, 30.0], [40.0, 50.0, 60.0]
AXES = rotation((20, -10, 35))
TEXT = """<MRML>
<MarkupsROI id="vtkMRMLMarkupsROINode1" name="crop" references="storage:vtkMRMLMarkupsROIJsonStorageNode1;" locked="0"/>
<MarkupsROIJsonStorage id="vtkMRMLMarkupsROIJsonStorageNode1" name="s" fileName="Data/crop.mrk.json"/>
<GPURayCastVolumeRendering id="vtkMRMLGPURayCastVolumeRenderingDisplayNode1" name="d" croppingEnabled="1"
 references="roi:vtkMRMLMarkupsROINode1;"/>
<AnnotationROI id="vtkMRMLAnnotationROINode1" name="old" ctrlPtsCoord="1 2 3|4 5 6" insideOut="true"/>
</MRML>"""


def mark(**changes) -> dict:
    """As Slicer writes it, with a member that nobody here knows."""
    flip = numpy.array([-1.0, -1, 1])
    return {
        "type": "ROI", "coordinateSystem": "LPS", "roiType": "Box", "center": (flip * CENTER).tolist(),
        "orientation": (flip[:, None] * AXES).ravel().tolist(), "size": SIZE, "later": {"x": [1e-3]},
        "controlPoints": [{"id": "1", "label": "Ä-1", "position": (flip * CENTER).tolist()}],
    } | changes  # fmt: skip


def contentsOf(*marks: dict) -> bytes:
    return json.dumps({"@schema": "markups-schema-v1.0.4.json#", "markups": list(marks)}, indent=3).encode()


def regionOf(contents: bytes) -> vtkMRMLMarkupsROINode:
    node = vtkMRMLMarkupsROINode("vtkMRMLMarkupsROINode", "MarkupsROI")
    node.keptFiles["crop.mrk.json"] = contents
    return node


def opened(folder, contents: bytes) -> Scene:
    (folder / "Data").mkdir(parents=True)
    (folder / "Data" / "crop.mrk.json").write_bytes(contents)
    (folder / "a.mrml").write_text(TEXT)
    staged = openScene(folder / "a.mrml", runWorkers())
    assert staged.problems == []
    return staged.scene


def planesIn(call, *arguments) -> tuple[numpy.ndarray, numpy.ndarray]:
    planes = vtkPlanes()
    call(planes, *arguments)
    return vtk_to_numpy(planes.GetPoints().GetData()), vtk_to_numpy(planes.GetNormals())


def test_aRegionOfASceneIsWhatItsFileSays_andIsKeptByteByByte(tmp_path):
    contents = contentsOf(mark())
    scene = opened(tmp_path / "in", contents)
    region = scene.GetFirstNodeByName("crop")
    assert isinstance(region, vtkMRMLMarkupsROINode) and region.IsA("vtkMRMLMarkupsROINode")
    assert region.GetCenter() == pytest.approx(CENTER) and region.GetSize() == pytest.approx(SIZE)
    assert region.GetRadiusXYZ() == pytest.approx([20, 25, 30])
    found = [0.0] * 3
    region.GetCenter(found)
    assert found == pytest.approx(CENTER)
    matrix = region.GetObjectToWorldMatrix()
    assert [[matrix.GetElement(i, j) for j in range(3)] for i in range(3)] == pytest.approx(AXES)
    assert scene.GetFirstNodeByName("d").GetROINode() is region
    saveScene(scene, tmp_path / "out.mrml")
    (written,) = tmp_path.glob("out*/**/*.json")
    assert written.read_bytes() == contents
    (element,) = [one for one in parseXML((tmp_path / "out.mrml").read_bytes()).children if one.tag == "MarkupsROI"]
    assert element.attributes["locked"] == "0"


def test_aChangedRegionIsWrittenWithAllElseAsItWas(tmp_path):
    scene = opened(tmp_path / "in", contentsOf(mark()))
    region, heard = scene.GetFirstNodeByName("crop"), []
    scene.GetFirstNodeByName("d").AddObserver("ModifiedEvent", lambda *_arguments: heard.append(1))
    region.SetCenter(1, 2, 3)
    region.SetRadiusXYZ([4, 5, 6])
    turned = numpy.eye(4)
    turned[:3, :3], turned[:3, 3] = rotation((0, 0, 90)) * 2, (7, 8, 9)
    region.SetAndObserveObjectToNodeMatrix(matrixFromArray(turned))
    assert len(heard) == 3  # who draws hears of it through the display
    saveScene(scene, tmp_path / "out.mrml")
    (written,) = tmp_path.glob("out*/**/*.json")
    (said,) = json.loads(written.read_bytes())["markups"]
    assert said["center"] == [-7, -8, 9] == said["controlPoints"][0]["position"] and said["size"] == [8, 10, 12]
    assert said["later"] == {"x": [1e-3]} and said["controlPoints"][0]["label"] == "Ä-1"
    again = openScene(tmp_path / "out.mrml", runWorkers()).scene.GetFirstNodeByName("crop")
    assert again.GetCenter() == (7, 8, 9) and again.GetSize() == (8, 10, 12)
    matrix = again.GetObjectToNodeMatrix()
    assert [[matrix.GetElement(i, j) for j in range(3)] for i in range(3)] == pytest.approx(
        rotation((0, 0, 90)), abs=1e-12
    )


def test_aRegionInRASIsReadAndWrittenSo():
    region = regionOf(contentsOf(mark(coordinateSystem="RAS", center=CENTER, orientation=AXES.ravel().tolist())))
    assert region.GetCenter() == pytest.approx(CENTER)
    region.SetCenter(1, 2, 3)
    assert json.loads(region.keptFiles["crop.mrk.json"])["markups"][0]["center"] == [1, 2, 3]


def test_aRegionOfOlderVersionsIsSaidInTheScenesText(tmp_path):
    scene = opened(tmp_path / "in", contentsOf(mark()))
    old = scene.GetFirstNodeByName("old")
    assert isinstance(old, vtkMRMLAnnotationROINode)
    assert old.GetXYZ() == (1, 2, 3) and old.GetRadiusXYZ() == (4, 5, 6)
    old.SetXYZ(3, 2, 1)
    saveScene(scene, tmp_path / "out.mrb")
    again = openScene(tmp_path / "out.mrb", runWorkers()).scene.GetFirstNodeByName("old")
    assert again.GetXYZ() == (3, 2, 1) and again.keptAttributes["insideOut"] == "true"
    with pytest.raises(SceneError, match="along the axes"):
        old.SetAndObserveObjectToNodeMatrix(matrixFromArray(numpy.block([[AXES, numpy.zeros((3, 1))], [0, 0, 0, 1]])))


def test_normalsOfItsPlanesPointOutwards_orInwards():
    region = regionOf(contentsOf(mark()))
    points, normals = planesIn(region.GetPlanes)
    assert numpy.allclose(((points - CENTER) * normals).sum(axis=1), numpy.repeat(SIZE, 2) / 2)
    assert numpy.allclose(planesIn(region.GetTransformedPlanes, True)[1], -normals)
    assert numpy.allclose(planesOf(region.box())[0], points)


@pytest.mark.parametrize("contents", [
    b"", b"{", b"[" * 100_000, b"[1]", b'{"markups": 3}', b'{"markups": [3]}', contentsOf(),
    contentsOf(mark(type="Plane")),
    contentsOf(mark(size=[1, 2])), contentsOf(mark(size=[1, 2, 0])), contentsOf(mark(size=[1, 2, float("nan")])),
    contentsOf(mark(center="abc")), contentsOf(mark(orientation=[0] * 9)), contentsOf(mark(orientation=[1])),
    contentsOf(mark(center=[10**400, 0, 0])), contentsOf(mark(orientation=[1e200, 0, 0, 0, 1, 0, 0, 0, 1])),
    contentsOf(mark()) + b" " * MAX_BYTES,
])  # fmt: skip
def test_aFileThatSaysNothingUsableIsNoRegion_andIsKept(contents):
    region = regionOf(contents)
    assert region.box() is None and region.boxInWorld() is None
    assert region.GetSize() == (0, 0, 0)
    assert len(planesIn(region.GetTransformedPlanes)[0]) == 0
    assert region.keptFiles["crop.mrk.json"] is contents


def test_whatIsNotThereCannotBeChanged():
    with pytest.raises(SceneError, match="cannot be changed"):
        regionOf(b"").SetSize(1, 2, 3)
    with pytest.raises(SceneError, match="finite"):
        regionOf(contentsOf(mark())).SetSize(1, float("nan"), 3)


def test_aCopyIsOneOfTheSameClass():
    region = regionOf(contentsOf(mark()))
    copy = region.CreateNodeInstance()
    copy.CopyContent(region)
    assert type(copy) is vtkMRMLMarkupsROINode and copy.GetCenter() == pytest.approx(CENTER)


_TRANSFORMED = """
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPlanes
from vtkmodules.vtkCommonTransforms import vtkThinPlateSplineTransform, vtkTransform
region = make("vtkMRMLMarkupsROINode")
storage = make("vtkMRMLMarkupsROIJsonStorageNode")
storage.SetFileName(given["path"])
assert storage.ReadData(region)

def landmarks(points):
    found = vtkPoints()
    found.SetDataTypeToDouble()
    for point in points:
        found.InsertNextPoint(point)
    return found

for name, said in given["transforms"].items():
    node = make("vtkMRMLTransformNode")
    if len(said) == 4:
        node.SetMatrixTransformToParent(matrixOf(said))
    else:
        moving = vtkThinPlateSplineTransform()
        moving.SetBasisToR()
        moving.SetSourceLandmarks(landmarks(said[0]))
        moving.SetTargetLandmarks(landmarks(said[1]))
        node.SetAndObserveTransformToParent(moving)
    region.SetAndObserveTransformNodeID(node.GetID())
    planes = vtkPlanes()
    region.GetTransformedPlanes(planes, True)
    result[name] = [vtk_to_numpy(one).tolist() for one in (planes.GetPoints().GetData(), planes.GetNormals())]
    result[name + " matrix"] = rows(region.GetObjectToWorldMatrix())
storage.SetFileName(given["changed"])
changed = make("vtkMRMLMarkupsROINode")
assert storage.ReadData(changed)
vectors = changed.GetCenter(), changed.GetSize()
result["changed"] = [[one[n] for n in range(3)] for one in vectors] + [rows(changed.GetObjectToNodeMatrix())]
"""


def test_slicerCutsByTheSamePlanes_underTransformsToo(slicerPrograms, tmp_path):  # noqa: F811
    scene = opened(tmp_path / "in", contentsOf(mark()))
    region = scene.GetFirstNodeByName("crop")
    random = numpy.random.default_rng(0)
    sheared = numpy.eye(4)
    sheared[:3] = [[2, 0.5, 0, 10], [0, 1, 0.2, 0], [0, 0, -3, 5]]
    rigid = numpy.eye(4)
    rigid[:3, :3], rigid[:3, 3] = rotation((30, 40, 50)), (1, 2, 3)
    sources = random.random((6, 3)) * 100
    plate = PlacedThinPlate(sources, sources + random.normal(size=(6, 3)) * 5, False)
    matrices = {"rigid": rigid, "sheared": sheared}
    transforms = {name: one.tolist() for name, one in matrices.items()} | {
        "bent": [plate.sources.tolist(), plate.targets.tolist()]
    }
    changed, written = regionOf(contentsOf(mark())), tmp_path / "changed.mrk.json"
    changed.SetCenter(1.5, -2, 3)
    changed.SetSize(4, 5, 6)
    written.write_bytes(changed.keptFiles["crop.mrk.json"])
    source = tmp_path / "in/Data/crop.mrk.json"
    told = slicerPrograms.run(_TRANSFORMED, path=source, transforms=transforms, changed=written)
    center, size, matrix = told["changed"]
    assert center == pytest.approx([1.5, -2, 3]) and size == pytest.approx([4, 5, 6])
    assert numpy.array(matrix)[:3, :3] == pytest.approx(AXES)
    for name in transforms:
        node = scene.AddNewNodeByClass("vtkMRMLTransformNode")
        if name in matrices:
            node.SetMatrixTransformToParent(matrixFromArray(matrices[name]))
        else:
            node.setPartsFromParent([plate])
        region.SetNodeReferenceID("transform", node.GetID())
        for ours, slicers in zip(planesIn(region.GetTransformedPlanes, True), told[name], strict=True):
            assert numpy.abs(ours - slicers).max() < 1e-5, name  # Slicer's have single precision
        toWorld = arrayFromMatrix(region.GetObjectToWorldMatrix())
        assert toWorld == pytest.approx(numpy.array(told[f"{name} matrix"]), abs=1e-6), name
