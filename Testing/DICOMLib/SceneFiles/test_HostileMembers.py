"""Files beside a scene that somebody made to do harm: nothing else is opened or run, and each has an outcome."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy
import pytest
from vtkmodules.vtkFiltersSources import vtkSphereSource

from DICOMLib.Errors import DICOMError, FileError, LimitExceededError
from DICOMLib.Geometry.DisplacementGrid import DisplacementGrid
from DICOMLib.Scene.Matrices import matrixFromArray
from DICOMLib.Scene.Nodes import (
    vtkMRMLColorTableNode,
    vtkMRMLGridTransformNode,
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLLinearTransformNode,
    vtkMRMLModelNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
    vtkMRMLSequenceNode,
    vtkMRMLTableNode,
    vtkMRMLTextNode,
)
from DICOMLib.Scene.Storage import writeVolume
from DICOMLib.SceneFiles.MemberFiles import isAllowed, readMember, writeMember
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.Promises import Promises

MUTANTS = 200
SECONDS_FOR_EACH = 15
CANARY = b"CANARY:do-not-read-me"
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def workers():
    with WorkerPool(size=1) as pool:
        yield pool


# What each kind of file looks like when it is whole


def volume(nodeClass=vtkMRMLScalarVolumeNode, dtype="int16"):
    node = nodeClass()
    node.setVoxelArray(numpy.arange(60, dtype=dtype).reshape(3, 4, 5))
    return node


def linear() -> vtkMRMLLinearTransformNode:
    node = vtkMRMLLinearTransformNode()
    node.SetMatrixTransformToParent(
        matrixFromArray(numpy.array([[0, -1, 0, 3], [1, 0, 0, 4], [0, 0, 1, 5], [0, 0, 0, 1.0]]))
    )
    return node


def grid() -> vtkMRMLGridTransformNode:
    node = vtkMRMLGridTransformNode()
    node.setDisplacementGrid(numpy.eye(4), DisplacementGrid(numpy.ones((2, 3, 2, 3)), (0, 0, 0), (1, 1, 1)))
    return node


def sphere() -> vtkMRMLModelNode:
    source, node = vtkSphereSource(), vtkMRMLModelNode()
    source.Update()
    node.SetAndObservePolyData(source.GetOutput())
    return node


def segmentation() -> vtkMRMLSegmentationNode:
    node = vtkMRMLSegmentationNode()
    node.GetSegmentation().setLayers([numpy.zeros((3, 4, 5), numpy.uint8)], numpy.eye(4))
    for number in range(2):
        array = numpy.zeros((3, 4, 5), bool)
        array[number : number + 2] = True  # they overlap: two layers
        node.GetSegmentation().setSegmentArray(node.GetSegmentation().AddEmptySegment(name=f"s {number}"), array)
    return node


def sequence(make) -> vtkMRMLSequenceNode:
    node = vtkMRMLSequenceNode()
    for value in ("0", "1.5"):
        node.SetDataNodeAtValue(make(), value)
    return node


def table() -> vtkMRMLTableNode:
    node = vtkMRMLTableNode()
    node.AddColumn().SetName("text")
    node.AddEmptyRow()
    node.SetCellText(0, 0, "a b")
    return node


def text() -> vtkMRMLTextNode:
    node = vtkMRMLTextNode()
    node.SetForceCreateStorageNode(node.CreateStorageNodeAlways)
    node.SetText('{"a": [1, 2]}')
    return node


def colors() -> vtkMRMLColorTableNode:
    node = vtkMRMLColorTableNode()
    node.SetNumberOfColors(3)
    node.SetColor(1, "liver", 0.5, 0.25, 0)
    return node


def _writtenByVtk(writerName: str, module: str):
    def write(path: Path) -> None:
        import importlib

        writer = getattr(importlib.import_module(module), writerName)()
        writer.SetFileName(str(path))
        writer.SetInputData(sphere().GetPolyData())
        writer.Write()

    return write


SEEDS = {
    "volume.nrrd": (vtkMRMLScalarVolumeNode, lambda path: writeMember(volume(), path)),
    "labels.nrrd": (vtkMRMLLabelMapVolumeNode, lambda path: writeVolume(volume(dtype="uint8"), path, compress=False)),
    "volume.nii": (vtkMRMLScalarVolumeNode, lambda path: writeVolume(volume(), path)),
    "volume.nii.gz": (vtkMRMLScalarVolumeNode, lambda path: writeVolume(volume(), path)),
    "linear.h5": (vtkMRMLLinearTransformNode, lambda path: writeMember(linear(), path)),
    "linear.tfm": (vtkMRMLLinearTransformNode, lambda path: writeMember(linear(), path)),
    "grid.tfm": (vtkMRMLGridTransformNode, lambda path: writeMember(grid(), path)),
    "model.vtp": (vtkMRMLModelNode, lambda path: writeMember(sphere(), path)),
    "model.vtk": (vtkMRMLModelNode, _writtenByVtk("vtkPolyDataWriter", "vtkmodules.vtkIOLegacy")),
    "model.stl": (vtkMRMLModelNode, _writtenByVtk("vtkSTLWriter", "vtkmodules.vtkIOGeometry")),
    "model.obj": (vtkMRMLModelNode, _writtenByVtk("vtkOBJWriter", "vtkmodules.vtkIOGeometry")),
    "model.ply": (vtkMRMLModelNode, _writtenByVtk("vtkPLYWriter", "vtkmodules.vtkIOPLY")),
    "a.seg.nrrd": (vtkMRMLSegmentationNode, lambda path: writeMember(segmentation(), path)),
    "a.seq.nrrd": (vtkMRMLSequenceNode, lambda path: writeMember(sequence(volume), path)),
    "a.seq.mha": (vtkMRMLSequenceNode, lambda path: writeMember(sequence(linear), path)),
    "a.tsv": (vtkMRMLTableNode, lambda path: writeMember(table(), path)),
    "a.csv": (vtkMRMLTableNode, lambda path: writeMember(table(), path)),
    "a.txt": (vtkMRMLTextNode, lambda path: writeMember(text(), path)),
    "a.json": (vtkMRMLTextNode, lambda path: writeMember(text(), path)),
    "colors.csv": (vtkMRMLColorTableNode, lambda path: writeMember(colors(), path)),
    "colors.ctbl": (vtkMRMLColorTableNode, lambda path: writeMember(colors(), path)),
}


def mutated(content: bytes, generator: random.Random) -> bytes:
    """The file cut short, with bits turned, or with a piece repeated, removed or overwritten."""
    data = bytearray(content)
    for _ in range(generator.randint(1, 4)):
        if not data:
            break
        place = generator.randrange(len(data))
        kind = generator.randrange(6)
        if kind == 0:
            del data[place:]
        elif kind == 1:
            data[place] ^= 1 << generator.randrange(8)
        elif kind == 2:
            del data[place : place + generator.randint(1, 16)]
        elif kind == 3:
            data[place:place] = data[place : place + generator.randint(1, 64)]
        elif kind == 4:
            data[place : place + 4] = generator.choice([b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"9999", b"-1 "])
        else:
            data[place : place + 1] = bytes([generator.randrange(256)])
    return bytes(data)


def outcomesOf(
    name: str, tmp_path: Path, workers: WorkerPool, count: int, seed: int, promised: Promises
) -> dict[str, int]:
    """How often mutants were read and refused; anything but an error of ours goes through."""
    nodeClass, write = SEEDS[name]
    whole = tmp_path / name
    write(whole)
    readMember(nodeClass(), whole, workers)
    content, generator = whole.read_bytes(), random.Random(seed)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(count):
        whole.write_bytes(mutated(content, generator))
        with promised.within(SECONDS_FOR_EACH):
            try:
                readMember(nodeClass(), whole, workers)
                outcomes["read"] += 1
            except DICOMError as error:
                assert str(error.where).endswith(name), error
                outcomes["refused"] += 1
    return outcomes


@pytest.mark.parametrize("name", SEEDS)
def test_eachOfSomeMutantsIsReadOrRefusedByName(workers, tmp_path, name, promised):
    outcomes = outcomesOf(name, tmp_path, workers, 20, 7, promised)
    assert sum(outcomes.values()) == 20


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEDS)
def test_eachOf200MutantsIsReadOrRefusedByName(workers, tmp_path, name, promised):
    """The host lives, each of 200 damaged files of each kind has an outcome, and none takes longer than 15 s."""
    before = workers.deaths
    outcomes = outcomesOf(name, tmp_path, workers, MUTANTS, 2024, promised)
    print(f"{name}: {outcomes}, {workers.deaths - before} workers died")
    assert sum(outcomes.values()) == MUTANTS


# What refers to other files

NRRD = "NRRD0005\ntype: uint8\ndimension: 3\nsizes: 1 1 21\nencoding: raw\n"
PVTP = '<VTKFile type="PPolyData" version="0.1"><PPolyData GhostLevel="0"><Piece Source="{}"/></PPolyData></VTKFile>'
VTM = (
    '<VTKFile type="vtkMultiBlockDataSet" version="1.0"><vtkMultiBlockDataSet>'
    '<DataSet index="0" file="{}"/></vtkMultiBlockDataSet></VTKFile>'
)
VTP = '<VTKFile type="PolyData" version="0.1"><PolyData><Piece file="{0}" NumberOfPoints="1"/></PolyData></VTKFile>'
OBJ = "mtllib {0}\nusemtl m\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
MHA = (
    "ObjectType = Image\nNDims = 3\nDimSize = 1 1 1\nElementType = MET_UCHAR\nSeq_Frame0000_aTransform = "
    "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1\nSeq_Frame0000_Timestamp = 0\nElementDataFile = {}\n"
)
XXE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://{0}">]>' + VTP.replace("{0}", "&e;")
REFERRING = [
    ("a.nrrd", vtkMRMLScalarVolumeNode, NRRD + "data file: {}\n\n"),
    ("a.nrrd", vtkMRMLScalarVolumeNode, NRRD + "datafile: {}\n\n"),
    ("a.nrrd", vtkMRMLScalarVolumeNode, NRRD + "data file: LIST\n{}\n"),
    ("a.nrrd", vtkMRMLScalarVolumeNode, NRRD + "data file: {}%d 1 2 1\n\n"),
    ("a.seg.nrrd", vtkMRMLSegmentationNode, NRRD + "data file: {}\n\n"),
    ("a.seq.nrrd", vtkMRMLSequenceNode, NRRD + "data file: {}\n\n"),
    ("a.nrrd", vtkMRMLGridTransformNode, NRRD + "data file: {}\n\n"),
    ("a.seq.mha", vtkMRMLSequenceNode, MHA),
    ("a.seq.mha", vtkMRMLSequenceNode, MHA.replace("{}", "LIST\n{}")),
    ("a.seq.mha", vtkMRMLSequenceNode, MHA.replace("{}", "{}%d 1 1 1")),
    ("a.vtp", vtkMRMLModelNode, PVTP),
    ("a.vtp", vtkMRMLModelNode, VTM),
    ("a.vtp", vtkMRMLModelNode, VTP),
    ("a.vtp", vtkMRMLModelNode, XXE),
    ("a.obj", vtkMRMLModelNode, OBJ),
    ("a.ply", vtkMRMLModelNode, "ply\nformat ascii 1.0\ncomment TextureFile {}\nelement vertex 0\nend_header\n"),
]
REFERENCES = ["{path}", "../secret.raw", "file://{path}", "secret.raw", "//localhost{path}"]
# A header of this name may have its voxels in one file beside it, which is then no secret; all else is.
DETACHED = [
    ("a.nhdr", vtkMRMLScalarVolumeNode), ("a.seg.nhdr", vtkMRMLSegmentationNode), ("a.seq.nhdr", vtkMRMLSequenceNode),
    ("a.nhdr", vtkMRMLGridTransformNode),
]  # fmt: skip
ELSEWHERE = [
    "{path}", "../secret.raw", "file://{path}", "//localhost{path}", "./secret.raw", "deeper/secret.raw", "..",
    "..\\secret.raw", "C:secret.raw", "secret.raw:x.raw", "LIST", "LIST\nsecret.raw", "LIST 2\nsecret.raw",
    "secret%d.raw 1 2 1", "%03dsecret.raw 1 2 1 2", "secret.txt", "secret.raw 1 2 1", "linked-secret.raw",
    "secret-pipe.raw", "secret-folder.raw", "http://localhost/secret.raw", "secret.raw\ndata file: {path}",
]  # fmt: skip

_TRACED = """
import sys
sys.path.insert(0, sys.argv[1])
from DICOMLib.Errors import DICOMError
from DICOMLib.Scene.NodeRegistry import NodeRegistry
from DICOMLib.SceneFiles.MemberFiles import readMember
from DICOMLib.Workers.WorkerPool import WorkerPool
registry = NodeRegistry()
with WorkerPool(size=1) as workers:
    for line in sys.stdin.read().splitlines():
        className, path = line.split("|", 1)
        try:
            readMember(registry.create(className), path, workers)
        except DICOMError:
            pass
