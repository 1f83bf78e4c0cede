"""What is worked out once for many stacks is what would be worked out for each."""

from dataclasses import replace

import numpy
import pytest

from DICOMLib.Geometry import RepeatedStacks
from DICOMLib.Geometry.FrameTable import FrameTable
from DICOMLib.Geometry.Grouping import Part
from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Geometry.RepeatedStacks import KEYWORDS, analyzeParts, sliceKinds
from DICOMLib.Geometry.Slices import SliceStack, analyzePart, planesToAnalyse
from DICOMLib.Instance import Instance
from DICOMLib.TagPaths import normalizedPath
from DICOMLib.Tags import tagText
from Testing.DICOMLib.Geometry.MemorySlices import memoryStack

PLACES = (0.0, 2.0, 4.0, 6.0, 8.0)


def volumes(count, changes=None):
    """Slices of so many volumes at the same places, in order; ``changes`` has values for the slices of some."""
    found = []
    for volume in range(count):
        for k, one in enumerate(memoryStack(PLACES)):
            number = str(volume * len(PLACES) + k + 1)
            values = {**one.values, tagText("InstanceNumber"): number, **(changes or {}).get(volume, {})}
            found.append(replace(one, path=b"%d-%d" % (volume, k), values=values))
    return found


def parts(count):
    size = len(PLACES)
    return [Part(numpy.arange(n * size, (n + 1) * size), (f"volume {n}",), n + 1, count) for n in range(count)]


def told(stack: SliceStack):
    """All there is, as a text: unknown positions are not equal to each other as numbers."""
    planes = stack.planes
    places = planes.rows.tolist(), planes.positions.tolist(), [one.path for one in stack.instances]
    numbers = stack.volumeNumber, stack.volumeCount, stack.localizer
    return repr((stack.ijkToLPS.tolist(), stack.findings, stack.reasons, *numbers, *places))


CHANGES = {
    "nothing": {},
    "a position": {3: {tagText("ImagePositionPatient"): "0\\0\\0"}},
    "an orientation": {3: {tagText("ImageOrientationPatient"): "1\\0\\0\\0\\0\\1"}},
    "the pixel spacing": {3: {tagText("PixelSpacing"): "2\\2"}},
    "no position": {3: {tagText("ImagePositionPatient"): ""}},
    "the size": {3: {tagText("Rows"): "12"}},
    "the order": {3: {tagText("InstanceNumber"): "1", tagText("ImagePositionPatient"): "0\\0\\0"}},
    "mosaics": {3: {tagText("ImageType"): "ORIGINAL\\PRIMARY\\M\\MOSAIC"}},
    "the stated distance": {3: {tagText("SpacingBetweenSlices"): "7"}},
    "the series": {3: {tagText("SeriesInstanceUID"): "1.2.3"}},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_stacksOfManyPartsAreThoseOfEachPartByItself(changes):
    planes = planesToAnalyse(volumes(6, changes))
    expected = [told(analyzePart(planes, part)) for part in parts(6)]
    assert [told(stack) for stack in analyzeParts(planes, parts(6))] == expected


def test_onlyWhatDiffersIsAnalysedAgain(monkeypatch):
    analysed = []
    monkeypatch.setattr(RepeatedStacks, "analyzePart", lambda *what: analysed.append(what[1]) or analyzePart(*what))
    planes = planesToAnalyse(volumes(6, CHANGES["the pixel spacing"]))
    analyzeParts(planes, parts(6))
    assert [part.volumeNumber for part in analysed] == [1, 4]


def test_slicesInAnotherOrderAreNotTakenForTheSame():
    planes = planesToAnalyse(volumes(4))
    mixed = [Part(part.indices[::-1] if number == 2 else part.indices) for number, part in enumerate(parts(4))]
    assert [told(one) for one in analyzeParts(planes, mixed)] == [told(analyzePart(planes, one)) for one in mixed]


def test_filesThatAreCutShortAreCountedForEachStack():
    records = volumes(5)
    records[7] = replace(records[7], truncated="pixel data short")
    planes = planesToAnalyse(records)
    stacks = analyzeParts(planes, parts(5))
    assert [stack.isWrong for stack in stacks] == [False, True, False, False, False]


def test_nothingOfAStackIsSharedThatSomebodyMayChange():
    planes = planesToAnalyse(volumes(5))
    stacks = analyzeParts(planes, parts(5))
    stacks[0].findings.append("seen")
    stacks[0].ijkToLPS[0, 0] = 99
    assert "seen" not in stacks[1].findings and stacks[1].ijkToLPS[0, 0] != 99


def test_everyHeaderValueThatTheAnalysisLooksAtIsCompared(monkeypatch):
    """A check that is added and looks at another tag has to name it here."""
    looked = set()
    for owner, name in ((FrameTable, "texts"), (FrameTable, "codes"), (FrameTable, "numbers"), (Planes, "value")):
        original = getattr(owner, name)

        def spied(one, keyword, *rest, _original=original):
            looked.add(normalizedPath(keyword))
            return _original(one, keyword, *rest)

        monkeypatch.setattr(owner, name, spied)
    original = Instance.value

    def spiedValue(one, tag, *rest):
        looked.add(normalizedPath(tag))
        return original(one, tag, *rest)

    for changes in CHANGES.values():
        planes = planesToAnalyse(volumes(6, changes))
        with monkeypatch.context() as patch:
            patch.setattr(Instance, "value", spiedValue)
            looked.clear()
            for part in parts(6):
                analyzePart(planes, part)
            allowed = {normalizedPath(keyword) for keyword in KEYWORDS}
            allowed |= {tagText(name) for name in ("InstanceNumber", "Modality", "FrameIncrementPointer")}
            assert looked <= allowed | {tagText("NumberOfFrames")}, changes


def test_kindsOfSlicesAreNumbersThatAreEqualForEqualOnes():
    kinds = sliceKinds(planesToAnalyse(volumes(3, {2: {tagText("SliceThickness"): "9"}})))
    assert kinds.reshape(3, -1).tolist() == [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
