"""The tables of nested values agree with the standard's dictionary, and lead where they should."""

import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword

from DICOMLib.NestedTags import ELEMENTS, FUNCTIONAL_GROUPS, SEQUENCES, pathsOf
from DICOMLib.TagPaths import parsedPath


@pytest.mark.parametrize("keyword", ELEMENTS)
def test_numberAndVRAgreeWithPS3_6(keyword):
    number, vr = ELEMENTS[keyword]

    assert tag_for_keyword(keyword) == number
    assert vr in dictionary_VR(number)


@pytest.mark.parametrize("path", pathsOf(FUNCTIONAL_GROUPS) + pathsOf(SEQUENCES))
def test_everyPathEntersSequencesOnly(path):
    steps = parsedPath(path).steps

    assert len(steps) > 1
    for step in steps[:-1]:
        assert step.creator or dictionary_VR(step.number) == "SQ"
    assert steps[-1].creator or dictionary_VR(steps[-1].number) != "SQ"


def test_everyPathStandsOnceAndHasAReason():
    for table in (FUNCTIONAL_GROUPS, SEQUENCES):
        paths = pathsOf(table)
        assert len(set(paths)) == len(paths)
        assert all(len(reason) > 5 for _, _, reason in table)