print("DONE")
"""


def referringFiles(folder: Path) -> list[tuple[str, Path]]:
    secret = folder / "secret.raw"
    secret.write_bytes(CANARY)
    found = []
    for number, (name, nodeClass, content) in enumerate(REFERRING):
        for variant, reference in enumerate(REFERENCES):
            place = folder / f"{number}_{variant}"
            place.mkdir()
            # Beside it as well: also what would be allowed to be there is not opened.
            (place / "secret.raw").write_bytes(CANARY)
            (place / name).write_text(content.replace("{0}", "{}").replace("{}", reference.format(path=secret)))
            found.append((nodeClass.__name__, place / name))
    return found + _detachedFiles(folder, secret)


def _detachedFiles(folder: Path, secret: Path) -> list[tuple[str, Path]]:
    found = []
    for number, (name, nodeClass) in enumerate(DETACHED):
        for variant, reference in enumerate(ELSEWHERE):
            place = folder / f"detached_{number}_{variant}"
            (place / "deeper").mkdir(parents=True)
            (place / "secret-folder.raw").mkdir()
            for beside in ("secret.raw", "secret1.raw", "001secret.raw", "secret.txt", "deeper/secret.raw"):
                (place / beside).write_bytes(CANARY)
            if hasattr(os, "mkfifo"):
                os.mkfifo(place / "secret-pipe.raw")
                (place / "linked-secret.raw").symlink_to(secret)
            (place / name).write_text(f"{NRRD}data file: {reference.format(path=secret)}\n\n")
            found.append((nodeClass.__name__, place / name))
    return found


@pytest.mark.skipif(sys.platform != "linux" or not Path("/usr/bin/strace").exists(), reason="strace is not installed")
def test_noFileThatAMemberRefersToIsOpened_seenByTheKernel(tmp_path):
    """168 variants of references in members: the kernel saw no attempt to open what they name."""
    files = referringFiles(tmp_path)
    log = tmp_path / "log"
    command = ["/usr/bin/strace", "-f", "-qq", "-e", "trace=open,openat,connect", "-s", "400", "-o", str(log)]
    lines = "\n".join(f"{name}|{path}" for name, path in files)
    finished = subprocess.run(
        [*command, sys.executable, "-c", _TRACED, str(REPOSITORY)],
        input=lines, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "DONE" in finished.stdout, finished.stderr[-2000:]
    seen = log.read_text(errors="replace")
    assert files[0][1].name in seen  # the log does tell what is opened
    assert "secret" not in seen
    assert "AF_INET" not in seen


def test_noFileThatAMemberRefersToIsOpened(tmp_path, workers):
    """168 variants of references in members, with an alarm on what this process opens."""
    opened: list[str] = []

    def hook(event: str, arguments: tuple) -> None:
        if event == "open" and "secret" in str(arguments[0]):
            opened.append(str(arguments[0]))

    files = referringFiles(tmp_path)
    sys.addaudithook(hook)
    for className, path in files:
        node = next(nodeClass for _, nodeClass, *_ in REFERRING + DETACHED if nodeClass.__name__ == className)()
        try:
            readMember(node, path, workers)
        except DICOMError as error:
            assert path.name in str(error)
        else:
            assert path.suffix == ".obj"  # a surface whose material is not looked for
    assert opened == []


def test_anHdfFileThatLinksToAnotherDoesNotReachIt(tmp_path, workers):
    """A link in the place of the transform's numbers: HDF5 would follow it, and finds no descriptor to open."""
    whole = tmp_path / "other.h5"
    writeMember(linear(), whole)
    program = (
        "import sys; from DICOMLib.SceneFiles.OneFile import oneFileAtATime\n"
        "with oneFileAtATime():\n"
        "    first = open(sys.argv[1], 'rb')\n"
        "    try:\n        open(sys.argv[1], 'rb')\n"
        "    except OSError as error:\n        print('refused', error.errno)\n"
        "    first.close()\n    open(sys.argv[1], 'rb').close()\n"
        "a, b = open(sys.argv[1], 'rb'), open(sys.argv[1], 'rb')\nprint('open again')\n"
    )
    command = [sys.executable, "-c", program, str(whole)]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=True)
    assert finished.stdout.split() == ["refused", "24", "open", "again"]


