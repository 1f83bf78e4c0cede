"""Headers read with the help of others of their series are what reading them by themselves gives, whatever is done to
them."""

import os
import random
import struct

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from DICOMLib.Errors import FileError
from DICOMLib.Files.ByteWindow import BufferWindow
from DICOMLib.Files.HeaderScanner import scanBytes
from DICOMLib.Files.HeaderTemplate import HeaderTemplate
from DICOMLib.Files.SeriesScanner import SeriesScanner
from DICOMLib.Tags import tagText
from Testing.Fixtures import SeriesBuilder, deterministicUID

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
EXTRA_TAGS = (
    "0018,1151", "0020,4000", '(0019,"ACME 1",07)', '(0027,"FDMS 1.0",A3)', "0040,0275[*].0040,1001",
    '(0029,"ACME 1",0B)[*].(0008,0104)', '(0029,"ACME 2",0B)[*].(0008,0104)', "0019,0010", "0019,1007", "0019,1008",
    '(0019,"ACME 1",08)', '(0029,"ACME 1",09)', '(0029,"ACME 2",07)',
)


def fill(dataset, index):
    """Makes an object like those of scanners: private blocks, sequences, values of many lengths."""
    dataset.InstanceCreationTime = f"1011{index:02d}.{index * 37 % 1000:03d}"
    dataset.ContentTime = f"1011{index:02d}"
    dataset.SliceLocation = str(index * 1.25)
    dataset.XRayTubeCurrent = "120"
    dataset.ImageComments = "x" * (index % 5)
    dataset.LargestImagePixelValue = 900 + index
    dataset.PatientComments = "Größe" if index % 3 else "klein"
    for group in (0x0019, 0x0029):
        block = dataset.private_block(group, "ACME 1", create=True)
        block.add_new(0x01, "DS", "0.5")
        block.add_new(0x07, "LO", f"Wert {index}")
        block.add_new(0x08, "OB", bytes(range(index % 7 * 2)))
        block.add_new(0x09, "UN", b"\1\2\3\4")
    item = pydicom.Dataset()
    item.CodeMeaning = f"Maß {index // 2}"
    dataset.private_block(0x0029, "ACME 1").add_new(0x0B, "SQ", [item])
    counts = {"ReferencedImageSequence": 1, "SourceImageSequence": 2, "RequestAttributesSequence": 1}
    for keyword, count in counts.items():
        items = []
        for number in range(count):
            item = pydicom.Dataset()
            item.ReferencedSOPClassUID = dataset.SOPClassUID
            item.ReferencedSOPInstanceUID = deterministicUID(keyword, number, index // 4)
            item.RequestedProcedureID = "é"
            items.append(item)
        setattr(dataset, keyword, items)
    dataset["SourceImageSequence"].is_undefined_length = True
    dataset.SourceImageSequence[0].is_undefined_length_sequence_item = True


def contentsOf(slices=12, **options):
    """The files of a series."""
    return SeriesBuilder(slices=slices, rows=4, columns=4, edit=fill, **options).encoded()


def byItself(contents, size=None):
    """What reading a header by itself gives: the header, or the error."""
    try:
        return scanBytes(contents, size, EXTRA_TAGS)
    except FileError as error:
        return type(error), error.what, error.value


def inSeries(scanner, contents, size=None):
    """As :func:`byItself`, with the help of the headers that the scanner has read before."""
    size = len(contents) if size is None else size
    try:
        header = scanner.scan(BufferWindow(contents, size))
    except FileError as error:
        return type(error), error.what, error.value
    header.fileSize = size
    return header


def trained(files):
    """A scanner that knows the series."""
    scanner = SeriesScanner(EXTRA_TAGS)
    for contents in files:
        inSeries(scanner, contents)
    return scanner


def usesTemplate(scanner, contents):
    """Whether a header was read with the help of others."""
    return scanner.scan(BufferWindow(contents, len(contents))).shared is not None


@pytest.mark.parametrize("options", [
    {}, {"transferSyntax": IMPLICIT}, {"transferSyntax": BIG_ENDIAN}, {"transferSyntax": DEFLATED},
    {"transferSyntax": RLE}, {"charset": "ISO_IR 192", "patientName": "Müller^Jürgen=山田"},
    {"charset": ["", "ISO 2022 IR 87"], "patientName": "Yamada^Tarou=山田^太郎"}, {"dtype": "int16"},
    {"samplesPerPixel": 3, "dtype": "uint8", "rescale": None}, {"modality": "MR"}, {"charset": None},
])
def test_everyFileOfASeriesIsReadAsByItself(options):
    files = contentsOf(**options)
    scanner = SeriesScanner(EXTRA_TAGS)

    assert [inSeries(scanner, contents) for contents in files] == [byItself(contents) for contents in files]


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, RLE])
def test_headersHelpEachOther(syntax):
    files = contentsOf(transferSyntax=syntax)
    scanner = trained(files[:6])
    headers = [scanner.scan(BufferWindow(contents, len(contents))) for contents in files[6:]]

    assert all(header.shared is not None for header in headers)
    assert all({**header.shared, **header.own} == header.values for header in headers)
    assert tagText("Modality") in headers[0].shared
    assert tagText("SOPInstanceUID") in headers[0].own
    assert len({id(header.shared) for header in headers}) <= 2


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_privateElementsThatDifferAreDecodedWithoutAnotherReading(syntax, monkeypatch):
    """By their creators as well as by their tags: an import looks for both of what scanners say of diffusion."""
    def edit(dataset, index):
        block = dataset.private_block(0x0019, "ACME 1", create=True)
        block.add_new(0x07, "LO", f"Wärme {index}")
        block.add_new(0x08, "FD", [index / 3, 0.25])
    files = SeriesBuilder(slices=9, rows=4, columns=4, edit=edit, transferSyntax=syntax).encoded()
    scanner = trained(files[:6])
    readings = []
    monkeypatch.setattr(scanner, "_readElements", lambda *arguments: readings.append(arguments))
    monkeypatch.setattr(scanner._lastTemplate, "_readElements", scanner._readElements)
    found = [inSeries(scanner, files[index]) for index in (8, 7, 7, 8)]

    assert (found, readings) == ([byItself(files[index]) for index in (8, 7, 7, 8)], [])
    assert all("0019,1008" in header.own and '(0019,"ACME 1",08)' in header.own for header in found)
    if syntax == EXPLICIT:
        assert [header.own['(0019,"ACME 1",07)'] for header in found] == [f"Wärme {index}" for index in (8, 7, 7, 8)]


