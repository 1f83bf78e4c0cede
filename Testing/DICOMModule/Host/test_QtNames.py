import sys

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMModule.Host.QtNames import QtNeededError, makeCtkModule, makeQtModule


def test_widgetsNeedAWindowAndTheErrorSaysSo():
    qt = makeQtModule(lambda: False)
    with pytest.raises(QtNeededError, match=r"qt\.QPushButton needs a window.*--no-main-window"):
        qt.QPushButton  # noqa: B018
    with pytest.raises(ImportError):
        makeCtkModule(lambda: False).ctkCollapsibleButton  # noqa: B018


def test_classesThatNeedNoWindowAreGivenWithoutOne():
    assert makeQtModule(lambda: False).QUrl("http://a/b").path() == "/b"


def test_withoutQtTheErrorSaysSo(monkeypatch):
    monkeypatch.setitem(sys.modules, "qtpy.QtCore", None)
    with pytest.raises(QtNeededError, match="not installed"):
        makeQtModule(lambda: False).QTimer  # noqa: B018


def test_theDatabaseIsFoundInCtk():
    ctk = makeCtkModule(lambda: False)
    assert ctk.ctkDICOMDatabase is DICOMDatabase
    with pytest.raises(AttributeError, match="no ctk.ctkNothing"):
        ctk.ctkNothing  # noqa: B018


@pytest.mark.gui
def test_withAWindowEveryPartOfQtIsFound(qapp):
    qt = makeQtModule(lambda: True)
    assert qt.QPushButton("x").text() == "x"
    assert qt.Qt.AlignLeft == 1
    assert qt.QColor("red").red() == 255
    with pytest.raises(AttributeError):
        qt.QNothing  # noqa: B018


@pytest.mark.gui
def test_theCollapsibleButtonFoldsItsContents(qapp):
    from qtpy.QtWidgets import QLabel, QVBoxLayout

    button = makeCtkModule(lambda: True).ctkCollapsibleButton()
    button.text = "Parameters"
    label = QLabel("inside")
    QVBoxLayout(button).addWidget(label)
    button.collapsed = True
    assert label.isHidden()
    assert button.collapsed
    button.collapsed = False
    assert not label.isHidden()
    assert button.text == "Parameters"
