"""Reads image series that show the same place several times as sequences of volumes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from DICOMLib.DICOMLoadable import DICOMLoadable
from DICOMLib.DICOMPlugin import DICOMPlugin, announce
from DICOMLib.Errors import LoadError
from DICOMLib.Geometry import PackedSlices, Repetitions
from DICOMLib.Geometry.Slices import SliceStack
from DICOMLib.Pixels.Readers import READER_SETTING, readVolumeWith
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.SequenceBrowserNode import vtkMRMLSequenceBrowserNode
from DICOMLib.SystemMemory import freeMemory
from DICOMLib.Tags import tagText
from DICOMLib.Wording import counted, sizeText

from .ScalarVolume.AcquisitionGeometry import REGULARIZATION_SETTING, regularize
from .ScalarVolume.NodeNames import volumeName
from .ScalarVolume.Preference import MOST_VOLUMES_AT_ONCE
from .ScalarVolume.Selection import divideImages
from .ScalarVolume.VoxelValues import VALUES_SETTING, voxelValues
from .VolumeSequence.NodeMaking import AddedSequence, addSequence
from .VolumeSequence.RepeatedVolumes import RepeatedVolumes, repeatedVolumes
from .VolumeSequence.SequenceIndex import IMAGE_TAGS, SequenceIndex, sequenceIndex

# More than one volume of many, less than a diffusion volume; and less than a few volumes that are shown together.
CONFIDENCE, OFFERED_CONFIDENCE = 0.55, 0.45
# Of the memory that is free, so that there is room for looking at it.
PART_OF_MEMORY = 0.5


class DICOMVolumeSequencePluginClass(DICOMPlugin):
    """Offers volumes at the same positions (time points, heart phases, echoes) as one sequence that can be played.

    It is chosen where the volumes are too many to be looked at beside each other.
    """

    def __init__(self):
        super().__init__()
        self.loadType = "Volume Sequence"
        for keyword in IMAGE_TAGS:
            self.tags[keyword[0].lower() + keyword[1:]] = tagText(keyword)
        self.tags.update(**PackedSlices.PRIVATE_TAGS, **Repetitions.PRIVATE_TAGS)

    def examineFiles(self, files: Sequence[str]) -> list[DICOMLoadable]:
        """One loadable for each place with several volumes; no file is opened."""
        images, _ = divideImages(self.instancesForFiles(files))
        if len(images) == 0:
            return []
        found = repeatedVolumes(self.planesForInstances(images))
        return [self._loadable(volumes, number, len(found)) for number, volumes in enumerate(found, 1)]

    def _loadable(self, volumes: RepeatedVolumes, number: int, count: int) -> DICOMLoadable:
        stacks, index = volumes.stacks, sequenceIndex(volumes.stacks)
        first = stacks[0].instances[0]
        files = list(dict.fromkeys(one.filePath for stack in stacks for one in stack.instances))
        refusal, reason = _refusal(stacks), ""
        if len(stacks) <= MOST_VOLUMES_AT_ONCE:
            reason = f"{MOST_VOLUMES_AT_ONCE} volumes or fewer are loaded beside each other"
        elif refusal or stacks[0].isWrong:
            reason = (refusal or stacks[0].warning).rstrip(".")
        name = f"{self.defaultSeriesNodeName(first)} - {counted(len(stacks), 'volume')}"
        return DICOMLoadable(
            files=files,
            name=volumeName(name if count == 1 else f"{name} ({number} of {count})"),
            part="" if volumes.isAll else f"sequence {number}",
            tooltip=f"{counted(len(files), 'file')}, {counted(len(stacks), 'volume')} at the same positions",
            warning=" ".join(filter(None, (refusal, stacks[0].warning, _leftOutText(volumes)))),
            selected=not reason,
            confidence=OFFERED_CONFIDENCE if reason else CONFIDENCE,
            explanation=partial(_explained, stacks, index, reason),
            grayscale="MONOCHROME" in first.photometricInterpretation,
            seriesInstanceUID=first.SeriesInstanceUID,
            details={"stacks": stacks, "index": index},
        )

    def load(self, loadable: DICOMLoadable) -> vtkMRMLNode:
        """Read the files: a sequence, a browser of it, and the volume that shows its selected item in
        ``self.context.scene``, below their patient and study. Settings are those of scalar volumes.

        :returns: the volume
        :raises LoadError: when the loadable is not one of :meth:`examineFiles`, or its files were changed since
        :raises DICOMError: when pixel data is missing, short, damaged or cannot be decoded; the scene is unchanged then
        :raises CancelledError: when the context's progress was cancelled
        """
        stacks: list[SliceStack] = loadable.details.get("stacks", [])
        known = dict.fromkeys(one.filePath for stack in stacks for one in stack.instances)
        if not stacks or list(known) != list(loadable.files):
            hint = "Examine the files again, and load what is offered"
            raise LoadError("these files were not examined as a sequence", loadable.name, hint=hint)
        context, settings = self.context, self.context.settings
        sources = [source for stack in stacks for source in stack.sources]
        choice = loadable.details.get("voxelValues") or settings.value(VALUES_SETTING)
        values = voxelValues(sources, choice, context.workers, context.progress)
        approach = loadable.details.get("readerApproach") or settings.value(READER_SETTING)
        voxels = readVolumeWith(approach, sources, context.progress, context.workers, rescaling=values.rescaling)
        if voxels.readerNote:
            self.loadNotes.append(f"{loadable.name}: {voxels.readerNote}")
        added = addSequence(context.scene, loadable.name, stacks, voxels, values, loadable.details["index"])
        self._place(loadable, added, stacks)
        return added.shown

    def getSequenceBrowserNodeForMasterOutputNode(self, masterOutputNode: vtkMRMLNode) -> vtkMRMLNode | None:
        """As in Slicer: the browser in the scene whose first sequence a volume shows; None when there is none."""
        for browser in self.context.scene.GetNodesByClass("vtkMRMLSequenceBrowserNode"):
            isKnown = isinstance(browser, vtkMRMLSequenceBrowserNode)
            master = browser.GetMasterSequenceNode() if isKnown else None
            if master is not None and browser.GetProxyNode(master) is masterOutputNode:
                return browser
        return None

    def _place(self, loadable: DICOMLoadable, added: AddedSequence, stacks: list[SliceStack]) -> None:
        """Below the study; the slices of the volume that is shown where their headers say."""
        series = self.addSeriesInSubjectHierarchy(loadable, added.shown, stacks[0].instances)
        hierarchy, scene = self.context.hierarchy(), self.context.scene
        for one in (added.sequence, added.browser):
            hierarchy.SetItemParent(hierarchy.GetItemByDataNode(one), hierarchy.GetItemParent(series))
        choice = loadable.details.get("acquisitionGeometry") or self.context.settings.value(REGULARIZATION_SETTING)
        if choice != "hardenTransform":  # what it would compute anew is in the sequence
            regularize(scene, added.shown, stacks[0], choice, series, self.context.progress)


def _refusal(stacks: Sequence[SliceStack]) -> str:
    """Why a sequence is not chosen by itself; sizes are those of stored pixels, which rescaling may widen."""
    first = stacks[0].instances[0]
    bits = (first.number("BitsAllocated") or 8) * (first.number("SamplesPerPixel") or 1)
    columns, rows, slices = stacks[0].dimensions
    needed, free = int(columns * rows * slices * len(stacks) * bits / 8), freeMemory()
    if not 0 < PART_OF_MEMORY * free < needed:
        return ""
    return f"All volumes take {sizeText(needed)} of memory, and {sizeText(free)} are free."


def _leftOutText(volumes: RepeatedVolumes) -> str:
    if volumes.leftOut:
        verb = "has" if volumes.leftOut == 1 else "have"
        return f"{counted(volumes.leftOut, 'volume')} of the series {verb} other slices and cannot be in the sequence."
    return "" if volumes.isAll else "Other slices of the series are not in the sequence."


def _explained(stacks: Sequence[SliceStack], index: SequenceIndex, reason: str) -> str:
    """:param reason: why it is not chosen; "" when it is"""
    numbered = "numbered, because no header value grows from one to the next"
    source = f"by {index.source}" if index.source else numbered
    unit = f" {index.unit}" if index.unit else ""
    lines = (
        f"{counted(len(stacks), 'volume')} of one size at the same positions, in the order of their index.",
        f"Index: {index.name} {index.values[0]} to {index.values[-1]}{unit}, {source}.",
        f"Not chosen: {reason}." if reason else "Chosen: they are too many to be looked at beside each other.",
    )
    return "\n".join(lines)


class DICOMVolumeSequencePlugin:
    """The hidden module that announces the plugin class to a host, in Slicer's manner."""

    def __init__(self, parent):
        helpText = "Reads DICOM image series of several volumes as sequences."
        announce(parent, "DICOM Volume Sequence Plugin", helpText, DICOMVolumeSequencePluginClass)
