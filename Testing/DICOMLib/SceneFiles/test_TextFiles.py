"""Texts that no file can hold cost their character, not the scene."""

from __future__ import annotations

from DICOMLib.Scene.Nodes import vtkMRMLTextNode
from DICOMLib.SceneFiles.TextFiles import writeText


def test_halfOfAPairIsReplaced_andBytesThatAreNoUtf8Stay(tmp_path):
    node = vtkMRMLTextNode()
    node.SetText("a \ud83d cut, \udcff a byte, \U0001f600 whole")
    writeText(node, tmp_path / "a.txt", None)
    assert (tmp_path / "a.txt").read_bytes() == b"a \xef\xbf\xbd cut, \xff a byte, \xf0\x9f\x98\x80 whole"