def test_kindsOfHeadersThatAlternateLeaveEachOthersTemplatesAsTheyAre(monkeypatch):
    """Images with and without a direction, in turn; of other elements each kind has one value."""
    def edit(dataset, index):
        fill(dataset, index)
        dataset.SequenceName = f"b{index % 2}"
        if index % 2:
            dataset.DiffusionGradientOrientation = [1.0, 0.0, index / 7]
    files = SeriesBuilder(slices=20, rows=4, columns=4, edit=edit).encoded()
    scanner = trained(files[:16])
    prepared = []
    monkeypatch.setattr(HeaderTemplate, "_prepare", lambda template: prepared.append(template))
    headers = [scanner.scan(BufferWindow(contents, len(contents))) for contents in files[16:]]

    assert all(header.shared is not None for header in headers)
    assert prepared == []


def test_whatIsFoundToDifferIsKnownInTheNextSeries():
    scanner = trained(contentsOf(slices=8))
    following = contentsOf(slices=3, seriesNumber=9)
    inSeries(scanner, following[0]), inSeries(scanner, following[1])

    assert usesTemplate(scanner, following[2])


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_mixedSeriesAreToldApart(syntax):
    series = [contentsOf(seriesNumber=number, transferSyntax=syntax, charset=charset, dtype=dtype)
              for number, charset, dtype in ((1, "ISO_IR 100", "int16"), (2, "ISO_IR 192", "uint16"),
                                             (3, "ISO_IR 100", "uint16"), (4, None, "int16"))]
    mixed = [contents for group in zip(*series, strict=True) for contents in group]
    random.Random(4).shuffle(mixed)
    scanner = SeriesScanner(EXTRA_TAGS)

    assert [inSeries(scanner, contents) for contents in mixed] == [byItself(contents) for contents in mixed]
    assert all(usesTemplate(scanner, contents) for contents in mixed)


def changed(keyword, value):
    def edit(dataset, index):
        fill(dataset, index)
        if value is None:
            del dataset[keyword]
        else:
            setattr(dataset, keyword, value)
    return SeriesBuilder(slices=1, rows=4, columns=4, edit=edit).encoded()[0]


@pytest.mark.parametrize("keyword, value", [
    ("SpecificCharacterSet", "ISO_IR 192"), ("SpecificCharacterSet", None), ("PixelRepresentation", 1),
    ("SeriesInstanceUID", "1.2.3"), ("Modality", "PT"), ("PatientName", "Grün^Anna"), ("Rows", 2), ("Rows", 4000),
    ("ImageType", "ORIGINAL"), ("ImageType", None), ("StudyInstanceUID", None), ("ReferencedImageSequence", []),
    ("SourceImageSequence", None), ("BodyPartExamined", "HEAD"), ("NumberOfFrames", 3), ("PatientComments", "ä" * 900),
    ("AcquisitionContextSequence", []),
])
def test_anElementThatIsAnotherOrMissingOrNewIsReadAsByItself(keyword, value):
    scanner = trained(contentsOf())
    contents = changed(keyword, value)
    following = contentsOf()[5]

    assert inSeries(scanner, contents) == byItself(contents)
    assert inSeries(scanner, following) == byItself(following)


