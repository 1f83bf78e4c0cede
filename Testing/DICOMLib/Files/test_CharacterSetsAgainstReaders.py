"""Every character set of PS3.3 C.12.1.1.2: our text is the one that was written, and the one that DCMTK and pydicom
read."""

import shutil
import subprocess

import pydicom
import pytest

from DICOMLib.Files.CharacterSets import decodeText
from DICOMLib.Files.HeaderScanner import scanBytes, scanFile
from Testing.Fixtures.BrokenFiles import part10, shortElement

SINGLE_BYTE = {
    "ISO_IR 100": ("latin-1", "Buc^Jérôme", b"-A"), "ISO_IR 101": ("iso8859-2", "Wałęsa^Łódź", b"-B"),
    "ISO_IR 109": ("iso8859-3", "Ĝoĉo^Ħal", b"-C"), "ISO_IR 110": ("iso8859-4", "Āķis^Ģīrts", b"-D"),
    "ISO_IR 144": ("iso8859-5", "Люкceмбypг", b"-L"), "ISO_IR 127": ("iso8859-6", "قباني^لنزار", b"-G"),
    "ISO_IR 126": ("iso8859-7", "Διονυσιος", b"-F"), "ISO_IR 138": ("iso8859-8", "שרון^דבורה", b"-H"),
    "ISO_IR 148": ("iso8859-9", "Çavuşoğlu^İpek", b"-M"), "ISO_IR 203": ("iso8859-15", "Œuvre^Šimon€", b"-b"),
    "ISO_IR 166": ("tis_620", "นามสกุล^ชื่อ", b"-T"),
}  # fmt: skip
WHOLE = {
    "ISO_IR 13": ("ﾔﾏﾀﾞ^ﾀﾛｳ", "ﾔﾏﾀﾞ^ﾀﾛｳ".encode("shift_jis")),
    "ISO_IR 192": ("Wang^XiaoDong=王^小東", "Wang^XiaoDong=王^小東".encode()),
    "GB18030": ("Wang^XiaoDong=王^小东", "Wang^XiaoDong=王^小东".encode("gb18030")),
    "GBK": ("Wang^XiaoDong=王^小东", "Wang^XiaoDong=王^小东".encode("gbk")),
}
EXTENDED = {
    ("", "ISO 2022 IR 87"): (
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B"),
    ("ISO 2022 IR 13", "ISO 2022 IR 87"): (
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J"),
    ("", "ISO 2022 IR 159"): ("A=丂丅^B", b"A=\x1b$(D0!0#\x1b(B^B"),
    ("", "ISO 2022 IR 149"): (
        "Hong^Gildong=洪^吉洞", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"),
    ("", "ISO 2022 IR 58"): ("Zhang^XiaoDong=张^小东", b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab"),
    ("ISO 2022 IR 100", "ISO 2022 IR 144"): ("Jérôme=Люк^é", b"J\xe9r\xf4me=\x1b-L\xbb\xee\xda^\xe9"),
}  # fmt: skip


def samples():
    for term, (codec, text, escape) in SINGLE_BYTE.items():
        raw = text.encode(codec)
        yield (term,), text, raw
        extended = term.replace("ISO_IR", "ISO 2022 IR")
        yield ("", extended), f"A={text}", b"A=" + b"^".join(b"\x1b" + escape + part for part in raw.split(b"^"))
    for term, (text, raw) in WHOLE.items():
        yield (term,), text, raw
    for terms, (text, raw) in EXTENDED.items():
        yield terms, text, raw


SAMPLES = list(samples())
IDS = ["\\".join(terms) for terms, _, _ in SAMPLES]


def fileWith(terms, raw: bytes) -> bytes:
    """A small object whose PatientName holds the bytes."""
    return part10() + b"".join((
        shortElement(0x0008, 0x0005, b"CS", "\\".join(terms).encode()),
        shortElement(0x0008, 0x0016, b"UI", b"1.2.840.10008.5.1.4.1.1.7"),
        shortElement(0x0008, 0x0018, b"UI", b"2.25.1234"),
        shortElement(0x0010, 0x0010, b"PN", raw),
    ))  # fmt: skip


@pytest.mark.parametrize(("terms", "text", "raw"), SAMPLES, ids=IDS)
def test_everySetOfTheStandardReadsWhatWasWritten(terms, text, raw):
    assert decodeText(raw, "PN", terms) == text
    assert scanBytes(fileWith(terms, raw)).value("0010,0010") == text


# pydicom has no code for the first two, leaves the third's escapes in the text, and lets a set that was called on
# inside a name go on behind the next delimiter. DCMTK reads all of them as we do, where it knows the set.
OTHERWISE_IN_PYDICOM = (
    ("ISO_IR 203",), ("", "ISO 2022 IR 203"), ("", "ISO 2022 IR 58"), ("ISO 2022 IR 100", "ISO 2022 IR 144"),
)  # fmt: skip


@pytest.mark.parametrize(("terms", "text", "raw"), SAMPLES, ids=IDS)
def test_pydicomReadsTheSame(terms, text, raw, tmp_path):
    if terms in OTHERWISE_IN_PYDICOM:
        pytest.skip("pydicom reads this one otherwise")
    path = tmp_path / "file.dcm"
    path.write_bytes(fileWith(terms, raw))

    assert str(pydicom.dcmread(path).PatientName) == text


def inUTF8(path, folder) -> pydicom.Dataset | None:
    """The object as DCMTK converts it; None when DCMTK does not know the set."""
    converted = folder / "utf8.dcm"
    done = subprocess.run(["dcmconv", "+U8", str(path), str(converted)], capture_output=True, check=False)
    if done.returncode:
        return None
    return pydicom.dcmread(converted)


@pytest.mark.skipif(shutil.which("dcmconv") is None, reason="DCMTK is not installed")
def test_DCMTKReadsTheSame(tmp_path):
    compared = 0
    for terms, text, raw in SAMPLES:
        path = tmp_path / "file.dcm"
        path.write_bytes(fileWith(terms, raw))
        converted = inUTF8(path, tmp_path)
        if converted is not None:
            compared += 1
            assert str(converted.PatientName) == text, terms
    print(f"{compared} of {len(SAMPLES)} samples converted by DCMTK, all read alike")
    assert compared >= 20


@pytest.mark.data
@pytest.mark.skipif(shutil.which("dcmconv") is None, reason="DCMTK is not installed")
def test_realFilesReadAsInDCMTK(sharedData, tmp_path):
    compared = 0
    for path in sorted((sharedData / "charset").glob("*/dicom/*.dcm")):
        converted = inUTF8(path, tmp_path)
        if converted is None:
            continue
        ours = scanFile(path)
        assert ours.value("0010,0010").rstrip("=") == str(converted.get("PatientName", "")), path.name
        compared += 1
    assert compared >= 12


def test_aBackslashInsideACharacterOfTwoBytesIsNoDelimiter():
    for term, codec in (("GBK", "gbk"), ("GB18030", "gb18030")):
        raw = "乗\\許".encode(codec)
        assert b"\\" in raw and decodeText(raw, "LO", [term]).split("\\") == ["乗", "許"]
    raw = "ソ\\表".encode("shift_jis")
    assert raw.count(b"\\") == 3
    assert decodeText(raw, "LO", ["ISO_IR 13"]).split("\\") == ["ソ", "表"]


def test_aBackslashInsideAPairOfJISIsNoDelimiter():
    raw = b"\x1b$B;\\\x1b(B\\b"

    assert decodeText(raw, "LO", ["", "ISO 2022 IR 87"]).split("\\") == [b"\xbb\xdc".decode("euc_jp"), "b"]


@pytest.mark.parametrize("delimiter", ["^", "=", "\\"])
def test_aNamesDelimitersEndItsCodeExtension(delimiter):
    raw = b"\x1b$)C\xc8\xab" + delimiter.encode() + b"\xe9"

    assert decodeText(raw, "PN", ["ISO 2022 IR 100", "ISO 2022 IR 149"]) == f"홍{delimiter}é"


def test_aBackslashInFreeTextIsALetter():
    raw = b"\x1b$)C\xc8\xab\\\xc8\xab\n\xe9"

    assert decodeText(raw, "LT", ["ISO 2022 IR 100", "ISO 2022 IR 149"]) == "홍\\홍\né"


@pytest.mark.parametrize(("terms", "raw", "expected"), [
    (("NO SUCH SET",), b"M\xfcller^J", "M\ufffdller^J"),
    (("ISO_IR 192",), b"M\xfcller", "M\ufffdller"),
    (("", "ISO 2022 IR 87"), b"a\x1b$Zb", "a\ufffd$Zb"),
    (("", "ISO 2022 IR 87"), b"a\x1b", "a\ufffd"),
    (("ISO_IR 192", "ISO 2022 IR 87"), b"\xe7\x8e\x8b\x1b$B", "王\x1b$B"),
])  # fmt: skip
def test_whatCannotBeReadShowsReplacementCharacters(terms, raw, expected):
    assert decodeText(raw, "PN", terms) == expected
