"""Watching folders, with a clock of the test's own: nothing here waits."""

from __future__ import annotations

import os
import threading
import time

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.FolderWatch import MISSING, OFF, UNREADABLE, WATCHING
from DICOMLib.Database.FolderWatcher import SETTLE_SECONDS, FolderWatcher
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.WatchedFolders import WatchedFolders
from DICOMLib.Errors import DatabaseError
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Database.OwnedState import writeManyFiles
from Testing.Fixtures import axialCT, notDICOM, truncated, validFile
from Testing.Fixtures.Waiting import waitFor


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Watch:
    """A watcher on one folder, its clock, and what it told."""

    def __init__(self, database, folder):
        self.database, self.folder, self.clock, self.events = database, folder, Clock(), []
        self.list = WatchedFolders(database)
        folder.mkdir()
        self.list.add(folder)
        self.watcher = FolderWatcher(database, clock=self.clock)
        self.watcher.addObserver(lambda event: self.events.append(event) if event.report or event.error else None)

    def after(self, seconds):
        """Lets time pass in small steps, as the thread would."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.watcher.step()
            self.clock.now += 0.5
        self.watcher.step()
        return self

    @property
    def state(self):
        return self.watcher.states()[0]

    def put(self, name, contents):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
        return path


@pytest.fixture
def watch(database, tmp_path):
    return Watch(database, tmp_path / "watched")


@pytest.fixture
def opened(monkeypatch):
    """Paths that the header scanner was asked for."""
    from DICOMLib.Files import ParallelScan

    asked, scan = [], ParallelScan.scanOne
    monkeypatch.setattr(ParallelScan, "scanOne", lambda path, tags: asked.append(path) or scan(path, tags))
    return asked


def test_what_lies_there_and_what_comes_later_is_imported(watch):
    axialCT(slices=2).write(watch.folder / "first")
    watch.after(SETTLE_SECONDS + 1)
    assert watch.database.imagesCount() == 2
    watch.put("later/one.dcm", validFile())
    watch.after(SETTLE_SECONDS + 4)
    assert watch.database.imagesCount() == 3
    assert (watch.state.state, watch.state.instancesImported, watch.state.filesSeen) == (WATCHING, 3, 3)
    assert [event.report.instancesAdded for event in watch.events] == [2, 1]


def test_a_file_that_still_grows_waits_until_it_is_whole(watch, opened):
    contents = validFile()
    path = watch.put("slow.dcm", contents[:400])
    for end in range(500, len(contents) + 100, 100):
        watch.after(SETTLE_SECONDS - 1)
        path.write_bytes(contents[:end])
    assert opened == [] and watch.state.filesWaiting == 1
    watch.after(2 * SETTLE_SECONDS + 1)
    assert watch.database.imagesCount() == 1 and opened == [os.fsencode(path)]
    assert watch.events[-1].report.notes == []


@pytest.mark.parametrize("name", ["a.dcm.part", "a.TMP", "a.crdownload", ".a.dcm.Xy12Zz", "a.dcm~", "~$a.dcm"])
def test_a_file_on_its_way_waits_for_its_real_name(watch, name):
    path = watch.put(name, validFile())
    watch.after(60)
    assert watch.database.imagesCount() == 0 and watch.state.filesWaiting == 0
    path.rename(watch.folder / "a.dcm")
    watch.after(SETTLE_SECONDS + 4)
    assert watch.database.imagesCount() == 1


def test_a_file_that_changed_in_place_is_read_again(watch):
    path = watch.put("one.dcm", validFile())
    watch.after(60)
    other = axialCT(slices=1).write(watch.folder.parent / "other")[0].read_bytes()
    with open(path, "r+b") as stream:  # the folder's own time of change stays as it is
        stream.write(other)
        stream.truncate()
    watch.after(90)
    assert watch.database.instanceForFile(str(path)) == axialCT(slices=1).datasets()[0].SOPInstanceUID


def test_a_bad_file_is_told_once_and_tried_again_only_when_it_changes(watch, opened):
    path = watch.put("notes.txt", notDICOM())
    watch.after(600)
    assert opened == [os.fsencode(path)]
    assert [[entry.reason for entry in event.report.skipped] for event in watch.events] == [["not a DICOM file"]]
    assert watch.state.filesRefused == 1
    path.write_bytes(validFile())
    watch.after(90)
    assert watch.database.imagesCount() == 1 and watch.state.filesRefused == 0


def test_the_bad_file_of_a_disk_that_was_away_is_not_told_again(watch, opened):
    watch.put("notes.txt", notDICOM())
    watch.after(20)
    away = watch.folder.with_name("away")
    watch.folder.rename(away)
    watch.after(20)
    watch.folder.mkdir()  # an empty mount point
    watch.after(20)
    watch.folder.rmdir()
    away.rename(watch.folder)
    watch.after(100)
    assert len(opened) == 1 and len(watch.events) == 1


def test_a_folder_that_vanishes_is_said_and_watched_again_when_it_comes_back(watch):
    watch.put("one.dcm", validFile())
    watch.after(20)
    away = watch.folder.with_name("away")
    watch.folder.rename(away)
    watch.after(20)
    assert watch.state.state == MISSING
    axialCT(slices=2).write(away / "new")
    away.rename(watch.folder)
    watch.after(20)
    assert watch.state.state == WATCHING and watch.database.imagesCount() == 3
    assert [event.error for event in watch.events] == [None, None]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may read everything")
def test_a_folder_that_may_not_be_read_is_said(watch):
    watch.folder.chmod(0)
    watch.after(1)
    watch.folder.chmod(0o700)
    assert watch.state.state == UNREADABLE


def test_a_folder_that_has_not_changed_is_not_listed_again(watch, monkeypatch):
    for number in range(20):
        watch.put(f"{number}/notes.txt", notDICOM())
    watch.after(20)
    listed, scandir = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(path) or scandir(path))
    watch.after(30)
    assert listed == []
    watch.put("7/more.txt", notDICOM())
    watch.after(3)
    assert set(listed) == {os.fsencode(watch.folder / "7")}


def test_looking_takes_no_more_than_a_fiftieth_of_the_time(watch, monkeypatch):
    stat, looks = os.stat, []

    def slow(path, *arguments, **options):
        if path == os.fsencode(watch.folder):
            looks.append(watch.clock.now)
            watch.clock.now += 1.0  # a server far away
        return stat(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", slow)
    start = watch.clock.now
    watch.after(1000)
    assert len(looks) * 1.0 <= (watch.clock.now - start) / 50 + 2


def test_two_files_of_one_name_in_one_tick_of_the_clock_are_both_seen(watch):
    watch.after(10)
    watch.put("one.dcm", validFile())
    stamp = watch.folder.stat().st_mtime_ns
    watch.after(2.5)
    axialCT(slices=1).write(watch.folder)
    os.utime(watch.folder, ns=(stamp, stamp))  # as a file system with coarse times tells it
    watch.after(20)
    assert watch.database.imagesCount() == 2


def test_links_are_not_followed_and_the_databases_own_files_not_watched(tmp_path, files, opened):
    database = DICOMDatabase()
    database.openDatabase(tmp_path / "watched" / "db" / "study.sqlite")
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    (tmp_path / "watched" / "link").symlink_to(tmp_path / "files")
    WatchedFolders(database).add(tmp_path / "watched")
    opened.clear()
    clock = Clock()
    watcher = FolderWatcher(database, clock=clock)
    for _ in range(40):
        watcher.step()
        clock.now += 0.5
    looked = {os.path.basename(path) for path in opened}
    assert not any(name.endswith(b".dcm") for name in looked)
    with pytest.raises(DatabaseError, match="own files"):
        WatchedFolders(database).add(tmp_path / "watched" / "db" / "study.sqlite-files" / "ab")
    database.closeDatabase()


def test_copies_are_kept_where_the_list_says_so(watch):
    watch.list.setCopyFiles(watch.folder, True)
    path = watch.put("one.dcm", validFile())
    watch.after(20)
    path.unlink()
    (instance,) = watch.database.instanceRecordsForFiles(
        watch.database.filesForSeries(watch.events[0].report.seriesUIDs[0])
    )
    assert os.path.exists(instance.filePath)


def test_folders_come_and_go_with_the_list(watch, tmp_path):
    watch.after(1)
    (tmp_path / "second").mkdir()
    watch.list.add(tmp_path / "second", copyFiles=True)
    watch.list.setEnabled(watch.folder, False)
    watch.after(3)
    assert [(os.fsdecode(state.path), state.state) for state in watch.watcher.states()] == [
        (str(tmp_path / "second"), WATCHING), (str(watch.folder), OFF),
    ]  # fmt: skip
    watch.put("one.dcm", validFile())
    watch.after(20)
    assert watch.database.imagesCount() == 0
    watch.list.remove(tmp_path / "second")
    watch.after(3)
    assert len(watch.watcher.states()) == 1


def test_the_list_is_kept_in_the_database(watch, tmp_path):
    watch.list.add(tmp_path / "second", copyFiles=True)
    watch.list.setEnabled(tmp_path / "second", False)
    name = watch.database.databaseFilename
    watch.database.closeDatabase()
    watch.database.openDatabase(name)
    assert [(folder.path, folder.copyFiles, folder.enabled) for folder in WatchedFolders(watch.database).folders()] == [
        (os.fsencode(watch.folder), False, True), (os.fsencode(tmp_path / "second"), True, False),
    ]  # fmt: skip


def test_a_watched_folder_gives_way_to_a_users_import_and_goes_on_after_it(watch, tmp_path):
    watch.put("one.dcm", validFile())
    series = axialCT(slices=3).write(tmp_path / "mine")
    wanted, waits = Progress(), threading.Event()
    turns = watch.database.importTurns
    users = threading.Thread(target=lambda: (waits.wait(), DICOMIndexer(watch.database).importPaths(series)))
    users.start()
    with turns.spare(wanted) as has:
        assert has
        waits.set()
        waitFor(lambda: wanted.cancelled)
    users.join()
    assert watch.database.imagesCount() == 3
    with turns.taken(Progress()):
        done = threading.Event()
        other = threading.Thread(target=lambda: (watch.after(10), done.set()))
        other.start()
        other.join(60)
        assert done.is_set() and watch.database.imagesCount() == 3  # it did not wait, and did not import
    watch.after(10)
    assert watch.database.imagesCount() == 4


def test_a_failure_of_the_database_is_told_once_and_overcome(watch, monkeypatch):
    watch.put("one.dcm", validFile())
    attempts = []

    def fail(self, *arguments, **options):
        attempts.append(watch.clock.now)
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(DICOMIndexer, "importPaths", fail)
        watch.after(300)
    assert [str(event.error) for event in watch.events] == ["the disk is full."]
    assert 4 <= len(attempts) <= 8  # seldomer each time
    watch.after(600)
    assert watch.database.imagesCount() == 1


def test_a_closed_database_stops_nothing(watch):
    watch.put("one.dcm", validFile())
    name = watch.database.databaseFilename
    watch.after(1)
    watch.database.closeDatabase()
    watch.after(20)
    assert watch.watcher.states() == []
    watch.database.openDatabase(name)
    watch.after(20)
    assert watch.database.imagesCount() == 1 and [event.error for event in watch.events] == [None]


def test_a_cut_file_comes_in_with_a_note_and_is_replaced_when_it_is_whole(watch):
    path = watch.put("cut.dcm", truncated(validFile(), 1500))
    watch.after(20)
    assert len(watch.events[-1].report.notes) == 1
    path.write_bytes(validFile())
    watch.after(90)
    assert (watch.events[-1].report.instancesUpdated, watch.events[-1].report.notes) == (1, [])


def test_a_file_that_vanishes_while_it_waits_is_no_failure(watch):
    path = watch.put("one.dcm", validFile())
    watch.after(2)
    path.unlink()
    watch.after(20)
    assert watch.events == [] and watch.state.filesWaiting == 0


def test_the_thread_imports_by_itself_and_stops_at_once(watch, tmp_path, promised):
    watcher = FolderWatcher(watch.database, settleSeconds=0.05)
    axialCT(slices=10).write(watch.folder)
    watcher.start()
    waitFor(lambda: watch.database.imagesCount() == 10)
    assert watcher.isRunning
    with promised.within(0.5):
        assert watcher.stop()
    assert not watcher.isRunning


def test_the_thread_stops_at_once_in_the_middle_of_an_import(watch, monkeypatch, promised):
    from DICOMLib.Files import ParallelScan

    scan = ParallelScan.scanOne
    monkeypatch.setattr(ParallelScan, "scanOne", lambda path, tags: (time.sleep(0.01), scan(path, tags))[1])
    writeManyFiles(watch.folder, 200)
    watcher = FolderWatcher(watch.database, settleSeconds=0.05)
    watcher.start()
    waitFor(watch.database.imagesCount)
    with promised.within(0.5):
        assert watcher.stop()
    assert 0 < watch.database.imagesCount() < 200  # what was committed stays


@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_large_folder_costs_next_to_nothing_once_it_is_known(watch, count, promised):
    """A look at a known folder takes less than 2 % of the two seconds between looks."""
    for number in range(count):
        if number % 1000 == 0:
            folder = watch.folder / str(number)
            folder.mkdir()
        handle = os.open(folder / f"{number}.txt", os.O_CREAT | os.O_WRONLY)
        os.write(handle, b"no DICOM file")
        os.close(handle)
    watch.after(SETTLE_SECONDS + 3)
    assert watch.state.filesRefused == count
    with promised.within(10 * 0.04, ofProcessor=True):
        for _ in range(10):
            watch.clock.now += 2.0
            watch.watcher.step()


def test_a_thread_that_is_started_again_before_it_has_ended_goes_on_alone(watch, monkeypatch):
    watcher = FolderWatcher(watch.database, settleSeconds=0.05)
    isAsking, mayAnswer = threading.Event(), threading.Event()

    def hang():  # as a disk across a network that does not answer
        isAsking.set()
        assert mayAnswer.wait(20)

    step = watcher.step
    monkeypatch.setattr(watcher, "step", lambda: (hang(), step())[1])
    watcher.start()
    assert isAsking.wait(20)
    assert not watcher.stop(0.0)
    watcher.start()
    mayAnswer.set()
    watch.put("one.dcm", validFile())
    waitFor(watch.database.imagesCount)
    assert [thread.name for thread in threading.enumerate()].count("folder watcher") == 1
    assert watcher.isRunning and watcher.stop(20) and not watcher.isRunning
