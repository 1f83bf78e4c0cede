"""Which names of members are taken, at each limit and one beyond it, and how what is refused is told."""

from __future__ import annotations

import stat

import pytest

from DICOMLib.Errors import SceneFileError
from DICOMLib.Media.ZipMembers import ZipEntry
from DICOMLib.SceneFiles.BundleNames import checkedNames

UNICODE = 0x800


def entry(name: str | bytes, mode: int = 0, flags: int = UNICODE, method: int = 0) -> ZipEntry:
    data = name if isinstance(name, bytes) else name.encode("utf-8", "surrogatepass")
    return ZipEntry(0, 0, 0, 0, flags, method, mode, data)


def refusal(*entries: ZipEntry | str | bytes) -> str:
    """Why a bundle with these members is refused."""
    with pytest.raises(SceneFileError) as caught:
        checkedNames([one if isinstance(one, ZipEntry) else entry(one) for one in entries], "a.mrb")
    assert caught.value.where == "a.mrb" and "nothing was written" in caught.value.hint
    assert caught.value.what.isprintable()
    return caught.value.what


def names(*given: str) -> list[str]:
    return list(checkedNames([entry(one) for one in given], "a.mrb"))


def test_filesAreKeptByTheirPathsInTheirOrder_andFoldersAreNone():
    entries = [entry("S/"), entry("S/b.txt"), entry("S/Data/"), entry("S/a é.nrrd")]
    assert checkedNames(entries, "a.mrb") == {"S/b.txt": entries[1], "S/a é.nrrd": entries[3]}


def test_namesThatOnlyLookOddAreTaken():
    odd = ["...a", ".hidden", "a..b", "con1", "icon", "com", "lptx.txt", "a.con", "CONx.txt", " a", "S/%2e%2e", "~"]
    assert names(*odd) == odd


REFUSED = {
    "its name has control characters": ["a\0", "a\nb", "\x7f", "\x85", "a\u2028b", "a\u2029b", b"\xff\xfe"],
    "its name is not one within the bundle": ["/a", "S\\a", "C:a", "C:/a", "a:stream", "//host/a"],
    "its name leads out of its folder": ["../a", "S/../a", "S/..", ".", "..", "S/./a", "S//a", ""],
    "its name is reserved on some systems": [
        "con", "Prn.txt", "S/AUX", "nul", "conin$", "CONOUT$.x", "com0", "COM9.a.b", "com\u00b9", "lpt\u00b3.x",
        "lpt0/a", "con .txt", "con  .x", "a.", "a ", "S. /b", "a . .",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("problem", "name"), [(problem, one) for problem in REFUSED for one in REFUSED[problem]])
def test_eachNameThatIsNoneOnSomeSystemIsRefused(problem, name):
    assert refusal("S/S.mrml", name).endswith(f"is refused: {problem}")


def test_aPathIs16PartsDeepAndNotDeeper():
    deepest = "/".join("abcdefghijklmnop")
    assert names(deepest) == [deepest]
    assert refusal(f"{deepest}/q").endswith("is refused: it is more than 16 folders deep")


@pytest.mark.parametrize("letter", ["n", "é"])
def test_aPartOfANameHas255BytesAndNotMore(letter):
    longest = "x" + letter * (254 // len(letter.encode()))
    assert len(longest.encode()) == 255
    assert names(f"S/{longest}/{longest}") == [f"S/{longest}/{longest}"]
    assert refusal(f"S/{longest}x").endswith("is refused: its name has more than 255 bytes")


TWICE = "there are two entries of this name, or of one that differs in capitals only"


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        (("S/a", "S/a"), TWICE), (("S/a", "s/A"), TWICE), (("S/é", "S/e\u0301"), TWICE), (("ß", "SS"), TWICE),
        (("S/a/b", "S/a"), TWICE), (("S/a/", "S/A"), TWICE), (("S/a/b/c", "S/A"), TWICE),
        (("S/a", "S/a/b"), "a file is used as a folder"), (("S", "s/a/b"), "a file is used as a folder"),
    ],
)  # fmt: skip
def test_noTwoEntriesAreOneFileOnAnySystem(entries, problem):
    assert refusal(*entries).endswith(problem)


def test_aFolderIsNoFileToo_butMayBeThereTwice():
    assert refusal("S/a", "S/A/") == "the entry “S/A” is a file and a folder"
    assert names("S/", "S/", "s/", "S/a") == ["S/a"]


@pytest.mark.parametrize("name", ["S/a", "S/a/"])
def test_onlyPlainFilesAndFoldersAreTaken(name):
    for kind in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
        assert refusal(entry(name, kind | 0o600)).endswith("is refused: not a regular file")
    assert "is refused: a symbolic link" in refusal(entry(name, stat.S_IFLNK | 0o777))


def test_plainModesAreTaken():
    entries = [entry("S/a", stat.S_IFREG | 0o600), entry("S/b/", stat.S_IFDIR | 0o755), entry("S/c/", 0)]
    assert list(checkedNames(entries, "a.mrb")) == ["S/a"]


def test_aFileIsNotTakenForAFolderBecauseOfItsName():
    assert refusal(entry("S/a/")._replace(size=1)).endswith("is refused: its name leads out of its folder")
    assert refusal(entry("S/a\\")).endswith("is refused: its name is not one within the bundle")


def test_encryptedEntriesAreRefused():
    assert "encrypted" in refusal(entry("a", flags=UNICODE | 1))


def test_aNameThatIsNoUtf8IsOneOfTheFirstPCs_unlessItIsMarkedAsUtf8():
    assert list(checkedNames([entry(b"K\x94ln", flags=0)], "a.mrb")) == ["Köln"]
    assert list(checkedNames([entry("Köln", flags=0)], "a.mrb")) == ["Köln"]
    assert refusal(entry(b"K\x94ln")).startswith("the entry “K\\x94ln” of the bundle is refused: its name has con")


def test_whatIsToldOfANameIsShortAndHarmless():
    assert refusal("a\x1b[31m") == "the entry “a\\x1b[31m” of the bundle is refused: its name has control characters"
    limit = "/" + "a" * 64 + "b" * 15
    assert refusal(limit).startswith(f"the entry “{limit}” of")
    assert refusal(limit + "c").startswith(f"the entry “/{'a' * 59}…{'b' * 14}c” of")