# Bombs, code, and what is never opened


def test_aNrrdFileThatInflatesToAGigabyteIsRefusedAtOnce(tmp_path, workers, promised):
    import gzip

    path = tmp_path / "bomb.nrrd"
    header = b"NRRD0005\ntype: uint8\ndimension: 3\nsizes: 1024 1024 1024\nencoding: gzip\n\n"
    path.write_bytes(header + gzip.compress(bytes(1 << 20)) * 1024)
    with promised.within(2), pytest.raises(LimitExceededError, match="inflates more"):
        readMember(vtkMRMLLabelMapVolumeNode(), path, workers)


def test_voxelsBesideAHeaderThatInflateToAGigabyteAreRefusedAtOnce(tmp_path, workers, promised):
    import gzip

    path = tmp_path / "bomb.nhdr"
    path.write_bytes(
        b"NRRD0005\ntype: uint8\ndimension: 3\nsizes: 1024 1024 1024\nencoding: gzip\ndata file: bomb.raw.gz\n"
    )
    (tmp_path / "bomb.raw.gz").write_bytes(gzip.compress(bytes(1 << 20)) * 1024)
    with promised.within(2), pytest.raises(LimitExceededError, match="inflates more"):
        readMember(vtkMRMLLabelMapVolumeNode(), path, workers)


