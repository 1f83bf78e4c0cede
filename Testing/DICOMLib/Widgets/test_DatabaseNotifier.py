"""Changes on any thread become one signal here."""

from __future__ import annotations

import threading

import pytest

from Testing.DICOMLib.Widgets.FakeLogic import FakeDatabase

pytestmark = pytest.mark.gui


@pytest.fixture
def database():
    return FakeDatabase()


@pytest.fixture
def notifier(qtbot, database):
    from DICOMLib.Widgets.DatabaseNotifier import DatabaseNotifier

    notifier = DatabaseNotifier(database, intervalMilliseconds=40)
    yield notifier
    notifier.close()


def testAThousandChangesAreOneSignalOnTheGuiThread(qtbot, database, notifier):
    threads = []
    notifier.databaseChanged.connect(lambda: threads.append(threading.current_thread()))

    def change():
        for _ in range(1000):
            database.announce("seriesAdded")

    worker = threading.Thread(target=change)
    worker.start()
    worker.join()
    qtbot.wait(200)
    assert threads == [threading.main_thread()]


def testLaterChangesAreToldAgain(qtbot, database, notifier):
    for _ in range(2):
        with qtbot.waitSignal(notifier.databaseChanged, timeout=1000):
            database.announce()


def testAfterClosingNothingIsHeardAnyMore(qtbot, database, notifier):
    database.announce()
    notifier.close()
    assert database.observers == {}
    with qtbot.assertNotEmitted(notifier.databaseChanged, wait=100):
        database.announce()
