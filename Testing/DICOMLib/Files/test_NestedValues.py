"""Values inside sequences: those that are wanted, exactly as they are in the file, or a word on why not."""

import random
import struct

import pytest
from pydicom.dataset import Dataset

from DICOMLib.Errors import FileError, LimitExceededError
from DICOMLib.Files import FunctionalGroups
from DICOMLib.Files.HeaderScanner import scanBytes, scanFile
from DICOMLib.Files.WantedValues import wantedValues
from DICOMLib.FrameColumns import valueAt
from DICOMLib.TagPaths import parsedPath
from Testing.Fixtures.BrokenFiles import identification, part10, shortElement
from Testing.Fixtures.Encoding import encodeDataset
from Testing.Fixtures.EnhancedObjects import enhancedFile, enhancedMR, item, textInPydicom

SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")
CSA = '(0029,"SIEMENS CSA HEADER",10)'
PHILIPS_B = '(2005,"Philips MR Imaging DD 005",0F)[0].(2001,"Philips Imaging DD 001",03)'


def withSequences() -> Dataset:
    dataset = item(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID="2.25.1", StudyInstanceUID="2.25.2",
        SeriesInstanceUID="2.25.3", SpecificCharacterSet="ISO_IR 100",
    )  # fmt: skip
    dataset.ReferencedSeriesSequence = [
        item(SeriesInstanceUID="2.25.71", Modality="CT"), item(Modality="MR"), item(SeriesInstanceUID="2.25.73"),
    ]  # fmt: skip
    code = item(CodeValue="T-1", CodeMeaning="Größe")
    dataset.ConceptNameCodeSequence = [code]
    other = item(SpecificCharacterSet="ISO_IR 192", CodeMeaning="Größe")
    dataset.AnatomicRegionSequence = [other]
    return dataset


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_oneItemAndAllItems(syntax):
    contents = encodeDataset(withSequences(), syntax)
    paths = ("ReferencedSeriesSequence[0].SeriesInstanceUID", "ReferencedSeriesSequence[2].SeriesInstanceUID",
             "ReferencedSeriesSequence[1].SeriesInstanceUID", "ReferencedSeriesSequence[3].SeriesInstanceUID",
             "ReferencedSeriesSequence[*].Modality", "ReferencedSeriesSequence[*].BodyPartExamined")  # fmt: skip
    values = scanBytes(contents, extraTags=paths).toInstance()

    assert [values.value(path) for path in paths] == ["2.25.71", "2.25.73", "", "", "CT\\MR\\", ""]
    assert values.value("ReferencedSeriesSequence[*].SeriesInstanceUID") == "2.25.71\\\\2.25.73"
    assert not any(path in values.values for path in ("(0008,1115)[1].(0020,000E)", "(0008,1115)[*].(0018,0015)"))


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_anItemMayHaveItsOwnCharacterSet(syntax):
    paths = ("ConceptNameCodeSequence[0].CodeMeaning", "AnatomicRegionSequence[0].CodeMeaning")
    values = scanBytes(encodeDataset(withSequences(), syntax), extraTags=paths).toInstance()

    assert [values.value(path) for path in paths] == ["Größe", "Größe"]


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("block", [0x10, 0x11, 0xFE])
def test_privateElementsAreFoundByTheirCreatorInAnyBlock(syntax, block):
    dataset = withSequences()
    dataset.add_new(0x00290000 | (0x10 if block != 0x10 else 0x12), "LO", "SOMEBODY ELSE")
    dataset.add_new(0x00290000 | block, "LO", "SIEMENS CSA HEADER")
    dataset.add_new(0x00290000 | (0x1010 if block != 0x10 else 0x1210), "LO", "not this one")
    dataset.add_new(0x00290000 | block << 8 | 0x10, "LO", "this one")
    values = scanBytes(encodeDataset(dataset, syntax), extraTags=(CSA, '(0029,"NOBODY",10)')).values

    # In implicit VR nothing says that it is text; pydicom's dictionary of private elements knows it as OB.
    expected = "this one" if syntax != SYNTAXES[0] else b"this one".hex("\\")
    assert values[CSA] == expected
    assert '(0029,"NOBODY",10)' not in values and "0029,0010" not in values


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("definedLengths", [True, False])
def test_everyDeclaredValueOfEveryFrameEqualsPydicoms(syntax, definedLengths):
    dataset = enhancedMR(40, definedLengths)
    columns = scanBytes(encodeDataset(dataset, syntax)).functionalGroups

    for key in wantedValues().keys:
        if not key.startswith("(5200,9230)"):
            continue
        inGroup = str(parsedPath(key).after(1))
        shared = textInPydicom(dataset, f"(5200,9229)[0].{inGroup}")
        own = [textInPydicom(dataset, f"(5200,9230)[{frame}].{inGroup}") for frame in range(40)]
        if any(text is not None for text in own):
            assert sameTexts(columns[inGroup], [shared if text is None else text for text in own]), key
        else:
            assert sameTexts([columns.get(inGroup)], [shared]), key
    assert columns[PHILIPS_B][7] == "7.0"


