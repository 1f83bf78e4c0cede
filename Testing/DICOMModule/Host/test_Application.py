import json
import os
import sys
from pathlib import Path

import pytest

from DICOMLib import DICOMUtils
from DICOMLib.Errors import DatabaseCorruptError, DICOMError
from DICOMLib.Scene.Scene import Scene
from DICOMModule.Host.Application import HostApplication
from DICOMModule.Host.UserFolders import defaultDatabaseFile, sampleDataFolder, settingsFile
from DICOMPlugins import builtinPlugins


@pytest.fixture
def private():
    with HostApplication.create(private=True) as application:
        yield application


def test_aPrivateApplicationTouchesNothingOfTheUser(private):
    assert private.database.isInMemory
    private.settings.setValue("DICOM/CopyOnImport", True)
    assert private.settingsStore == {"DICOM/CopyOnImport": True}
    assert private.mainWindow is None


def test_theNamedDatabaseIsMadeWithItsFolderForTheUserAlone(tmp_path):
    file = tmp_path / "new" / "my.sqlite"
    with HostApplication.create(databaseFile=file, settingsStore={}) as application:
        assert application.database.databaseFilename == str(file)
    assert file.exists()
    if os.name != "nt":
        assert file.parent.stat().st_mode & 0o777 == 0o700


def test_theDatabaseOfTheSettingsIsUsedWhenNoneIsNamed(tmp_path):
    store = {"DICOM/DatabaseFile": str(tmp_path / "set.sqlite")}
    with HostApplication.create(settingsStore=store) as application:
        assert application.database.databaseFilename == str(tmp_path / "set.sqlite")


def test_withoutAnythingTheUsersOwnPlacesAreUsed():
    with HostApplication.create() as application:
        assert application.database.databaseFilename == str(defaultDatabaseFile())
        application.settings.setValue("DICOM/CopyOnImport", True)
    assert json.loads(settingsFile().read_text())["DICOM/CopyOnImport"] is True
    assert settingsFile().is_relative_to(Path(os.environ["HOME"]))
    assert sampleDataFolder().is_relative_to(Path(os.environ["HOME"]))


def test_pluginsAreRegisteredAndTheirTagsKeptAtImport(private):
    assert private.registry.names() == list(builtinPlugins())
    private.registry.register("Toy", type("Toy", (), {"tags": {"toy": "0018,1312"}}))
    private.useRegisteredTags()
    assert "0018,1312" in private.database.tagsToPrecache


def test_scriptsFindDatabaseSceneAndPluginsWithoutNamingThem(private):
    context = DICOMUtils.currentContext()
    assert (context.database, context.scene, context.registry) == (private.database, private.scene, private.registry)


def test_thePluginContextCanHaveASceneOfItsOwn(private):
    staging = Scene()
    assert private.pluginContext().scene is private.scene
    assert private.pluginContext(staging).scene is staging
    assert private.pluginContext().workers is private.workers


def test_closingLeavesNothingBehind():
    path, metaPath, modules = list(sys.path), list(sys.meta_path), set(sys.modules)
    application = HostApplication.create(private=True)
    folder = application.temporaryFolder()
    (folder / "file").write_text("x")
    application.close()
    assert not folder.exists()
    assert not application.database.isOpen
    assert sys.path == path
    assert sys.meta_path == metaPath
    assert not {"slicer", "qt", "ctk", "slicer.util"} & (set(sys.modules) - modules)
    with pytest.raises(DICOMError, match="no database"):
        DICOMUtils.allSeriesUIDsInDatabase()
    application.close()


def test_aDamagedDatabaseIsToldAndLeftAsItIs(tmp_path):
    file = tmp_path / "bad.sqlite"
    file.write_bytes(b"no database" * 100)
    with pytest.raises(DatabaseCorruptError):
        HostApplication.create(databaseFile=file, settingsStore={})
    assert file.read_bytes() == b"no database" * 100


def test_scriptingCanBeLeftOut():
    with HostApplication.create(private=True, scripting=False) as application:
        assert application.slicerNames is None
        assert "slicer" not in sys.modules
