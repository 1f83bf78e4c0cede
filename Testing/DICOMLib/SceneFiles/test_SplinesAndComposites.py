"""B-splines and composites in files: the same points as SimpleITK and Slicer's own classes, both ways."""

import math
from dataclasses import replace

import numpy
import pytest
import SimpleITK

from DICOMLib.Errors import FileError
from DICOMLib.Scene.Nodes import vtkMRMLBSplineTransformNode, vtkMRMLLinearTransformNode, vtkMRMLTransformNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.MemberFiles import readMember, writeMember
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.SceneFiles.TransformTask import _toldOf
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)

# RAS, within the grids.
POINTS = [[1.0, 2, 3], [20, -10, 5], [-15, 0, 3], [0.5, 12.25, -17]]
WITHIN = 1e-6


def spline(seed: int = 0) -> SimpleITK.BSplineTransform:
    transform = SimpleITK.BSplineTransform(3, 3)
    transform.SetTransformDomainOrigin((-45, -48, -50))
    transform.SetTransformDomainPhysicalDimensions((90, 95, 100))
    transform.SetTransformDomainMeshSize((4, 5, 6))
    cosine, sine = math.cos(0.2), math.sin(0.2)
    transform.SetTransformDomainDirection((cosine, -sine, 0, sine, cosine, 0, 0, 0, 1))
    random = numpy.random.default_rng(seed)
    transform.SetParameters((2 * random.normal(size=len(transform.GetParameters()))).tolist())
    return transform


def affine() -> SimpleITK.AffineTransform:
    transform = SimpleITK.AffineTransform(3)
    transform.SetMatrix((1.1, 0.1, 0, 0, 1, 0.2, 0, 0, 0.9))
    transform.SetTranslation((5, 6, 7))
    transform.SetCenter((1, 2, 3))
    return transform


def field() -> SimpleITK.DisplacementFieldTransform:
    """Which grows evenly: there ITK, linear between the points, and splines through them are the same."""
    random = numpy.random.default_rng(1)
    places = numpy.stack(numpy.meshgrid(*map(numpy.arange, (14, 13, 12)), indexing="ij"), axis=-1)
    values = places @ (0.1 * random.normal(size=(3, 3))) + random.normal(size=3)
    image = SimpleITK.GetImageFromArray(values, isVector=True)
    image.SetSpacing((10, 11, 12))
    image.SetOrigin((-60, -70, -80))
    return SimpleITK.DisplacementFieldTransform(image)


def composite(*parts) -> SimpleITK.CompositeTransform:
    return SimpleITK.CompositeTransform(list(parts))


def movedByITK(transform: SimpleITK.Transform) -> list[list[float]]:
    """From the parent, RAS."""
    moved = [transform.TransformPoint((-x, -y, z)) for x, y, z in POINTS]
    return [[-x, -y, z] for x, y, z in moved]


def moved(node: vtkMRMLTransformNode) -> list:
    return [node.GetTransformFromParent().TransformPoint(point) for point in POINTS]


def read(path, nodeClass=vtkMRMLTransformNode) -> vtkMRMLTransformNode:
    node = nodeClass()
    readMember(node, path, runWorkers())
    return node


