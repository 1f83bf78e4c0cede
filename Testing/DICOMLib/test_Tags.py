"""Tag names and numbers agree with the standard's dictionary, and every tag stands once."""

import pytest
from pydicom.datadict import keyword_for_tag

from DICOMLib.Tags import ALL_TAGS, normalizedTag, tagNumber, tagText


@pytest.mark.parametrize("tag", ALL_TAGS, ids=lambda tag: tag.keyword)
def test_keyword_and_number_agree_with_PS3_6(tag):
    assert keyword_for_tag(tag.number) == tag.keyword


def test_every_tag_stands_once():
    assert len({tag.text for tag in ALL_TAGS}) == len(ALL_TAGS) == len({tag.keyword for tag in ALL_TAGS})


@pytest.mark.parametrize("written", ["0008,103e", "0008,103E", "0008103e", "(0008,103E)", 0x0008103E, (0x0008, 0x103E)])
def test_every_way_of_writing_a_tag_means_the_same(written):
    assert normalizedTag(written) == "0008,103E" == tagText("SeriesDescription")
    assert tagNumber("0008,103e") == 0x0008103E


@pytest.mark.parametrize("written", ["", "SeriesDescription", "0008,103", "zzzz,zzzz"])
def test_what_is_not_a_tag_is_refused(written):
    with pytest.raises(ValueError):
        normalizedTag(written)
