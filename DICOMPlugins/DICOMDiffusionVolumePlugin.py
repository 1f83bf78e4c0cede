"""Reads diffusion-weighted series as one volume with all measurements, their b-values and gradients."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from DICOMLib.DICOMLoadable import DICOMLoadable
from DICOMLib.DICOMPlugin import DICOMPlugin
from DICOMLib.Errors import LoadError
from DICOMLib.Geometry.Explanation import explainStack
from DICOMLib.Geometry.PackedSlices import PRIVATE_TAGS
from DICOMLib.Geometry.Slices import SliceStack, planesToAnalyse
from DICOMLib.Instance import Instance
from DICOMLib.Pixels.Readers import READER_SETTING, readVolumeWith
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Tags import tagText
from DICOMLib.Wording import NO_SERIES_DESCRIPTION, counted

from .Diffusion.DiffusionSeries import DiffusionSeries
from .Diffusion.Loading import readMeasurements
from .Diffusion.NodeMaking import addDiffusionNode
from .Diffusion.Rules import evidenceIn, tagsOfRules
from .Diffusion.SeriesReading import Reading, readSeries
from .Diffusion.Weighting import DERIVED, ISOTROPIC
from .ScalarVolume.Reader import addVolumeNode
from .ScalarVolume.Selection import divideImages

VENDOR_SETTING = "DICOM/Diffusion/Vendor"

# Slicer's; above what the scalar volume plugin gives to a sound stack.
CONFIDENCE = 0.6
# Below it: the series is loaded as scalar volumes unless the user chooses otherwise.
DOUBTFUL_CONFIDENCE = 0.3
# Trace and ADC images: as sound as the scalar volume plugin's other readings.
APART_CONFIDENCE = 0.4
# Files that are looked at for evidence, evenly spread; b = 0 alone comes in runs that are shorter than the distance.
FILES_SAMPLED = 12


class DICOMDiffusionVolumePluginClass(DICOMPlugin):
    """Offers each diffusion series as one volume, and the trace and ADC images in it."""

    def __init__(self):
        super().__init__()
        self.loadType = "Diffusion Volume"
        self._known: list[Instance] = []
        self.tags.update(
            manufacturer=tagText("Manufacturer"),
            position=tagText("ImagePositionPatient"),
            orientation=tagText("ImageOrientationPatient"),
            acquisitionNumber=tagText("AcquisitionNumber"),
            imageType=tagText("ImageType"),
            **PRIVATE_TAGS,
            **tagsOfRules(),
        )

    # Examining

    def examineFiles(self, files: Sequence[str]) -> list[DICOMLoadable]:
        """A loadable for each diffusion series, from header records alone; none without evidence of diffusion."""
        evidence = self._evidence(files)
        if not evidence:
            return []
        images = [one for one in divideImages(self.instancesForFiles(files))[0] if one.samplesPerPixel == 1]
        reading = readSeries(planesToAnalyse(images), self._vendor(), False, evidence)
        if reading.chosen.deferred:
            return [self._deferredLoadable(reading, images, files)]
        if not reading.series:
            self.rejections.append(f"{_description(images[0])} is not offered: {reading.reasonForNone}.")
            return []
        found = [self._loadable(reading, number, files) for number in range(len(reading.series))]
        return found + [loadable for series in reading.series for loadable in self._apartLoadables(series)]

    def _evidence(self, files: Sequence[str]) -> dict[str, str]:
        """Name of a rule → what speaks for it in some of the files."""
        step = max(1, -(-len(files) // FILES_SAMPLED))
        sample = self.instancesForFiles(files[step // 2 :: step] or files[:1])
        if not any(one.modality == "MR" for one in sample):
            return {}
        images = divideImages(sample)[0]
        return evidenceIn(planesToAnalyse(images), self._vendor()) if images else {}

    def _vendor(self) -> str:
        return str(self.context.settings.value(VENDOR_SETTING))

    def _loadable(self, reading: Reading, number: int, files: Sequence[str]) -> DICOMLoadable:
        series = reading.series[number]
        stack = series.stack
        warnings = (*reading.chosen.problems, series.warning)
        isDoubtful = bool(reading.chosen.problems) or stack.isWrong
        lines = [*reading.chosen.explanation, *series.explanation(), *reading.checkTexts(series), *explainStack(stack)]
        lines += [f"Not used: {text}." for text in reading.chosen.rejected]
        return DICOMLoadable(
            files=series.files,
            name=_nodeName(stack.instances[0], series.label),
            part=series.part,
            tooltip=_tooltip(series, reading),
            warning=" ".join(filter(None, warnings)),
            selected=not isDoubtful,
            confidence=DOUBTFUL_CONFIDENCE if isDoubtful else CONFIDENCE,
            explanation="\n".join(lines),
            seriesInstanceUID=stack.instances[0].SeriesInstanceUID,
            details={"series": series, "vendor": reading.vendor, "readFor": reading.vendor, "number": number,
                     "allFiles": list(files)},
        )  # fmt: skip

    def _deferredLoadable(self, reading: Reading, images: Sequence[Instance], files: Sequence[str]) -> DICOMLoadable:
        first = images[0]
        used = [one.filePath for one in images]
        return DICOMLoadable(
            files=used,
            name=_nodeName(first, ""),
            tooltip=f"{counted(len(used), 'file')}: {reading.chosen.deferred} diffusion, read when loading",
            selected=True,
            confidence=CONFIDENCE,
            explanation="\n".join(reading.chosen.explanation),
            seriesInstanceUID=first.SeriesInstanceUID,
            details={"vendor": reading.vendor, "number": 0, "allFiles": list(files)},
        )

    def _apartLoadables(self, series: DiffusionSeries) -> list[DICOMLoadable]:
        """Trace and computed images, each volume as a scalar volume."""
        found = []
        for one in series.apart:
            if one.kind not in (ISOTROPIC, DERIVED):
                continue
            stacks = one.stacks(series.planes)
            for number, stack in enumerate(stacks, 1):
                label = one.label if len(stacks) == 1 else f"{one.label} {number}"
                found.append(self._apartLoadable(stack, label))
        return found

    def _apartLoadable(self, stack: SliceStack, label: str) -> DICOMLoadable:
        first = stack.instances[0]
        planes = stack.planes
        isAll = len(planes) == sum(1 for owner in planes.table.owners.tolist() if owner in set(planes.owners.tolist()))
        return DICOMLoadable(
            files=[one.filePath for one in stack.instances],
            name=f"{self.defaultSeriesNodeName(first)} - {label}",
            part="" if isAll else ",".join(map(str, sorted(planes.rows.tolist()))),
            tooltip=f"{counted(len(stack.instances), 'file')}: {label} images of a diffusion series",
            warning=stack.warning,
            confidence=APART_CONFIDENCE,
            explanation="\n".join([f"Set apart from the diffusion measurements: {label}.", *explainStack(stack)]),
            seriesInstanceUID=first.SeriesInstanceUID,
            details={"stack": stack},
        )

    # Loading

    def load(self, loadable: DICOMLoadable) -> vtkMRMLNode:
        """Read all measurements and add a diffusion-weighted volume below its patient and study.

        Whose private elements count is what ``loadable.details["vendor"]`` says ("automatic", "standard" or a vendor's
        name); pixels are read by what the setting ``DICOM/ScalarVolume/ReaderApproach`` says.

        :raises LoadError: when the files make no diffusion series
        :raises DICOMError: when pixel data is missing, short, damaged or cannot be decoded; the scene is unchanged then
        :raises CancelledError: when the context's progress was cancelled
        """
        self._known = []
        approach = loadable.details.get("readerApproach") or self.context.settings.value(READER_SETTING)
        stack = loadable.details.get("stack")
        if isinstance(stack, SliceStack):
            voxels = readVolumeWith(approach, stack.sources, self.context.progress, self.context.workers)
            node = addVolumeNode(self.context.scene, loadable.name, stack, voxels)
        else:
            series = self._seriesOf(loadable)
            self._known = series.instances
            voxels = readMeasurements(series, approach, self.context.progress, self.context.workers)
            node = addDiffusionNode(self.context.scene, loadable.name, series, voxels)
            node.SetAttribute("DICOM.diffusionExplanation", loadable.explanation)
        if voxels.readerNote:
            self.loadNotes.append(f"{loadable.name}: {voxels.readerNote}")
        self.addSeriesInSubjectHierarchy(loadable, node)
        return node

    def instancesForFiles(self, files: Sequence[str]) -> list[Instance]:
        """As :meth:`DICOMPlugin.instancesForFiles`; those of the series that is being loaded are known."""
        if len(files) == len(self._known) and [one.filePath for one in self._known] == list(files):
            return list(self._known)
        return super().instancesForFiles(files)

    def _seriesOf(self, loadable: DICOMLoadable) -> DiffusionSeries:
        """What was found while examining; read anew for another vendor, or where that had to wait for the files."""
        if not loadable.files:
            raise LoadError("there are no files to load", loadable.name)
        details = loadable.details
        vendor = details.get("vendor") or self._vendor()
        series = details.get("series")
        if isinstance(series, DiffusionSeries) and details.get("readFor") == vendor and series.files == loadable.files:
            return series
        instances = self.instancesForFiles(details.get("allFiles") or loadable.files)
        images = [one for one in divideImages(instances)[0] if one.samplesPerPixel == 1]
        planes = planesToAnalyse(images) if images else None
        reading = None if planes is None else readSeries(planes, vendor)
        if reading is None or not reading.series:
            reason = "there are no images" if reading is None else reading.reasonForNone
            hint = "Load the series as scalar volumes, or choose another vendor"
            raise LoadError(f"this is no diffusion series: {reason}", loadable.name, hint=hint)
        found = reading.series[min(int(details.get("number", 0)), len(reading.series) - 1)]
        lines = [*reading.chosen.explanation, *found.explanation(), *reading.checkTexts(found)]
        loadable.files, loadable.explanation = found.files, "\n".join(lines)
        details.update(series=found, readFor=vendor)
        self.loadNotes += [f"{loadable.name}: {text}" for text in reading.chosen.problems]
        return found


def _description(instance: Instance) -> str:
    return f"Series {instance.value('SeriesNumber').strip() or 'without a number'}"


def _nodeName(instance: Instance, label: str) -> str:
    description = instance.value("SeriesDescription").strip() or NO_SERIES_DESCRIPTION
    return f"{description} - as DWI Volume" + (f" ({label})" if label else "")


def _tooltip(series: DiffusionSeries, reading: Reading) -> str:
    rules = " and ".join(reading.chosen.ruleNames)
    shells = ", ".join(f"{count} at b = {bValue:g}" for bValue, count, _ in series.shells())
    return (
        f"{counted(len(series.files), 'file')}: {counted(len(series), 'measurement')} ({shells})\n"
        f"Weighting: {rules}\nFirst file: {series.files[0]}"
    )


class DICOMDiffusionVolumePlugin:
    """The hidden module that announces the plugin class to a host, in Slicer's manner."""

    def __init__(self, parent):
        parent.title = "DICOM Diffusion Volume Plugin"
        parent.categories = ["Developer Tools.DICOM Plugins"]
        parent.hidden = True
        parent.helpText = "Reads diffusion-weighted DICOM series as volumes with gradients."
        slicer = sys.modules.get("slicer")  # these names exist inside a host only
        if slicer is not None:
            slicer.modules.dicomPlugins["DICOMDiffusionVolumePlugin"] = DICOMDiffusionVolumePluginClass
