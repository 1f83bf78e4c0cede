"""By what the volumes of a series are told apart."""

from types import SimpleNamespace

import pytest

from DICOMPlugins.VolumeSequence.SequenceIndex import sequenceIndex


def stacks(**values):
    """One a volume. :param values: keyword → the texts of each volume's slices"""
    count = len(next(iter(values.values())))

    def of(number: int):
        return SimpleNamespace(
            distinct=lambda keyword: list(dict.fromkeys(values.get(keyword, [[""]] * count)[number]))
        )

    return [SimpleNamespace(planes=of(number)) for number in range(count)]


def found(**values):
    index = sequenceIndex(stacks(**values))
    return index.name, index.unit, index.values, index.source


def test_theTriggerTimeComesFirst_andHasItsUnit():
    assert found(TriggerTime=[["0", "12"], ["40.5"], ["80"]], EchoTime=[["1"], ["2"], ["3"]]) == (
        "trigger time", "ms", ["0", "40.5", "80"], "TriggerTime"
    )  # fmt: skip


def test_whatDoesNotGrowIsNotTheIndex():
    values = {"TriggerTime": [["0"], ["40"], ["40"]], "EchoTime": [["9"], ["5"], ["7"]]}
    assert found(**values, TemporalPositionIdentifier=[["1"], ["2"], ["3"]])[::3] == (
        "time point", "TemporalPositionIdentifier"
    )  # fmt: skip
    assert found(**values, TemporalPositionIdentifier=[["1"], ["x"], ["3"]]) == ("volume", "", ["1", "2", "3"], "")


def test_valuesThatASequenceTakesForOneAreNoIndex():
    assert found(EchoTime=[["1"], ["1.0005"], ["1.001"]])[0] == "volume"
    assert found(EchoTime=[["1"], ["1.01"], ["1.02"]])[0] == "echo time"


@pytest.mark.parametrize("keyword", ["AcquisitionTime", "ContentTime"])
def test_clocksAreSecondsSinceTheFirst_overMidnight(keyword):
    times = [["235958.5", "235959"], ["235959.25"], ["000000.75"]]
    assert found(**{keyword: times}) == ("time", "s", ["0", "0.75", "2.25"], keyword)
