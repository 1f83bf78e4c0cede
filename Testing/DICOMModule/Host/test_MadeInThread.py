import subprocess
import sys
import threading
import weakref

import pytest

from DICOMModule.Host.MadeInThread import MadeInThread


def test_whoHasNothingToBeCalledWaits():
    made = []
    MadeInThread(lambda: made.append(threading.current_thread()) is None, None)
    assert made != [threading.current_thread()] and len(made) == 1


@pytest.mark.parametrize("isThere", [True, False])
def test_itTellsWhenThereIsSomething(isThere):
    told = []
    making = MadeInThread(lambda: isThere, lambda: told.append(threading.current_thread()))
    making.wait()
    assert len(told) == isThere and threading.current_thread() not in told


def test_whatNobodyWantsAnyMoreIsNotTold():
    told, mayEnd = [], threading.Event()
    making = MadeInThread(mayEnd.wait, lambda: told.append(1))
    making.cancel()
    mayEnd.set()
    making.wait()
    assert told == []


def test_whatItWasMadeOfIsNotKept():
    class Source:
        pass

    source = Source()
    alive = weakref.ref(source)
    making = MadeInThread(lambda kept=source: kept is not None, None)
    del source
    assert alive() is None and making is not None


def test_aProgramEndsAfterIt():
    """VTK would crash that computes while Python goes."""
    code = """
import threading
from DICOMModule.Host.MadeInThread import MadeInThread
MadeInThread(lambda: threading.main_thread().join() or print("made"), lambda: None)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "made\n"
