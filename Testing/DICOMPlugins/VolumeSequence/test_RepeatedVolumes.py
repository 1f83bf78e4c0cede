"""Which volumes make one sequence."""

from DICOMLib.Geometry.Slices import planesToAnalyse
from DICOMPlugins.VolumeSequence.RepeatedVolumes import mayRepeat, repeatedVolumes
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.VolumeSequence.TimeSeries import SLICES, timeSeries
from Testing.Fixtures import axialCT


def planes(folder):
    bench = Bench()
    (series,) = bench.importFolder(folder)
    return planesToAnalyse(bench.database.instancesForSeriesAsRecords(series))


def test_volumesOfOneSizeInOnePlaceAreASequence(tmp_path):
    (found,) = repeatedVolumes(planes(timeSeries(tmp_path, 4, TriggerTime=lambda number, _: 10 * number)))
    assert len(found.stacks) == 4 and found.leftOut == 0 and found.isAll
    assert [stack.volumeNumber for stack in found.stacks] == [1, 2, 3, 4]


def test_aVolumeThatWasNotFinishedIsLeftOut(tmp_path):
    table = planes(timeSeries(tmp_path, 4, SLICES - 1, TriggerTime=lambda number, _: 10 * number))
    (found,) = repeatedVolumes(table)
    assert len(found.stacks) == 3 and found.leftOut == 1 and not found.isAll


def test_aPlainSeriesRepeatsNothing(tmp_path):
    axialCT(slices=6).write(tmp_path)
    table = planes(tmp_path)
    assert not mayRepeat(table) and repeatedVolumes(table) == []
    assert not mayRepeat(table.take([0]))
