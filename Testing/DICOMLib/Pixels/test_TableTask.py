"""Lookup tables as files have them; the answers follow from how the entries were written."""

import numpy
import pytest

from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.FrameSample import sampleMiddleFrame
from DICOMLib.Pixels.Volume import readVolume
from Testing.DICOMLib.Pixels.PixelFiles import BIG_ENDIAN, EXPLICIT, IMPLICIT, pixelFile

SYNTAXES = [IMPLICIT, EXPLICIT, BIG_ENDIAN]
NAMES = ("Red", "Green", "Blue")
ENTRIES = numpy.random.default_rng(1).integers(0, 1 << 16, (256, 3)).astype("uint16")
INDICES = numpy.arange(256, dtype="uint8").reshape(16, 16)


def stored(entries, syntax):
    """As OW holds them: entries of 8 bits two in each word, the first one lower."""
    words = entries if entries.itemsize == 2 else numpy.frombuffer(entries.tobytes(), "<u2")
    return words.astype(">u2" if syntax == BIG_ENDIAN else "<u2").tobytes()


def paletteTags(entries, syntax, descriptor, prefix=""):
    return {
        f"{prefix if keyword == 'Data' else ''}{name}PaletteColorLookupTable{keyword}": value
        for index, name in enumerate(NAMES)
        for keyword, value in (
            ("Descriptor", descriptor), ("Data", stored(numpy.ascontiguousarray(entries[:, index]), syntax))
        )
    }  # fmt: skip


def colourFile(path, indices, syntax, **tags):
    contents = indices.astype(indices.dtype.newbyteorder(">" if syntax == BIG_ENDIAN else "<")).tobytes()
    bits = indices.itemsize * 8
    return pixelFile(
        path, contents, *indices.shape, syntax, "OB" if bits == 8 else "OW", BitsAllocated=bits,
        PixelRepresentation=int(indices.dtype.kind == "i"), PhotometricInterpretation="PALETTE COLOR", **tags,
    )  # fmt: skip


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("isPacked", [False, True])
def test_entriesAreReadInAnySizeAndOrderForVolumeAndPreview(tmp_path, workers, syntax, bits, isPacked):
    """Packed: a byte for each entry, also where the descriptor says 16 bits, as some writers do."""
    entries = (ENTRIES >> 8 if bits == 8 or isPacked else ENTRIES).astype("uint8" if isPacked else "uint16")
    tags = paletteTags(entries, syntax, [256, 0, bits])
    instance = colourFile(tmp_path / "a", INDICES, syntax, **tags)
    array = readVolume([instance], workers=workers).array[0]
    assert numpy.array_equal(array.reshape(-1, 3), entries)
    preview = sampleMiddleFrame(instance, 16, workers).pixels
    fine = entries.max() > 0xFF
    assert numpy.array_equal(preview, (array >> 8 if fine else array).astype("uint8"))


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_segmentsOfEightBits(tmp_path, workers, syntax):
    """Two entries as they are, a line of five to 200, one of three to 255 (PS3.3 C.7.9.2)."""
    data = numpy.array([0, 2, 0, 10, 1, 5, 200, 1, 3, 255], "uint8")
    tags = paletteTags(numpy.stack([data] * 3, axis=-1), syntax, [10, 0, 8], "Segmented")
    array = readVolume([colourFile(tmp_path / "a", INDICES[:1, :10], syntax, **tags)], workers=workers).array[0, 0]
    assert array[:, 0].tolist() == [0, 10, 48, 86, 124, 162, 200, 218, 237, 255]


def test_aFirstValueIsSignedWhenPixelsAreWhateverItsVRSays(tmp_path, workers):
    indices = numpy.array([[-11, -10, -9, 0, 5]], "int16")
    path = tmp_path / "a"
    tags = paletteTags(ENTRIES, EXPLICIT, [256, -10, 16])
    colourFile(path, indices, EXPLICIT, **tags)
    contents = path.read_bytes()
    for element in (b"\x01\x11", b"\x02\x11", b"\x03\x11"):
        assert element + b"SS" in contents
        contents = contents.replace(element + b"SS", element + b"US")
    path.write_bytes(contents)
    array = readVolume([scanFile(path).toInstance()], workers=workers).array[0, 0]
    assert numpy.array_equal(array, ENTRIES[[0, 0, 1, 10, 15]])


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("isSigned", [False, True])
def test_aModalityTableMapsStoredValuesAndHoldsItsEndsBeyond(tmp_path, workers, syntax, isSigned):
    first = -10 if isSigned else 20
    values = numpy.arange(-40, 40) if isSigned else numpy.arange(80)
    table = numpy.random.default_rng(2).integers(0, 1 << 12, 30)
    item = {
        "LUTDescriptor": [30, first, 12],
        "ModalityLUTType": "OD",
        "LUTData": stored(table.astype("uint16"), syntax),
    }
    order = ">" if syntax == BIG_ENDIAN else "<"
    contents = values.astype(f"{order}{'i' if isSigned else 'u'}2").tobytes()
    instance = pixelFile(
        tmp_path / "a", contents, 8, 10, syntax, PixelRepresentation=int(isSigned),
        sequences={"ModalityLUTSequence": [item]},
    )  # fmt: skip
    array = readVolume([instance], workers=workers).array
    assert numpy.array_equal(array.reshape(-1), table[numpy.clip(values - first, 0, 29)])
