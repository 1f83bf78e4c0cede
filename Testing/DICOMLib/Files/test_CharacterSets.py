"""Text in the character sets of DICOM; examples from PS3.5 annexes H to K."""

import warnings

import pytest

from DICOMLib.Files.CharacterSets import decodeText

JAPANESE = (b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b\x24\x42\x3b\x33\x45\x44\x1b\x28\x4a^\x1b\x24\x42\x42\x40\x4f\x3a"
            b"\x1b\x28\x4a=\x1b\x24\x42\x24\x64\x24\x5e\x24\x40\x1b\x28\x4a^\x1b\x24\x42\x24\x3f\x24\x6d\x24\x26\x1b\x28\x4a")
KOREAN = (b"Hong^Gildong=\x1b\x24\x29\x43\xfb\xf3^\x1b\x24\x29\x43\xd1\xce\xd4\xd7="
          b"\x1b\x24\x29\x43\xc8\xab^\x1b\x24\x29\x43\xb1\xe6\xb5\xbf")


@pytest.mark.parametrize("raw, characterSet, expected", [
    (b"Doe^John", [], "Doe^John"),
    (b"Buc^J\xe9r\xf4me", ["ISO_IR 100"], "Buc^Jérôme"),
    ("Wang^XiaoDong=王^小東".encode(), ["ISO_IR 192"], "Wang^XiaoDong=王^小東"),
    ("Wang^XiaoDong=王^小东".encode("gb18030"), ["GB18030"], "Wang^XiaoDong=王^小东"),
    ("Διονυσιος".encode("iso8859-7"), ["ISO_IR 126"], "Διονυσιος"),
    (JAPANESE, ["ISO 2022 IR 13", "ISO 2022 IR 87"], "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"),
    (KOREAN, ["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
    (b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=", ["", "ISO 2022 IR 58"], "Zhang^XiaoDong=张^小东="),
])
def test_namesOfTheWorld(raw, characterSet, expected):
    assert decodeText(raw, "PN", characterSet) == expected


def test_aBackslashEndsTheCharacterSetOfAValue():
    raw = b"\x1b\x24\x29\x43\xc8\xab\\\xe9"

    assert decodeText(raw, "LO", ["ISO_IR 100", "ISO 2022 IR 149"]) == "홍\\é"


@pytest.mark.parametrize("name", ["ISO-IR 100", "ISO IR 100", "iso_ir 100", " ISO_IR 100"])
def test_misspeltSetsAreRecognized(name):
    assert decodeText(b"\xe9", "LO", [name]) == "é"


@pytest.mark.parametrize("raw, characterSet", [
    (b"\xff\xfe\xe9", ["ISO_IR 192"]), (b"a\x1b$?b", [""]), (b"\x1b", ["ISO 2022 IR 87"]),
    (b"\x1b$B\xff", ["ISO 2022 IR 87"]), (b"\xe9", ["NO SUCH SET"]), (b"\xff", ["GB18030", "ISO_IR 192"]),
])
def test_whatDoesNotFitIsReplacedWithoutAnErrorOrAWarning(raw, characterSet):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decodeText(raw, "PN", characterSet)


def test_otherValueRepresentationsIgnoreTheSet():
    assert decodeText(b"\xe9", "CS", ["ISO_IR 192"]) == "é"
