"""Reads segmentation objects as label maps, and writes label maps as segmentation objects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMLoadable import DICOMLoadable
from DICOMLib.DICOMPlugin import DICOMPlugin, LoadingChoice, announce
from DICOMLib.Errors import DICOMError, LoadError
from DICOMLib.Export.ItemTags import exportableTags
from DICOMLib.Instance import Instance
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Workers.WorkerPool import WorkerPool, givenOrOwn

from .Segmentation.Description import describedObject
from .Segmentation.Exporting import STORAGE_NAME, exportLabelMaps
from .Segmentation.Layers import readFractions, readLayers
from .Segmentation.NodeMaking import addFractions, addLabelMap
from .Segmentation.References import REFERENCE_TAG, referenceChoices
from .Segmentation.SegmentationObject import (
    FRACTIONAL,
    MATRIX_COLUMNS_TAG,
    STORAGE_CLASSES,
    TYPE_TAG,
    SegmentationObject,
    readSegmentationObject,
    reasonNotRead,
    segmentationType,
)
from .Segmentation.Segments import ALGORITHM_TYPES, MANUAL
from .Segmentation.Writer import MODALITY

# 3D Slicer's: nobody else knows what to make of these objects.
CONFIDENCE = 0.95
# 3D Slicer's too: a label map is a segmentation before it is anything else.
EXPORT_CONFIDENCE = 1.0
FRACTIONS = "fractions"
AS_LABELS, AS_SCALARS = "labels", "scalars"


class DICOMSegmentationPluginClass(DICOMPlugin):
    """Offers each segmentation object as one label map, or as several where segments overlap."""

    def __init__(self):
        super().__init__()
        self.loadType = "Segmentation"
        self.tags.update(segmentationType=TYPE_TAG, totalPixelMatrixColumns=MATRIX_COLUMNS_TAG)

    # Examining

    def examineFiles(self, files: Sequence[str]) -> list[DICOMLoadable]:
        """A loadable for each segmentation object, from header records alone."""
        objects = [one for one in self.instancesForFiles(files) if one.SOPClassUID in STORAGE_CLASSES]
        found = []
        for instance in objects:
            reason = reasonNotRead(instance)
            if reason:
                self.rejections.append(f"The segmentation is not offered: {reason}.")
            else:
                found.append(self._loadable(instance, len(objects) > 1))
        return found

    def _loadable(self, instance: Instance, isOneOfSeveral: bool) -> DICOMLoadable:
        path, kind = instance.filePath, segmentationType(instance)
        name = self.defaultSeriesNodeName(instance)
        number = instance.value("InstanceNumber").strip()
        warning = "Its parts of voxels become labels where they are at least half." if kind == FRACTIONAL else ""
        return DICOMLoadable(
            files=[path],
            name=f"{name} - {number}" if isOneOfSeveral and number else name,
            tooltip=f"{kind.capitalize()} segmentation, {instance.numberOfFrames} frames\nFile: {path}",
            warning=warning,
            selected=True,
            confidence=CONFIDENCE,
            explanation=partial(_explained, path),
            seriesInstanceUID=instance.SeriesInstanceUID,
            details={FRACTIONS: AS_LABELS} if kind == FRACTIONAL else {},
        )

    def loadingChoices(self, loadable: DICOMLoadable) -> list[LoadingChoice]:
        """What fractional segmentations become."""
        if FRACTIONS not in loadable.details:
            return []
        options = {AS_LABELS: "labels, from half a voxel on", AS_SCALARS: "a scalar volume for each segment"}
        return [LoadingChoice(FRACTIONS, "Parts of voxels", options, str(loadable.details[FRACTIONS]))]

    # Loading

    def load(self, loadable: DICOMLoadable) -> vtkMRMLNode:
        """Read the object and add its label maps below their patient and study.

        Segments that overlap are put on several label maps, and a note says so. Of a fractional one
        ``loadable.details["fractions"]`` says whether there are labels ("labels") or a scalar volume of values from 0
        to 1 for each segment ("scalars").

        :returns: the first node
        :raises LoadError: when there is no file, or it is no segmentation that can be shown
        :raises DICOMError: when the file is damaged; the scene is unchanged then
        :raises CancelledError: when the context's progress was cancelled
        """
        if not loadable.files:
            raise LoadError("there are no files to load", loadable.name)
        source = readSegmentationObject(loadable.files[0])
        with givenOrOwn(self.context.workers) as workers:
            return self._loaded(loadable, source, workers)

    def _loaded(self, loadable: DICOMLoadable, source: SegmentationObject, workers: WorkerPool) -> vtkMRMLNode:
        asScalars = source.kind == FRACTIONAL and loadable.details.get(FRACTIONS) == AS_SCALARS
        nodes = self._scalars(loadable, source, workers) if asScalars else self._labelMaps(loadable, source, workers)
        for node in nodes:
            self.addSeriesInSubjectHierarchy(loadable, node)
        self.loadNotes += [f"{loadable.name}: {text}" for text in source.grid.notes]
        return nodes[0]

    def _labelMaps(self, loadable: DICOMLoadable, source: SegmentationObject, workers: WorkerPool) -> list[vtkMRMLNode]:
        layers = readLayers(source, workers, self.context.progress)
        if source.kind == FRACTIONAL:
            self.loadNotes.append(f"{loadable.name}: voxels of which less than half is of a segment have no label.")
        if len(layers) > 1:
            where = f"they are on {len(layers)} label maps"
            self.loadNotes.append(f"{loadable.name}: segments overlap, which one label map cannot hold; {where}.")
        names = [loadable.name, *(f"{loadable.name} - overlapping {n}" for n in range(2, len(layers) + 1))]
        return [
            addLabelMap(self.context.scene, name, source, layer) for name, layer in zip(names, layers, strict=True)
        ]

    def _scalars(self, loadable: DICOMLoadable, source: SegmentationObject, workers: WorkerPool) -> list[vtkMRMLNode]:
        arrays = [
            (segment, readFractions(source, number, workers, self.context.progress))
            for number, segment in sorted(source.segments.items())
        ]
        return [
            addFractions(self.context.scene, f"{loadable.name} - {segment.displayName}", source, array)
            for segment, array in arrays
        ]


    # Exporting

    def examineForExport(self, subjectHierarchyItemID: int) -> list[DICOMExportable]:
        """One exportable for a label map that is below a study of a patient, else none.

        Tags are those of patient and study, and what 3D Slicer says of a segmentation nobody has described. The choice
        ``ReferenceVolume`` is the ID of the volume the labels belong to, "stated" for the images that the file named
        which the labels were loaded from, or "" for none.
        """
        hierarchy = self.context.hierarchy()
        node = hierarchy.GetItemDataNode(subjectHierarchyItemID)
        if node is None or node.GetClassName() != "vtkMRMLLabelMapVolumeNode" or node.GetImageData() is None:
            return []
        tags = exportableTags(hierarchy, subjectHierarchyItemID)
        if tags is None:
            return []
        references, meant = referenceChoices(node, subjectHierarchyItemID, self.context)
        isRead = hierarchy.GetItemAttribute(subjectHierarchyItemID, "DICOM.SeriesDescription").strip()
        tags.update(
            Modality=MODALITY, SeriesDescription=isRead or (node.GetName() or "")[:64],
            SegmentAlgorithmType=MANUAL, SegmentAlgorithmName="", ContentCreatorName="", **{REFERENCE_TAG: meant},
        )  # fmt: skip
        return [
            DICOMExportable(
                name=self.loadType,
                tooltip=f"Writes {node.GetName()} as one {STORAGE_NAME} object",
                subjectHierarchyItemID=subjectHierarchyItemID,
                pluginClass=type(self).__name__,
                confidence=EXPORT_CONFIDENCE,
                tags=tags,
                choices={
                    REFERENCE_TAG: references,
                    "Modality": {MODALITY: "segmentation"},
                    "SegmentAlgorithmType": dict(ALGORITHM_TYPES),
                },
            )
        ]

    def export(self, exportables: list[DICOMExportable]) -> str:
        """Write each label map to ``<directory>/Segmentation_<itemID>/SEG0001.dcm``, and read it back.

        An empty StudyInstanceUID makes a new study, an empty SeriesInstanceUID a new series; one that exists is
        refused. An empty FrameOfReferenceUID is that of the images referred to, else new.

        :returns: "" when all are written and checked, else why not, and then nothing is left; see :attr:`exported`
        :raises CancelledError: when the context's progress was cancelled; nothing is left
        """
        return self.exportWith(exportLabelMaps, exportables)


def _explained(path: str) -> str:
    """Read from the file when somebody asks: what the segments are."""
    try:
        return describedObject(readSegmentationObject(path))
    except DICOMError as error:
        return f"The header cannot be read: {error}"


class DICOMSegmentationPlugin:
    """The hidden module that announces the plugin class to a host, in Slicer's manner."""

    def __init__(self, parent):
        helpText = "Reads and writes DICOM segmentation objects."
        announce(parent, "DICOM Segmentation Plugin", helpText, DICOMSegmentationPluginClass)