def test_anotherCharacterSetThatIsNotTheFirstElementIsNoticed():
    def edit(dataset, index):
        fill(dataset, index)
        dataset.add_new(0x00080001, "UL", 4)
        dataset.add_new(0x00104000, "LT", b"Gr\xc3\xb6\xc3\x9fe")
    files = SeriesBuilder(slices=6, rows=4, columns=4, edit=edit).encoded()
    contents = files[5].replace(b"ISO_IR 100", b"ISO_IR 192")
    scanner = trained(files[:5])

    assert inSeries(scanner, contents) == byItself(contents)
    assert inSeries(scanner, contents).value(tagText("PatientComments")) == "Größe"


def test_anotherSignOfPixelsIsNoticed():
    def edit(dataset, index):
        fill(dataset, index)
        dataset.LargestImagePixelValue = 65000 + index
    files = SeriesBuilder(slices=6, rows=4, columns=4, edit=edit, transferSyntax=IMPLICIT).encoded()
    place = files[5].index(b"\x28\x00\x03\x01\x02\0\0\0") + 8
    contents = files[5][:place] + b"\1" + files[5][place + 1 :]
    scanner = trained(files[:5])

    assert inSeries(scanner, contents) == byItself(contents)
    assert inSeries(scanner, contents).value(tagText("LargestImagePixelValue")) == "-531"


def test_anotherOwnerOfPrivateElementsIsNoticed():
    files = contentsOf()
    scanner = trained(files)
    contents = files[3].replace(b"ACME 1", b"ACME 2")

    assert scanBytes(files[3], extraTags=EXTRA_TAGS).values['(0019,"ACME 1",07)'] == "Wert 3"
    assert inSeries(scanner, contents) == byItself(contents)
    assert '(0019,"ACME 1",07)' not in inSeries(scanner, contents).values


def implicitElement(tag, value):
    value += b" " * (len(value) % 2)
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


SEQUENCE_AS_COMMENT = (
    struct.pack("<HHI", 0x0020, 0x4000, 0xFFFFFFFF) + b"\xfe\xff\x00\xe0\x08\0\0\0" + implicitElement(0x00080104, b"")
    + b"\xfe\xff\xdd\xe0\0\0\0\0"
)
ODDITIES = {
    "an owner that is named after its element": lambda index: (
        implicitElement(0x00191007, b"W%d" % index) + implicitElement(0x00190010, b"ACME 1")),
    "two blocks of one owner": lambda index: (
        implicitElement(0x00190010, b"ACME 1") + implicitElement(0x00190011, b"ACME 1 ")
        + implicitElement(0x00191007, b"A" if index < 3 else b"B%d" % index) + implicitElement(0x00191107, b"A")),
    "a private number before the sign of pixels": lambda index: (
        implicitElement(0x00270010, b"FDMS 1.0")
        + implicitElement(0x002710A3, struct.pack("<H", 5 if index < 3 else 65000 + index))),
    "a sequence where others have a text": lambda index: (
        implicitElement(0x00204000, b"text %d" % index) if index < 6 else SEQUENCE_AS_COMMENT),
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_oddHeadersAreReadAsByThemselves(oddity):
    """What an element says may also depend on a later one, and one value may be looked for in two elements."""
    files = SeriesBuilder(slices=9, rows=4, columns=4, transferSyntax=IMPLICIT, dtype="int16").encoded()
    for index, contents in enumerate(files):
        place = contents.index(b"\x20\x00\x32\x00")
        files[index] = contents[:place] + ODDITIES[oddity](index) + contents[place:]
    scanner = SeriesScanner(EXTRA_TAGS)

    assert [inSeries(scanner, contents) for contents in files] == [byItself(contents) for contents in files]
    assert len({contents.values.get(key) for contents in map(byItself, files) for key in EXTRA_TAGS}) > 1


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, RLE])
def test_everyCutIsReadAsByItself(syntax):
    files = contentsOf(transferSyntax=syntax)
    scanner = trained(files)
    for size in range(len(files[4])):
        assert inSeries(scanner, files[4][:size]) == byItself(files[4][:size]), size


