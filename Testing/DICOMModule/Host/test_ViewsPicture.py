"""The picture that goes into the DICOM object of a scene: the views, and nothing else of the window."""

from __future__ import annotations

from types import SimpleNamespace

import numpy
import pytest

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMModule.Host.ViewsPicture import viewsPicture
from Testing.Fixtures import axialCT
from Testing.Fixtures.HostWindow import hostWindow

pytestmark = pytest.mark.gui


class View:
    def __init__(self, value: int, visible: bool = True, shape=(4, 6)):
        self.isVisible = lambda: visible
        self.screenshot = lambda: numpy.full((*shape, 3), value, numpy.uint8)


def layoutOf(*views, hasContent: bool = True):
    named = {str(number): view for number, view in enumerate(views)}
    return SimpleNamespace(views=lambda: named, hasContent=lambda: hasContent)


def test_viewsThatAreSeenAreSideBySide():
    picture = viewsPicture(layoutOf(View(1), View(2, visible=False), View(3, shape=(3, 6)), View(4)))
    assert picture.shape == (8, 12, 3) and picture.dtype == numpy.uint8
    assert [int(picture[at]) for at in ((0, 0, 0), (0, 6, 0), (3, 6, 0), (4, 0, 0), (4, 6, 0))] == [1, 3, 0, 4, 0]


def test_whereNothingIsShownThereIsNoPicture():
    assert viewsPicture(layoutOf(View(1), hasContent=False)) is None
    assert viewsPicture(layoutOf(View(1, visible=False))) is None


def test_theExportOfASceneFromTheWindowShowsItsViews(qapp, tmp_path, monkeypatch):
    axialCT().write(tmp_path / "ct")
    seen = []
    with hostWindow(qapp) as window:
        panel = window.application.moduleManager.widgetRepresentation("DICOM").self().browserWidget
        assert panel.exports.takePicture() is None
        panel.loads.loadFiles([str(tmp_path / "ct")])
        panel.loads.wait()
        shown = panel.exports.takePicture()
        assert shown.any() and shown.shape[2] == 3
        monkeypatch.setattr(
            "DICOMLib.Widgets.ExportController.exportToFolder",
            lambda registry, exportables, folder, context: seen.append(context.takePicture),
        )
        monkeypatch.setattr(panel.exports, "_done", lambda *_: None)
        for isOfWholeScene in (True, False):
            panel.exports.ask()
            panel.exports._start([DICOMExportable(isOfWholeScene=isOfWholeScene)], str(tmp_path))
            for job in panel.exports._jobs.jobs:
                panel.exports._jobs.waitFor(job)
        panel.exports.close()
    assert seen[0]().shape[2] == 3 and seen[1] is None
