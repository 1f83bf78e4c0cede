import pytest

from DICOMLib.DICOMPlugin import DICOMPlugin
from DICOMLib.Errors import SettingsError
from DICOMModule.Host.Application import HostApplication
from DICOMPlugins import builtinPlugins


@pytest.fixture
def slicer():
    with HostApplication.create(private=True):
        import slicer

        yield slicer


def test_settingsOfTheProgramAreCheckedAndOthersAreKeptAsTheyAre(slicer):
    settings = slicer.app.settings()
    assert settings.value("DICOM/CopyOnImport") is None
    settings.setValue("DICOM/CopyOnImport", True)
    assert slicer.app.userSettings().value("DICOM/CopyOnImport") is True
    settings.setValue("MyModule/Count", 3)
    assert settings.value("MyModule/Count") == 3
    assert settings.value("MyModule/Other", "default") == "default"
    with pytest.raises(SettingsError):
        settings.setValue("DICOM/CopyOnImport", "maybe")


def test_settingsHaveGroupsAndCanBeForgotten(slicer):
    settings = slicer.app.settings()
    settings.beginGroup("A")
    settings.setValue("b", 1)
    settings.setValue("c/d", 2)
    assert settings.allKeys() == ["b", "c/d"]
    settings.endGroup()
    assert settings.contains("A/b")
    settings.remove("A")
    assert settings.allKeys() == []


def test_fileNamesLoseWhatFileSystemsRefuse(slicer):
    assert slicer.app.ioManager().forceFileNameValidCharacters('a/b\\c:d*e?"<f>|g (1).nrrd') == "abcdefg (1).nrrd"


def test_theApplicationSaysThatItHasNoWindow(slicer):
    assert slicer.app.commandOptions().noMainWindow
    assert slicer.app.layoutManager() is None
    assert slicer.app.mrmlScene() is slicer.mrmlScene
    slicer.app.processEvents()
    with pytest.raises(SystemExit) as leaving:
        slicer.app.exit(4)
    assert leaving.value.code == 4


def test_pluginsAreRegisteredAndRemovedThroughTheModules(slicer):
    class ToyPluginClass(DICOMPlugin):
        pass

    plugins = slicer.modules.dicomPlugins
    plugins["Toy"] = ToyPluginClass
    assert plugins["Toy"] is ToyPluginClass
    assert list(plugins) == [*builtinPlugins(), "Toy"]
    del plugins["Toy"]
    assert "Toy" not in plugins
    with pytest.raises(KeyError):
        plugins["Toy"]


def test_modulesAreFoundByLowerCaseName(slicer):
    assert slicer.modules.dicom.name == "DICOM"
    assert not hasattr(slicer.modules, "nothing")
    assert not hasattr(slicer.modules, "DICOMWidget")  # there is no window to have a panel in
