"""Segmentations whose source is surfaces, as .seg.vtm: with Slicer both ways, in scenes, and when hostile."""

import numpy
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData

from DICOMLib.Errors import FileError
from DICOMLib.Scene.Nodes import vtkMRMLSegmentationNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.Segmentation import vtkSegment
from DICOMLib.SceneFiles.MemberFiles import defaultFileName, readMember, storageClassName, writeMember
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.SceneFiles.SceneSummary import inspectScene
from Testing.DICOMLib.Scene.test_ClosedSurface import OBLIQUE, pointsOf, twoParts
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)

STORAGE = "vtkMRMLSegmentationStorageNode"


def ofSurfaces(node: vtkMRMLSegmentationNode | None = None) -> vtkMRMLSegmentationNode:
    node = node or vtkMRMLSegmentationNode()
    segmentation = node.GetSegmentation()
    segmentation.setLayers([numpy.zeros((12, 14, 16), numpy.uint8)], numpy.array(OBLIQUE))
    for label, name in ((1, "Leber ü"), (2, "b")):
        segmentID = segmentation.AddEmptySegment(name, f"{name} <&>", (0.25 * label, 0.5, 1))
        segmentation.GetSegment(segmentID).SetTag("Kind", "a|b:c")
        segmentation.setSegmentArray(segmentID, twoParts() == label)
    segmentation.AddEmptySegment("nothing", "nothing")
    segmentation.SetConversionParameter("Smoothing factor", "0.25")
    node.SetSourceRepresentationToClosedSurface()
    return node


def _withTags(segment: vtkSegment, tags: dict[str, str]) -> vtkSegment:
    copy = vtkSegment()
    copy.DeepCopy(segment)
    for name in copy.tags():
        copy.RemoveTag(name)
    for name, value in tags.items():
        copy.SetTag(name, value)
    return copy


def assertEqual(found, expected) -> None:
    assert found.GetSegmentation().GetSegmentIDs() == expected.GetSegmentation().GetSegmentIDs()
    assert found.GetSegmentation().GetSourceRepresentationName() == "Closed surface"
    assert found.GetSegmentation().GetConversionParameter("Smoothing factor") == "0.25"
    for segmentID in expected.GetSegmentation().GetSegmentIDs():
        ours, theirs = (node.GetSegmentation().GetSegment(segmentID) for node in (expected, found))
        assert (theirs.GetName(), theirs.GetColor(), theirs.tags()) == (ours.GetName(), ours.GetColor(), ours.tags())
        one, other = (node.GetClosedSurfaceRepresentation(segmentID) for node in (expected, found))
        assert one.GetNumberOfPoints() == other.GetNumberOfPoints()
        if one.GetNumberOfPoints():
            assert numpy.array_equal(pointsOf(one), pointsOf(other))
            assert numpy.array_equal(*(vtk_to_numpy(s.GetPolys().GetConnectivityArray()) for s in (one, other)))
            assert numpy.array_equal(*(vtk_to_numpy(s.GetPointData().GetNormals()) for s in (one, other)))


def test_surfacesComeBackAsTheyWere(tmp_path):
    node, path = ofSurfaces(), tmp_path / "a b.seg.vtm"
    assert (defaultFileName(node), storageClassName(node)) == (".seg.vtm", STORAGE)
    assert writeMember(node, path) == [path, *(tmp_path / "a b.seg" / f"a b.seg_{n}.vtp" for n in range(3))]
    read = vtkMRMLSegmentationNode()
    readMember(read, path, runWorkers())
    assertEqual(read, node)
    assert read.GetSegmentation().layers() == []
    assert read.CreateBinaryLabelmapRepresentation()


