import os
import signal
import subprocess
import sys
import threading
import time

import numpy
import psutil
import pytest

from DICOMLib.Errors import CancelledError, PixelDataError, UnsupportedTransferSyntaxError, WorkerError
from DICOMLib.Progress import Progress
from DICOMLib.Workers.WorkerPool import Task, WorkerPool, deadlineFor
from Testing.Fixtures.Waiting import waitFor

TASKS = "Testing.DICOMLib.Workers.MisbehavingTasks"


@pytest.fixture(scope="module")
def pool():
    with WorkerPool(size=1, memoryLimit=2 << 30) as shared:
        yield shared


class Collector:
    def __init__(self):
        self.arrays = []

    def __call__(self, shape, dtype, information):
        self.arrays.append(numpy.empty(shape, dtype))
        return self.arrays[-1]


def task(name, deadline=20.0, receive=None, **arguments):
    return Task(f"{TASKS}:{name}", arguments, receive or Collector(), deadline, b"/data/bad.dcm")


def assertWorks(pool):
    collector = Collector()
    pool.run(task("ramp", receive=collector, count=2))
    assert [array.tolist() for array in collector.arrays] == [[[0, 1, 2], [3, 4, 5]], [[1, 2, 3], [4, 5, 6]]]


def test_arraysComeBackAsTheyWereMadeAndTheProcessStays(pool):
    assertWorks(pool)
    before = pool.processIDs
    assertWorks(pool)
    assert pool.processIDs == before and len(before) == 1


def test_deathsAreCountedAndCancelsAndErrorsAreNot(pool):
    before = pool.deaths
    with pytest.raises(WorkerError):
        pool.run(task("crash", signalName="SIGKILL"))
    assert pool.deaths == before + 1
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        pool.run(task("loop", deadline=60), progress)
    assertWorks(pool)
    assert pool.deaths == before + 1


def test_largeArraysCrossWhole(pool):
    collector = Collector()
    pool.run(task("ramp", receive=collector, count=1, shape=[1000, 3000]))
    assert collector.arrays[0][999, 2999] == numpy.int16(2999999 & 0x7FFF | -(2999999 & 0x8000))


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGABRT"])
def test_aDeadWorkerIsAnErrorThatNamesTheFileAndTheNextTaskWorks(pool, name, promised):
    with promised.within(2), pytest.raises(WorkerError) as caught:
        pool.run(task("crash", signalName=name))
    assert caught.value.where == "/data/bad.dcm" and caught.value.value == name
    assertWorks(pool)


def test_aWorkerThatDiesWhileSendingIsAnError(pool):
    with pytest.raises(WorkerError, match="SIGABRT"):
        pool.run(task("crashHalfWay"))
    assertWorks(pool)


def test_aTaskWithoutEndIsStoppedAtItsDeadline(pool, promised):
    with promised.within(3), pytest.raises(WorkerError, match="takes longer than allowed"):
        pool.run(task("loop", deadline=0.5))
    assertWorks(pool)


def test_memoryBeyondTheLimitIsACleanErrorAndTheWorkerLives(pool):
    assertWorks(pool)
    before = pool.processIDs
    with pytest.raises(WorkerError, match="more memory"):
        pool.run(task("eatMemory", gigabytes=8))
    assert pool.processIDs == before


def test_cancellingStopsAtOnce(pool, promised):
    progress = Progress()
    threading.Timer(0.3, progress.cancel).start()
    with promised.within(2), pytest.raises(CancelledError):
        pool.run(task("loop", deadline=600), progress)
    assertWorks(pool)


def test_printsOfACodecDoNotDisturb(pool):
    collector = Collector()
    pool.run(task("printNoise", receive=collector))
    assert collector.arrays[0].tolist() == [[7]]


def test_errorsOfATaskArriveWithTheirKindValueAndHint(pool):
    with pytest.raises(UnsupportedTransferSyntaxError) as caught:
        pool.run(task("refuse"))
    assert str(caught.value) == "/data/bad.dcm: this compression is not read (x.y). Install z."
    with pytest.raises(PixelDataError, match="KeyError: 'something inside'"):
        pool.run(task("fail"))


def test_aCodecThatPanicsIsAnErrorAndTheProcessStays(pool):
    assertWorks(pool)
    before = pool.processIDs
    with pytest.raises(PixelDataError, match="RustPanic: index out of range"):
        pool.run(task("panic"))
    assert pool.processIDs == before


