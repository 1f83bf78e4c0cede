"""Acceptance: a file that was cut short says so.

A small CT slice is cut at every byte from its first element to its end. Each cut either is refused, or is marked as
truncated, or has lost nothing that is used: every value read is the whole file's value, and pixel data is never
announced whole when it is not.
"""

import numpy
import pytest

from DICOMLib.Errors import FileError
from DICOMLib.Files.HeaderScanner import scanBytes
from DICOMLib.Instance import Instance
from Testing.Fixtures import SeriesBuilder
from Testing.Fixtures.EnhancedObjects import item

FIRST_CUT = 132


def smallCT() -> bytes:
    """128 × 128 pixels of 16 bits behind a header with sequences and private elements, 39 KB as CT_small."""

    def edit(dataset, _):
        dataset.ReferencedImageSequence = [item(ReferencedSOPInstanceUID=uid) for uid in ("2.25.77", "2.25.78")]
        block = dataset.private_block(0x0009, "MAKER", create=True)
        for element in range(60):
            block.add_new(element, "LO", f"a private value of some length {element}")
        block = dataset.private_block(0x0043, "MAKER", create=True)
        block.add_new(0x10, "OB", bytes(2000))

    pattern = numpy.zeros((1, 128, 128))
    return SeriesBuilder(slices=1, rows=128, columns=128, pattern=pattern, edit=edit).encoded()[0]


CONTENTS = smallCT()


def judgedCuts(offsets) -> dict[str, int]:
    """How many cuts ended in which way.

    :raises AssertionError: for a cut that is neither refused nor marked and has lost something
    """
    whole = scanBytes(CONTENTS)
    counts = {"refused": 0, "marked": 0, "lost nothing": 0}
    for offset in offsets:
        try:
            header = scanBytes(CONTENTS[:offset])
        except FileError:
            counts["refused"] += 1
            continue
        for tag, text in header.values.items():
            assert text == whole.values[tag], f"cut at {offset}: {tag} is {text!r}"
        if header.truncated:
            counts["marked"] += 1
            continue
        counts["lost nothing"] += 1
        assert header.values == whole.values, f"cut at {offset}: values are missing, and nothing says so"
        assert not pixelsLookWhole(header.toInstance(), offset), f"cut at {offset}: pixels pretend to be whole"
    return counts


def pixelsLookWhole(instance: Instance, size: int) -> bool:
    """Whether pixel data is announced that the file does not hold."""
    return instance.hasPixelData and instance.pixelDataOffset + instance.pixelDataLength > size


def report(counts: dict[str, int], offsets) -> str:
    return f"{len(offsets)} cuts of {len(CONTENTS)} bytes: {counts}, 0 silent"


def test_someCutsAreHonest():
    offsets = [*range(FIRST_CUT, len(CONTENTS), 97), *range(FIRST_CUT, FIRST_CUT + 60), len(CONTENTS) - 1]
    counts = judgedCuts(offsets)

    print(report(counts, offsets))
    assert counts["lost nothing"] == 0


@pytest.mark.slow
def test_everyCutIsHonest():
    offsets = range(FIRST_CUT, len(CONTENTS))
    counts = judgedCuts(offsets)

    print(report(counts, offsets))
    assert len(offsets) > 38_000 and counts["lost nothing"] == 0


def test_theWholeFileIsNotMarked():
    assert scanBytes(CONTENTS).truncated == ""


@pytest.mark.data
def test_cutsOfARealFileAreHonest(sharedData, monkeypatch):
    contents = (sharedData / "syntax" / "pydicom_small" / "dicom" / "CT_small.dcm").read_bytes()
    monkeypatch.setitem(globals(), "CONTENTS", contents)
    end = scanBytes(contents).pixelDataOffset + 32768  # what follows the pixels is not used
    offsets = [*range(FIRST_CUT, end, 211), end - 1]
    counts = judgedCuts(offsets)

    assert counts["lost nothing"] == 0 and sum(counts.values()) == len(offsets)
