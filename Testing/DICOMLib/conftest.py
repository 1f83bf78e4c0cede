"""What tests of the library start from."""

import tempfile

import pytest

from DICOMLib import DICOMUtils
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Scene.Scene import Scene
from DICOMPlugins import registerBuiltins
from Testing.Fixtures import twoPatientBuilders, twoPatients


@pytest.fixture
def database(tmp_path):
    """Open, in a folder of its own."""
    opened = DICOMDatabase()
    opened.openDatabase(tmp_path / "database" / "study.sqlite")
    yield opened
    opened.closeDatabase()


@pytest.fixture
def context(database):
    """What scripts work with: this database, an empty scene and the built-in plugins."""
    made = DICOMUtils.ScriptingContext(database, Scene(), PluginRegistry())
    registerBuiltins(made.registry)
    DICOMUtils.setContext(made)
    yield made
    DICOMUtils.setContext(None)


@pytest.fixture
def patients(context, tmp_path):
    """Builders of the series of two patients, who are in the database."""
    twoPatients(tmp_path / "data")
    assert DICOMUtils.importDicom(tmp_path / "data")
    return list(twoPatientBuilders().values())


@pytest.fixture
def systemTemp(tmp_path, monkeypatch):
    """A place for temporary files of the test's own."""
    folder = tmp_path / "systemTemp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    tempfile.tempdir = None
