"""The window answers within 100 ms whatever an import does, and an import stops within half a second.

A timer of 5 ms measures how late Qt's loop comes to it, with the real browser on a real database.
"""

from __future__ import annotations

import sqlite3
import time

import pytest

from DICOMLib.Database.Connections import BUSY_SECONDS
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
# A machine busy with other programs may hold a window up once; an import that does so does it each time.
ATTEMPTS = 3


@pytest.fixture(scope="module")
def thousands(tmp_path_factory):
    """6,000 files in 60 folders; a few hold objects that others hold too."""
    folder = tmp_path_factory.mktemp("thousands")
    contents = [path.read_bytes() for path in axialCT(slices=100).write(tmp_path_factory.mktemp("template"))]
    for number in range(60):
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
    widget.show()
    qtbot.waitExposed(widget)
    widget.database, widget.jobs, widget.messages = database, jobs, []
    reporter.reported.connect(widget.messages.append)
    yield widget
    assert jobs.shutdown()
    widget.close()
    database.closeDatabase()


def test_theWindowAnswersWhileThousandsOfFilesAreImported(qtbot, panel, thousands):
    longest = []
    for _ in range(ATTEMPTS):
        panel.database.initializeDatabase()
        panel.importPaths([str(thousands)])
        with LoopTurns() as loop, qtbot.waitSignal(panel.dicomBrowser.directoryImported, timeout=60000) as heard:
            pass
        assert heard.args[0].instancesAdded == panel.database.imagesCount() > 5000
        longest.append(loop.longest - TICK)
        print(f"longest wait of the window: {1000 * longest[-1]:.0f} ms in {len(loop.turns)} looks")
        if longest[-1] < LONGEST_WAIT:
            break
    assert min(longest) < LONGEST_WAIT


def test_cancelAnswersAtOnceAndKeepsWhatWasCommitted(qtbot, panel, thousands):
    panel.importPaths([str(thousands)], copyFiles=True)
    qtbot.waitUntil(lambda: panel.database.imagesCount() > 0, timeout=30000)
    started = time.perf_counter()
    with qtbot.waitSignal(panel.dicomBrowser.directoryImported, timeout=10000) as heard:
        panel.jobs.cancelAll()
    spent = time.perf_counter() - started
    report = heard.args[0]
    print(f"cancelled after {1000 * spent:.0f} ms with {report.instancesAdded:,} objects in")
    assert report.cancelled and spent < LONGEST_CANCEL
    assert 0 < report.instancesAdded == panel.database.imagesCount() < 5000
    assert "cancelled" in panel.messageBar.message.text


def test_aLockHeldByAnotherProcessIsAMessageAfterFiveSecondsAndNeverAFrozenWindow(qtbot, panel, thousands):
    with writerElsewhere(panel.database.databaseFilename), LoopTurns() as loop:
        started = time.perf_counter()
        panel.importPaths([str(thousands / "series1")])
        qtbot.waitUntil(lambda: bool(panel.messages), timeout=20000)
        waited = time.perf_counter() - started
    longest = loop.longest - TICK
    print(f"message after {waited:.1f} s, longest wait of the window {1000 * longest:.0f} ms")
    assert "another program is writing to the study database" in panel.messages[0].text
    assert BUSY_SECONDS - 0.5 < waited < BUSY_SECONDS + 3
    assert longest < LONGEST_WAIT
    with qtbot.waitSignal(panel.dicomBrowser.directoryImported, timeout=20000) as heard:
        panel.importPaths([str(thousands / "series1")])
    assert heard.args[0].instancesAdded == 100


def test_cancelAnswersAtOnceWhileAnotherProcessHoldsTheLock(qtbot, panel, thousands):
    with writerElsewhere(panel.database.databaseFilename):
        panel.importPaths([str(thousands / "series2")])
        qtbot.wait(1000)
        started = time.perf_counter()
        panel.jobs.cancelAll()
        qtbot.waitUntil(lambda: not panel.jobs.jobs, timeout=20000)
        spent = time.perf_counter() - started
    print(f"cancelled after {1000 * spent:.0f} ms")
    assert spent < LONGEST_CANCEL


def test_theLockOfTheTestsIsReal(tmp_path):
    path = str(tmp_path / "d.sqlite")
    sqlite3.connect(path).execute("CREATE TABLE t(a)")
    with writerElsewhere(path), pytest.raises(sqlite3.OperationalError):
        sqlite3.connect(path, timeout=0, isolation_level=None).execute("BEGIN IMMEDIATE")
