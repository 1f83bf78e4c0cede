"""The header scanner: what it finds, and what it refuses."""

import os
import random
import socket
import struct
import subprocess
import sys
from io import BytesIO

import pydicom
import pytest

from DICOMLib.Errors import (
    FileError,
    LimitExceededError,
    NotDICOMError,
    TruncatedFileError,
    UnreadableFileError,
)
from DICOMLib.Files import Limits
from DICOMLib.Files.HeaderScanner import scanBytes, scanFile
from DICOMLib.Tags import tagText
from Testing.Fixtures import (
    NATIVE_TRANSFER_SYNTAXES,
    SeriesBuilder,
    compressibleCT,
    deeplyNested,
    giantLengthClaim,
    giantTextClaim,
    inflateBomb,
    noMeta,
    noPreamble,
    notDICOM,
    unknownValueRepresentation,
    validFile,
)
from Testing.Fixtures.BrokenFiles import identification, part10, shortElement

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"


def value(header, keyword):
    return header.values.get(tagText(keyword))


@pytest.mark.parametrize("syntax", NATIVE_TRANSFER_SYNTAXES)
def test_headerIsTheSameInEveryNativeSyntax(syntax):
    header = scanBytes(validFile(transferSyntax=syntax, spacing=(0.5, 0.75, 2)))

    assert header.transferSyntaxUID == syntax
    assert [value(header, name) for name in ("Rows", "Columns", "BitsAllocated")] == ["16", "12", "16"]
    assert value(header, "PatientName") == "Test^Fixture"
    assert value(header, "PixelSpacing") == "0.5\\0.75"
    assert header.truncated == ""


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
def test_pixelDataAreWhereTheHeaderSays(syntax):
    builder = SeriesBuilder(slices=1, transferSyntax=syntax)
    contents = builder.encoded()[0]
    header = scanBytes(contents)
    order = ">" if syntax == BIG_ENDIAN else "<"
    expected = builder.storedArray.astype(order + "u2").tobytes()

    assert header.pixelDataLength == len(expected)
    assert contents[header.pixelDataOffset : header.pixelDataOffset + header.pixelDataLength] == expected


def test_lengthOfEncapsulatedPixelDataIsUnknown():
    header = scanBytes(compressibleCT(RLE).encoded()[0])

    assert header.pixelDataOffset > 0
    assert header.pixelDataLength == -1
    assert header.truncated == ""


@pytest.mark.parametrize("contents, syntax", [
    (noPreamble(), EXPLICIT), (noMeta(IMPLICIT), IMPLICIT), (noMeta(EXPLICIT), EXPLICIT),
    (noMeta(BIG_ENDIAN), BIG_ENDIAN),
])
def test_filesWithoutPreambleOrMetaAreRecognized(contents, syntax):
    header = scanBytes(contents)

    assert header.transferSyntaxUID == syntax
    assert value(header, "Modality") == "CT"


def test_declaredSyntaxThatTheBytesContradictIsCorrected():
    contents = validFile().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0")
    header = scanBytes(contents)

    assert header.transferSyntaxUID == EXPLICIT
    assert value(header, "Columns") == "12"


def test_fragmentsOfAnImplicitDataSetAreCompressedAsDeclared():
    """Seen in files of a program that compresses the pixels and leaves all else as it was."""
    explicit = compressibleCT(RLE).encoded()[0]
    before = scanBytes(explicit)
    fragments = explicit[before.pixelDataOffset :]
    dataset = pydicom.dcmread(BytesIO(explicit), stop_before_pixels=True)
    dataset.file_meta.TransferSyntaxUID = IMPLICIT
    written = BytesIO()
    pydicom.dcmwrite(written, dataset, implicit_vr=True, little_endian=True, enforce_file_format=True)
    contents = _declaring(RLE, written.getvalue()) + b"\xe0\x7f\x10\0\xff\xff\xff\xff" + fragments
    found = scanBytes(contents)

    assert found.transferSyntaxUID == RLE
    assert contents[found.pixelDataOffset :] == fragments
    assert value(found, "Columns") == value(before, "Columns")


