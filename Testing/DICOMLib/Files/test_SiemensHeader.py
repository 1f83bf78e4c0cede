import gzip
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from DICOMLib.Files.RawElement import readRawElement
from DICOMLib.Files.SiemensHeader import (
    MOST_ELEMENTS,
    MOST_ITEMS,
    SiemensHeaderError,
    parseSiemensHeader,
    readImageHeader,
)
from DICOMLib.TagPaths import TagPathError
from Testing.Fixtures import SeriesBuilder

NORMAL = ("0.0", "0.5", "0.8")


def block(elements, isNew=True, mark=77):
    """A block in the newer or the older form: name → texts."""
    contents = b"SV10\4\3\2\1" if isNew else b""
    contents += struct.pack("<II", len(elements), mark)
    offset = 0 if isNew else len(next(iter(elements.values())))
    for name, texts in elements.items():
        contents += struct.pack("<64si4siii", name.encode(), len(texts), b"FD", 6, len(texts), mark)
        for text in texts:
            raw = text.encode() + b"\0"
            lengths = (0, len(raw), 77, 0) if isNew else (len(raw) + offset, 0, 77, 0)
            contents += struct.pack("<4i", *lengths) + raw + b"\0" * (-len(raw) % 4)
    return contents


def withHeader(dataset, _):
    private = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    private.add_new(0x10, "OB", block({"SliceNormalVector": NORMAL}) + bytes(6000))
    private.add_new(0x20, "OB", block({"MrPhoenixProtocol": ("<XProtocol>",)}))  # of the series


@pytest.mark.parametrize("isNew", [True, False])
def test_bothFormsGiveElementsAsTextsAndNumbers(isNew):
    header = parseSiemensHeader(block({"SliceNormalVector": NORMAL, "B_value": ("1000",), "None": ("",)}, isNew))
    assert header.texts("SliceNormalVector") == NORMAL and header.text("B_value") == "1000"
    assert header.numbers("SliceNormalVector", 3) == (0, 0.5, 0.8) and header.number("B_value") == 1000
    assert header.numbers("SliceNormalVector", 2) is None and header.number("None") is None
    assert header.texts("absent") == () and header.text("absent") == ""


@pytest.mark.parametrize("isNew", [True, False])
def test_onlyTheElementsThatAreAskedForAreKept(isNew):
    contents = block({"SliceNormalVector": NORMAL, "B_value": ("1000",), "Rows": ("64", "1")}, isNew)
    header = parseSiemensHeader(contents, ("B_value", "absent"))
    assert header.elements == {"B_value": ("1000",)}


def test_whatIsNotAskedForMustNotBeDamagedEither():
    contents = block({"B_value": ("1000",), "Rows": ("64", "1")})
    with pytest.raises(SiemensHeaderError):
        parseSiemensHeader(contents[:-4], ("B_value",))


def test_wordsAreNoNumbers():
    header = parseSiemensHeader(block({"Mode": ("Fast",), "Odd": ("nan",)}))
    assert header.number("Mode") is None and header.number("Odd") is None


def test_blocksAreFoundInTheFileByTheirCreatorHoweverLong(tmp_path):
    (path, *_) = SeriesBuilder(modality="MR", edit=withHeader).write(tmp_path)
    assert len(readRawElement(path, '(0029,"SIEMENS CSA HEADER",10)')) > 6000
    assert readImageHeader(path).numbers("SliceNormalVector", 3) == (0, 0.5, 0.8)
    assert readRawElement(path, '(0029,"SOMEBODY ELSE",10)') == b""
    assert readRawElement(path, "Rows") == b"\x10\0"


def test_aFileWithoutTheBlockGivesAnEmptyHeader(tmp_path):
    (path, *_) = SeriesBuilder(modality="MR").write(tmp_path)
    header = readImageHeader(path)
    assert header.elements == {}


def test_aPathIntoASequenceIsNoElementOfTheDataSet(tmp_path):
    (path, *_) = SeriesBuilder().write(tmp_path)
    with pytest.raises(TagPathError):
        readRawElement(path, "ReferencedImageSequence[0].ReferencedSOPInstanceUID")


@pytest.mark.parametrize(
    "contents",
    [
        b"something else altogether, long enough to be read",
        struct.pack("<II", MOST_ELEMENTS + 1, 77) + bytes(100),
        block({"A": ("1",)}, mark=1),
        block({"A": ("1",)})[:40],
        struct.pack("<II64si4siii", 1, 77, b"A", 1, b"IS", 6, MOST_ITEMS + 1, 77) + bytes(100),
        b"SV10\4\3\2\1" + struct.pack("<II64si4siii4i", 1, 77, b"A", 1, b"IS", 6, 1, 77, 0, 1 << 30, 0, 0),
        b"SV10\4\3\2\1" + struct.pack("<II64si4siii4i", 1, 77, b"A", 1, b"IS", 6, 1, 77, 0, -5, 0, 0),
    ],
)
def test_whatIsNotSuchABlockIsRefused(contents):
    with pytest.raises(SiemensHeaderError):
        parseSiemensHeader(contents)


def test_anErrorInAFileNamesTheFile(tmp_path):
    def damaged(dataset, _):
        dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", b"SV10" + bytes(20))

    (path, *_) = SeriesBuilder(modality="MR", edit=damaged).write(tmp_path)
    with pytest.raises(SiemensHeaderError, match=path.name):
        readImageHeader(path)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600), st.integers(0, 300), st.booleans())
def test_damageNeverRaisesAnythingElse(noise, position, isNew):
    contents = bytearray(block({"SliceNormalVector": NORMAL, "B_value": ("1000",)}, isNew))
    contents[position : position + len(noise) // 8] = noise[: len(noise) // 8]
    for candidate in (bytes(contents), noise):
        try:
            parseSiemensHeader(candidate)
        except SiemensHeaderError:
            continue


@pytest.mark.data
def test_blocksOfRealScannersAreReadAsNibabelReadsThem(sharedData):
    folder = sharedData / "dwi/nibabel_siemens_csa"
    header = parseSiemensHeader((folder / "ref/csa2_b1000.bin").read_bytes())
    assert len(header.elements) == 83 and header.number("B_value") == 1000
    assert header.numbers("DiffusionGradientDirection", 3) is not None and len(header.texts("B_matrix")) == 6
    assert header.number("NumberOfImagesInMosaic") == 48
    assert header.numbers("SliceNormalVector") == (0, 0.00523632, 0.99998629)
    assert parseSiemensHeader((folder / "ref/csa2_b0.bin").read_bytes()).number("B_value") == 0
    assert len(parseSiemensHeader(gzip.decompress((folder / "ref/csa2_zero_len.bin.gz").read_bytes())).elements) == 44
    assert parseSiemensHeader((folder / "ref/csa_str_valid.bin").read_bytes()).elements
    with pytest.raises(SiemensHeaderError, match="1001 items"):
        parseSiemensHeader((folder / "ref/csa_str_1001n_items.bin").read_bytes())