def sameTexts(found, expected) -> bool:
    """Whether texts mean the same: "2" and "2.0" do."""
    return [numbersOrText(text) for text in found] == [numbersOrText(text) for text in expected]


def numbersOrText(text):
    try:
        return [float(part) for part in text.split("\\")]
    except (AttributeError, ValueError):
        return text


@pytest.mark.parametrize("definedLengths", [True, False])
def test_readingByLayoutGivesTheSameAsWalking(definedLengths, monkeypatch):
    contents = enhancedFile(300, definedLengths)
    quick = scanBytes(contents).functionalGroups
    monkeypatch.setattr(FunctionalGroups, "_ITEMS_WALKED_BEFORE_LAYOUTS", 1 << 30)

    assert quick == scanBytes(contents).functionalGroups
    assert len(quick["(0020,9113)[0].(0020,0032)"]) == 300


@pytest.mark.slow
def test_tenThousandFramesAreReadInWellUnderASecond(promised):
    contents = enhancedFile(10_000)
    with promised.within(0.7, ofProcessor=True):
        header = scanBytes(contents)
    assert len(header.functionalGroups["(0020,9113)[0].(0020,0032)"]) == 10_000


@pytest.mark.timing
def test_aThousandFramesAreReadInATenthOfASecond(promised):
    contents = enhancedFile(1000)
    scanBytes(contents)
    with promised.within(0.1, ofProcessor=True):
        scanBytes(contents)


def test_aPluginMayDeclareMoreValuesOfFrames():
    path = "PerFrameFunctionalGroupsSequence[*].MRAveragesSequence[0].NumberOfAverages"
    instance = scanBytes(enhancedFile(3), extraTags=(path,)).toInstance()

    assert instance.value(path) == "1.0\\1.0\\1.0"
    assert instance.frameValue("NumberOfAverages", 2) == "1.0"


def test_aNumberOfFramesThatIsNotDescribedIsNoted():
    dataset = enhancedMR(5)
    dataset.NumberOfFrames = 6
    header = scanBytes(encodeDataset(dataset))

    assert header.note == "its functional groups describe 5 frames, and it has 6"
    instance = header.toInstance()
    assert instance.frameValue("ImagePositionPatient", 4) and instance.frameValue("ImagePositionPatient", 5) == ""
    assert len(instance.frameValues("ImagePositionPatient")) == 6


def test_moreFramesThanAreAcceptedAreRefused(monkeypatch):
    monkeypatch.setattr(FunctionalGroups, "MAX_DESCRIBED_FRAMES", 30)
    assert scanBytes(enhancedFile(30)).functionalGroups
    with pytest.raises(LimitExceededError, match="too many frames"):
        scanBytes(enhancedFile(31))


def sequence(tag: int, contents: bytes, length: int | None = None) -> bytes:
    stated = len(contents) if length is None else length
    return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, b"SQ", 0, stated) + contents


def itemOf(contents: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(contents) if length is None else length) + contents


UID_ELEMENT = shortElement(0x0020, 0x000E, b"UI", b"2.25.71")
REFERENCED = "(0008,1115)[*].(0020,000E)"
AFTER = shortElement(0x0010, 0x0020, b"LO", b"ID")
FILLING = shortElement(0x0021, 0x1001, b"LO", bytes(400))
OUTSIDE = shortElement(0x0020, 0x000E, b"UI", b"2.25.999")


