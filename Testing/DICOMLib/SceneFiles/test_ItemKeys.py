"""Attributes of the data nodes of sequences are in the file, as 3D Slicer has them there."""

import numpy

from DICOMLib.Scene.SequenceNodes import vtkMRMLSequenceNode
from DICOMLib.Scene.VolumeNodes import vtkMRMLScalarVolumeNode
from DICOMLib.SceneFiles.MemberFiles import readMember, writeMember
from DICOMLib.SceneFiles.MemberSnapshot import dataStamp
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)

PLAIN = {"DICOM.instanceUIDs": "1.2.3 1.2.4", "of a frame": "ä: 5 %", "x": "a\nb", "name=": "C:\\n", "empty": ""}
STRANGE = {"": "no name", "a:=b": "c", " b ": "blanks", "e": " x ", "r": "a\rb", "z": "\ud800\x01"}


def sequence(attributes: list[dict[str, str]]) -> vtkMRMLSequenceNode:
    node = vtkMRMLSequenceNode()
    for number, told in enumerate(attributes):
        data = vtkMRMLScalarVolumeNode()
        data.setVoxelArray(numpy.full((2, 3, 4), number, "int16"))
        for name, value in told.items():
            data.SetAttribute(name, value)
        node.addDataNode(data, str(number))
    return node


def attributesOf(node):
    return {name: node.GetAttribute(name) for name in node.GetAttributeNames()}


def test_theyComeBackWhateverIsInThem(tmp_path):
    told = [PLAIN, {}, STRANGE]
    writeMember(sequence(told), tmp_path / "s.seq.nrrd")
    read = vtkMRMLSequenceNode()
    readMember(read, tmp_path / "s.seq.nrrd", runWorkers())
    assert [attributesOf(read.GetNthDataNode(n)) for n in range(3)] == told


def test_keysOfItemsThatThereAreNotArePassedOver(tmp_path):
    writeMember(sequence([PLAIN]), tmp_path / "s.seq.nrrd")
    content = (tmp_path / "s.seq.nrrd").read_bytes().replace(b"item 0000 x", b"item 9999 x")
    (tmp_path / "s.seq.nrrd").write_bytes(content)
    read = vtkMRMLSequenceNode()
    readMember(read, tmp_path / "s.seq.nrrd", runWorkers())
    assert attributesOf(read.GetNthDataNode(0)) == {name: value for name, value in PLAIN.items() if name != "x"}


def test_anAttributeOfADataNodeIsAChangeOfTheFile():
    node = sequence([PLAIN])
    before = dataStamp(node)
    assert dataStamp(node) == before
    node.GetNthDataNode(0).SetAttribute("x", "other")
    assert dataStamp(node) != before


def test_slicerReadsOursAndWeReadSlicers(slicerPrograms, tmp_path):  # noqa: F811
    simple = {name: value for name, value in PLAIN.items() if value and "\\" not in value}  # Slicer forgets empty ones
    writeMember(sequence([simple, {"only": "1"}]), tmp_path / "s.seq.nrrd")
    found = slicerPrograms.run(
        """
node = load("vtkMRMLSequenceNode", "vtkMRMLVolumeSequenceStorageNode", given["source"])
result["told"] = [{name: one.GetAttribute(name) for name in one.GetAttributeNames() if name != "Sequences.BaseName"}
                  for one in map(node.GetNthDataNode, range(2))]
save(node, "vtkMRMLVolumeSequenceStorageNode", given["target"])
""",
        source=tmp_path / "s.seq.nrrd", target=tmp_path / "t.seq.nrrd",
    )  # fmt: skip
    assert found["told"] == [simple, {"only": "1"}]
    read = vtkMRMLSequenceNode()
    readMember(read, tmp_path / "t.seq.nrrd", runWorkers())
    told = [attributesOf(read.GetNthDataNode(n)) for n in range(2)]
    for one in told:
        one.pop("Sequences.BaseName", None)
    assert told == [simple, {"only": "1"}]
