"""What the values of a voxel are: as 3D Slicer writes and reads it, colours as colours and vectors in RAS."""

import numpy
import pytest

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Nrrd import readNrrd
from DICOMLib.Scene.Storage import readVolume, writeVolume
from DICOMLib.Scene.VectorTypes import COLOR_RGB, COLOR_RGBA, NAMES, SPATIAL, SPATIAL_COVARIANT, UNDEFINED
from DICOMLib.Scene.VolumeNodes import vtkMRMLVectorVolumeNode
from DICOMLib.SceneFiles.MemberFiles import readMember, writeMember
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)

CASES = [
    (name, components, vectorType)
    for name in ("uint8", "uint16", "int16", "float32", "float64")
    for components, vectorType in (
        (2, UNDEFINED), (3, UNDEFINED), (4, UNDEFINED), (3, SPATIAL), (3, COLOR_RGB), (4, COLOR_RGBA),
        (3, SPATIAL_COVARIANT), (4, SPATIAL), (3, COLOR_RGBA),
    )
]  # fmt: skip


def values(name: str, components: int) -> numpy.ndarray:
    return numpy.arange(1, 24 * components + 1).reshape(2, 3, 4, components).astype(name)


def volume(name: str, components: int, vectorType: int) -> vtkMRMLVectorVolumeNode:
    node = vtkMRMLVectorVolumeNode()
    node.setVoxelArray(values(name, components))
    node.SetVoxelVectorType(vectorType)
    return node


def read(path):
    node = vtkMRMLVectorVolumeNode()
    readMember(node, path, runWorkers())
    return node


def meant(name: str, components: int, vectorType: int) -> int:
    """What a file can tell: bytes are colours, and a type that does not fit the number of values is none."""
    if (vectorType == UNDEFINED or (components, vectorType) == (4, SPATIAL)) and name == "uint8":
        return {3: COLOR_RGB, 4: COLOR_RGBA}.get(components, UNDEFINED)
    if (components, vectorType) in ((4, SPATIAL), (3, COLOR_RGBA)):
        return UNDEFINED
    return vectorType


@pytest.mark.parametrize(("name", "components", "vectorType"), CASES)
def test_valuesAndTheirTypeComeBack(tmp_path, name, components, vectorType):
    writeVolume(volume(name, components, vectorType), tmp_path / "v.nrrd")
    node = readVolume(tmp_path / "v.nrrd")
    assert numpy.array_equal(node.voxelArray(), values(name, components))
    assert node.voxelArray().dtype == name and node.GetVoxelVectorType() == meant(name, components, vectorType)


def test_vectorsOfOneValueComeBackAsVectors(tmp_path):
    """3D Slicer cannot read them, neither its own."""
    writeMember(volume("int16", 1, UNDEFINED), tmp_path / "v.nrrd")
    node = read(tmp_path / "v.nrrd")
    assert node.voxelArray().shape == (2, 3, 4, 1) and node.GetImageData().GetNumberOfScalarComponents() == 1
    writeMember(sequenceOf(node), tmp_path / "v.seq.nrrd")
    node.voxelArray()[0, 0, 0, 0] = 77
    assert node.GetImageData().GetScalarComponentAsDouble(0, 0, 0, 0) == 77


def test_vectorsInSpaceAreWrittenInLPSWithAFrameAndColoursAndNumbersAsTheyAre(tmp_path):
    for vectorType, kind, sign in ((SPATIAL, "vector", -1), (SPATIAL_COVARIANT, "covariant-vector", -1),
                                   (COLOR_RGB, "rgb-color", 1), (UNDEFINED, "vector", 1)):  # fmt: skip
        node = volume("float32", 3, vectorType)
        writeVolume(node, tmp_path / "v.nrrd")
        image = readNrrd(tmp_path / "v.nrrd")
        assert image.kind == kind and (image.measurementFrame is not None) == (sign < 0)
        assert numpy.array_equal(image.array, values("float32", 3) * [sign, sign, 1])
        assert numpy.array_equal(node.voxelArray(), values("float32", 3))


def test_aTypeThatThereIsNotIsRefused():
    node = vtkMRMLVectorVolumeNode()
    with pytest.raises(SceneError):
        node.SetVoxelVectorType(5)
    assert [node.GetVoxelVectorTypeAsString(n) for n in range(-1, 6)] == ["", *NAMES, ""]
    assert node.GetVoxelVectorTypeFromString("colorRGB") == COLOR_RGB and node.GetVoxelVectorTypeFromString("x") == -1


