from __future__ import annotations

import json

import pytest

from DICOMModule.CommandLine import main
from Testing.Fixtures.ReadyMade import twoPatients


@pytest.fixture(autouse=True)
def _workersOfTheRun(lentWorkers):
    """For every command."""


@pytest.fixture(scope="session")
def hospital(tmp_path_factory):
    """Three series of two patients as files."""
    folder = tmp_path_factory.mktemp("hospital")
    twoPatients(folder)
    return folder


@pytest.fixture(scope="session")
def database(tmp_path_factory, hospital):
    """A study database that links to them."""
    file = tmp_path_factory.mktemp("database") / "d.sqlite"
    assert main(["import", str(hospital), "--database", str(file), "--json"]) == 0
    return file


@pytest.fixture
def run(capsys):
    """Runs a command line; gives its exit code, stdout and stderr."""
    capsys.readouterr()

    def runCommand(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return runCommand


@pytest.fixture
def asked(run):
    """Runs a command with --json; gives the parsed result."""

    def ask(*arguments):
        code, out, err = run(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)

    return ask
