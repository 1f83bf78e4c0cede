"""What of a drag is taken for files."""

import os
import sys

import pytest
from qtpy.QtCore import QMimeData, QUrl

pytestmark = pytest.mark.gui


def pathsIn(*urls):
    from DICOMLib.Widgets.DropOverlay import localPaths

    data = QMimeData()
    data.setUrls([QUrl.fromEncoded(url) for url in urls])
    return localPaths(data)


def test_local_files_are_taken_and_links_to_elsewhere_left_out():
    assert pathsIn(b"file:///data/ct", b"https://example.org/x", b"mailto:a@b") == ["/data/ct"]


@pytest.mark.parametrize("name", ["100%20 #?.dcm", "<b>x.dcm", "山田\n.dcm", " lead", "a;b&c"])
def test_every_letter_of_a_name_stays(name):
    assert pathsIn(bytes(QUrl.fromLocalFile(f"/data/{name}").toEncoded())) == [f"/data/{name}"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are Unicode there")
def test_names_that_are_not_text_reach_the_import_as_they_are():
    assert [os.fsencode(path) for path in pathsIn(b"file:///data/caf%E9.dcm")] == [b"/data/caf\xe9.dcm"]