def test_aCopyIsOfTheSameType():
    copy = vtkMRMLVectorVolumeNode()
    copy.CopyContent(volume("float32", 3, SPATIAL))
    assert copy.GetVoxelVectorType() == SPATIAL


_SLICER = """
for number, (name, count, kind) in enumerate(given["cases"]):
    folder, number = given["folder"], str(number)
    for ending, storage in ((".nrrd", "vtkMRMLVolumeArchetypeStorageNode"),
                            (".seq.nrrd", "vtkMRMLVolumeSequenceStorageNode")):
        if not given["isWriting"]:
            if ending == ".seq.nrrd":
                node = load("vtkMRMLSequenceNode", storage, folder + "/" + number + ending).GetNthDataNode(1)
            else:
                node = load("vtkMRMLVectorVolumeNode", storage, folder + "/" + number + ending)
            values = vtk_to_numpy(node.GetImageData().GetPointData().GetScalars())
            result[number + ending] = [str(values.dtype), node.GetVoxelVectorType(), values.tolist()]
            continue
        image = vtkImageData()
        image.SetDimensions(4, 3, 2)
        array = numpy.arange(1, 24 * count + 1).reshape(24, count).astype(name)
        image.GetPointData().SetScalars(numpy_to_vtk(array, deep=True))
        node = make("vtkMRMLVectorVolumeNode")
        node.SetAndObserveImageData(image)
        node.SetVoxelVectorType(kind)
        if ending == ".seq.nrrd":
            sequence = make("vtkMRMLSequenceNode")
            sequence.SetDataNodeAtValue(node, "0")
            sequence.SetDataNodeAtValue(node, "1")
            node = sequence
        save(node, storage, folder + "/" + number + ending)
"""


def sequenceOf(node):
    from DICOMLib.Scene.SequenceNodes import vtkMRMLSequenceNode

    sequence = vtkMRMLSequenceNode()
    for value in "01":
        sequence.SetDataNodeAtValue(node, value)
    return sequence


def test_slicerReadsWhatWeWrite(slicerPrograms, tmp_path):  # noqa: F811
    """Alone and in sequences; of colours in sequences Slicer reads bytes only, so others are numbers there, as are
    bytes that nobody calls colours."""
    for number, case in enumerate(CASES):
        writeMember(volume(*case), tmp_path / f"{number}.nrrd")
        writeMember(sequenceOf(volume(*case)), tmp_path / f"{number}.seq.nrrd")
    found = slicerPrograms.run(_SLICER, folder=tmp_path, cases=CASES, isWriting=False)
    for number, (name, components, vectorType) in enumerate(CASES):
        expected = meant(name, components, vectorType)
        told = values(name, components).reshape(24, -1).tolist()
        assert found[f"{number}.nrrd"] == [name, expected, told]
        isLost = expected in (COLOR_RGB, COLOR_RGBA) and (name != "uint8" or vectorType in (UNDEFINED, SPATIAL))
        assert found[f"{number}.seq.nrrd"] == [name, UNDEFINED if isLost else expected, told]


def test_weReadWhatSlicerWrites(slicerPrograms, tmp_path):  # noqa: F811
    from DICOMLib.Scene.SequenceNodes import vtkMRMLSequenceNode

    cases = [case for case in CASES if case[0] != "int16"]  # of which Slicer writes numbers only
    slicerPrograms.run(_SLICER, folder=tmp_path, cases=cases, isWriting=True)
    for number, (name, components, vectorType) in enumerate(cases):
        sequence = vtkMRMLSequenceNode()
        readMember(sequence, tmp_path / f"{number}.seq.nrrd", runWorkers())
        alone, one = read(tmp_path / f"{number}.nrrd"), sequence.GetNthDataNode(1)
        for node in (alone, one):
            assert numpy.array_equal(node.voxelArray(), values(name, components)), (name, components, vectorType)
            assert node.voxelArray().dtype == name
        expected = meant(name, components, vectorType)
        assert alone.GetVoxelVectorType() == expected
        isTold = vectorType != UNDEFINED and (components, vectorType) != (4, SPATIAL)
        assert one.GetVoxelVectorType() == (expected if isTold else UNDEFINED)