@pytest.mark.parametrize("size", [-3, -1, 1, 1000])
def test_filesOfAnotherSizeAreReadAsByThemselves(size):
    files = contentsOf()
    scanner = trained(files)
    header = scanBytes(files[2])
    contents, whole = files[2][: header.pixelDataOffset + 10], len(files[2]) + size

    assert inSeries(scanner, contents, whole) == byItself(contents, whole)
    assert usesTemplate(scanner, files[2])


def test_aSeriesOfSingleHeadersMakesFewTemplates():
    """Headers that have nothing in common cost no more than the reading of each by itself."""
    scanner = SeriesScanner()
    for number in range(40):
        def edit(dataset, index, number=number):
            for element in range(number):
                dataset.add_new(0x00090010 + element, "LO", f"{element}")
        (contents,) = SeriesBuilder(slices=1, rows=4, columns=4, edit=edit).encoded()
        scanner.scan(BufferWindow(contents, len(contents)))
    (series,) = scanner._series.values()

    assert series.made < 3


def test_manySeriesAreForgottenAgain():
    scanner = SeriesScanner()
    for number in range(60):
        for contents in SeriesBuilder(slices=3, rows=2, columns=2, seriesNumber=number).encoded():
            scanner.scan(BufferWindow(contents, len(contents)))

    assert len(scanner._series) < 30


def test_filesAreReadWithSizeAndTime(tmp_path):
    paths = [os.fsencode(path) for path in SeriesBuilder(slices=5).write(tmp_path)]
    scanner = SeriesScanner()
    headers = [scanner.scanFile(path) for path in paths]

    assert [header.path for header in headers] == paths
    assert headers[4].shared is not None
    assert (headers[4].fileSize, headers[4].modifiedTime) == (
        os.stat(paths[4]).st_size, os.stat(paths[4]).st_mtime_ns)


# What hypothesis does to headers: bytes changed, removed, doubled and moved, and elements of other files put in.

_TRAINED = {syntax: contentsOf(slices=10, transferSyntax=syntax) for syntax in (EXPLICIT, IMPLICIT, RLE)}
_LENGTHS = st.sampled_from([b"\0\0", b"\xff\xff\xff\xff", b"\4\0\0\0", b"\xfe\xff\x00\xe0", b"SQ\0\0", b"UN\0\0"])


@st.composite
def mutants(draw):
    """A transfer syntax and a file that is damaged in a few places of its header."""
    syntax = draw(st.sampled_from(sorted(_TRAINED)))
    contents = bytearray(draw(st.sampled_from(_TRAINED[syntax])))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(120, max(120, len(contents) - 30)))
        change = draw(st.sampled_from(["byte", "cut", "double", "length", "pieces"]))
        size = draw(st.integers(1, 40))
        if change == "byte":
            contents[place] = draw(st.integers(0, 255))
        elif change == "cut":
            del contents[place : place + size]
        elif change == "double":
            contents[place:place] = contents[place : place + size]
        elif change == "length":
            piece = draw(_LENGTHS)
            contents[place : place + len(piece)] = piece
        else:
            other = draw(st.sampled_from(_TRAINED[syntax]))
            contents[place : place + size] = other[place : place + size]
    return syntax, bytes(contents)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(mutants(), min_size=1, max_size=4))
def test_mutantsAreReadAsByThemselves(damaged):
    """Also what a scanner learns from a mutant leads it nowhere: the whole files after it are read right."""
    scanners = {syntax: trained(_TRAINED[syntax][:6]) for syntax in {syntax for syntax, _ in damaged}}
    for syntax, contents in damaged:
        whole = _TRAINED[syntax][7]

        assert inSeries(scanners[syntax], contents) == byItself(contents)
        assert inSeries(scanners[syntax], whole) == byItself(whole)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(mutants(), min_size=1, max_size=6))
def test_manyMutantsAreReadAsByThemselves(damaged):
    test_mutantsAreReadAsByThemselves.hypothesis.inner_test(damaged)


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_mutantsOfLengthsInsideSequencesAreReadAsByThemselves(step):
    """Every length of every sequence, item and nested element, made a little shorter or longer or undefined."""
    for syntax in (EXPLICIT, IMPLICIT):
        files = _TRAINED[syntax]
        scanner = trained(files)
        start = files[8].index(b"\x08\x00\x40\x11")
        for place in range(start, min(start + 600, len(files[8]) - 4), step):
            for value in (0, 4, 0xFFFFFFFF, 700):
                contents = bytearray(files[8])
                struct.pack_into("<I", contents, place, value)
                assert inSeries(scanner, bytes(contents)) == byItself(bytes(contents)), (syntax, place, value)