def _declaring(syntax, contents):
    """Another transfer syntax in the meta group; its stated length is not looked at."""
    old = syntaxElement(IMPLICIT)
    assert contents.count(old) == 1
    return contents.replace(old, syntaxElement(syntax))


def syntaxElement(syntax):
    text = syntax.encode() + b"\0" * (len(syntax) % 2)
    return b"\x02\0\x10\0UI" + struct.pack("<H", len(text)) + text


def test_wrongLengthOfTheMetaGroupDoesNotMatter():
    contents = bytearray(validFile())
    struct.pack_into("<I", contents, 132 + 8, 7)

    assert value(scanBytes(bytes(contents)), "Modality") == "CT"


def test_unknownValueRepresentationIsReadByTheDictionary():
    assert value(scanBytes(unknownValueRepresentation()), "PatientName") == "Name"


def test_extraTagsAreKept():
    contents = validFile(extra={"XRayTubeCurrent": "120", "ExposureTime": "500"})

    assert scanBytes(contents).values.get("0018,1151") is None
    assert scanBytes(contents, extraTags=("0018,1151", "0018,1150")).values["0018,1150"] == "500"


def test_signOfPaddingFollowsThePixels():
    def addPadding(dataset, index):
        dataset.PixelRepresentation = 1
        dataset.add_new("PixelPaddingValue", "SS", -2000)

    contents = validFile(dtype="int16", transferSyntax=IMPLICIT, edit=addPadding)

    assert value(scanBytes(contents), "PixelPaddingValue") == "-2000"


def test_sequencesAreJumpedOver():
    def addSequences(dataset, index):
        inner = pydicom.Dataset()
        inner.Modality = "XX"
        inner.Rows = 999
        dataset.ReferencedImageSequence = [inner, inner]
        dataset["ReferencedImageSequence"].is_undefined_length = True
        dataset.RequestAttributesSequence = [inner]

    header = scanBytes(validFile(edit=addSequences))

    assert (value(header, "Modality"), value(header, "Rows")) == ("CT", "16")


# Damage


def test_noCutOfAFileIsReadAsComplete():
    contents = validFile(rows=4, columns=4)
    whole = scanBytes(contents)
    for size in range(len(contents)):
        try:
            header = scanBytes(contents[:size])
        except FileError:
            continue
        assert header.truncated or value(header, "SOPInstanceUID") is None, size
    assert whole.truncated == ""


def test_cutsOfACompressedFileAreNoticed():
    contents = compressibleCT(RLE).encoded()[0]
    start = scanBytes(contents).pixelDataOffset
    mark = 8  # bytes at the end, which hold no pixels
    for size in range(start, len(contents) - mark, 7):
        assert "pixel data" in scanBytes(contents[:size]).truncated, size


def test_shortPixelDataSaysWhatItHasAndNeeds():
    contents = validFile(rows=512, columns=512)
    header = scanBytes(contents[: scanBytes(contents).pixelDataOffset + 100])

    assert header.truncated == "pixel data short: have 100 bytes, need 524288"


def test_pixelDataShorterThanTheImageIsNoticed():
    def claimMore(dataset, index):
        dataset.Rows = 1000

    assert "need 24000" in scanBytes(validFile(edit=claimMore)).truncated


def test_giantLengthsAllocateNothing():
    assert "pixel data short" in scanBytes(giantLengthClaim()).truncated
    with pytest.raises(TruncatedFileError, match="0010,0010"):
        scanBytes(giantTextClaim())


def test_errorsDoNotQuotePatientValues():
    contents = validFile(patientName="ZZCANARY^PHI")
    cut = contents.index(b"ZZCANARY") + 4
    with pytest.raises(FileError) as caught:
        scanBytes(contents[:cut])

    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("definedLength", [False, True])
@pytest.mark.parametrize("depth", [1, 10, Limits.MAX_NESTING - 1, Limits.MAX_NESTING])
def test_acceptedNestingIsRead(depth, definedLength):
    assert value(scanBytes(deeplyNested(depth, definedLength)), "Modality") == "CT"


