"""Other programs that have a database open at the same time, each a process of its own."""

import os
import subprocess
import sys
from contextlib import contextmanager

_BEGIN = "import sys, sqlite3; connection = sqlite3.connect(sys.argv[1], isolation_level=None);"
_WAIT = "print('ready', flush=True); sys.stdin.read();"


def pythonProcess(program, *arguments, **options):
    """Python code that may import what the tests may."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], env=environment, **options)


def writerElsewhere(path):
    """Another process in the middle of a write, as long as the ``with`` block takes."""
    return _elsewhere(path, "connection.execute('BEGIN IMMEDIATE');", "connection.execute('ROLLBACK')")


def readerElsewhere(path):
    """Another process that has read the database and keeps it open, as long as the ``with`` block takes."""
    return _elsewhere(path, "connection.execute('SELECT count(*) FROM patients').fetchall();")


@contextmanager
def _elsewhere(path, before, after=""):
    process = pythonProcess(_BEGIN + before + _WAIT + after, path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline().strip() == b"ready"
    try:
        yield
    finally:
        process.communicate()
