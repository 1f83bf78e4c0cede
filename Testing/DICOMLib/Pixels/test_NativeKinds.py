"""Native pixels of every depth, byte order and colour space, with answers that follow from the standard alone."""

import numpy
import pytest
from pydicom import dcmread
from pydicom.pixels import convert_color_space

from DICOMLib.Errors import PixelDataError
from DICOMLib.Pixels.FrameSample import sampleMiddleFrame
from DICOMLib.Pixels.Volume import readVolume
from Testing.DICOMLib.Pixels.PixelFiles import BIG_ENDIAN, EXPLICIT, IMPLICIT, pixelFile


def packedBits(values, bits):
    """The first sample in the lowest bits, samples one after the other."""
    whole = 0
    for index, value in enumerate(numpy.asarray(values).reshape(-1).tolist()):
        whole |= (value & ((1 << bits) - 1)) << (index * bits)
    length = -(-numpy.asarray(values).size * bits // 8)
    return whole.to_bytes(length + length % 2, "little")


@pytest.mark.parametrize("bits", [1, 2, 4, 7, 12])
def test_packedSamplesAreUnpackedAlsoWhereFramesBeginInsideAByte(tmp_path, bits):
    expected = numpy.random.default_rng(bits).integers(0, 1 << bits, (3, 5, 7))
    instance = pixelFile(tmp_path / "a", packedBits(expected, bits), 5, 7, BitsAllocated=bits, NumberOfFrames=3)
    voxels = readVolume([instance])
    assert voxels.array.dtype == ("uint16" if bits > 8 else "uint8")
    assert numpy.array_equal(voxels.array, expected)
    assert numpy.array_equal(sampleMiddleFrame(instance, 7).pixels, expected[1])


def test_signedPackedSamplesExtendTheirSign(tmp_path):
    expected = numpy.array([[-2048, -1, 0, 2047, 5, -6]])
    instance = pixelFile(tmp_path / "a", packedBits(expected, 12), 1, 6, BitsAllocated=12, PixelRepresentation=1)
    array = readVolume([instance]).array
    assert array.dtype == "int16" and numpy.array_equal(array[0], expected)


@pytest.mark.parametrize("vr", ["OW", "OB"])
@pytest.mark.parametrize("bits", [1, 8, 12])
def test_bigEndianSwapsTheBytesOfWordsOnly(tmp_path, bits, vr):
    """OW swaps each two bytes whatever the size of a sample; OB none (PS3.5 A.3)."""
    expected = numpy.random.default_rng(bits).integers(0, 1 << bits, (3, 3, 5))
    stored = packedBits(expected, bits)
    if vr == "OW":
        stored = numpy.frombuffer(stored, "<u2").byteswap().tobytes()
    instance = pixelFile(tmp_path / "a", stored, 3, 5, BIG_ENDIAN, vr, BitsAllocated=bits, NumberOfFrames=3)
    assert numpy.array_equal(readVolume([instance]).array, expected)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG_ENDIAN])
@pytest.mark.parametrize("dtype", ["uint32", "int32", "uint64", "int64"])
def test_wideIntegersKeepEveryBit(tmp_path, dtype, syntax):
    limits = numpy.iinfo(dtype)
    expected = numpy.array([[limits.min, limits.max, 1, 7]], dtype)
    stored = expected.astype(expected.dtype.newbyteorder(">" if syntax == BIG_ENDIAN else "<")).tobytes()
    bits, signed = expected.itemsize * 8, int(dtype.startswith("i"))
    instance = pixelFile(tmp_path / "a", stored, 1, 4, syntax, BitsAllocated=bits, PixelRepresentation=signed)
    array = readVolume([instance]).array
    assert array.dtype == dtype and numpy.array_equal(array[0], expected)


@pytest.mark.parametrize("bits", [24, 40])
def test_samplesOfAnyNumberOfBytesAreRead(tmp_path, bits):
    expected = numpy.array([[0, 1, (1 << bits) - 1, 1 << (bits - 8)]], "uint64")
    instance = pixelFile(tmp_path / "a", packedBits(expected, bits), 1, 4, BitsAllocated=bits)
    assert numpy.array_equal(readVolume([instance]).array[0], expected)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG_ENDIAN])
@pytest.mark.parametrize(("dtype", "element", "vr"), [("float32", 8, "OF"), ("float64", 9, "OD")])
@pytest.mark.parametrize("isDescribedAsIntegers", [False, True])
def test_floatingPointPixelsAreRecognizedByTheirElement(tmp_path, dtype, element, vr, syntax, isDescribedAsIntegers):
    expected = numpy.array([[0.1, -numpy.inf, 1e-30, 3.5]], dtype)
    stored = expected.astype(expected.dtype.newbyteorder(">" if syntax == BIG_ENDIAN else "<")).tobytes()
    tags = {} if isDescribedAsIntegers else {"BitsStored": None, "PixelRepresentation": None}
    instance = pixelFile(
        tmp_path / "a", stored, 1, 4, syntax, vr, element, BitsAllocated=expected.itemsize * 8, **tags
    )
    array = readVolume([instance]).array
    assert array.dtype == dtype and numpy.array_equal(array[0], expected)


