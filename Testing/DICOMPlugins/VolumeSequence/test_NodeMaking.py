"""The nodes of a loaded sequence."""

import numpy

from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.VolumeSequence.TimeSeries import timeSeries


def test_itemsShareTheMemoryOfOneArray_andKnowTheirInstances(tmp_path):
    bench = Bench()
    bench.load(timeSeries(tmp_path, 5, TriggerTime=lambda number, _: 40 * number))
    sequence = bench.scene.GetFirstNodeByClass("vtkMRMLSequenceNode")
    items = [sequence.GetNthDataNode(number) for number in range(5)]
    assert [int(item.voxelArray().min()) for item in items] == [0, 100, 200, 300, 400]
    ends = [numpy.lib.array_utils.byte_bounds(item.voxelArray()) for item in items]
    assert all(end == start for (_, end), (start, _) in zip(ends, ends[1:], strict=False))
    uids = [item.GetAttribute("DICOM.instanceUIDs") for item in items]
    assert uids[1] == "2.25.2000 2.25.2001 2.25.2002" and len(set(uids)) == 5
    shown = bench.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    assert numpy.shares_memory(shown.voxelArray(), items[0].voxelArray())
    assert all((item.ijkToRASArray() == shown.ijkToRASArray()).all() for item in items)
    assert items[3].GetVoxelValueUnits() == shown.GetVoxelValueUnits() != ""
