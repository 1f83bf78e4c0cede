"""The settings people may change."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication, QLabel

from DICOMLib.Errors import SettingsError
from DICOMLib.Settings import ALL_KEYS, Settings
from DICOMLib.Widgets.DisplayText import toolTipText

pytestmark = pytest.mark.gui


@pytest.fixture
def settings():
    return Settings({"DICOM/disabledPlugins": ["Gone", "SecondPlugin"], "Modules/AdditionalPaths": ["/modules"]})


@pytest.fixture
def dialog(qtbot, settings):
    from DICOMLib.Widgets.SettingsDialog import SettingsDialog

    made = SettingsDialog(settings, ["FirstPlugin", "SecondPlugin"])
    qtbot.addWidget(made)
    made.show()
    return made


def testEverySettingWithAGroupIsThereWithItsValueAndItsMeaning(dialog, settings):
    for key in ALL_KEYS:
        if key.group:
            assert dialog.editors[key.name].value() == settings.value(key.name), key.name
            assert dialog.editors[key.name].toolTip() == toolTipText(key.meaning) and key.label
    assert not any(name.startswith("MainWindow/") for name in dialog.editors)


def testTheWheelTurnsThePageAndNoChoice(qtbot, dialog):
    dialog.resize(600, 400)
    QApplication.processEvents()
    editor = dialog.editors["DICOM/ThumbnailSize"]
    before = editor.value()
    editor.setFocus()
    middle = QPointF(editor.rect().center())
    turn = QWheelEvent(
        middle, QPointF(editor.mapToGlobal(editor.rect().center())), QPoint(0, -20), QPoint(0, -120), Qt.NoButton,
        Qt.NoModifier, Qt.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(editor, turn)
    assert editor.value() == before
    assert not turn.isAccepted() or dialog._scroll.verticalScrollBar().value() > 0


def testChoicesLieBelowOneAnotherBesideTheirLabels(dialog):
    editors = [dialog.editors[key.name] for key in ALL_KEYS if key.group and key.choices]
    assert len({editor.mapTo(dialog, QPoint(0, 0)).x() for editor in editors}) == 1
    assert all(editor.accessibleName() for editor in editors)
    assert all(label.width() >= label.sizeHint().width() for label in dialog.findChildren(QLabel) if label.buddy())


def testASmallScreenShowsItWholeOrScrollsIt(dialog):
    screen = QApplication.primaryScreen().availableSize()
    assert dialog.frameGeometry().height() <= screen.height()
    dialog.resize(420, 500)
    QApplication.processEvents()
    assert dialog._scroll.horizontalScrollBar().maximum() == 0


def testChoicesAreSaidInWordsAndStoredAsScriptsNameThem(dialog, settings):
    editor = dialog.editors["DICOM/ScalarVolume/AcquisitionGeometryRegularization"]
    assert editor.itemText(1) == "Left on a regular grid"
    editor.setCurrentIndex(1)
    dialog.accept()
    assert settings.value("DICOM/ScalarVolume/AcquisitionGeometryRegularization") == "none"


def testChangesAreStoredWithOKAndNothingElseIs(dialog, settings):
    changed = []
    settings.addObserver(changed.append)
    dialog.editors["DICOM/CopyOnImport"].setChecked(True)
    dialog.editors["DICOM/DatabaseFile"].line.setText(" /data/study.sqlite ")
    dialog.editors["Modules/AdditionalPaths"].add("/more")
    dialog.editors["DICOM/ThumbnailSize"].setValue("Small")
    assert changed == []
    dialog.accept()
    assert set(changed) == {
        "DICOM/CopyOnImport", "DICOM/DatabaseFile", "Modules/AdditionalPaths", "DICOM/ThumbnailSize",
    }  # fmt: skip
    assert settings.value("DICOM/DatabaseFile") == "/data/study.sqlite"
    assert settings.value("Modules/AdditionalPaths") == ["/modules", "/more"]


def testPluginsAreSwitchedByTicksAndAbsentOnesKeepWhatTheyHad(dialog, settings):
    editor = dialog.editors["DICOM/disabledPlugins"]
    assert [editor.item(row).checkState() for row in range(2)] == [2, 0]
    editor.item(0).setCheckState(0)
    editor.item(1).setCheckState(2)
    dialog.accept()
    assert settings.value("DICOM/disabledPlugins") == ["Gone", "FirstPlugin"]


def testCancelStoresNothing(dialog, settings):
    dialog.editors["DICOM/CopyOnImport"].setChecked(True)
    dialog.reject()
    assert settings.value("DICOM/CopyOnImport") is False


def testDefaultsComeBackAndAreStoredWithOK(dialog, settings):
    dialog.resetButton.click()
    assert settings.value("Modules/AdditionalPaths") == ["/modules"]
    dialog.accept()
    assert all(settings.value(key.name) == key.default for key in ALL_KEYS if key.group)


def testSettingsThatCannotBeKeptLeaveTheDialogOpenWithTheReason(qtbot):
    from qtpy.QtWidgets import QWidget

    from DICOMLib.Widgets.SettingsDialog import SettingsDialog

    class Broken(dict):
        def __setitem__(self, name, value):
            raise SettingsError("the settings cannot be saved")

    parent = QWidget()  # keeps the dialog until Qt has painted it for the last time
    qtbot.addWidget(parent)
    dialog = SettingsDialog(Settings(Broken()), [], parent)
    dialog.show()
    dialog.editors["DICOM/CopyOnImport"].setChecked(True)
    dialog.accept()
    assert dialog.isVisible() and "cannot be saved" in dialog.messageBar.message.text


def testWhatNeedsARestartSaysSo(dialog):
    from qtpy.QtWidgets import QLabel

    from DICOMLib.Widgets.SettingsDialog import RESTART_HINT

    hints = [label.text() for label in dialog.findChildren(QLabel) if label.text() == RESTART_HINT]
    assert len(hints) == sum(bool(key.needsRestart) for key in ALL_KEYS)
