"""Pictures come in the background, only those that are wanted, and nothing bad in a file or database stops the rest."""

import threading
import time

import numpy
import pytest

from DICOMLib.Database.Thumbnails import SeriesThumbnail
from DICOMLib.Errors import CancelledError, DatabaseClosedError, DatabaseError
from DICOMLib.Pixels.PNG import encodePNG

pytestmark = pytest.mark.gui

GREY = encodePNG(numpy.full((96, 128), 77, "uint8"))


class SlowDatabase:
    """Makes a picture when the test allows it; remembers what was asked for."""

    def __init__(self):
        self.kept, self.made, self.writes = {}, [], []
        self.gate = threading.Event()
        self.gate.set()
        self.error = None
        self.picture = GREY
        self.problem = ""

    def thumbnailsForSeries(self, seriesUIDs):
        if self.error is not None:
            raise self.error
        return {uid: self.kept[uid] for uid in seriesUIDs if uid in self.kept}

    def makeThumbnail(self, seriesUID, workers, progress):
        self.made.append(seriesUID)
        while not self.gate.wait(0.005):
            progress.raiseIfCancelled()
        return SeriesThumbnail(b"" if self.problem else self.picture, self.problem)

    def forgetFailedThumbnails(self):
        self.kept = {uid: one for uid, one in self.kept.items() if not one.problem}

    def keepThumbnails(self, thumbnails):
        self.writes.append(sorted(thumbnails))
        self.kept.update(thumbnails)


@pytest.fixture
def makeLoader(qtbot):
    from DICOMLib.Widgets.ErrorReporting import ErrorReporter
    from DICOMLib.Widgets.ThumbnailLoader import ThumbnailLoader

    made = []

    def make(database):
        reporter = ErrorReporter()
        loader = ThumbnailLoader(database, reporter)
        loader.messages = []
        reporter.reported.connect(loader.messages.append)
        loader.reporter = reporter
        made.append(loader)
        return loader

    yield make
    for loader in made:
        loader.close()


def series(count):
    return [f"1.2.{number}" for number in range(count)]


def test_whatIsWantedArrivesInItsOrderAndIsWrittenTogether(makeLoader, qtbot):
    database = SlowDatabase()
    loader = makeLoader(database)
    assert loader.thumbnail("1.2.0") is None
    loader.want(series(5))
    qtbot.waitUntil(lambda: not loader.isWorking and loader.thumbnail("1.2.4") is not None)
    assert database.made == series(5) and database.writes == [series(5)]
    image = loader.thumbnail("1.2.3").image
    assert (image.width(), image.height()) == (128, 96) and image.pixelColor(5, 5).red() == 77


def test_whatTheDatabaseKeepsIsNotMadeAgain(makeLoader, qtbot):
    database = SlowDatabase()
    database.kept = {uid: SeriesThumbnail(GREY) for uid in series(3)}
    loader = makeLoader(database)
    with qtbot.waitSignal(loader.arrived):
        loader.want(series(3))
    assert database.made == [] and not loader.thumbnail("1.2.2").image.isNull()


def test_whatIsScrolledAwayIsLeftOut(makeLoader, qtbot):
    database = SlowDatabase()
    database.gate.clear()
    loader = makeLoader(database)
    loader.want(series(500))
    qtbot.waitUntil(lambda: database.made == ["1.2.0"])
    loader.want(["1.2.499"])
    database.gate.set()
    qtbot.waitUntil(lambda: loader.thumbnail("1.2.499") is not None)
    assert database.made == ["1.2.0", "1.2.499"]


def test_aPictureThatTakesLongAndNobodyWantsAnyMoreIsCancelled(makeLoader, qtbot, monkeypatch):
    from DICOMLib.Widgets import ThumbnailLoader

    monkeypatch.setattr(ThumbnailLoader, "PATIENCE_SECONDS", 0.05)
    database = SlowDatabase()
    database.gate.clear()
    loader = makeLoader(database)
    loader.want(["1.2.0"])
    qtbot.waitUntil(lambda: database.made == ["1.2.0"])
    time.sleep(0.1)
    loader.want([])
    qtbot.waitUntil(lambda: not loader.isWorking)
    assert loader.thumbnail("1.2.0") is None and database.writes == []


def test_afterAChangeOfTheDatabaseThePictureIsComparedAgainAndShownMeanwhile(makeLoader, qtbot):
    database = SlowDatabase()
    loader = makeLoader(database)
    loader.want(["1.2.0"])
    qtbot.waitUntil(lambda: not loader.isWorking and loader.thumbnail("1.2.0") is not None)
    loader.want(["1.2.0"])
    assert not loader.isWorking
    database.kept = {}
    database.picture = encodePNG(numpy.full((8, 8), 200, "uint8"))
    loader.refresh()
    loader.want(["1.2.0"])
    assert loader.thumbnail("1.2.0").image.pixelColor(0, 0).red() == 77
    qtbot.waitUntil(lambda: loader.thumbnail("1.2.0").image.pixelColor(0, 0).red() == 200)