CASES = {
    "spline": lambda: spline(),
    "linear and spline": lambda: composite(affine(), spline()),
    "spline and linear": lambda: composite(spline(), affine()),
    "linear, grid and spline": lambda: composite(affine(), field(), spline(3)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("suffix", [".h5", ".tfm"])
def test_filesOfITKMovePointsAsITKDoes(tmp_path, case, suffix):
    transform, path = CASES[case](), tmp_path / f"a{suffix}"
    SimpleITK.WriteTransform(transform, str(path))
    node = read(path)
    assert numpy.allclose(moved(node), movedByITK(transform), atol=WITHIN)
    back = [node.GetTransformToParent().TransformPoint(point) for point in moved(node)]
    assert numpy.allclose(back, POINTS, atol=0.1)  # VTK searches for it

    writeMember(node, tmp_path / "b.tfm")
    assert numpy.allclose(moved(read(tmp_path / "b.tfm")), moved(node), atol=1e-9)
    if suffix == ".h5":
        assert numpy.allclose(movedByITK(SimpleITK.ReadTransform(str(tmp_path / "b.tfm"))), moved(node), atol=WITHIN)


@pytest.mark.parametrize("case", CASES)
def test_slicerMovesPointsAsThisProgramDoes_bothWays(slicerPrograms, tmp_path, case):  # noqa: F811
    SimpleITK.WriteTransform(CASES[case](), str(tmp_path / "itk.h5"))
    node = read(tmp_path / "itk.h5")
    writeMember(node, tmp_path / "ours.tfm")
    found = slicerPrograms.run(
        """
for name, target in (("itk.h5", "theirs.h5"), ("ours.tfm", "theirs.tfm")):
    node = load("vtkMRMLTransformNode", "vtkMRMLTransformStorageNode", given["folder"] + "/" + name)
    result[name] = [node.GetTransformFromParent().TransformPoint(point) for point in given["points"]]
    save(node, "vtkMRMLTransformStorageNode", given["folder"] + "/" + target)
""",
        folder=tmp_path, points=POINTS,
    )  # fmt: skip
    isGrid = "grid" in case  # Slicer interpolates grids by cubic splines
    for name in ("itk.h5", "ours.tfm"):
        assert numpy.allclose(found[name], moved(node), atol=1.5 if isGrid else WITHIN)
    for name in ("theirs.h5", "theirs.tfm"):
        assert numpy.allclose(moved(read(tmp_path / name)), moved(node), atol=WITHIN)


def test_aSplineToTheParentComesBackAsOne_andSlicerReadsIt(slicerPrograms, tmp_path):  # noqa: F811
    """The file marks that the splines are not from the parent; their inverse is in none."""
    SimpleITK.WriteTransform(spline(), str(tmp_path / "a.h5"))
    node = read(tmp_path / "a.h5", vtkMRMLBSplineTransformNode)
    fromParent = moved(node)
    node.setPartsFromParent([replace(node.partsFromParent()[0], isFromParent=False)])
    assert numpy.allclose([node.GetTransformToParent().TransformPoint(one) for one in POINTS], fromParent, atol=WITHIN)
    writeMember(node, tmp_path / "b.tfm")
    again = read(tmp_path / "b.tfm", vtkMRMLBSplineTransformNode)
    assert numpy.allclose([again.GetTransformToParent().TransformPoint(one) for one in POINTS], fromParent, atol=WITHIN)
    found = slicerPrograms.run(
        """
node = load("vtkMRMLTransformNode", "vtkMRMLTransformStorageNode", given["folder"] + "/b.tfm")
result["to"] = [node.GetTransformToParent().TransformPoint(point) for point in given["points"]]
""",
        folder=tmp_path, points=POINTS,
    )  # fmt: skip
    assert numpy.allclose(found["to"], fromParent, atol=WITHIN)


@pytest.mark.parametrize("ending", [".mrb", ".mrml"])
def test_aSceneKeepsThem_andTheyMoveWhatIsBelowThem(tmp_path, ending):
    SimpleITK.WriteTransform(composite(affine(), spline()), str(tmp_path / "a.h5"))
    SimpleITK.WriteTransform(spline(), str(tmp_path / "b.h5"))
    scene = Scene()
    for name, className in (("a", "vtkMRMLTransformNode"), ("b", "vtkMRMLBSplineTransformNode")):
        readMember(scene.AddNewNodeByClass(className, name), tmp_path / f"{name}.h5", runWorkers())
    scene.GetFirstNodeByName("a").SetAndObserveTransformNodeID(scene.GetFirstNodeByName("b").GetID())
    saveScene(scene, tmp_path / f"scene{ending}")
    staged = openScene(tmp_path / f"scene{ending}", runWorkers())
    assert staged.problems == []
    before, after = (one.GetFirstNodeByName("a").GetTransformFromWorld() for one in (scene, staged.scene))
    for point in POINTS:
        assert numpy.allclose(before.TransformPoint(point), after.TransformPoint(point), atol=1e-9)
    copy = vtkMRMLBSplineTransformNode()
    copy.CopyContent(staged.scene.GetFirstNodeByName("b"))
    assert numpy.allclose(moved(copy), movedByITK(spline()), atol=WITHIN)


def test_linearPartsAloneAreOneLinearTransform(tmp_path):
    SimpleITK.WriteTransform(composite(affine(), affine()), str(tmp_path / "a.h5"))
    node = read(tmp_path / "a.h5", vtkMRMLLinearTransformNode)
    assert node.IsLinear()
    assert numpy.allclose(moved(node), movedByITK(composite(affine(), affine())), atol=1e-9)


def test_aLinearNodeTakesNothingElse(tmp_path):
    SimpleITK.WriteTransform(spline(), str(tmp_path / "a.h5"))
    with pytest.raises(FileError, match="another kind of transform"):
        read(tmp_path / "a.h5", vtkMRMLLinearTransformNode)


@pytest.mark.parametrize(
    "change",
    [lambda text: text.replace("FixedParameters: 7 8 9", "FixedParameters: 7 8 1e300"),
     lambda text: text.replace("FixedParameters: 7 8 9", "FixedParameters: 700000 800000 900000"),
     lambda text: text.replace("FixedParameters: 7 8 9", "FixedParameters: 3 3 168"),
     lambda text: text.replace("FixedParameters: 7 8 9", "FixedParameters: -7 -8 9"),
     lambda text: text.replace("Parameters: ", "Parameters: 1 ", 1)],
)  # fmt: skip
def test_damagedSplinesAreRefused(tmp_path, change):
    path = tmp_path / "a.tfm"
    SimpleITK.WriteTransform(spline(), str(path))
    text = path.read_text()
    assert change(text) != text
    path.write_text(change(text))
    with pytest.raises(FileError, match="damaged|not finite"):
        read(path)


def test_whatIsNoHDF5IsRefusedInASentence(tmp_path):
    (tmp_path / "a.h5").write_bytes(bytes(range(256)))
    with pytest.raises(FileError) as caught:
        read(tmp_path / "a.h5")
    assert str(caught.value).endswith("this is not a transform file of ITK, which is HDF5 where its name ends in .h5.")


def test_moreTransformsThanMakeSenseAreRefused(tmp_path):
    lines = ["#Insight Transform File V1.0", "Transform: CompositeTransform_double_3_3"]
    one = ["Transform: AffineTransform_double_3_3", "Parameters: 1 0 0 0 1 0 0 0 1 0 0 0", "FixedParameters: 0 0 0"]
    (tmp_path / "a.tfm").write_text("\n".join(lines + one * 1000))
    with pytest.raises(FileError, match="one transform"):
        read(tmp_path / "a.tfm")


_COMPOSITE = """
import slicer_core
from vtkmodules.vtkCommonTransforms import vtkGeneralTransform, vtkTransform
random = numpy.random.default_rng(1)

def grid(isInverse):
    image = vtkImageData()
    image.SetDimensions(4, 3, 5)
    image.SetSpacing(30, 40, 25)
    image.SetOrigin(-45, -40, -50)
    image.GetPointData().SetScalars(numpy_to_vtk(numpy.tile(random.normal(size=3), (60, 1)), deep=True))
    made = slicer_core.vtkOrientedGridTransform()
    made.SetDisplacementGridData(image)
    if isInverse:
        made.Inverse()
    return made

shift = vtkTransform()
shift.Translate(1, 2, 3)
shift.RotateX(20)
whole = vtkGeneralTransform()
for isInverse in given["inverse"]:
    whole.Concatenate(grid(isInverse))
    whole.Concatenate(shift)
node = make("vtkMRMLTransformNode")
node.SetAndObserveTransformFromParent(whole)
save(node, "vtkMRMLTransformStorageNode", given["path"])
result["moved"] = [node.GetTransformFromParent().TransformPoint(point) for point in given["points"]]
"""


@pytest.mark.parametrize("inverse", [[True, False], [False, True, False], [True, True]])
@pytest.mark.parametrize("suffix", [".h5", ".tfm"])
def test_partsToTheParentAreReadAsSuch(slicerPrograms, tmp_path, suffix, inverse):  # noqa: F811
    """Of even displacements, so that ways of interpolation do not matter."""
    path, points = tmp_path / f"a{suffix}", [[1.0, 2, 3], [-10, 5, 8]]
    told = slicerPrograms.run(_COMPOSITE, path=path, inverse=inverse, points=points)
    node = read(path)
    grids = [part for part in node.partsFromParent() if hasattr(part, "grid")]
    assert [not part.isFromParent for part in grids] == inverse
    there = [node.GetTransformFromParent().TransformPoint(one) for one in points]
    assert numpy.allclose(there, told["moved"], atol=1e-5)


def test_namesThatAreNotThoseOfThePartsTellNothing():
    field, whole = (True, "DisplacementFieldTransform"), (False, "CompositeTransform")
    affine = (False, "AffineTransform")
    assert _toldOf([whole, affine, field], ["AffineTransform", "DisplacementFieldTransform"], "a") == [affine, field]
    for names in ([field, affine], [affine], [whole, affine, field], [affine, field, field]):
        with pytest.raises(FileError, match="does not tell which"):
            _toldOf([whole, *names], ["AffineTransform", "DisplacementFieldTransform"], "a")