@pytest.mark.parametrize("definedLength", [False, True])
@pytest.mark.parametrize("depth", [Limits.MAX_NESTING + 1, 200, 20_000])
def test_deeperNestingIsRefusedQuickly(depth, definedLength, promised):
    contents = deeplyNested(depth, definedLength)
    with promised.within(1, ofProcessor=True), pytest.raises(LimitExceededError, match="too deeply nested"):
        scanBytes(contents)


def test_nestingIsRefusedInImplicitFilesToo():
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    level = struct.pack("<HHI", 0x0040, 0xA730, 0xFFFFFFFF) + item
    start = struct.pack("<HHI", 0x0008, 0x0060, 2) + b"CT"
    with pytest.raises(LimitExceededError, match="too deeply nested"):
        scanBytes(part10(b"1.2.840.10008.1.2\0") + start + level * 100)


def test_elementsAreLimited(monkeypatch):
    monkeypatch.setattr("DICOMLib.Files.ElementReader.MAX_ELEMENTS", 50)
    few, many = (part10() + b"".join(shortElement(0x0009, 0x1000 + n, b"LO", b"") for n in range(count))
                 for count in (40, 60))

    assert scanBytes(few).truncated == "the file holds no pixel data"
    with pytest.raises(LimitExceededError, match="too many elements"):
        scanBytes(many)


@pytest.mark.parametrize("syntax", [EXPLICIT, BIG_ENDIAN])
@pytest.mark.parametrize("length", [8 * 1_000_000, 8 * 300_000 + 4, 0xFFFFFFFF])
def test_aMillionEmptyItemsArePassedQuickly(syntax, length, promised):
    order = ">" if syntax == BIG_ENDIAN else "<"
    opening = struct.pack(order + "HH2sHI", 0x0009, 0x1000, b"SQ", 0, length)
    items = struct.pack(order + "HHI", 0xFFFE, 0xE000, 0) * 1_000_000
    ending = struct.pack(order + "HHI", 0xFFFE, 0xE0DD, 0) if length == 0xFFFFFFFF else b""
    last = struct.pack(order + "HH2sH", 0x0010, 0x0020, b"LO", 4) + b"ID 7"
    first = struct.pack(order + "HH2sH", 0x0008, 0x0060, b"CS", 2) + b"CT"
    contents = part10(syntax.encode() + b"\0" * (len(syntax) % 2)) + first + opening + items[:length] + ending + last
    with promised.within(1, ofProcessor=True):
        assert value(scanBytes(contents), "PatientID") == "ID 7"


def test_aMillionEmptyItemsWithoutAnEndAreRefusedQuickly(promised):
    opening = struct.pack("<HH2sHI", 0x0009, 0x1000, b"SQ", 0, 0xFFFFFFFF)
    contents = part10() + identification() + opening + b"\xfe\xff\x00\xe0\0\0\0\0" * 1_000_000
    with promised.within(1, ofProcessor=True):
        assert scanBytes(contents).truncated == "the header ends inside sequence 0009,1000"


def test_aMillionOpenItemsAreRefusedInTime(promised):
    opening = struct.pack("<HH2sHI", 0x0009, 0x1000, b"SQ", 0, 0xFFFFFFFF)
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff\xfe\xff\x0d\xe0\0\0\0\0"
    with promised.within(5, ofProcessor=True), pytest.raises(LimitExceededError):
        scanBytes(part10() + identification() + opening + item * 1_000_000)


def test_aValueOfTheLongestLengthIsKeptAndALongerOneRefused():
    def withComment(length):
        comment = struct.pack("<HH2sHI", 0x0010, 0x4000, b"UT", 0, length) + b"x" * length
        return part10() + identification() + comment

    assert len(value(scanBytes(withComment(Limits.MAX_VALUE_LENGTH)), "PatientComments")) == Limits.MAX_VALUE_LENGTH
    with pytest.raises(LimitExceededError, match="too long"):
        scanBytes(withComment(Limits.MAX_VALUE_LENGTH + 2))


