"""Referenced series: asked for once the loaded one is seen, always loaded, or never; scripts are never asked."""

from __future__ import annotations

import pytest

from DICOMLib.DICOMLoadable import DICOMLoadable
from DICOMLib.Settings import Settings
from Testing.DICOMLib.Widgets.FakeLogic import FakeDatabase, FakeLogic, FakePlugin

pytestmark = pytest.mark.gui

SETTING = "DICOM/automaticallyLoadReferences"


@pytest.fixture
def panel(makePanel):
    logic = FakeLogic(FakeDatabase.withPatients(1))
    names = ("Original", "Localizer & more")
    referenced = [DICOMLoadable(files=[f"/data/{name}"], name=name, selected=True) for name in names]
    logic.referenced = {FakePlugin(): referenced}
    examine = logic.examine

    def withReferences(seriesUIDs, progress=None):
        found, messages = examine(seriesUIDs, progress)
        for one in next(iter(found.values())):
            one.referencedInstanceUIDs = ["1.2.3"]
        return found, messages

    logic.examine = withReferences
    return makePanel(logic, Settings())


def dialogOf(panel):
    from DICOMLib.Widgets.ReferencesDialog import ReferencesDialog

    shown = [one for one in panel.widget.window().findChildren(ReferencesDialog) if one.isVisible()]
    return shown[0] if shown else None


def load(panel):
    panel.widget.loads.loadSeries(["p1.s1.r1"])
    panel.widget.loads.wait()
    return dialogOf(panel)


def test_theLoadedSeriesIsThereBeforeTheQuestion(panel):
    dialog = load(panel)
    assert panel.logic.loadedNames == ["volume p1.s1.r1"]
    assert [box.text() for box in dialog.checkBoxes] == [
        "Original (Scalar Volume)", "Localizer && more (Scalar Volume)",
    ]  # fmt: skip
    assert not panel.widget.loads.isBusy


def test_referencesJoinBesideWhatWasOpened(panel):
    dialog = load(panel)
    assert not panel.logic.isBeside
    dialog.loadButton.click()
    panel.widget.loads.wait()
    assert panel.logic.isBeside


def test_whatIsTickedIsLoaded(panel):
    dialog = load(panel)
    dialog.checkBoxes[1].setChecked(False)
    dialog.loadButton.click()
    panel.widget.loads.wait()
    assert panel.logic.loadedNames == ["volume p1.s1.r1", "Original"]
    assert panel.settings.value(SETTING) == "ask" and dialogOf(panel) is None


def test_withNothingTickedThereIsNothingToLoad(panel):
    dialog = load(panel)
    for box in dialog.checkBoxes:
        box.setChecked(False)
    assert not dialog.loadButton.isEnabled()


@pytest.mark.parametrize(("button", "remembered"), [("loadButton", "always"), ("declineButton", "never")])
def test_theAnswerIsRememberedWhenWanted(panel, button, remembered):
    dialog = load(panel)
    dialog.rememberBox.setChecked(True)
    getattr(dialog, button).click()
    assert panel.settings.value(SETTING) == remembered


def test_escapeLoadsAndRemembersNothing(panel):
    dialog = load(panel)
    dialog.rememberBox.setChecked(True)
    dialog.reject()
    panel.widget.loads.wait()
    assert panel.logic.loadedNames == ["volume p1.s1.r1"] and panel.settings.value(SETTING) == "ask"


def test_alwaysLoadsWithoutAsking(panel):
    panel.settings.setValue(SETTING, "always")
    assert load(panel) is None
    assert panel.logic.loadedNames == ["volume p1.s1.r1", "Original", "Localizer & more"]


def test_scriptsAreNeverAsked(panel):
    panel.widget.onSeriesSelected(["p1.s1.r1"])
    panel.widget.examineForLoading()
    panel.widget.loadCheckedLoadables()
    assert panel.logic.loadedNames and dialogOf(panel) is None