def test_slicerReadsOurs_andWeReadIts(slicerPrograms, tmp_path):  # noqa: F811
    ours, theirs, node = tmp_path / "ours.seg.vtm", tmp_path / "theirs.seg.vtm", ofSurfaces()
    writeMember(node, ours)
    found = slicerPrograms.run(
        """
node = load("vtkMRMLSegmentationNode", "vtkMRMLSegmentationStorageNode", given["ours"])
segmentation = node.GetSegmentation()
result["source"] = segmentation.GetSourceRepresentationName()
result["smoothing"] = segmentation.GetConversionParameter("Smoothing factor")
for number in range(segmentation.GetNumberOfSegments()):
    segment = segmentation.GetNthSegment(number)
    surface = segment.GetRepresentation("Closed surface")
    result[segmentation.GetNthSegmentID(number)] = {"name": segment.GetName(), "color": segment.GetColor(),
        "surface": surfaceFacts(surface) if surface.GetNumberOfPoints() else {}}
save(node, "vtkMRMLSegmentationStorageNode", given["theirs"])
""",
        ours=ours, theirs=theirs,
    )  # fmt: skip
    assert (found["source"], found["smoothing"]) == ("Closed surface", "0.25")
    for segmentID in node.GetSegmentation().GetSegmentIDs():
        segment, surface = node.GetSegmentation().GetSegment(segmentID), node.GetClosedSurfaceRepresentation(segmentID)
        assert (found[segmentID]["name"], tuple(found[segmentID]["color"])) == (segment.GetName(), segment.GetColor())
        if surface.GetNumberOfPoints():
            assert numpy.array_equal(numpy.array(found[segmentID]["surface"]["points"], "f4"), pointsOf(surface))
    assert found["nothing"]["surface"] == {}
    read = vtkMRMLSegmentationNode()
    readMember(read, theirs, runWorkers())
    node.GetSegmentation().RemoveSegment("nothing")  # Slicer writes no segment without a surface
    for number in range(2):
        segment = read.GetSegmentation().GetNthSegment(number)
        assert segment.tags().keys() == {"Kind", "b", "TerminologyEntry"}  # nor keeps a tag with a bar in it
        segment.DeepCopy(_withTags(segment, {"Kind": "a|b:c"}))
    assertEqual(read, node)


@pytest.mark.parametrize("ending", [".mrb", ".mrml"])
def test_aSceneKeepsThem(tmp_path, ending):
    scene = Scene()
    node = ofSurfaces(scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Organs"))
    path = tmp_path / f"scene{ending}"
    for _ in range(2):  # the second save takes the files of the first away
        saveScene(scene, path)
    if ending == ".mrml":
        pieces = [file.name for file in tmp_path.rglob("*.vtp")]
        assert sorted(pieces) == [f"Organs.seg_{n}.vtp" for n in range(3)]
    assert sorted(one.name.rpartition("/")[2] for one in inspectScene(path).members if one.isNamed) == [
        "Organs.seg.vtm", *(f"Organs.seg_{n}.vtp" for n in range(3))
    ]  # fmt: skip
    staged = openScene(path, runWorkers())
    assert staged.problems == []
    assertEqual(staged.scene.GetFirstNodeByName("Organs"), node)


def test_slicerOpensASceneOfOursWithThem(slicerPrograms, tmp_path):  # noqa: F811
    scene = Scene()
    ofSurfaces(scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Organs"))
    saveScene(scene, tmp_path / "scene.mrml")
    found = slicerPrograms.run(
        """
scene.SetURL(given["path"])
assert scene.Connect()
node = scene.GetFirstNodeByName("Organs")
result["points"] = [node.GetClosedSurfaceInternalRepresentation(node.GetSegmentation().GetNthSegmentID(n))
                    .GetNumberOfPoints() for n in range(3)]
""",
        path=tmp_path / "scene.mrml",
    )
    assert min(found["points"][:2]) > 100 and found["points"][2] == 0


def test_whichSurfacesAreWantedIsSavedWithLabelMaps(tmp_path):
    node, path = ofSurfaces(), tmp_path / "a.seg.nrrd"
    node.GetSegmentation().SetSourceRepresentationName("Binary labelmap")
    writeMember(node, path)
    read = vtkMRMLSegmentationNode()
    readMember(read, path, runWorkers())
    assert read.GetSegmentation().wantsClosedSurface
    assert read.GetSegmentation().GetConversionParameter("Smoothing factor") == "0.25"
    node.RemoveClosedSurfaceRepresentation()
    writeMember(node, path)
    readMember(read, path, runWorkers())
    assert not read.GetSegmentation().wantsClosedSurface


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd.vtp", "../b.vtp", "..\\b.vtp", "a.seg/../../b.vtp", "a/b/c.vtp", "file:///b.vtp", "C:/b.vtp",
     "http://example.org/b.vtp", "link/b.vtp", "a.seg/a.seg_0.vtk", "a.seg/a.vtm"],
)  # fmt: skip
def test_aListThatNamesAFileElsewhereIsRefused(tmp_path, name):
    folder = tmp_path / "in"
    folder.mkdir()
    node, path = ofSurfaces(), folder / "a.seg.vtm"
    writeMember(node, path)
    (tmp_path / "b.vtp").write_bytes((folder / "a.seg" / "a.seg_0.vtp").read_bytes())
    (folder / "link").symlink_to(tmp_path)
    path.write_text(path.read_text().replace("a.seg/a.seg_1.vtp", name))
    with pytest.raises(FileError, match="beside it|no surface"):
        readMember(vtkMRMLSegmentationNode(), path, runWorkers())


