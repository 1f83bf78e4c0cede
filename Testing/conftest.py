"""What every test runs under: a display if it needs one, settings and home folders of its own, and no way to hang.

The environment is set while this file is imported, before any test can read it.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import hypothesis
import pytest

from launch import LaunchError, hasDisplay, virtualDisplay
from Testing.Promises import isLeftOut, isOfTiming, promised, runUntilInTime  # noqa: F401  (a fixture is among them)
from Testing.SideBySide import Turns, processesFor

REPOSITORY = Path(__file__).resolve().parent.parent
LAYERS = ("unit", "gui", "network", "data")

# A run in the background or under nohup ignores these, and so would every program a test ends by them.
for _number, _usual in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    if hasattr(signal, _number) and signal.getsignal(getattr(signal, _number)) is signal.SIG_IGN:
        signal.signal(getattr(signal, _number), _usual)
GUI_FIXTURES = {"qtbot", "qapp"}
NETWORK_FIXTURES = {"orthanc"}
MILLISECONDS_TO_WAIT = 60_000
SECONDS_TO_EXIT = 10  # for threads to end after the last test; a job still running then is a leak

_resources = contextlib.ExitStack()  # the one thing pytest's start and end hooks share


def _isolate() -> None:
    """Point home, settings, cache and desktop services away from the user's own."""
    home = Path(_resources.enter_context(tempfile.TemporaryDirectory(prefix="dicommodule-test-")))
    folders = {"HOME": home, "XDG_RUNTIME_DIR": home / "run"}
    for kind in ("CONFIG", "DATA", "CACHE", "STATE"):
        folders[f"XDG_{kind}_HOME"] = home / kind.lower()
    for name, folder in folders.items():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ[name] = str(folder)
    os.environ.update(
        QT_API="pyqt5",
        LIBGL_ALWAYS_SOFTWARE="1",
        PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring",
        NO_AT_BRIDGE="1",
        IPYTHONDIR=str(home / "ipython"),
        MPLCONFIGDIR=str(home / "matplotlib"),
    )
    for name in ("DBUS_SESSION_BUS_ADDRESS", "SESSION_MANAGER", "QT_PLUGIN_PATH", "QT_STYLE_OVERRIDE"):
        os.environ.pop(name, None)


_isolate()

# A slow moment of a busy machine is not a failure, and a run that passed passes again.
hypothesis.settings.register_profile("project", deadline=None, derandomize=True)
hypothesis.settings.load_profile("project")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    return processesFor(config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes():
    """All processes have to find the same tests in the same order, also those that are made from a set."""
    os.environ.setdefault("PYTHONHASHSEED", "0")


def pytest_make_parametrize_id(val, argname):
    """No bytes in the names of tests: those of archives hold the time they were made, in each process another."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from Testing.FileScheduling import FileScheduling  # needs pytest-xdist

    # In the order they were found, and not those of the fewest tests last: among these are the longest.
    config.option.loadscopereorder = False
    return FileScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Tell each process where all keep the order among their tests: in the home of the run, which outlives them."""
    node.workerinput["turns"] = os.environ["HOME"]


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Turns(Path(config.workerinput["turns"])))


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="run the tests marked slow too")
    parser.addoption("--timing", action="store_true", help="run what promises seconds, and have them count")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What collecting makes stays to the end. Not to look through half a million such objects again whenever a test
    lets garbage be collected saves a quarter of a second each time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def pytest_collection_modifyitems(config, items):
    for item in items:
        if GUI_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("gui")
        if NETWORK_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("network")
        if not any(item.get_closest_marker(layer) for layer in LAYERS):
            item.add_marker("unit")
    isLong = config.getoption("--long")
    left = {item for item in items if isLeftOut(item) or (not isLong and item.get_closest_marker("slow"))}
    if left:
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=list(left))


def pytest_runtest_protocol(item, nextitem):
    if not (item.config.getoption("--timing") and isOfTiming(item)):
        return None
    runUntilInTime(item, nextitem)
    return True


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session):
    """Start the display once, after deselection has shown whether any test needs one."""
    wanted = any(item.get_closest_marker("gui") for item in session.items)
    if not wanted or session.config.option.collectonly or hasDisplay():
        return
    try:
        os.environ.update(_resources.enter_context(virtualDisplay()))
    except LaunchError as error:
        pytest.exit(str(error), returncode=3)


