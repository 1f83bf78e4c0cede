import gzip
import os

import numpy
import pytest
import SimpleITK

from DICOMLib.Errors import FileError, LimitExceededError, TruncatedFileError, UnreadableFileError
from DICOMLib.Scene.Nrrd import NrrdImage, readNrrd, writeNrrd

SHEARED = numpy.array([[0.6, -0.8, 0.1, 12.3456789012345], [0.8, 0.6, -0.2, -7.1], [0, 0, 2.5, 1 / 3], [0, 0, 0, 1]])


def voxels(dtype="int16", components=()):
    return numpy.arange(2 * 3 * 4 * int(numpy.prod(components or 1))).reshape(2, 3, 4, *components).astype(dtype)


def headed(path, *lines, data=b""):
    path.write_bytes("\n".join(["NRRD0004", *lines, "", ""]).encode() + data)
    return path


MINIMAL = ("type: short", "dimension: 3", "sizes: 2 1 1", "encoding: raw", "endian: little")


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "int64", "float32", "float64"])
def test_voxelsAndGeometryComeBackExactly(tmp_path, dtype, compress):
    path = tmp_path / "a.nrrd"
    writeNrrd(NrrdImage(voxels(dtype), SHEARED, {"note": "two\nlines \\ here"}), path, compress)
    image = readNrrd(path)
    assert image.array.dtype == numpy.dtype(dtype)
    assert numpy.array_equal(image.array, voxels(dtype))
    assert numpy.array_equal(image.ijkToRAS, SHEARED)


def test_keyValuesComeBack(tmp_path):
    writeNrrd(NrrdImage(voxels(), numpy.eye(4), {"modality": "CT", "note": "two\nlines"}), tmp_path / "a.nrrd")
    assert readNrrd(tmp_path / "a.nrrd").keyValues == {"modality": "CT", "note": "two\nlines"}


@pytest.mark.parametrize("components", [2, 3, 4])
def test_componentsStayLast(tmp_path, components):
    writeNrrd(NrrdImage(voxels("uint8", (components,)), numpy.eye(4)), tmp_path / "a.nrrd")
    assert numpy.array_equal(readNrrd(tmp_path / "a.nrrd").array, voxels("uint8", (components,)))


def test_anotherProgramReadsTheSameGeometryAndVoxels(tmp_path):
    matrix = SHEARED.copy()
    matrix[:3, 2] = [0, 0, 2.5]
    writeNrrd(NrrdImage(voxels(), matrix), tmp_path / "a.nrrd")
    image = SimpleITK.ReadImage(str(tmp_path / "a.nrrd"))
    assert numpy.array_equal(SimpleITK.GetArrayFromImage(image), voxels())
    for index in ((0, 0, 0), (3, 2, 1)):
        x, y, z = image.TransformIndexToPhysicalPoint(index)  # LPS
        assert (matrix @ [*index, 1])[:3] == pytest.approx([-x, -y, z])


def test_anotherProgramsFilesAreRead(tmp_path):
    image = SimpleITK.GetImageFromArray(voxels("float32"))
    image.SetSpacing((0.5, 0.6, 0.7))
    image.SetOrigin((1, 2, 3))
    SimpleITK.WriteImage(image, str(tmp_path / "a.nrrd"), True)
    read = readNrrd(tmp_path / "a.nrrd")
    assert numpy.array_equal(read.array, voxels("float32"))
    assert read.ijkToRAS[:3] == pytest.approx(numpy.array([[-0.5, 0, 0, -1], [0, -0.6, 0, -2], [0, 0, 0.7, 3]]))


@pytest.mark.parametrize(
    ("space", "signs"),
    [("right-anterior-superior", (1, 1, 1)), ("LPS", (-1, -1, 1)), ("left-anterior-superior", (-1, 1, 1))],
)
def test_everyPatientSpaceIsTurnedIntoRAS(tmp_path, space, signs):
    lines = (*MINIMAL, f"space: {space}", "space directions: (2,0,0) (0,3,0) (0,0,4)", "space origin: (5,6,7)")
    image = readNrrd(headed(tmp_path / "a.nrrd", *lines, data=b"\1\0\2\0"))
    assert image.array.tolist() == [[[1, 2]]]
    assert numpy.diag(image.ijkToRAS)[:3] == pytest.approx(numpy.array([2, 3, 4]) * signs)
    assert image.ijkToRAS[:3, 3] == pytest.approx(numpy.array([5, 6, 7]) * signs)


def test_bigEndianAndSpacingsWithoutASpaceAreRead(tmp_path):
    lines = ("type: uint16", "dimension: 3", "sizes: 2 1 1", "encoding: raw", "endian: big", "spacings: 0.5 0.6 0.7")
    image = readNrrd(headed(tmp_path / "a.nrrd", *lines, data=b"\1\0\0\2"))
    assert image.array.tolist() == [[[256, 2]]]
    assert numpy.diag(image.ijkToRAS)[:3] == pytest.approx([0.5, 0.6, 0.7])