@pytest.mark.parametrize(("size", "message"), [(5, "shorter"), (0, "shorter"), (None, "cannot be read")])
def test_voxelsBesideAHeaderThatAreShortOrMissingAreSaidSo(tmp_path, workers, size, message):
    path = tmp_path / "a.nhdr"
    path.write_text(NRRD + "data file: a.raw\n\n")
    if size is not None:
        (tmp_path / "a.raw").write_bytes(bytes(size))
    with pytest.raises(FileError, match=message):
        readMember(vtkMRMLScalarVolumeNode(), path, workers)


@pytest.mark.parametrize(
    "name",
    ["a.py", "a.pkl", "a.npy", "a.so", "a.dll", "a.desktop", "a.qml", "a.raw", "a.raw.gz", "a.mhd", "a.mrb",
     "a.mrml", "a.vtmb", "a.pvtp", "a.vtu", "a.mtl", "a.sh", "a.json.py", "a", ".nrrd.exe"],
)  # fmt: skip
def test_filesOfOtherKindsAreNeverOpened(tmp_path, workers, name):
    path = tmp_path / name
    path.write_text("import os; os.mkfifo")
    os.chmod(path, 0)  # to open it would be another error
    assert not isAllowed(path)
    modules = set(sys.modules)
    with pytest.raises(FileError, match="no file for a node of this kind"):
        readMember(vtkMRMLModelNode(), path, workers)
    assert set(sys.modules) == modules


