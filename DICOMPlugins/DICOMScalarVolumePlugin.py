"""Reads image series as scalar (or colour) volumes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMLoadable import DICOMLoadable
from DICOMLib.DICOMPlugin import DICOMPlugin, announce
from DICOMLib.Errors import LoadError, PixelDataError
from DICOMLib.Export.Compression import CHOICES, COMPRESSION_TAG
from DICOMLib.Export.ItemTags import exportableTags
from DICOMLib.Geometry import PackedSlices, Repetitions
from DICOMLib.Geometry.Findings import ERROR
from DICOMLib.Geometry.Slices import SliceStack, analyzeStack
from DICOMLib.Instance import Instance
from DICOMLib.Pixels.Decoded import GDCM, NATIVE
from DICOMLib.Pixels.LookupTable import LookupTable
from DICOMLib.Pixels.Readers import READER_APPROACHES, READER_SETTING, readVolumeWith
from DICOMLib.Pixels.Tables import hasDisplayTables, readDisplayTables
from DICOMLib.Pixels.UptakeValue import (
    ATTENUATION_CORRECTED,
    DECAY_CORRECTED,
    DECAY_MOMENT,
    GE_SCAN_DATE_TIME,
    PHILIPS_ACTIVITY_FACTOR,
    PHILIPS_UPTAKE_FACTOR,
)
from DICOMLib.Pixels.Volume import VoxelArray
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.SequenceBrowserNode import vtkMRMLSequenceBrowserNode
from DICOMLib.SliceSource import SliceSource
from DICOMLib.Tags import PIXEL_DATA, tagText
from DICOMLib.Wording import counted

from .ScalarVolume.AcquisitionGeometry import PLAN_DETAIL, REGULARIZATION_SETTING, planText, regularize
from .ScalarVolume.Comparison import volumeDifferences
from .ScalarVolume.Exporting import exportVolumes, offers
from .ScalarVolume.NodeNames import volumeName
from .ScalarVolume.Preference import Judgement, explanation, judge
from .ScalarVolume.Reader import addVolumeNode, middleSource, unscaledText
from .ScalarVolume.Selection import divideImages
from .ScalarVolume.SlowLoad import watched
from .ScalarVolume.Subseries import Candidate, candidates, describeReasons
from .ScalarVolume.UnreadableFiles import readLeavingOut, setLeftOut, withoutShortFiles
from .ScalarVolume.VolumeContent import EXPORTED_CLASSES
from .ScalarVolume.VoxelValues import VALUES_SETTING, voxelValues

MODALITY_LUT_SEQUENCE = "0028,3000"

# As in Slicer: more than a generic exporter, less than one that was made for a kind of data.
EXPORT_CONFIDENCE = 0.5

_logger = logging.getLogger(__name__)


class DICOMScalarVolumePluginClass(DICOMPlugin):
    """Offers every way a series can be read as volumes and prefers the one its geometry speaks for.

    :param spacingEpsilon: mm; gaps between slices that differ by no more give no warning (which way is preferred, and
        the acquisition transform, do not depend on it)
    """

    def __init__(self, spacingEpsilon: float = 0.0):
        super().__init__()
        self.spacingEpsilon = spacingEpsilon
        self.loadType = "Scalar Volume"
        self.tags.update(
            photometricInterpretation=tagText("PhotometricInterpretation"),
            position=tagText("ImagePositionPatient"),
            orientation=tagText("ImageOrientationPatient"),
            pixelData=PIXEL_DATA,
            acquisitionNumber=tagText("AcquisitionNumber"),
            imageType=tagText("ImageType"),
            contentTime=tagText("ContentTime"),
            triggerTime=tagText("TriggerTime"),
            diffusionGradientOrientation=tagText("DiffusionGradientOrientation"),
            numberOfFrames=tagText("NumberOfFrames"),
            windowCenter=tagText("WindowCenter"),
            windowWidth=tagText("WindowWidth"),
            rows=tagText("Rows"),
            columns=tagText("Columns"),
            modalityLUTSequence=MODALITY_LUT_SEQUENCE,
            **PackedSlices.PRIVATE_TAGS,
            **Repetitions.PRIVATE_TAGS,
            philipsUptakeFactor=PHILIPS_UPTAKE_FACTOR,
            philipsActivityFactor=PHILIPS_ACTIVITY_FACTOR,
            geScanDateTime=GE_SCAN_DATE_TIME,
            decayCorrectionDateTime=DECAY_MOMENT,
            decayCorrected=DECAY_CORRECTED,
            attenuationCorrected=ATTENUATION_CORRECTED,
        )

    def examineFiles(self, files: Sequence[str]) -> list[DICOMLoadable]:
        """Loadables of one list of files from their header records alone, best first; no file is opened."""
        images, others = divideImages(self.instancesForFiles(files))
        left = list(describeReasons(others))
        if not images:
            self.rejections += [f"{text}; it is not offered as a volume." for text in left]
            return []
        byTime = bool(self.context.settings.value("DICOM/ScalarVolume/AllowLoadingByTime"))
        ways = candidates(images, byTime, self.planesForInstances(images))
        found = [replace(one, stack=withoutShortFiles(one.stack)) for one in ways]
        loadables = [
            self._loadable(candidate, judgement, left) for candidate, judgement in zip(found, judge(found), strict=True)
        ]
        return sorted(loadables, key=lambda loadable: -loadable.confidence)

    def _loadable(self, candidate: Candidate, judgement: Judgement, left: Sequence[str]) -> DICOMLoadable:
        stack = candidate.stack
        first = stack.instances[0]
        files = candidate.files
        unscaled = unscaledText(first)
        warnings = (stack.warningBeyond(self.spacingEpsilon), judgement.note, unscaled)
        lines = [f"Left out: {text}." for text in left]
        plan = planText(stack, self.context.settings.value(REGULARIZATION_SETTING))
        return DICOMLoadable(
            files=files,
            name=self._name(first, candidate.label),
            part=candidate.part,
            tooltip=f"{counted(len(files), 'file')}: {candidate.origin}\nFirst file: {files[0]}",
            warning=" ".join(filter(None, warnings)),
            selected=judgement.chosen,
            confidence=judgement.confidence,
            explanation=partial(_explained, lines, candidate, judgement, [unscaled, plan]),
            grayscale="MONOCHROME" in first.photometricInterpretation,
            seriesInstanceUID=first.SeriesInstanceUID,
            details={"stack": stack, PLAN_DETAIL: plan},
        )

    def _name(self, instance: Instance, label: str) -> str:
        name = self.defaultSeriesNodeName(instance)
        return volumeName(f"{name} - {label}" if label else name)

    def load(self, loadable: DICOMLoadable, readerApproach: str | None = None) -> vtkMRMLNode:
        """Read the files and add a volume node below its patient and study in ``self.context.scene``.

        Voxels are what the setting ``DICOM/ScalarVolume/VoxelValues`` says, or ``loadable.details["voxelValues"]``
        where a script has set it; where a file does not allow it they are what the modality measured, and the node's
        attribute ``DICOM.voxelValues`` tells why. They are read by what the setting
        ``DICOM/ScalarVolume/ReaderApproach`` says, ``loadable.details["readerApproach"]``, or the parameter;
        attributes ``DICOM.reader`` and ``DICOM.readerNote`` tell who did, why not the first choice. Slices that are not
        where one matrix puts them are treated as the setting ``DICOM/ScalarVolume/AcquisitionGeometryRegularization``
        says, or ``loadable.details["acquisitionGeometry"]``; see ``ScalarVolume.AcquisitionGeometry``.

        A file that cannot be read is left out with a note if the rest makes a volume (see ``UnreadableFiles``).

        :raises LoadError: when the loadable has no files
        :raises DICOMError: when pixel data is missing, short, damaged or cannot be decoded; the scene is unchanged then
        :raises CancelledError: when the context's progress was cancelled
        """
        stack = self._stackOf(loadable)
        choice = loadable.details.get("voxelValues") or self.context.settings.value(VALUES_SETTING)
        context = self.context
        values = voxelValues(stack.sources, choice, context.workers, context.progress)
        approach = readerApproach or loadable.details.get("readerApproach") or context.settings.value(READER_SETTING)

        def read(sources: Sequence[SliceSource], progress: Progress | None) -> VoxelArray:
            return readVolumeWith(
                approach, sources, progress, context.workers, rescaling=values.rescaling, onSliceRead=onSliceRead
            )

        with watched(loadable.name, stack, values, context.onPreview) as onSliceRead:
            whole, (stack, voxels) = stack, readLeavingOut(stack, read, context.progress)
        if stack is not whole:
            self.loadNotes.append(f"{loadable.name}: {stack.warning}")
        if voxels.readerNote:
            self.loadNotes.append(f"{loadable.name}: {voxels.readerNote}")
        node = addVolumeNode(context.scene, loadable.name, stack, voxels, values, self._displayTables(stack))
        setLeftOut(node, stack)
        series = self.addSeriesInSubjectHierarchy(loadable, node, whole.instances)
        choice = loadable.details.get("acquisitionGeometry") or context.settings.value(REGULARIZATION_SETTING)
        finding = regularize(context.scene, node, stack, choice, series, context.progress)
        if finding is not None and finding.severity == ERROR:
            self.loadNotes.append(f"{loadable.name}: {finding.text}")
        return node

    def loadWithMultipleLoaders(self, loadable: DICOMLoadable) -> vtkMRMLNode:
        """Load the same files with each reader, one node each, named after it: to compare them.

        :returns: the node of the last one
        :raises DICOMError: as :meth:`load`; nodes that were loaded before stay
        """
        for reader in (NATIVE, GDCM):
            node = self.load(loadable, reader)
            node.SetName(f"{loadable.name}-{reader}")
        return node

    @staticmethod
    def readerApproaches() -> list[str]:
        """Names of all readers, as the setting ``DICOM/ScalarVolume/ReaderApproach`` takes them."""
        return list(READER_APPROACHES)

    @staticmethod
    def compareVolumeNodes(volumeNode1: vtkMRMLNode, volumeNode2: vtkMRMLNode) -> str:
        """Differences in geometry, type and values of voxels, a line each; "" when there are none."""
        return "\n".join(volumeDifferences(volumeNode1, volumeNode2))

    def _displayTables(self, stack: SliceStack) -> list[LookupTable]:
        """Of the middle slice's object; a damaged one does not keep the image from being read."""
        instance = middleSource(stack).instance
        if not hasDisplayTables(instance):
            return []
        try:
            return readDisplayTables(instance, self.context.workers, self.context.progress)
        except PixelDataError as error:
            _logger.warning("A table for display is not used: %s", error.what)
            return []

    def _stackOf(self, loadable: DICOMLoadable) -> SliceStack:
        """The stack found while examining, or a new one when a script has changed the files since."""
        if not loadable.files:
            raise LoadError("there are no files to load", loadable.name)
        stack = loadable.details.get("stack")
        if stack is None or [instance.filePath for instance in stack.instances] != list(loadable.files):
            stack = analyzeStack(self.instancesForFiles(loadable.files))
        return stack

    def examineForExport(self, subjectHierarchyItemID: int) -> list[DICOMExportable]:
        """The usual one of :meth:`exportFormats`, as scripts that are written for Slicer export all they are given."""
        return self.exportFormats(subjectHierarchyItemID)[:1]

    def exportFormats(self, subjectHierarchyItemID: int) -> list[DICOMExportable]:
        """One exportable a format for a scalar, label or colour volume that is below a study of a patient; else none.

        Single images come first; see ``ScalarVolume.Exporting`` for the other formats. Tags are those of its patient
        and study, Slicer's defaults for the series, and what the item itself has.
        """
        hierarchy = self.context.hierarchy()
        node = hierarchy.GetItemDataNode(subjectHierarchyItemID)
        if node is None or node.GetClassName() not in EXPORTED_CLASSES or node.GetImageData() is None:
            return []
        tags = exportableTags(hierarchy, subjectHierarchyItemID)
        if tags is None:
            return []
        alone = _aloneText(self.context.scene, node)
        return [
            DICOMExportable(
                name=f"{self.loadType} ({offer.label})" if offer.label else self.loadType,
                tooltip=f"{offer.tooltip}{alone}",
                subjectHierarchyItemID=subjectHierarchyItemID,
                pluginClass=type(self).__name__,
                confidence=EXPORT_CONFIDENCE * offer.confidence,
                tags={**tags, COMPRESSION_TAG: tags.get(COMPRESSION_TAG, "")} if offer.canBeCompressed else dict(tags),
                choices={COMPRESSION_TAG: dict(CHOICES)} if offer.canBeCompressed else {},
                format=offer.format,
            )
            for offer in offers(node, tags)
        ]

    def export(self, exportables: list[DICOMExportable]) -> str:
        """Write each volume to ``<directory>/ScalarVolume_<itemID>/IMG0001.dcm`` and so on, and read them back.

        An empty StudyInstanceUID makes a new study, an empty SeriesInstanceUID a new series; one that exists is
        refused. An empty FrameOfReferenceUID is that of the source where slices are in the source's place, else new.

        :returns: "" when all are written and checked, else why not, and then nothing is left; see :attr:`exported`
        :raises CancelledError: when the context's progress was cancelled; nothing is left
        """
        return self.exportWith(exportVolumes, exportables)


def _aloneText(scene: Scene, node: vtkMRMLNode) -> str:
    """What is left out of a volume that shows one of a sequence; "" for others."""
    browsers = (one for one in scene.referencingNodes(node) if isinstance(one, vtkMRMLSequenceBrowserNode))
    sequence = next(filter(None, (one.GetSequenceNode(node) for one in browsers)), None)
    count = 0 if sequence is None else sequence.GetNumberOfDataNodes()
    return f". Of the {count} volumes of its sequence only the one that is shown is written" if count > 1 else ""


def _explained(before: Sequence[str], candidate: Candidate, judgement: Judgement, after: Sequence[str]) -> str:
    """Put together when it is asked for: a series may be read in hundreds of ways, of which people look at few."""
    return "\n".join([*before, explanation(candidate, judgement), *filter(None, after)])


class DICOMScalarVolumePlugin:
    """The hidden module that announces the plugin class to a host, in Slicer's manner."""

    def __init__(self, parent):
        helpText = "Reads DICOM image series as volumes."
        announce(parent, "DICOM Scalar Volume Plugin", helpText, DICOMScalarVolumePluginClass)
