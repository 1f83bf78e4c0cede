"""Scripts of Slicer's script repository that export, as they are written there."""

from __future__ import annotations

import textwrap

import pydicom
import pytest

from DICOMLib.DICOMPlugin import DICOMPlugin
from DICOMLib.Errors import PluginError
from DICOMModule.Host.Application import HostApplication
from DICOMModule.Host.Headless import runCode
from DICOMPlugins.DICOMScalarVolumePlugin import DICOMScalarVolumePluginClass

LOADED = """
    import numpy
    slicer.util.addVolumeFromArray(numpy.arange(60, dtype="int16").reshape(3, 4, 5), name="CTACardio")
"""

# "Export a volume to DICOM file format"
EXPORT_A_VOLUME = """
    import sys
    volumeNode = getNode("CTACardio")
    outputFolder = sys.argv[1]

    # Create patient and study and put the volume under the study
    shNode = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    # set IDs. Note: these IDs are not specifying DICOM tags, but only the names that appear in the hierarchy tree
    patientItemID = shNode.CreateSubjectItem(shNode.GetSceneItemID(), "test patient")
    studyItemID = shNode.CreateStudyItem(patientItemID, "test study")
    volumeShItemID = shNode.GetItemByDataNode(volumeNode)
    shNode.SetItemParent(volumeShItemID, studyItemID)

    import DICOMScalarVolumePlugin
    exporter = DICOMScalarVolumePlugin.DICOMScalarVolumePluginClass()
    exportables = exporter.examineForExport(volumeShItemID)
    for exp in exportables:
      # set output folder
      exp.directory = outputFolder
      # here we set DICOM PatientID and StudyID tags
      exp.setTag('PatientID', "test patient")
      exp.setTag('StudyID', "test study")

    exporter.export(exportables)
"""

EXPORT_WITH_THE_CLASS = """
    import sys
    import DICOMLib
    tags = {"Patient Name": "Doe^Jo", "Patient ID": "7", "Modality": "MR", "Series Description": "mine"}
    exporter = DICOMLib.DICOMExportScalarVolume("1.2.3", getNode("CTACardio"), tags, sys.argv[1])
    assert exporter.export()
"""

EXPORT_WITH_THE_REGISTERED_PLUGIN = """
    import sys
    from DICOMLib.Export.Placing import makePatientAndStudy, placeBelow
    shNode = slicer.mrmlScene.GetSubjectHierarchyNode()
    item = shNode.GetItemByDataNode(getNode("CTACardio"))
    placeBelow(shNode, [item], makePatientAndStudy(shNode, "Nobody", "N-1"))
    pluginName = "DICOMScalarVolumePlugin"
    plugin = slicer.modules.dicomPlugins[pluginName]()
    exportables = plugin.examineForExport(item)
    for exportable in exportables:
        exportable.directory = sys.argv[1]
    assert plugin.export(exportables) == ""
"""


@pytest.mark.parametrize("script", [EXPORT_A_VOLUME, EXPORT_WITH_THE_CLASS, EXPORT_WITH_THE_REGISTERED_PLUGIN])
def test_aScriptOfSlicerExportsOneSeries(script, tmp_path):
    with HostApplication.create(private=True) as application:
        code = textwrap.dedent(LOADED) + textwrap.dedent(script)
        assert runCode(application, code, [str(tmp_path / "out")]).code == 0
    found = [pydicom.dcmread(path) for path in sorted((tmp_path / "out").rglob("*.dcm"))]

    assert [dataset.Rows for dataset in found] == [4, 4, 4]
    assert {dataset.PatientID for dataset in found} <= {"test patient", "7", "N-1"}
    assert sum(int(dataset.pixel_array.sum()) for dataset in found) == sum(range(60))


def test_aPluginOfAScriptKnowsTheHostsSceneAndDatabaseAndForgetsThemWithIt():
    with HostApplication.create(private=True) as application:
        plugin = DICOMScalarVolumePluginClass()
        assert plugin.context.scene is application.scene and plugin.context.database is application.database
        assert plugin.context.settings is application.settings and plugin.context.workers is application.workers
    assert DICOMPlugin().context.scene is None
    with pytest.raises(PluginError, match="no scene to work with. Set plugin.context"):
        DICOMScalarVolumePluginClass().examineForExport(1)