def test_aFailureArrivesWithItsReason(makeLoader, qtbot):
    database = SlowDatabase()
    database.problem = "pixel data short: have 1, need 2."
    loader = makeLoader(database)
    loader.want(["1.2.0"])
    qtbot.waitUntil(lambda: loader.thumbnail("1.2.0") is not None)
    assert loader.thumbnail("1.2.0").image.isNull()
    assert loader.thumbnail("1.2.0").source.problem.startswith("pixel data short")


def test_aFailureIsTriedAgainOnlyWhenSomebodyAsksForIt(makeLoader, qtbot):
    database = SlowDatabase()
    database.problem = "the decoder is not installed."
    loader = makeLoader(database)
    loader.want(["1.2.0"])
    qtbot.waitUntil(lambda: not loader.isWorking and loader.thumbnail("1.2.0") is not None)
    database.problem = ""
    loader.refresh()
    loader.want(["1.2.0"])
    qtbot.waitUntil(lambda: not loader.isWorking)
    assert database.made == ["1.2.0"]
    loader.retryFailed()
    loader.want(["1.2.0"])
    qtbot.waitUntil(lambda: not loader.thumbnail("1.2.0").image.isNull())


@pytest.mark.parametrize("error", [DatabaseError("the disk reports an error"), KeyError("a fault of ours")])
def test_whenTheDatabaseFailsTheRowsSaySoAndItIsNotAskedAgainAllTheTime(makeLoader, qtbot, error):
    database = SlowDatabase()
    database.error = error
    loader = makeLoader(database)
    loader.want(series(3))
    qtbot.waitUntil(lambda: loader.thumbnail("1.2.2") is not None)
    assert loader.thumbnail("1.2.2").source.problem
    assert len(loader.messages) == (0 if isinstance(error, DatabaseError) else 1)
    database.error = None
    loader.want(series(3))
    assert not loader.isWorking
    loader.refresh()
    loader.want(series(3))
    qtbot.waitUntil(lambda: not loader.thumbnail("1.2.2").image.isNull())


def test_whatCannotBeWrittenIsShownAllTheSame(makeLoader, qtbot):
    class Locked(SlowDatabase):
        def keepThumbnails(self, thumbnails):
            raise DatabaseError("another program is writing to the study database")

    loader = makeLoader(Locked())
    loader.want(series(2))
    qtbot.waitUntil(lambda: not loader.isWorking and loader.thumbnail("1.2.1") is not None)
    assert loader.messages == []


def test_closingEndsWhatIsBeingMadeAtOnce(makeLoader, qtbot, promised):
    database = SlowDatabase()
    database.gate.clear()
    loader = makeLoader(database)
    loader.want(series(10))
    qtbot.waitUntil(lambda: database.made == ["1.2.0"])
    with promised.within(1):
        loader.close()
    assert not loader.isWorking
    loader.want(series(10))
    assert not loader.isWorking and database.made == ["1.2.0"]


@pytest.mark.parametrize("error", [CancelledError(), DatabaseClosedError("no study database is open")])
def test_aDatabaseClosedUnderItIsNoNews(makeLoader, qtbot, error):
    class Closing(SlowDatabase):
        def makeThumbnail(self, seriesUID, workers, progress):
            raise error

    loader = makeLoader(Closing())
    loader.want(series(3))
    qtbot.waitUntil(lambda: not loader.isWorking)
    assert loader.messages == []


def test_theOldestPicturesGoWhenThereAreTooMany(makeLoader, qtbot, monkeypatch):
    from DICOMLib.Widgets import ThumbnailLoader

    monkeypatch.setattr(ThumbnailLoader, "MOST_IN_MEMORY", 3)
    loader = makeLoader(SlowDatabase())
    loader.want(series(5))
    qtbot.waitUntil(lambda: not loader.isWorking and loader.thumbnail("1.2.4") is not None)
    assert [loader.thumbnail(uid) is None for uid in series(5)] == [True, True, False, False, False]


def test_whenMakingAPictureBreaksTheRowSaysSoAndItIsNotTriedAllTheTime(makeLoader, qtbot):
    class BrokenDatabase(SlowDatabase):
        def makeThumbnail(self, seriesUID, workers, progress):
            raise RuntimeError("a fault of the program")

    loader = makeLoader(BrokenDatabase())
    loader.arrived.connect(lambda: loader.want(series(3)))  # as the table does
    loader.want(series(3))
    qtbot.waitUntil(lambda: all(loader.thumbnail(uid) is not None for uid in series(3)))
    qtbot.wait(100)
    assert len(loader.messages) == 1
    assert "" not in [loader.thumbnail(uid).source.problem for uid in series(3)]