def test_whatIsNotAnImageIsRefused(pool):
    with pytest.raises(WorkerError, match="not an image"):
        pool.run(task("sendWrongType"))
    assertWorks(pool)


@pytest.mark.parametrize(
    "header",
    [{"type": []}, {"type": {}}, {"shape": [True, True]}, {"shape": [1] * 100}, {"shape": "11"}],
    ids=["list", "dictionary", "truths", "axes", "text"],
)
def test_aHeaderOfNoArrayIsRefused(pool, header):
    with pytest.raises(WorkerError, match="not an image"):
        pool.run(task("sendHeader", **header))
    assertWorks(pool)


def test_aReceiverThatRefusesLeavesTheWorkerUsable(pool):
    def refuse(shape, dtype, information):
        raise PixelDataError("wrong size")

    with pytest.raises(PixelDataError, match="wrong size"):
        pool.run(task("ramp", receive=refuse, count=3))
    assertWorks(pool)


def test_severalTasksRunOnSeveralWorkersAndTheFirstErrorStopsTheRest():
    with WorkerPool(size=2) as pool:
        collectors = [Collector() for _ in range(6)]
        pool.runAll([task("ramp", receive=collector, count=1) for collector in collectors])
        assert all(len(collector.arrays) == 1 for collector in collectors)
        assert 1 <= len(pool.processIDs) <= 2
        done = []
        with pytest.raises(WorkerError):
            pool.runAll([task("crash", signalName="SIGKILL")] + [task("loop", deadline=0.5)] * 20, onDone=done.append)
        assert done == []


def test_closingEndsEveryProcess():
    pool = WorkerPool(size=1)
    assertWorks(pool)
    (processID,) = pool.processIDs
    pool.close()
    pool.close()
    assert not psutil.pid_exists(processID)
    with pytest.raises(WorkerError, match="shut down"):
        assertWorks(pool)


@pytest.mark.parametrize("tasks", [1, 3], ids=["running", "waiting too"])
def test_closingEndsTasksThatRunAndThatWaitForAWorker(tasks):
    pool = WorkerPool(size=1)
    errors = []

    def run():
        try:
            pool.run(task("loop", deadline=600))
        except WorkerError as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(tasks)]
    for thread in threads:
        thread.start()
    (processID,) = waitFor(lambda: pool.processIDs)
    pool.close()
    for thread in threads:
        thread.join(60)
    assert len(errors) == tasks and pool.processIDs == [] and not psutil.pid_exists(processID)


@pytest.mark.skipif(sys.platform == "win32", reason="the test kills a process by signal")
@pytest.mark.parametrize("ending", ["kill", "exit"])
def test_aWorkerEndsWhenItsHostDoes(ending):
    script = (
        "import sys\n"
        "from DICOMLib.Workers.WorkerPool import Task, WorkerPool\n"
        "import numpy, threading, time\n"
        "pool = WorkerPool(size=1)\n"
        f"task = Task('{TASKS}:loop', {{}}, None, 600.0)\n"
        "threading.Thread(target=lambda: pool.run(task), daemon=True).start()\n"
        "while not pool.processIDs: time.sleep(0.01)\n"
        "time.sleep(0.3)\n"
        "print(pool.processIDs[0], flush=True)\n"
        "sys.stdin.read()\n"
    )
    host = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    worker = int(host.stdout.readline())
    assert psutil.pid_exists(worker)
    if ending == "kill":
        os.kill(host.pid, signal.SIGKILL)
    host.communicate()
    waitFor(lambda: not isRunning(worker), what="the end of a worker whose host is gone")


def isRunning(processID):
    try:
        return psutil.Process(processID).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_aWorkerDoesNotImportQtOrVTK(pool):
    assertWorks(pool)
    maps = psutil.Process(pool.processIDs[0]).memory_maps()
    assert not [entry.path for entry in maps if "Qt5" in entry.path or "vtk" in entry.path.lower()]


def test_warmingUpStartsEveryWorkerAndRunsThePreparationInEachOnce():
    collector = Collector()
    with WorkerPool(size=2) as pool:
        for _ in range(2):  # those that run already are not prepared again
            pool.warmUp(task("ramp", receive=collector, count=1))
            waitFor(lambda: len(collector.arrays) >= 2)
            assertWorks(pool)
        assert len(pool.processIDs) == 2 and len(collector.arrays) == 2


