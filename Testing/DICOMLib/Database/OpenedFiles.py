"""Which files and folders this process opens: what Python's audit events say of it."""

import os
import sys
from contextlib import contextmanager

_EVENTS = ("open", "os.scandir", "os.listdir")
_listeners = []  # hooks cannot be taken back, so one asks who listens
_installed = []


def _hook(event, arguments):
    if _listeners and event in _EVENTS and isinstance(arguments[0], str | bytes):
        for found in _listeners:
            found.append(os.fsencode(arguments[0]))


@contextmanager
def openedFiles():
    """Gives a list that fills with the paths of what is opened in the block."""
    if not _installed:
        sys.addaudithook(_hook)
        _installed.append(True)
    found = []
    _listeners.append(found)
    try:
        yield found
    finally:
        _listeners.remove(found)


def openedOutside(found, *folders):
    """What was opened that lies in none of the folders, the program's own files and Python's left out."""
    own = [os.path.realpath(folder) for folder in (*sys.path, sys.prefix, sys.base_prefix, "/dev/null", "/proc", "/sys",
                                                   "/usr", "/etc/localtime") if folder]
    allowed = [os.fsencode(folder) for folder in (*folders, *own, *map(os.path.abspath, filter(None, sys.path)))]
    return [path for path in found if not any(os.path.abspath(path).startswith(folder) for folder in allowed)]
