"""The window answers within 100 ms whatever an import does, and an import stops within half a second.

A timer of 5 ms measures how late Qt's loop comes to it, with the real browser on a real database. Both figures count
where nothing else runs.
"""

from __future__ import annotations

import sqlite3
import threading

import pytest

from DICOMLib.Database import Connections, Indexer
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Settings import Settings
from DICOMModule.DICOM import DICOMLogic
from DICOMPlugins import registerBuiltins
from Testing.DICOMLib.Database.OtherPrograms import writerElsewhere
from Testing.Fixtures import axialCT
from Testing.Fixtures.LoopTurns import TICK, LoopTurns

pytestmark = pytest.mark.gui

LONGEST_WAIT = 0.1
LONGEST_CANCEL = 0.5
FOLDERS = 60


@pytest.fixture(scope="module")
def folders(request):
    """How many: enough for seconds of work where these count."""
    return FOLDERS if request.config.getoption("--timing") else FOLDERS // 10


@pytest.fixture(scope="module")
def thousands(tmp_path_factory, folders):
    """100 files in each of the folders; a few hold objects that others hold too."""
    folder = tmp_path_factory.mktemp("thousands")
    contents = [path.read_bytes() for path in axialCT(slices=100).write(tmp_path_factory.mktemp("template"))]
    for number in range(folders):
        target = folder / f"series{number}"
        target.mkdir()
        for slice_, data in enumerate(contents):
            (target / f"{slice_}.dcm").write_bytes(_renumbered(data, number))
    return folder


def _renumbered(data, number):
    """The same file of another series and object: the last digits of the UIDs change."""
    for tag in (b"\x08\x00\x18\x00UI", b"\x20\x00\x0e\x00UI"):
        at = data.index(tag)
        end = at + 8 + int.from_bytes(data[at + 6 : at + 8], "little")
        digits = data[at + 8 : end].rstrip(b"\0")
        data = data[: at + 8] + digits[:-2] + b"%02d" % number + data[at + 8 + len(digits) :]
    return data


@pytest.fixture
def panel(qtbot, tmp_path):
    from DICOMLib.Widgets import ErrorReporter, JobRunner, SlicerDICOMBrowser

    database = DICOMDatabase()
    database.openDatabase(tmp_path / "db" / "study.sqlite")
    registry = PluginRegistry()
    registerBuiltins(registry)
    database.tagsToPrecache = registry.tagsToPrecache()
    jobs, reporter = JobRunner(), ErrorReporter()
    logic = DICOMLogic(database=database, scene=Scene(), registry=registry, settings=Settings())
    widget = SlicerDICOMBrowser(logic, jobs, Settings(), reporter)
    widget.resize(420, 820)
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    widget.database, widget.jobs, widget.messages = database, jobs, []
    reporter.reported.connect(widget.messages.append)
    yield widget
    assert jobs.shutdown()
    widget.close()
    database.closeDatabase()


def test_theWindowAnswersWhileThousandsOfFilesAreImported(qtbot, panel, thousands, folders, promised):
    panel.importPaths([str(thousands)])
    with LoopTurns() as loop, qtbot.waitSignal(panel.dicomBrowser.directoryImported, timeout=60000) as heard:
        pass
    assert heard.args[0].instancesAdded == panel.database.imagesCount() > 80 * folders
    promised.atMost(loop.longest - TICK, LONGEST_WAIT, "a turn of the window's loop")


def test_cancelAnswersAtOnceAndKeepsWhatWasCommitted(qtbot, panel, thousands, folders, promised, monkeypatch):
    monkeypatch.setattr(Indexer, "BATCH_SIZE", 50)
    isCommitted, isCancelled = threading.Event(), threading.Event()

    def hold(event):
        if event == "changed" and panel.database.imagesCount():
            isCommitted.set()
            isCancelled.wait(60)

    panel.database.addObserver(hold)
    panel.importPaths([str(thousands)], copyFiles=True)
    qtbot.waitUntil(isCommitted.is_set, timeout=60000)
    started = promised.now()
    with qtbot.waitSignal(panel.dicomBrowser.directoryImported, timeout=60000) as heard:
        panel.jobs.cancelAll()
        isCancelled.set()
    promised.atMost(promised.now() - started, LONGEST_CANCEL, "the cancel")
    report = heard.args[0]
    assert report.cancelled
    assert 0 < report.instancesAdded == panel.database.imagesCount() < 80 * folders
    assert "cancelled" in panel.messageBar.message.text


def test_aLockHeldByAnotherProcessIsAMessageAfterSecondsAndNeverAFrozenWindow(
    qtbot, panel, thousands, promised, monkeypatch
):
    if not promised.isMeasured:
        monkeypatch.setattr(Connections, "BUSY_SECONDS", 1.0)
    with writerElsewhere(panel.database.databaseFilename), LoopTurns() as loop:
        started = promised.now()
        panel.importPaths([str(thousands / "series1")])
        qtbot.waitUntil(lambda: bool(panel.messages), timeout=60000)
        waited = promised.now() - started
    assert "another program is writing to the study database" in panel.messages[0].text
    assert waited > Connections.BUSY_SECONDS - 0.5
    promised.atMost(waited, Connections.BUSY_SECONDS + 3, "the message")
    promised.atMost(loop.longest - TICK, LONGEST_WAIT, "a turn of the window's loop")
    with qtbot.waitSignal(panel.dicomBrowser.directoryImported, timeout=60000) as heard:
        panel.importPaths([str(thousands / "series1")])
    assert heard.args[0].instancesAdded == 100


def test_cancelAnswersAtOnceWhileAnotherProcessHoldsTheLock(qtbot, panel, thousands, promised):
    with writerElsewhere(panel.database.databaseFilename):
        panel.importPaths([str(thousands / "series2")])
        qtbot.waitUntil(lambda: any("Another program" in job.progress.text for job in panel.jobs.jobs), timeout=60000)
        with promised.within(LONGEST_CANCEL):
            panel.jobs.cancelAll()
            qtbot.waitUntil(lambda: not panel.jobs.jobs, timeout=60000)
    assert panel.database.imagesCount() == 0


def test_theLockOfTheTestsIsReal(tmp_path):
    path = str(tmp_path / "d.sqlite")
    sqlite3.connect(path).execute("CREATE TABLE t(a)")
    with writerElsewhere(path), pytest.raises(sqlite3.OperationalError):
        sqlite3.connect(path, timeout=0, isolation_level=None).execute("BEGIN IMMEDIATE")