@pytest.mark.parametrize("name", ["refuse", "crash"])
def test_aPreparationThatFailsHarmsNobody(name):
    with WorkerPool(size=1) as pool:
        pool.warmUp(task(name, **({"signalName": "SIGSEGV"} if name == "crash" else {})))
        assertWorks(pool)


def test_theDeadlineGrowsWithTheWork():
    assert deadlineFor(0) == 10
    assert deadlineFor(400_000_000) == 30


def test_nothingIsImportedFromTheFolderTheProgramWasStartedIn(tmp_path, monkeypatch):
    """Started on a stranger's disk, the program must not run what lies there."""
    canary = tmp_path / "canary"
    (tmp_path / "numpy.py").write_text(f"open({str(canary)!r}, 'w').close()")
    monkeypatch.chdir(tmp_path)
    with WorkerPool(size=1) as pool:
        assertWorks(pool)
        assert psutil.Process(pool.processIDs[0]).cwd() != str(tmp_path)
    assert not canary.exists()


def test_whoWaitsForABusyWorkerCanCancel(promised):
    with WorkerPool(size=1) as pool:
        busy = threading.Thread(target=lambda: pytest.raises(WorkerError, pool.run, task("loop", deadline=600)))
        busy.start()
        waitFor(lambda: pool.processIDs)
        progress = Progress()
        threading.Timer(0.2, progress.cancel).start()
        with promised.within(1), pytest.raises(CancelledError):
            pool.run(task("ramp", count=1), progress)
        pool.close()
        busy.join()


def test_startingAWorkerCanBeCancelled(tmp_path, monkeypatch, promised):
    """On a busy computer the interpreter may take long to come up."""
    (tmp_path / "sitecustomize.py").write_text("import time; time.sleep(600)")
    monkeypatch.syspath_prepend(str(tmp_path))
    progress = Progress()
    threading.Timer(0.3, progress.cancel).start()
    with WorkerPool(size=1) as pool:
        with promised.within(1.5), pytest.raises(CancelledError):
            pool.run(task("ramp", count=1), progress)
        assert not pool.processIDs and pool.deaths == 0


def test_aWorkerKilledWhenItHadJustDoneIsNotGivenTheNextTask(monkeypatch):
    """The kernel may take its time to end a process."""
    killed, isToBeKilled = subprocess.Popen.kill, threading.Event()

    def killLater(process):
        isToBeKilled.set()
        threading.Timer(0.3, killed, [process]).start()

    answers = []

    def receive(shape, dtype, information):
        answers.append(numpy.empty(shape, dtype))
        isStopped.set()
        assert isToBeKilled.wait(60)
        time.sleep(0.1)  # all it had to say is in the pipe
        return answers[-1]

    isStopped = threading.Event()
    with WorkerPool(size=1) as pool:
        assertWorks(pool)
        monkeypatch.setattr(subprocess.Popen, "kill", killLater)
        with pool._borrowed(None, None) as worker:
            worker.run(task("ramp", receive=receive, count=1, shape=(300, 300)), isStopped.is_set)
        assertWorks(pool)
        monkeypatch.undo()
    assert len(answers) == 1 and pool.deaths == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_interruptingDoesNotWaitForWhatHasNotBegun(promised):
    done = []

    def interruptAfterTheFirst(one):
        done.append(one)
        if len(done) == 1:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    with WorkerPool(size=1) as pool:
        assertWorks(pool)
        with promised.within(2), pytest.raises(KeyboardInterrupt):
            pool.runAll([task("nap", seconds=0.2) for _ in range(10)], onDone=interruptAfterTheFirst)
        assertWorks(pool)
    assert len(done) < 5


def test_anInterruptWhileAWorkerStartsLeavesNoneThatAnswersLate(monkeypatch):
    from DICOMLib.Workers import WorkerProcess

    def interrupt(_stream):
        raise KeyboardInterrupt

    with WorkerPool(size=1, memoryLimit=2 << 30) as own:
        with monkeypatch.context() as patch:
            patch.setattr(WorkerProcess, "readHeader", interrupt)
            with pytest.raises(KeyboardInterrupt):
                own.run(task("ramp"))
        assert own.processIDs == []
        assertWorks(own)