@pytest.mark.parametrize("damaged", [
    sequence(0x00081115, itemOf(UID_ELEMENT, length=len(UID_ELEMENT) + 40)),  # reaches out of its sequence
    sequence(0x00081115, itemOf(UID_ELEMENT[:-2])),  # its value reaches out of the item
    sequence(0x00081115, b"not an item at all..."),
    sequence(0x00081115, itemOf(UID_ELEMENT, length=0xFFFFFFFF)),  # no delimiter before the sequence ends
    sequence(0x00081115, itemOf(sequence(0x0020000E, b"", length=200))),
])  # fmt: skip
def test_damageIsSaidAndNothingFromOutsideIsTaken(damaged):
    header = scanBytes(part10() + identification() + damaged + AFTER + OUTSIDE + FILLING)

    assert header.note == "the header is damaged inside sequence 0008,1115"
    assert header.values["0010,0020"] == "ID" and header.values["0020,000E"] == "2.25.999"
    assert header.values.get(REFERENCED, "2.25.71") in ("2.25.71", "")


def test_theFirstItemsOfADamagedSequenceStay():
    contents = itemOf(UID_ELEMENT) + itemOf(UID_ELEMENT[:-3])
    header = scanBytes(part10() + identification() + sequence(0x00081115, contents) + AFTER)

    assert header.values[REFERENCED].split("\\")[0] == "2.25.71"
    assert header.note


def test_aSequenceThatTheFileCutsOffIsTruncation():
    whole = part10() + identification() + sequence(0x00081115, itemOf(UID_ELEMENT))
    for length in range(len(whole) - len(UID_ELEMENT) - 8, len(whole)):
        header = scanBytes(whole[:length])
        assert header.truncated, length
        assert REFERENCED not in header.values


def test_aSequencePassedOnAsUnknownIsReadInItsOwnEncoding():
    path = '(0021,"SIEMENS MR SDI 02",FE)[0].(0018,0050)'
    creator = shortElement(0x0021, 0x0011, b"LO", b"SIEMENS MR SDI 02")
    explicit = itemOf(shortElement(0x0018, 0x0050, b"DS", b"3.5"))
    implicit = itemOf(struct.pack("<HHI", 0x0018, 0x0050, 4) + b"3.5 ")
    for inside in (explicit, implicit):
        unknown = struct.pack("<HH2sHI", 0x0021, 0x11FE, b"UN", 0, len(inside)) + inside
        assert scanBytes(part10() + identification() + creator + unknown, extraTags=(path,)).values[path] == "3.5"


@pytest.mark.parametrize("definedLengths", [True, False])
def test_mutatedBytesNeverCrashTheScanner(definedLengths, promised):
    """Every outcome is a header or one of our errors, in time; the seed is fixed."""
    contents = enhancedFile(30, definedLengths)
    chance = random.Random(20260314)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(150):
        mutant = bytearray(contents)
        for _ in range(chance.randint(1, 8)):
            mutant[chance.randrange(132, len(mutant))] = chance.choice((0, 1, 0x7F, 0xFE, 0xFF, chance.randrange(256)))
        with promised.within(2):
            try:
                scanBytes(bytes(mutant))
                outcomes["read"] += 1
            except FileError:
                outcomes["refused"] += 1
    print(outcomes)
    assert outcomes["read"] > 30 and outcomes["refused"] > 0


@pytest.mark.data
def test_realFunctionalGroupsEqualPydicoms(sharedData):
    import pydicom

    compared = 0
    for path in sorted((sharedData / "enhanced").rglob("*.dcm")):
        columns = scanFile(path).functionalGroups
        dataset = pydicom.dcmread(path, stop_before_pixels=True) if columns else None
        for key in columns:
            for frame in range(min(3, int(dataset.get("NumberOfFrames", 1)))):
                full = f"(5200,9230)[{frame}].{key}"
                found = valueAt(columns, parsedPath(full))
                if isinstance(columns[key], str):
                    full = f"(5200,9229)[0].{key}"
                    found = valueAt(columns, parsedPath(full))
                assert sameTexts([found], [textInPydicom(dataset, full)]), (path.name, full)
                compared += 1
    assert compared > 500
