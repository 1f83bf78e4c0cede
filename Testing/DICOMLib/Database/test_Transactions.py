"""A transaction is carried out as a whole or not at all, whatever ends it."""

import sqlite3

import pytest

from DICOMLib.Database.Transactions import committed


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "d.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t(a)")
    connection.close()
    return path


def valuesIn(path):
    return [row[0] for row in sqlite3.connect(path).execute("SELECT a FROM t")]


def test_whatWasDoneIsThereAtTheEnd(path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    with committed(connection) as same:
        same.execute("INSERT INTO t VALUES(1)")
        assert valuesIn(path) == []
    assert valuesIn(path) == [1] and not connection.in_transaction


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_anErrorOrAnInterruptUndoesItAllAndLetsOthersWrite(path, error):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(error), committed(connection):
        connection.execute("INSERT INTO t VALUES(1)")
        raise error
    assert not connection.in_transaction
    sqlite3.connect(path, timeout=0, isolation_level=None).execute("INSERT INTO t VALUES(2)")
    assert valuesIn(path) == [2]


def test_anErrorThatEndedTheTransactionItselfIsNotHidden(path):
    """SQLite rolls back by itself when the disk is full, for one."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(ValueError, match="the first"), committed(connection):
        connection.execute("ROLLBACK")
        raise ValueError("the first")
