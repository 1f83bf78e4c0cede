"""Reads and writes a whole scene as one DICOM object, in the layout of 3D Slicer's data bundles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMLoadable import DICOMLoadable
from DICOMLib.DICOMPlugin import DICOMPlugin, announce
from DICOMLib.Errors import CancelledError, DICOMError, FileError, LoadError, SceneFileError
from DICOMLib.Export.ItemTags import exportableTags
from DICOMLib.Instance import Instance
from DICOMLib.Wording import counted, sizeText

from .SceneBundle.BundleObject import MODALITY, SERIES_DESCRIPTION, STORAGE_CLASS, STORAGE_NAME
from .SceneBundle.BundleReading import BundleFacts, bundleFacts

if TYPE_CHECKING:
    from DICOMLib.Scene.Node import vtkMRMLNode

# 3D Slicer's: the picture is an image too, and nobody else knows what to make of the rest.
CONFIDENCE = 0.9
# 3D Slicer's too: whatever is chosen, it is rarely meant when an item is exported.
EXPORT_CONFIDENCE = 0.1
# Less than an empty zip behind the pixels, as what other programs append, holds no scene.
_LEAST_BEHIND_PIXELS = 100
_WITHOUT_DIGEST = "The file does not say whether the scene in it is whole: it has no digest."
_GUESSED = "The scene's element is missing or damaged; what is at the end of the file is taken for the scene."


class DICOMSlicerDataBundlePluginClass(DICOMPlugin):
    """Offers a series of one object that holds a scene, and writes the scene into a study."""

    def __init__(self):
        super().__init__()
        self.loadType = "Slicer Data Bundle"

    # Examining

    def examineFiles(self, files: Sequence[str]) -> list[DICOMLoadable]:
        """A loadable for a series that is one object with a scene in it.

        Only objects that may be one are opened: secondary captures, and others with bytes behind their pixels. A scene
        that is damaged is offered with a warning: its picture alone would be taken for all there is.
        """
        if len(files) != 1:
            return []
        (instance,) = self.instancesForFiles(files)
        if not _mayHoldScene(instance):
            return []
        try:
            facts = bundleFacts(instance.path, self.context.workers)
        except SceneFileError as error:
            return [self._loadable(instance, warning=_damageText(error))]
        except FileError as error:
            if "no scene" not in error.what:
                self.rejections.append(f"The scene is not offered: {error.what}.")
            return []
        return [self._loadable(instance, *self._questionAndWarning(instance, facts), sizeText(facts.size))]

    def _questionAndWarning(self, instance: Instance, facts: BundleFacts) -> tuple[str, str]:
        from .SceneBundle.Loading import questionAbout

        try:
            question = questionAbout(instance.filePath, facts, self.context)
        except CancelledError:
            raise
        except DICOMError as error:
            return "", _damageText(error)
        return question, _GUESSED if facts.isGuessed else "" if facts.digest else _WITHOUT_DIGEST

    def _loadable(
        self, instance: Instance, question: str = "", warning: str = "", size: str = "unknown size"
    ) -> DICOMLoadable:
        description = instance.value("SeriesDescription").strip() or self.defaultSeriesNodeName(instance)
        return DICOMLoadable(
            files=[instance.filePath],
            name=f"{description} - as Slicer Scene",
            tooltip=f"A whole scene, {size}\nFile: {instance.filePath}",
            warning=warning,
            question=question,
            selected=True,
            confidence=CONFIDENCE,
            explanation=f"The object holds a scene of {size} in private elements of 3D Slicer.",
            seriesInstanceUID=instance.SeriesInstanceUID,
        )

    # Loading

    def load(self, loadable: DICOMLoadable) -> vtkMRMLNode | bool:
        """Add the scene to that of the context, once all of it is read.

        A scene that was not written here is asked for with ``context.confirmScene``, unless its question was agreed to
        before; where nobody can be asked, a note says what was opened.

        :returns: what the scene is about: its last volume, else its first model; True for a scene without data
        :raises LoadError: when there is no file, or the scene is not wanted
        :raises DICOMError: when the object or the scene is damaged, or refused; the context's scene is unchanged then
        :raises CancelledError: when the context's progress was cancelled
        """
        from .SceneBundle.Loading import loadBundle, requireScene

        if not loadable.files:
            raise LoadError("there are no files to load", loadable.name)
        requireScene(self.context, loadable.name)
        loaded = loadBundle(loadable.files[0], loadable.name, self.context, loadable.isAgreedTo)
        self.loadNotes += loaded.notes
        return loaded.main or True

    # Exporting

    def examineForExport(self, subjectHierarchyItemID: int) -> list[DICOMExportable]:
        """One exportable for whatever is below a study of a patient, else none. It writes all of the scene."""
        from .SceneBundle.Exporting import patientsIn

        hierarchy = self.context.hierarchy()
        tags = exportableTags(hierarchy, subjectHierarchyItemID)
        if tags is None:
            return []
        tags.update(SeriesDescription=SERIES_DESCRIPTION, Modality=MODALITY)
        tags.pop("FrameOfReferenceUID", None)
        patients = len(patientsIn(hierarchy))
        of = f", of {counted(patients, 'patient')}" if patients > 1 else ""
        return [
            DICOMExportable(
                name=self.loadType,
                tooltip=f"Writes all of the scene{of and of + ','} as one object of {STORAGE_NAME}",
                note=f"It holds all of the scene{of}.",
                subjectHierarchyItemID=subjectHierarchyItemID,
                pluginClass=type(self).__name__,
                confidence=EXPORT_CONFIDENCE,
                tags=tags,
                choices={"Modality": {MODALITY: "other"}},
                isOfWholeScene=True,
            )
        ]

    def export(self, exportables: list[DICOMExportable]) -> str:
        """Write the scene to ``<directory>/SlicerDataBundle_<itemID>/SlicerDataBundle.dcm``, and read it back.

        Several exportables of one study are one object. An empty StudyInstanceUID makes a new study, an empty
        SeriesInstanceUID a new series; one that exists is refused.

        :returns: "" when all is written and checked, else why not, and then nothing is left; see :attr:`exported`
        :raises CancelledError: when the context's progress was cancelled; nothing is left
        """
        from .SceneBundle.Exporting import exportScenes

        return self.exportWith(exportScenes, exportables)

    def exportScene(
        self, directory: str, tags: Mapping[str, str], referenceFile: str | None = None, imageFile: str | None = None
    ) -> str:
        """Write the scene to ``<directory>/SlicerDataBundle.dcm``, without any item of the data tree.

        :param tags: keyword → value; they count more than those of the reference
        :param referenceFile: of the patient and study it belongs to; None: of a new study
        :param imageFile: picture of the scene; None: of the views, else of slices
        :returns: path of the file
        :raises ExportError: why it cannot be written; nothing is left then, and no file that was there is replaced
        :raises FileError: when the reference is no DICOM file
        :raises CancelledError: when the context's progress was cancelled
        """
        from .SceneBundle.SceneExport import exportScene

        self.exported = [exportScene(directory, tags, referenceFile, imageFile, self.context)]
        return self.exported[0].folder


def _damageText(error: DICOMError) -> str:
    return f"The scene in it can probably not be loaded: {error.what}."


def _mayHoldScene(instance: Instance) -> bool:
    if instance.SOPClassUID == STORAGE_CLASS:
        return True
    if instance.pixelDataOffset < 0 or instance.pixelDataLength < 0:
        return False
    return instance.fileSize - instance.pixelDataOffset - instance.pixelDataLength > _LEAST_BEHIND_PIXELS


class DICOMSlicerDataBundlePlugin:
    """The hidden module that announces the plugin class to a host, in Slicer's manner."""

    def __init__(self, parent):
        helpText = "Reads and writes a whole scene as one DICOM object."
        announce(parent, "DICOM Slicer Data Bundle Plugin", helpText, DICOMSlicerDataBundlePluginClass)