def test_wordsWithoutADescriptionAreIntegersWhenTheElementSaysSo(tmp_path):
    expected = numpy.array([[1, 2, 1 << 31]], "uint32")
    instance = pixelFile(
        tmp_path / "a", expected.tobytes(), 1, 3, BitsAllocated=32, BitsStored=None, PixelRepresentation=None
    )
    array = readVolume([instance]).array
    assert array.dtype == "uint32" and numpy.array_equal(array[0], expected)


def test_overlaysInHighBitsAreDroppedAndTheSignIsExtended(tmp_path):
    stored = numpy.array([[0xF7FF, 0x0800, 0x1001, 0x8FFF]], "<u2")
    instance = pixelFile(tmp_path / "a", stored.tobytes(), 1, 4, BitsStored=12, PixelRepresentation=1)
    assert readVolume([instance]).array[0, 0].tolist() == [2047, -2048, 1, -1]


# Colours


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("syntax", [EXPLICIT, BIG_ENDIAN])
def test_RGBByPixelAndByPlane(tmp_path, planar, bits, syntax):
    expected = numpy.random.default_rng(1).integers(0, 1 << bits, (2, 3, 4, 3)).astype(f"uint{bits}")
    order = numpy.moveaxis(expected, -1, 1) if planar else expected
    stored = order.astype(order.dtype.newbyteorder(">" if syntax == BIG_ENDIAN else "<")).tobytes()
    vr = "OB" if bits == 8 else "OW"
    instance = pixelFile(
        tmp_path / "a", stored, 3, 4, syntax, vr, BitsAllocated=bits, NumberOfFrames=2, SamplesPerPixel=3,
        PhotometricInterpretation="RGB", PlanarConfiguration=planar,
    )  # fmt: skip
    voxels = readVolume([instance])
    assert voxels.photometricInterpretation == "RGB" and voxels.array.dtype == expected.dtype
    assert numpy.array_equal(voxels.array, expected)


def ybrFile(path, stored, rows, columns, interpretation, **tags):
    return pixelFile(
        path, stored.tobytes(), rows, columns, vr="OB", BitsAllocated=8, SamplesPerPixel=3, PlanarConfiguration=0,
        PhotometricInterpretation=interpretation, **tags,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["YBR_FULL", "YBR_FULL_422"])
def test_YBRFullBecomesTheRGBThatPydicomMakes(tmp_path, name):
    """The second name with all its chrominance stored occurs; the length tells."""
    stored = numpy.random.default_rng(2).integers(0, 256, (1, 64, 64, 3)).astype("uint8")
    expected = convert_color_space(stored, "YBR_FULL", "RGB")
    assert numpy.array_equal(readVolume([ybrFile(tmp_path / "a", stored, 64, 64, name)]).array, expected)


def test_sharedChrominanceIsGivenToBothPixels(tmp_path):
    random = numpy.random.default_rng(3)
    luminance, chrominance = random.integers(0, 256, (2, 4, 6)), random.integers(0, 256, (2, 4, 3, 2))
    stored = numpy.concatenate([luminance.reshape(2, 4, 3, 2), chrominance], axis=-1).astype("uint8")
    whole = numpy.stack([luminance, *numpy.moveaxis(chrominance.repeat(2, axis=2), -1, 0)], axis=-1).astype("uint8")
    instance = ybrFile(tmp_path / "a", stored, 4, 6, "YBR_FULL_422", NumberOfFrames=2)
    assert numpy.array_equal(readVolume([instance]).array, convert_color_space(whole, "YBR_FULL", "RGB"))


def test_partialRangeColoursReachBlackAndWhite(tmp_path):
    """Y 16 is black, Y 235 white, CR 240 with Y 81 pure red (ITU-R BT.601)."""
    pairs = numpy.array([[16, 235, 128, 128], [81, 81, 90, 240]], "uint8")
    array = readVolume([ybrFile(tmp_path / "a", pairs, 1, 4, "YBR_PARTIAL_422")]).array[0, 0]
    assert array[0].tolist() == [0, 0, 0] and array[1].tolist() == [255, 255, 255]
    assert array[2] == pytest.approx([255, 0, 0], abs=1)


def test_compressionsColoursWithoutCompressionAreRefused(tmp_path):
    instance = ybrFile(tmp_path / "a", numpy.zeros((2, 2, 3), "uint8"), 2, 2, "YBR_RCT")
    with pytest.raises(PixelDataError, match="YBR_RCT"):
        readVolume([instance])


def paletteTags(entries, first=0, bits=16, order="<", segments=None):
    tags = {}
    for index, colour in enumerate(("Red", "Green", "Blue")):
        tags[f"{colour}PaletteColorLookupTableDescriptor"] = [len(entries), first, bits]
        if segments is None:
            data = numpy.asarray(entries)[:, index].astype(f"{order}u{bits // 8}").tobytes()
            tags[f"{colour}PaletteColorLookupTableData"] = data
        else:
            tags[f"Segmented{colour}PaletteColorLookupTableData"] = segments[index]
    return tags