@pytest.mark.parametrize(
    "contents",
    [b"", b"<VTKFile/>", b'<VTKFile type="PolyData"><PolyData/></VTKFile>', b"\xff" * 100, b"<a" * 1000,
     b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><VTKFile><vtkMultiBlockDataSet/></VTKFile>'],
)  # fmt: skip
def test_whatIsNoListIsRefused(tmp_path, contents):
    path = tmp_path / "a.seg.vtm"
    path.write_bytes(contents)
    with pytest.raises(FileError, match="list of pieces|no list"):
        readMember(vtkMRMLSegmentationNode(), path, runWorkers())


def test_aMissingOrDamagedPieceIsRefused(tmp_path):
    path = tmp_path / "a.seg.vtm"
    writeMember(ofSurfaces(), path)
    piece = tmp_path / "a.seg" / "a.seg_1.vtp"
    piece.write_bytes(piece.read_bytes()[:500])
    with pytest.raises(FileError):
        readMember(vtkMRMLSegmentationNode(), path, runWorkers())
    piece.unlink()
    with pytest.raises(FileError, match="no such file"):
        readMember(vtkMRMLSegmentationNode(), path, runWorkers())


def test_nestedBlocksAreRead(tmp_path):
    path = tmp_path / "a.seg.vtm"
    writeMember(ofSurfaces(), path)
    text = path.read_text().replace('<DataSet index="1"', '<Block index="1"><DataSet index="0"')
    path.write_text(text.replace('a.seg_1.vtp"/>', 'a.seg_1.vtp"/></Block>'))
    read = vtkMRMLSegmentationNode()
    readMember(read, path, runWorkers())
    assertEqual(read, ofSurfaces())


def test_theNameOfTheFileFollowsTheSource(tmp_path):
    with pytest.raises(FileError, match="source"):
        writeMember(ofSurfaces(), tmp_path / "a.seg.nrrd")
    node = vtkMRMLSegmentationNode()
    node.GetSegmentation().AddEmptySegment("a")
    with pytest.raises(FileError, match="source"):
        writeMember(node, tmp_path / "a.seg.vtm")


def test_surfacesOfASceneOfSlicersAreTheirOwnMembers(slicerPrograms, tmp_path):  # noqa: F811
    slicerPrograms.run(
        """
node = segmentationOf(given["voxels"], given["place"])
node.CreateClosedSurfaceRepresentation()
node.SetSourceRepresentationToClosedSurface()
storage = make("vtkMRMLSegmentationStorageNode")
storage.SetFileName(given["folder"] + "/Organs.seg.vtm")
node.SetAndObserveStorageNodeID(storage.GetID())
assert storage.WriteData(node)
scene.SetURL(given["folder"] + "/scene.mrml")
scene.Commit()
""",
        voxels=twoParts().tolist(), place=OBLIQUE, folder=tmp_path,
    )  # fmt: skip
    staged = openScene(tmp_path / "scene.mrml", runWorkers())
    assert staged.problems == []
    node = staged.scene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
    assert isinstance(node.GetClosedSurfaceRepresentation("S1"), vtkPolyData)
    assert node.GetSegmentation().GetSegment("S2").GetName() == "part 2"