def pytest_sessionfinish(session, exitstatus):
    session.config.exitStatusSeen = exitstatus


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """Leave without the interpreter's own end, which would wait for forgotten threads for ever, and in which Qt and VTK
    objects that tests forgot would talk to the display that is gone and turn the exit code into 1."""
    _closeQt()
    threads = _threadsLeftRunning()
    atexit._run_exitfuncs()
    _resources.close()
    if threads:
        sys.stderr.write(f"Leaving in spite of threads that tests left running: {', '.join(threads)}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    if hasattr(config, "exitStatusSeen"):  # not with --markers and the like, which run no session
        os._exit(int(config.exitStatusSeen))


def _threadsLeftRunning() -> list[str]:
    """Names of the threads that would keep the process alive and do not end in time."""
    deadline = time.monotonic() + SECONDS_TO_EXIT
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    threads = [thread for thread in others if not thread.daemon]
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [thread.name for thread in threads if thread.is_alive()]


def _topLevelWidgets() -> list:
    """Every window there is; none unless a test has brought Qt up."""
    widgets = sys.modules.get("PyQt5.QtWidgets")
    return list(widgets.QApplication.topLevelWidgets()) if widgets and widgets.QApplication.instance() else []


def _closeQt(keep: tuple = ()) -> None:
    """Close what tests left open: VTK's render windows first, because Qt destroying them under VTK crashes."""
    left = [widget for widget in _topLevelWidgets() if widget not in keep]
    if not left:
        return
    interactorClass = getattr(sys.modules.get("pyvistaqt"), "QtInteractor", ())
    for window in left:
        children = window.findChildren(interactorClass) if interactorClass else []
        for interactor in [*children, *([window] if isinstance(window, interactorClass) else [])]:
            interactor.close()
        window.close()
        window.deleteLater()
    sys.modules["PyQt5.QtWidgets"].QApplication.processEvents()


@pytest.fixture
def quickGarbage():
    """For tests that let garbage be collected over and over: what was there before is not looked through each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def qtbot(qtbot):
    """Waits as long as a busy machine may need, whatever a test thinks is long: it is over when it has happened.

    What is not to happen is awaited for as long as a test says.
    """
    for name in ("waitUntil", "waitSignal", "waitSignals", "waitExposed", "waitActive", "waitCallback"):
        setattr(qtbot, name, _patient(getattr(qtbot, name)))
    return qtbot


def _patient(wait):
    def waitLonger(*arguments, timeout=0, **options):
        mayEndWithout = not options.get("raising", True)
        return wait(*arguments, timeout=timeout if mayEndWithout else max(timeout, MILLISECONDS_TO_WAIT), **options)

    return waitLonger


@pytest.fixture(autouse=True)
def _windowsClosed(request):
    """After a GUI test, close the windows it opened and forgot; those of wider fixtures stay."""
    if not request.node.get_closest_marker("gui"):
        yield
        return
    before = tuple(_topLevelWidgets())
    yield
    _closeQt(keep=before)


@pytest.fixture(autouse=True)
def _lookKept(request):
    """After a GUI test the application looks as before: letters and rows of another look have other sizes."""
    if not GUI_FIXTURES & set(request.fixturenames):
        yield
        return
    request.getfixturevalue("qapp")
    before = _look()
    yield
    if before == _look():
        return
    styleSheet, palette, style = before
    application = sys.modules["PyQt5.QtWidgets"].QApplication.instance()
    application.setStyleSheet(styleSheet)
    application.setPalette(palette)
    application.setStyle(style)


def _look() -> tuple:
    """Style sheet, palette and style of the application."""
    application = sys.modules["PyQt5.QtWidgets"].QApplication.instance()
    return (application.styleSheet(), application.palette(), application.style().objectName())


@pytest.fixture(autouse=True)
def _noErrorsOfVTK(request):
    """What VTK complains about in a GUI test, on whatever thread, fails it: pictures may be right all the same."""
    if not request.node.get_closest_marker("gui"):
        yield
        return
    import pyvista  # noqa: F401  (it puts a window for messages in the place of VTK's when it is imported)
    from vtkmodules.vtkCommonCore import vtkOutputWindow

    complaints: list[str] = []

    def onError(_window, _event, text: str) -> None:
        complaints.append(text.strip())

    onError.CallDataType = "string0"
    window = vtkOutputWindow.GetInstance()
    tag = window.AddObserver("ErrorEvent", onError)
    yield
    window.RemoveObserver(tag)
    if complaints:
        pytest.fail("VTK reports: " + "\n".join(dict.fromkeys(complaints)), pytrace=False)


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory):
    """A running DICOM server that nobody here wrote, for the whole run: what a test sends stays there, so its
    instances need UIDs of their own."""
    from Testing.Fixtures.Orthanc import OrthancMissingError, serverIn

    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(serverIn(tmp_path_factory.mktemp("orthanc") / "server"))
        except OrthancMissingError as error:
            pytest.skip(str(error))
        yield server


@pytest.fixture(scope="session")
def workers():
    """The pool of worker processes that all tests of a run share."""
    from Testing.Fixtures.RunWorkers import runWorkers

    return runWorkers()


@pytest.fixture
def lentWorkers(monkeypatch):
    """Those of the run for whatever starts in this process as the program does: to start some takes longer than what
    most commands do with them."""
    from DICOMModule.Host import Application
    from Testing.Fixtures.RunWorkers import LentWorkers

    monkeypatch.setattr(Application, "WorkerPool", LentWorkers)


@pytest.fixture(scope="session")
def warmPython():
    """Runs commands and scripts without a window, each in a process, without importing everything anew."""
    from Testing.Fixtures.WarmPython import WITHOUT_WINDOW, WarmPython

    with WarmPython(*WITHOUT_WINDOW) as python:
        yield python


@pytest.fixture(scope="session")
def warmWindowPython():
    """The same for the program with its window."""
    from Testing.Fixtures.WarmPython import WITH_WINDOW, WarmPython

    with WarmPython(*WITH_WINDOW) as python:
        yield python


@pytest.fixture(scope="session")
def sharedData() -> Path:
    """The folder of real DICOM data: ``$DICOM_TEST_DATA``, or ``../shared/data`` from the project's folder."""
    named = os.environ.get("DICOM_TEST_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real DICOM data are not there ({folder}); set DICOM_TEST_DATA to their folder")
    return folder
