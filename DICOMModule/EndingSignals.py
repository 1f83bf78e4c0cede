"""The signals that ask a program to end. Needs no Qt."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Ctrl-C, a request to terminate, and the end of the terminal (which Windows does not tell).
ENDING_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def handlingEndingSignals(handler: Callable[[int, object], None]) -> Iterator[Callable[[], None]]:
    """Have the signals call ``handler(number, frame)``, but those that are ignored, as ``nohup`` has it.

    In another thread than the main one, which cannot receive signals, nothing happens.

    :returns: a function that brings the handlers before back; at the end this happens by itself
    """
    previous: dict[int, object] = {}
    if threading.current_thread() is threading.main_thread():
        previous = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
        # None: a handler that was not set by Python, and that Python could not set again.
        previous = {number: before for number, before in previous.items() if before not in (signal.SIG_IGN, None)}

    def restore() -> None:
        for number, before in previous.items():
            signal.signal(number, before)

    for number in previous:
        signal.signal(number, handler)
    try:
        yield restore
    finally:
        restore()
