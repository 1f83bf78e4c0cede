import sys
from types import ModuleType

import pytest

from DICOMLib import DICOMUtils
from DICOMModule.Host.Application import HostApplication


@pytest.fixture
def application():
    with HostApplication.create(private=True) as application:
        yield application


def test_theNamesCanBeImportedAsInSlicer(application):
    import slicer
    import slicer.util
    from slicer import vtkMRMLScalarVolumeNode
    from slicer.i18n import tr
    from slicer.ScriptedLoadableModule import ScriptedLoadableModule
    from slicer.util import VTKObservationMixin, getNode

    assert slicer.mrmlScene is application.scene
    assert slicer.dicomDatabase is application.database
    assert vtkMRMLScalarVolumeNode().IsA("vtkMRMLVolumeNode")
    assert tr("text") == "text"
    assert ScriptedLoadableModule.__name__ == "ScriptedLoadableModule"
    assert VTKObservationMixin().Observations == []
    assert callable(getNode)
    assert slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene) is not None


def test_pluginModulesAreFoundUnderTheirPlainNames(application):
    import DICOMScalarVolumePlugin

    import DICOMPlugins.DICOMScalarVolumePlugin as ours

    assert DICOMScalarVolumePlugin is ours


def test_aTemporaryDatabaseTakesThePlaceOfTheDatabase(application):
    import slicer

    with DICOMUtils.TemporaryDICOMDatabase() as database:
        assert slicer.dicomDatabase is database
    assert slicer.dicomDatabase is application.database


def test_unknownNamesAreAttributeErrors(application):
    import slicer

    with pytest.raises(AttributeError, match=r"no slicer\.nothing"):
        slicer.nothing  # noqa: B018


def test_theNamespaceOfScriptsHoldsModulesAndUtilities(application):
    names = application.slicerNames.namespace()
    assert names["slicer"].mrmlScene is application.scene
    assert names["vtk"].vtkMatrix4x4().IsIdentity()
    assert {"getNode", "arrayFromVolume", "qt", "ctk"} <= set(names)


def test_whatTheNamesReplacedComesBack(monkeypatch):
    other = ModuleType("qt")
    monkeypatch.setitem(sys.modules, "qt", other)
    application = HostApplication.create(private=True)
    assert sys.modules["qt"] is not other
    application.close()
    assert sys.modules["qt"] is other
    assert "slicer" not in sys.modules