def test_inflateBombIsRefusedQuickly(promised):
    bomb = inflateBomb(megabytes=256)
    with promised.within(2, ofProcessor=True), pytest.raises(LimitExceededError, match="inflates"):
        scanBytes(bomb)


def test_iconsWithCompressedPixelsDoNotEndTheHeader():
    pixels = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
    fragment = b"\xfe\xff\x00\xe0" + struct.pack("<I", 4000) + bytes(range(250)) * 16
    end = b"\xfe\xff\xdd\xe0\0\0\0\0"
    icon = (struct.pack("<HH2sHI", 0x0088, 0x0200, b"SQ", 0, 0xFFFFFFFF) + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
            + pixels + fragment + end + b"\xfe\xff\x0d\xe0\0\0\0\0" + end)
    last = shortElement(0x0088, 0x0904, b"LO", b"after the icon")
    header = scanBytes(part10() + identification() + icon + last, extraTags=["0088,0904"])

    assert header.values["0088,0904"] == "after the icon"


# Not DICOM


@pytest.mark.parametrize("contents", [
    b"", b"\0", notDICOM(), bytes(1000), b"\x55" * 5000, b"PK\3\4" + bytes(500), b"\x08\0" * 100,
])
def test_otherBytesAreNotDICOM(contents):
    with pytest.raises(NotDICOMError):
        scanBytes(contents)


def test_namedPipeIsRefusedWithoutWaiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableFileError, match="not a regular file"):
        scanFile(tmp_path / "pipe")


def test_whatCannotBeOpenedIsNamed(tmp_path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket"))
    server.close()
    os.symlink("link", tmp_path / "link")
    for name in ("socket", "link", "nothing", "x" * 255 + "/y"):
        with pytest.raises(UnreadableFileError, match=name[:100]):
            scanFile(tmp_path / name)
    with pytest.raises(UnreadableFileError):
        scanFile(b"name with \0")


def test_namesNeedNotBeText(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"\xff\xfe.dcm")
    with open(path, "wb") as stream:
        stream.write(validFile())
    header = scanFile(path)

    assert header.path == path
    assert header.fileSize == os.path.getsize(path)
    assert header.modifiedTime == os.stat(path).st_mtime_ns
    assert header.toInstance().rows == 16


def test_largeHeadersAreReadInPieces(tmp_path):
    def addBlock(dataset, index):
        block = dataset.private_block(0x0009, "TEST", create=True)
        block.add_new(1, "OB", b"\1" * 300_000)

    (path,) = SeriesBuilder(slices=1, edit=addBlock).write(tmp_path)
    header = scanFile(path)

    assert value(header, "Columns") == "12"
    assert header.pixelDataOffset > 300_000
    assert header.truncated == ""


@pytest.mark.parametrize("options", [{}, {"transferSyntax": IMPLICIT}, {"patientName": "Müller^Jürgen"}])
def test_ordinaryFilesAreReadWithoutImportingPydicom(tmp_path, options):
    """It takes longer to import than a thousand headers take to read, in every helper process."""
    (path,) = SeriesBuilder(slices=1, **options).write(tmp_path)
    program = (
        "import sys; from DICOMLib.Files.HeaderScanner import scanFile; scanFile(sys.argv[1]);"
        "sys.exit(any(name.split('.')[0] in ('pydicom', 'numpy', 'vtkmodules', 'qtpy') for name in sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    assert subprocess.run([sys.executable, "-c", program, path], env=environment).returncode == 0


def test_everyMutationHasAnOutcome():
    contents = bytearray(validFile(rows=4, columns=4))
    generator = random.Random(20261121)
    for _ in range(3000):
        mutant = bytearray(contents)
        for _ in range(generator.randint(1, 6)):
            mutant[generator.randrange(132, len(mutant))] = generator.randrange(256)
        try:
            scanBytes(bytes(mutant))
        except FileError:
            continue