def test_aFileForOneKindOfNodeIsNotReadIntoAnother(tmp_path, workers):
    writeMember(linear(), tmp_path / "a.tfm")
    with pytest.raises(FileError, match="no file for a node of this kind"):
        readMember(vtkMRMLModelNode(), tmp_path / "a.tfm", workers)
    with pytest.raises(FileError, match="holds a linear transform"):
        readMember(vtkMRMLGridTransformNode(), tmp_path / "a.tfm", workers)


# Small files that would take minutes or all memory


SERIES_NRRD = (
    b"NRRD0004\ntype: uint8\ndimension: 4\nsizes: %d 1 1 1\nkinds: list domain domain domain\nencoding: raw\n"
    b"space: left-posterior-superior\nspace directions: none (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\n"
)


def _surfaceOfZeros(size: int) -> bytes:
    """A surface of so many bytes of points, all zero and compressed a thousandfold."""
    block = 1 << 24
    packed, count = zlib.compress(bytes(block), 9), size // block
    head = struct.pack(f"<3Q{count}Q", count, block, 0, *[len(packed)] * count)
    return (
        b'<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian" header_type="UInt64" '
        b'compressor="vtkZLibDataCompressor"><PolyData><Piece NumberOfPoints="%d" NumberOfVerts="0" NumberOfLines="0" '
        b'NumberOfStrips="0" NumberOfPolys="0"><Points><DataArray type="Float32" NumberOfComponents="3" '
        b'format="appended" offset="0"/></Points></Piece></PolyData><AppendedData encoding="raw">_'
        % (size // 12)
    ) + head + packed * count + b"</AppendedData></VTKFile>"  # fmt: skip


@pytest.mark.parametrize(
    ("name", "nodeClass", "contents", "words"),
    [
        ("a.tsv", vtkMRMLTableNode, "\t".join(map(str, range(9000))).encode() + b"\n" + b"1\n" * 30000,
         "too many cells .9000 columns, 30000 rows."),
        ("a.tsv", vtkMRMLTableNode, "\t".join(map(str, range(10001))).encode() + b"\n1\n", "10001 columns, 1 rows"),
        ("a.tsv", vtkMRMLTableNode, b"a\t" * 9000 + b"\n1\n", "two columns of one name"),
        ("a.vtp", vtkMRMLModelNode, _surfaceOfZeros(560 << 20), "more than can be taken"),
        ("a.seg.nrrd", vtkMRMLSegmentationNode, SERIES_NRRD % 60000 + b"\n" + bytes(60000), "too many layers .60000"),
        ("a.seg.nrrd", vtkMRMLSegmentationNode,
         SERIES_NRRD % 1 + b"".join(b"Segment%d_ID:=a\n" % n for n in range(10001)) + b"\n\0", "10001 segments"),
    ],
    ids=["cells that are not there", "columns", "columns of one name", "inflating surface", "layers", "segments"],
)  # fmt: skip
def test_aSmallFileThatWouldBeMuchIsRefusedInASentence(tmp_path, workers, name, nodeClass, contents, words):
    path = tmp_path / name
    path.write_bytes(contents)
    assert len(contents) < 2 << 20
    with pytest.raises(FileError, match=words):
        readMember(nodeClass(), path, workers)


def test_asManySegmentsOfOneNameAsAreAcceptedAreReadInASecondOrTwo(tmp_path, workers):
    path, node = tmp_path / "a.seg.nrrd", vtkMRMLSegmentationNode()
    segments = b"".join(b"Segment%d_ID:=a\nSegment%d_Layer:=0\n" % (n, n) for n in range(10000))
    path.write_bytes(SERIES_NRRD % 1 + segments + b"\n\0")
    readMember(node, path, workers)
    assert node.GetSegmentation().GetNumberOfSegments() == 10000


def test_aTableOfAsManyColumnsAsAreAcceptedIsReadInASecondOrTwo(tmp_path, workers):
    path, node = tmp_path / "a.tsv", vtkMRMLTableNode()
    path.write_text("\t".join(map(str, range(10000))) + "\n1\n")
    readMember(node, path, workers)
    assert node.GetTable().GetNumberOfColumns() == 10000
