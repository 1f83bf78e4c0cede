"""Acceptance: the browser shows hostile texts as one line of plain text each, and neither reads a file nor calls
anybody because of them."""

import os
import socket

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QLabel

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Widgets.DICOMTableManager import DICOMTableManager
from DICOMLib.Widgets.ErrorReporting import ErrorReporter
from Testing.Fixtures.HostileTexts import TEXT_FIELDS, hostileObjects, objectWith

pytestmark = pytest.mark.gui


@pytest.fixture
def canaries(tmp_path):
    """A port and a picture that hostile texts point to, and a function that tells whether anybody went there."""
    picture = tmp_path / "canary.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    os.utime(picture, (1, 2))
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)

    def visits() -> list[str]:
        found = ["file"] if picture.stat().st_atime != 1 else []
        try:
            listener.accept()[0].close()
            found.append("network")
        except TimeoutError:
            pass
        return found

    yield picture, listener.getsockname()[1], visits
    listener.close()


@pytest.fixture
def database(tmp_path, canaries):
    folder = tmp_path / "hostile"
    folder.mkdir()
    picture, port, _ = canaries
    for number, (_, _, contents) in enumerate(hostileObjects()):
        (folder / f"{number}.dcm").write_bytes(contents)
    bait = f"<img src='file://{picture}'><img src='http://127.0.0.1:{port}/x'>"
    for number, (_, values, contents) in enumerate(hostileObjects()):
        if values["PatientName"].startswith(b"<img"):
            contents = objectWith({**values, **dict.fromkeys(TEXT_FIELDS, bait.encode())})
            (folder / f"{number}.dcm").write_bytes(contents)
    opened = DICOMDatabase()
    opened.openDatabase(":memory:")
    DICOMIndexer(opened).importPaths([folder])
    yield opened
    opened.closeDatabase()


def test_cellsAreOneLineOfPlainTextAndNothingIsFetched(qtbot, database, canaries):
    manager = DICOMTableManager(database, ErrorReporter())
    qtbot.addWidget(manager)
    manager.resize(900, 700)
    manager.show()
    manager.refresh()
    manager.patientsTable.table.selectAll()
    QApplication.processEvents()
    cells = 0
    for view in manager.tables().values():
        model = view.table.model()
        assert model.rowCount() > 90
        for row in range(model.rowCount()):
            for column in range(model.columnCount()):
                index = model.index(row, column)
                text = index.data(Qt.DisplayRole) or ""
                cells += 1
                assert text.isprintable() or not text, ascii(text)[:80]
                toolTip = index.data(Qt.ToolTipRole) or ""
                assert "<img src='file" not in toolTip and "<script" not in toolTip and "<a href" not in toolTip
        view.table.grab()
    QApplication.processEvents()

    for label in manager.findChildren(QLabel):
        assert label.textFormat() == Qt.PlainText or not Qt.mightBeRichText(label.text()), label.objectName()
    print(f"{cells} cells of hostile texts are plain, nothing was fetched")
    assert any("127.0.0.1" in row["PatientName"] for row in database.patientRows())
    assert cells > 1500 and canaries[2]() == []