def test_aComponentAxisThatComesLastInTheFileIsMoved(tmp_path):
    lines = (
        "type: uchar", "dimension: 4", "sizes: 2 1 1 3", "encoding: raw", "space: RAS",
        "space directions: (1,0,0) (0,1,0) (0,0,1) none", "kinds: domain domain domain vector",
    )  # fmt: skip
    image = readNrrd(headed(tmp_path / "a.nrrd", *lines, data=bytes(range(6))))
    assert image.array.shape == (1, 1, 2, 3)
    assert image.array[0, 0].tolist() == [[0, 2, 4], [1, 3, 5]]


def test_aDetachedFileBesideTheHeaderIsRead(tmp_path):
    (tmp_path / "a.raw").write_bytes(b"\1\0\2\0")
    path = headed(tmp_path / "a.nhdr", *MINIMAL, "data file: a.raw")
    assert readNrrd(path).array.tolist() == [[[1, 2]]]


@pytest.mark.parametrize("name", ["/etc/hostname", "../secret.raw", "LIST", "slice%02d.raw 1 5 1"])
def test_aHeaderCannotPointElsewhere(tmp_path, name):
    with pytest.raises(FileError, match="beside the NRRD header"):
        readNrrd(headed(tmp_path / "a.nhdr", *MINIMAL, f"data file: {name}"))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("type: short", "dimension: 3", "encoding: raw"), "incomplete"),
        (("type: complex", *MINIMAL[1:]), "incomplete or not understood"),
        ((*MINIMAL[:2], "sizes: 2 2", *MINIMAL[3:]), "three-dimensional"),
        ((*MINIMAL[:3], "encoding: hex"), "encoding"),
        ((*MINIMAL, "space: scanner-xyz-time"), "not understood"),
        ((*MINIMAL, "space: RAS", "space directions: (0,0,0) (0,1,0) (0,0,1)"), "not understood"),
        ((*MINIMAL, "nonsense"), "neither a field nor a key"),
    ],
)
def test_whatIsNotUnderstoodIsSaid(tmp_path, lines, message):
    with pytest.raises(FileError, match=message):
        readNrrd(headed(tmp_path / "a.nrrd", *lines, data=b"\0" * 8))


@pytest.mark.parametrize("data", [b"", b"\1\0\2"])
def test_aShortFileIsAnErrorNeverZeros(tmp_path, data):
    with pytest.raises(TruncatedFileError):
        readNrrd(headed(tmp_path / "a.nrrd", *MINIMAL, data=data))


@pytest.mark.parametrize("damage", [lambda data: data[:-12], lambda data: data[:1] + b"x" + data[2:]])
def test_damagedCompressedVoxelsAreAnError(tmp_path, damage):
    data = gzip.compress(os.urandom(2000))
    lines = ("type: uint8", "dimension: 3", "sizes: 2000 1 1", "encoding: gzip")
    with pytest.raises(TruncatedFileError):
        readNrrd(headed(tmp_path / "a.nrrd", *lines, data=damage(data)))


@pytest.mark.parametrize("encoding", ["raw", "gzip"])
def test_sizesTheFileCannotHoldAllocateNothing(tmp_path, encoding):
    lines = ("type: double", "dimension: 3", "sizes: 999999999 999999999 999999999", f"encoding: {encoding}")
    with pytest.raises(TruncatedFileError, match="shorter than its header announces"):
        readNrrd(headed(tmp_path / "a.nrrd", *lines, data=b"abc"))


def test_anEndlessHeaderIsNotReadToItsEnd(tmp_path):
    path = tmp_path / "a.nrrd"
    path.write_bytes(b"NRRD0004\n" + b"# filler line to make it long\n" * 60000)
    with pytest.raises(LimitExceededError):
        readNrrd(path)


def test_whatIsNoNRRDFileIsSaid(tmp_path):
    path = tmp_path / "a.nrrd"
    path.write_bytes(b"DICM")
    with pytest.raises(FileError, match="not a NRRD file"):
        readNrrd(path)
    with pytest.raises(UnreadableFileError):
        readNrrd(tmp_path / "absent.nrrd")


def test_aFailedWriteLeavesTheOldFileAndNothingElse(tmp_path):
    path = tmp_path / "a.nrrd"
    path.write_text("old")
    with pytest.raises(FileError):
        writeNrrd(NrrdImage(numpy.zeros((1, 1, 1), dtype=complex), numpy.eye(4)), path)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.nrrd"]
    with pytest.raises(UnreadableFileError, match="cannot be written"):
        writeNrrd(NrrdImage(voxels(), numpy.eye(4)), tmp_path / "no" / "folder.nrrd")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permission bits")
def test_filesAreForTheUserAlone(tmp_path):
    writeNrrd(NrrdImage(voxels(), numpy.eye(4)), tmp_path / "a.nrrd")
    assert (tmp_path / "a.nrrd").stat().st_mode & 0o777 == 0o600