def coloured(path, indices, workers, syntax=EXPLICIT, **tags):
    indices = numpy.asarray(indices)
    bits = indices.dtype.itemsize * 8
    stored = indices.astype(indices.dtype.newbyteorder(">" if syntax == BIG_ENDIAN else "<")).tobytes()
    instance = pixelFile(
        path, stored, *indices.shape, syntax, "OB" if bits == 8 else "OW", BitsAllocated=bits,
        PixelRepresentation=int(indices.dtype.kind == "i"), PhotometricInterpretation="PALETTE COLOR", **tags,
    )  # fmt: skip
    return readVolume([instance], workers=workers).array[0]


FINE = numpy.array([[0, 1, 65535], [1000, 2000, 3000], [40000, 50000, 60001]])


@pytest.mark.parametrize("syntax", [EXPLICIT, BIG_ENDIAN])
def test_palettesOfSixteenBitsKeepThem(tmp_path, workers, syntax):
    tags = paletteTags(FINE, order=">" if syntax == BIG_ENDIAN else "<")
    array = coloured(tmp_path / "a", numpy.array([[0, 1, 2, 9]], "uint8"), workers, syntax, **tags)
    assert array.dtype == "uint16" and numpy.array_equal(array[0], FINE[[0, 1, 2, 2]])


def test_palettesThatRepeatEightBitsBecomeEightBits(tmp_path, workers):
    eight = numpy.array([[0, 128, 255], [1, 2, 3]])
    array = coloured(tmp_path / "a", numpy.array([[1, 0]], "uint8"), workers, **paletteTags(eight * 257))
    assert array.dtype == "uint8" and numpy.array_equal(array[0], eight[[1, 0]])


def test_thePalettesFirstEntryMayStandForANegativeValue(tmp_path, workers):
    indices = numpy.array([[-300, -2, -1, 0, 300]], "int16")
    array = coloured(tmp_path / "a", indices, workers, **paletteTags(FINE, first=-2))
    assert numpy.array_equal(array[0], FINE[[0, 0, 1, 2, 2]])


def test_segmentedPalettesAreExpanded(tmp_path, workers):
    """Two entries as they are, a line of three to 30, the line once more, by the rules of PS3.3 C.7.9.2."""
    words = [0, 2, 0, 10, 1, 2, 30, 2, 1, 8, 0]
    data = numpy.array(words, "<u2").tobytes()
    entries = numpy.array([[0, 10, 20, 30, 30, 30]] * 3).T
    tags = paletteTags(entries, segments=[data] * 3)
    array = coloured(tmp_path / "a", numpy.array([[0, 1, 2, 3, 4, 5]], "uint8"), workers, **tags)
    assert numpy.array_equal(array[0], entries)


def test_aPaletteThatIsMissingOrShortIsRefused(tmp_path, workers):
    indices = numpy.array([[0, 1]], "uint8")
    with pytest.raises(PixelDataError, match="palette of a colour image is missing|no descriptor"):
        coloured(tmp_path / "a", indices, workers)
    tags = paletteTags(FINE)
    tags["RedPaletteColorLookupTableDescriptor"] = [7, 0, 16]
    with pytest.raises(PixelDataError, match="short of entries: |short of entries"):
        coloured(tmp_path / "b", indices, workers, **tags)


@pytest.mark.parametrize("tags", [{"BitsAllocated": 1}, {"BitsAllocated": 12}, {"BitsAllocated": 24}])
def test_packedPixelDataThatIsShortIsRefused(tmp_path, tags):
    need = -(-3 * 5 * 7 * tags["BitsAllocated"] // 8)
    instance = pixelFile(tmp_path / "a", bytes(need - 2), 5, 7, NumberOfFrames=3, **tags)
    with pytest.raises(PixelDataError, match=f"pixel data short: have {need - 2}, need {need}"):
        readVolume([instance])


@pytest.mark.parametrize(
    ("dtype", "bits", "element", "vr"),
    [("uint8", 1, 0x10, "OW"), ("uint8", 8, 0x10, "OB"), ("int16", 16, 0x10, "OW"), ("int32", 32, 0x10, "OW"),
     ("uint32", 32, 0x10, "OW"), ("int64", 64, 0x10, "OV"), ("uint64", 64, 0x10, "OV"), ("float32", 32, 8, "OF"),
     ("float64", 64, 9, "OD")],
)  # fmt: skip
def test_everyDepthIsReadAsPydicomReadsIt(tmp_path, dtype, bits, element, vr):
    chance = numpy.random.default_rng(bits)
    pixels = chance.integers(0, 256, 2 * 8 * 6 * bits // 8, dtype="uint8").tobytes()
    if dtype.startswith("float"):
        pixels = chance.normal(0, 1e3, (2, 8, 6)).astype(dtype).tobytes()
    instance = pixelFile(
        tmp_path / "a", pixels, 8, 6, vr=vr, element=element, BitsAllocated=bits, NumberOfFrames=2,
        PixelRepresentation=int(dtype.startswith("int")),
    )  # fmt: skip
    array = readVolume([instance]).array
    assert array.dtype == dtype and numpy.array_equal(array, dcmread(tmp_path / "a").pixel_array)
