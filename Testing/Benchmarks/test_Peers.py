"""An environment for a peer is made once, and what keeps it from being made is said."""

from __future__ import annotations

from pathlib import Path

import pytest

import launch
from Testing.Benchmarks import Peers


@pytest.fixture
def tools(monkeypatch, tmp_path):
    """The commands that were run; they only make the file of the interpreter."""
    commands = []

    def run(command: list, failure: str) -> None:
        commands.append(command)
        if "venv" in command:
            for name in ("bin/python", "Scripts/python.exe"):
                (tmp_path / "peers" / name).parent.mkdir(parents=True)
                (tmp_path / "peers" / name).touch()

    monkeypatch.setattr(Peers, "ENVIRONMENT", tmp_path / "peers")
    monkeypatch.setattr(launch, "runTool", run)
    return commands


def test_theEnvironmentIsMadeAtTheFirstCallOnly(tools, tmp_path, capsys):
    python = Peers.slicerPython()
    assert Path(python).is_relative_to(tmp_path / "peers") and python == Peers.slicerPython()
    assert [command[1:3] for command in tools] == [["-m", "venv"], ["-m", "pip"]]
    assert tools[1][0] == python and tools[1][-1] == "slicer-core"
    assert "Making the environment" in capsys.readouterr().out


def test_anUnfinishedEnvironmentIsMadeAnew(tools, tmp_path):
    Peers.slicerPython()
    (tmp_path / "peers" / "prepared.txt").unlink()
    (tmp_path / "peers" / "half").touch()
    Peers.slicerPython()
    assert len(tools) == 4 and not (tmp_path / "peers" / "half").exists()


def test_whyItCannotBeMadeIsSaidInASentence(tools, monkeypatch):
    def fail(command: list, failure: str) -> None:
        raise launch.LaunchError("Installing the package failed: there is no connection to the package server.")

    monkeypatch.setattr(launch, "runTool", fail)
    with pytest.raises(Peers.PeerMissingError, match="slicer-core could not be installed: Installing .* no connection"):
        Peers.slicerPython()
