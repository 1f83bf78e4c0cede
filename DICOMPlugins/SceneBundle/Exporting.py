"""The scene to a checked DICOM object of a study."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError, SceneError, SceneFileError
from DICOMLib.Export.CarriedModules import MODULES, OF_PATIENT, OF_STUDY
from DICOMLib.Export.LastingAttributes import OF_PERSON
from DICOMLib.Export.SeriesExport import ExportedSeries, exportSeries
from DICOMLib.Export.SourceAttributes import carriedAttributes, sourceHeaders
from DICOMLib.Export.SourceObjects import sourceInstances
from DICOMLib.Pixels.PNG import encodePNG
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.SubjectHierarchy import DICOM_INSTANCE_UID_NAME, PATIENT_LEVEL, vtkMRMLSubjectHierarchyNode
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.Tags import tagText

from .BundleChecking import checkObject
from .BundleObject import FILE_NAME, STORAGE_NAME, BundleContent, writeObject
from .OwnBundles import rememberBundle
from .Screenshot import checkedPicture, middleSlices

FOLDER_PREFIX = "SlicerDataBundle"
_BUNDLE_NAME = "SlicerDataBundle.mrb"
_CARRIED = {*(name for module in (*OF_PATIENT, *OF_STUDY) for name in MODULES[module]), *OF_PERSON}
_BURNED_IN = tagText("BurnedInAnnotation")


def exportScenes(exportables: Sequence[DICOMExportable], context: PluginContext) -> list[ExportedSeries]:
    """Write the scene once for each study, and only when all is read back let the folders appear in their directory.

    :raises ExportError: what one of them lacks, or what is wrong with its file; nothing is left then
    :raises CancelledError: when the context's progress was cancelled; nothing is left then
    """
    if context.scene is None:
        raise ExportError("there is no scene to write")
    byStudy: dict[tuple[str, str], DICOMExportable] = {}
    for exportable in exportables:
        key = exportable.tag("PatientID").strip(), exportable.tag("StudyInstanceUID").strip()
        byStudy.setdefault(key, exportable)

    def write(exportable: DICOMExportable, tags: dict[str, str], folder: str) -> ExportedSeries:
        item = exportable.subjectHierarchyItemID
        headers = _headersOf(item, context)
        return writeScene(tags, headers, pictureOf(item, headers, context), folder, context)

    return exportSeries(list(byStudy.values()), context, FOLDER_PREFIX, write)


def writeScene(
    tags: Mapping[str, str],
    headers: Sequence[Mapping[str, str]],
    picture: tuple[numpy.ndarray, bool | None],
    folder: str,
    context: PluginContext,
) -> ExportedSeries:
    """Write the context's scene and read it back.

    :param tags: keyword → text; UIDs of study and series, and the Modality, are in it
    :param headers: of images of the study, which say more of patient and study
    :param picture: RGB, shape (rows, columns, 3), uint8, and whether it may show names; None when nobody knows
    :param folder: where the file goes
    :raises ExportError: when it cannot be written
    :raises CancelledError: when the context's progress was cancelled
    """
    image = checkedPicture(picture[0])
    carried = {path: text for path, text in carriedAttributes(headers, tags, False).common.items() if path in _CARRIED}
    content = BundleContent(tags, image, carried, picture[1])
    bundle, path = os.path.join(folder, _BUNDLE_NAME), os.path.join(folder, FILE_NAME)
    try:
        saved = saveScene(context.scene, bundle, encodePNG(image), context.progress)
        digest = writeObject(content, bundle, path, context.progress)
    except (SceneFileError, SceneError) as error:
        raise ExportError(error.what, error.where, error.value, error.hint) from error
    finally:
        if os.path.exists(bundle):
            os.remove(bundle)
    checkObject(path, digest, saved.size, _expected(tags, image), image, context.workers, context.progress)
    rememberBundle(digest, context.settings)
    return ExportedSeries(
        name=tags.get("SeriesDescription", "").strip() or FOLDER_PREFIX,
        folder=folder,
        files=1,
        storageName=STORAGE_NAME,
        seriesInstanceUID=tags["SeriesInstanceUID"],
        notes=list(saved.problems),
        difference=_keptText(carried) if headers else "",
    )


def _keptText(carried: Mapping[str, str]) -> str:
    names = ", ".join(sorted(carried)) or "nothing more"
    return f"Kept of patient and study, beside the tags that can be edited: {names}."


def _expected(tags: Mapping[str, str], image: numpy.ndarray) -> dict[str, str]:
    names = ("StudyInstanceUID", "SeriesInstanceUID", "PatientID", "Modality")
    given = {name: tags[name] for name in names if name in tags}
    return {**given, "Rows": str(image.shape[0]), "Columns": str(image.shape[1])}


def _headersOf(item: int, context: PluginContext) -> list[Mapping[str, str]]:
    """Of one image that the item was loaded from; none when it was not, or is not stored any more."""
    uids = context.hierarchy().GetItemUID(item, DICOM_INSTANCE_UID_NAME).split()
    return sourceHeaders(sourceInstances(uids[:1], context.database), context.progress)


# The picture


def pictureOf(
    item: int, headers: Sequence[Mapping[str, str]], context: PluginContext
) -> tuple[numpy.ndarray, bool | None]:
    """Of the views, or of slices where there are none, or where they may show another patient.

    :returns: the picture, and whether it may show names
    """
    hierarchy = context.hierarchy()
    stated = {header.get(_BURNED_IN, "").strip() for header in headers}
    if context.takePicture is not None and len(patientsIn(hierarchy)) <= 1:
        picture = context.takePicture()
        if picture is not None:
            return picture, True if "YES" in stated else None
    nodes = _nodesOfPatient(item, hierarchy)
    hasText = True if "YES" in stated else False if stated == {"NO"} else None
    return middleSlices(nodes), hasText


def patientsIn(hierarchy: vtkMRMLSubjectHierarchyNode) -> list[int]:
    """Items of patients that have data in the scene."""
    items = hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True)
    withData = [item for item in items if hierarchy.GetItemDataNode(item) is not None]
    patients = {hierarchy.GetItemAncestorAtLevel(item, PATIENT_LEVEL) for item in withData}
    return sorted(patients - {0})


def _nodesOfPatient(item: int, hierarchy: vtkMRMLSubjectHierarchyNode) -> list[vtkMRMLNode]:
    """The item's own first. Without an item all there are, where they are of one patient at most."""
    top = hierarchy.GetItemAncestorAtLevel(item, PATIENT_LEVEL) if item else 0
    if not item and len(patientsIn(hierarchy)) <= 1:
        top = hierarchy.GetSceneItemID()
    items = [item, *hierarchy.GetItemChildren(top, recursive=True)] if top else []
    nodes = [hierarchy.GetItemDataNode(one) for one in dict.fromkeys(items) if one]
    return [node for node in nodes if node is not None]
