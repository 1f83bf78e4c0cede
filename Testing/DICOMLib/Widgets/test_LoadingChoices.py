"""Decisions about a loading choice, in the panel that explains it."""

from __future__ import annotations

import pytest

from DICOMLib.DICOMLoadable import DICOMLoadable
from DICOMLib.DICOMPlugin import DICOMPlugin, LoadingChoice
from DICOMLib.Widgets.LoadablesTable import LoadablesTable

pytestmark = pytest.mark.gui


class Choosing(DICOMPlugin):
    """Leaves one thing to the user."""

    def loadingChoices(self, loadable):
        if "vendor" not in loadable.details:
            return []
        options = {"automatic": "found out", "Acme": "Acme"}
        return [LoadingChoice("vendor", "Vendor", options, loadable.details["vendor"])]

    def choose(self, loadable, name, value):
        super().choose(loadable, name, value)
        loadable.warning, loadable.explanation = f"Read as {value}.", f"Rule: {value}."


class SlicersPlugin:
    """Knows nothing of such decisions."""

    loadType = "Foreign"


@pytest.fixture
def table(qtbot):
    made = LoadablesTable()
    qtbot.addWidget(made)
    made.show()
    return made


def test_aDecisionChangesTheLoadableAndWhatIsSaidOfIt(table):
    loadable = DICOMLoadable(["/a.dcm"], "one", details={"vendor": "automatic"}, explanation="Rule: automatic.")
    table.setLoadables({Choosing(): [loadable]})
    box = table.choices.findChild(object, "vendorChoice")
    assert table.choices.isVisible()
    assert [box.itemText(n) for n in range(box.count())] == ["found out", "Acme"]
    assert box.currentData() == "automatic"
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert loadable.details["vendor"] == "Acme"
    assert "Rule: Acme." in table.explanation.toPlainText() and "Read as Acme." in table.explanation.toPlainText()
    assert table.model.index(0, 4).data() == "Read as Acme."


def test_thereIsNoRoomTakenWhereNothingIsToBeDecided(table):
    table.setLoadables({Choosing(): [DICOMLoadable(["/a.dcm"], "one")]})
    assert not table.choices.isVisible()
    table.setLoadables({SlicersPlugin(): [DICOMLoadable(["/a.dcm"], "one")]})
    assert not table.choices.isVisible()
    table.setLoadables({})
    assert not table.choices.isVisible()
