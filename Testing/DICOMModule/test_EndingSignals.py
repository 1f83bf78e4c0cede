import os
import signal
import threading

import pytest

from DICOMModule.EndingSignals import ENDING_SIGNALS, handlingEndingSignals

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_everyEndingSignalIsHeardAndTheHandlerBeforeComesBack(number):
    before, heard = signal.getsignal(number), []
    with handlingEndingSignals(lambda arrived, _frame: heard.append(arrived)) as restore:
        os.kill(os.getpid(), number)
        restore()
        assert signal.getsignal(number) is before
    assert heard == [number] and signal.getsignal(number) is before


def test_whatIsIgnoredStaysIgnored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with handlingEndingSignals(lambda *_: None):
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_anotherThreadThanTheMainOneHandlesNothing():
    before, seen = signal.getsignal(signal.SIGINT), []

    def work():
        with handlingEndingSignals(lambda *_: None):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
