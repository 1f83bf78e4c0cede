"""Tags, keywords and paths into sequences: one normal form for all ways of writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from DICOMLib.Errors import DICOMError
from DICOMLib.TagPaths import EVERY_ITEM, MAX_STEPS, PathStep, TagPath, TagPathError, normalizedPath, parsedPath


@pytest.mark.parametrize(("written", "normal"), [
    ("0008,103e", "0008,103E"),
    ("(0008,103E)", "0008,103E"),
    ("0008103e", "0008,103E"),
    (" SeriesDescription ", "0008,103E"),
    (0x0008103E, "0008,103E"),
    ((0x0008, 0x103E), "0008,103E"),
    ("(0008,1115)[0].(0020,000e)", "(0008,1115)[0].(0020,000E)"),
    ("0008,1115[0].0020,000e", "(0008,1115)[0].(0020,000E)"),
    ("ReferencedSeriesSequence[0].SeriesInstanceUID", "(0008,1115)[0].(0020,000E)"),
    ("ReferencedSeriesSequence[*].(0020,000E)", "(0008,1115)[*].(0020,000E)"),
    ("(0008,1115)[007].SeriesInstanceUID", "(0008,1115)[7].(0020,000E)"),
    ('(0029,"SIEMENS CSA HEADER",10)', '(0029,"SIEMENS CSA HEADER",10)'),
    ('(0029,"SIEMENS CSA HEADER",xx0a)', '(0029,"SIEMENS CSA HEADER",0A)'),
    ('(2005,"A ""quoted"" one",0f)[*].(0018,9087)', '(2005,"A ""quoted"" one",0F)[*].(0018,9087)'),
])  # fmt: skip
def test_everyWayOfWritingHasOneNormalForm(written, normal):
    assert normalizedPath(written) == normal == normalizedPath(normal)


@pytest.mark.parametrize("written", [
    "", " ", "NoSuchKeyword", "0008,103", "zzzz,zzzz", "(0008,1115)[0]", "SeriesDescription[0]",
    "ReferencedSeriesSequence.SeriesInstanceUID", "(0008,1115)[-1].(0020,000E)", "(0008,1115)[0]..(0020,000E)",
    "(0008,1115)[0].", "(0008,1115)[a].(0020,000E)", "(0008,1115) [0].(0020,000E)", '(0028,"EVEN",10)', '(0029,"",10)',
    '(0029," ",10)', '(0029,"A\\B",10)', '(0029,"A",100)', -1, 1 << 32, "(0008,1115)[0]." * MAX_STEPS + "(0020,000E)",
    "x" * 100_000, "'; DROP TABLE series; --",
])  # fmt: skip
def test_whatIsNoTagIsRefusedWithASentence(written):
    with pytest.raises(TagPathError) as raised:
        normalizedPath(written)

    sentence = str(raised.value)
    assert sentence.endswith(".") and len(sentence) < 400 and sentence.isprintable()
    assert isinstance(raised.value, DICOMError) and isinstance(raised.value, ValueError)


@pytest.mark.parametrize("hidden", ["PatientName\n", "(0010,0010)\0", "0010,0010\x1b[2J"])
def test_controlCharactersAreNoPartOfATag(hidden):
    if hidden.strip() == "PatientName":
        assert normalizedPath(hidden) == "0010,0010"
        return
    with pytest.raises(TagPathError) as raised:
        normalizedPath(hidden)
    assert str(raised.value).isprintable()


creators = some.text(some.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters="\\"), min_size=1).map(
    str.strip).filter(bool)  # fmt: skip
standardSteps = some.builds(PathStep, some.integers(0, 0xFFFFFFFF))
privateSteps = some.builds(
    lambda group, low, creator: PathStep((group | 1) << 16 | low, creator),
    some.integers(0, 0xFFFF), some.integers(0, 0xFF), creators,
)  # fmt: skip
steps = some.one_of(standardSteps, privateSteps)
items = some.one_of(some.just(EVERY_ITEM), some.integers(0, 9_999_999))


@given(some.lists(some.tuples(steps, items), max_size=8), steps)
def test_thePathWrittenInNormalFormIsThePath(entered, last):
    path = TagPath((*(PathStep(step.number, step.creator, item) for step, item in entered), last))

    assert parsedPath(str(path)) == path
    assert normalizedPath(str(path)) == str(path)


@given(some.text(max_size=40))
def test_anyTextIsATagOrRefusedWithASentence(text):
    try:
        assert normalizedPath(normalizedPath(text)) == normalizedPath(text)
    except TagPathError as error:
        assert str(error).endswith(".")


def test_aPathIsTheSameWithKeywordsAndWithNumbers():
    path = parsedPath('(5200,9230)[3].(2005,"Philips MR Imaging DD 005",0F)[0].(0018,9087)')

    words = 'PerFrameFunctionalGroupsSequence[3].(2005,"Philips MR Imaging DD 005",0F)[0].DiffusionBValue'
    assert parsedPath(words) == path
    assert path.isNested and not path.isPlain and path.last == PathStep(0x00189087)
