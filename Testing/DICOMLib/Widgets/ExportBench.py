"""A scene with data to export, and plugins that write as fast, as slowly and as badly as a test wants."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMPlugin import DICOMPlugin
from DICOMLib.Errors import ExportError
from DICOMLib.Export.ItemTags import exportableTags
from DICOMLib.Export.Placing import makePatientAndStudy
from DICOMLib.Scene.Scene import Scene


def addStudy(scene: Scene, patientName: str = "Doe^Jane", patientID: str = "12", description: str = "Brain") -> int:
    return makePatientAndStudy(scene.GetSubjectHierarchyNode(), patientName, patientID, description)


def addVolume(scene: Scene, name: str, study: int = 0) -> int:
    """A small MR volume; :returns: its item, below a study or, with 0, in none"""
    node = scene.CreateNodeByClass("vtkMRMLScalarVolumeNode")
    node.SetName(name)
    node.setVoxelArray(numpy.arange(60, dtype=numpy.int16).reshape(3, 4, 5))
    scene.AddNode(node)
    hierarchy = scene.GetSubjectHierarchyNode()
    item = hierarchy.GetItemByDataNode(node)
    hierarchy.SetItemAttribute(item, "DICOM.Modality", "MR")
    if study:
        hierarchy.SetItemParent(item, study)
    return item


def toFolder(dialog, folder):
    dialog.destination.folderButton.setChecked(True)
    dialog.destination.folderEdit.setText(str(folder))


class FakeExporter(DICOMPlugin):
    """Offers two formats with an option; writes a text file, or waits until it is cancelled, or fails."""

    def exportFormats(self, itemID: int) -> list[DICOMExportable]:
        hierarchy = self.context.scene.GetSubjectHierarchyNode()
        tags = exportableTags(hierarchy, itemID)
        if tags is None or hierarchy.GetItemDataNode(itemID) is None:
            return []
        choices = {"Packing": {"": "As it is", "RLE": "Packed (RLE)"}}
        return [
            DICOMExportable(
                name=name, subjectHierarchyItemID=itemID, confidence=confidence, format=format,
                tags={**tags, "Packing": ""}, choices=choices,
            )
            for name, format, confidence in (("Images", "", 0.6), ("One file", "one", 0.4))
        ]  # fmt: skip

    examineForExport = exportFormats

    def export(self, exportables: list[DICOMExportable]) -> str:
        for number, exportable in enumerate(exportables):
            self.context.progress.report(number, len(exportables), exportable.name)
            Path(exportable.directory, f"{number}.txt").write_text(repr(exportable.tags), encoding="utf-8")
        return ""


class WaitingExporter(FakeExporter):
    """Writes, and then waits until it is cancelled."""

    waiting = threading.Event()

    def export(self, exportables: list[DICOMExportable]) -> str:
        super().export(exportables)
        type(self).waiting.set()
        for _ in range(2000):
            self.context.progress.raiseIfCancelled()
            time.sleep(0.005)
        return "nobody has cancelled"


class FailingExporter(FakeExporter):
    """Writes, and then says what is wrong."""

    def export(self, exportables: list[DICOMExportable]) -> str:
        super().export(exportables)
        raise ExportError("the disk is full", hint="Make room")
