"""What the parts of the database share."""

import os

import pytest

from DICOMLib.Database.DatabasePart import folderAndName, inGroups


@pytest.mark.parametrize("path", [b"/a/b/c", b"/a/b", b"/a", b"/", b"//a", b"///a/b", b"a", b"", b"/a/b/", b"/a//b"])
def test_pathsAreSplitAsPythonDoesIt(path):
    assert folderAndName(path) == os.path.split(path)


def test_groupsHoldEveryItemOnce():
    groups = list(inGroups(range(1201)))

    assert [len(group) for group in groups] == [500, 500, 201]
    assert sum(groups, []) == list(range(1201))
