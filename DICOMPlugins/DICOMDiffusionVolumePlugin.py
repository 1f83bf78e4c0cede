"""Reads diffusion-weighted series as one volume with all measurements, their b-values and gradients."""

from __future__ import annotations

from collections.abc import Sequence

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMLoadable import DICOMLoadable
from DICOMLib.DICOMPlugin import DICOMPlugin, LoadingChoice, announce
from DICOMLib.Errors import LoadError
from DICOMLib.Export.Compression import CHOICES, COMPRESSION_TAG
from DICOMLib.Export.ItemTags import SERIES_DEFAULTS, exportableTags
from DICOMLib.Geometry.Explanation import explainStack
from DICOMLib.Geometry.PackedSlices import PRIVATE_TAGS
from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Geometry.Slices import SliceStack, planesToAnalyse
from DICOMLib.Instance import Instance
from DICOMLib.Pixels.Readers import READER_SETTING, readVolumeWith
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Tags import tagText
from DICOMLib.Wording import counted

from .Diffusion.DiffusionSeries import DiffusionSeries
from .Diffusion.Distortion import DISTORTION_TAGS
from .Diffusion.ExportAttributes import isReadOtherwise
from .Diffusion.Exporting import CLASSIC, exportDiffusionVolumes
from .Diffusion.Loading import readMeasurements
from .Diffusion.NodeMaking import addDiffusionNode
from .Diffusion.Rules import evidenceIn, ruleNames, tagsOfRules
from .Diffusion.SeriesReading import Reading, readSeries
from .Diffusion.Summary import doubts
from .Diffusion.Weighting import DERIVED, ISOTROPIC
from .ScalarVolume.Reader import addVolumeNode
from .ScalarVolume.Selection import divideImages

VENDOR_SETTING = "DICOM/Diffusion/Vendor"
AUTOMATIC = "automatic"

# Slicer's; above what the scalar volume plugin gives to a sound stack.
CONFIDENCE = 0.6
# Below it: the series is loaded as scalar volumes unless the user chooses otherwise.
DOUBTFUL_CONFIDENCE = 0.3
# Nothing else writes these volumes.
EXPORT_CONFIDENCE = 0.8
# By this vendor's elements it is none.
WRONG_CONFIDENCE = 0.1
# Trace and ADC images: as sound as the scalar volume plugin's other readings.
APART_CONFIDENCE = 0.4
# A lone image with a direction is a part of a series, or one that was copied by itself.
FEWEST_MEASUREMENTS = 2
# Files that are looked at for evidence, one in each twelfth; b = 0 alone comes in runs that are shorter than that.
FILES_SAMPLED = 12
# At even distances all of them could be b = 0, where the measurements of each slice follow each other. Multiples of the
# golden ratio keep no step with anything.
GOLDEN_RATIO = (1 + 5**0.5) / 2


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
            **DISTORTION_TAGS,
            **tagsOfRules(),
        )

    # Examining

    def examineFiles(self, files: Sequence[str]) -> list[DICOMLoadable]:
        """A loadable for each diffusion series, from header records alone; none without evidence of diffusion."""
        evidence = self._evidence(files)
        if not evidence:
            return []
        images = _greyImages(self.instancesForFiles(files))
        if not images:
            return []
        planes = self.planesForInstances(images)
        reading = readSeries(planes, self._vendor(), False, evidence)
        if reading.chosen.deferred:
            return [self._offered(reading, planes)]
        if not reading.series:
            why = f"{_description(images[0])} is not offered: {reading.reasonForNone}."
            self.rejections.append(" ".join([why, *reading.chosen.weighting.notes]))
            return []
        found = [self._offered(reading, planes, number) for number in range(len(reading.series))]
        return found + [loadable for series in reading.series for loadable in self._apartLoadables(series)]

    def _evidence(self, files: Sequence[str]) -> dict[str, str]:
        """Name of a rule → what speaks for it in some of the files."""
        records = self.context.records.known(files) if self.context.records else None
        some = _sampled(len(files))
        sample = self.instancesForFiles([files[n] for n in some]) if records is None else [records[n] for n in some]
        if not any(one.modality == "MR" for one in sample):
            return {}
        images = divideImages(sample)[0]
        return evidenceIn(planesToAnalyse(images), self._vendor()) if images else {}

    def _nodeName(self, instance: Instance, label: str) -> str:
        # Slicer's; without a description, what the scalar volume plugin says tells several series apart.
        description = instance.value("SeriesDescription").strip() or self.defaultSeriesNodeName(instance)
        return f"{description} - as DWI Volume" + (f" ({label})" if label else "")

    def _vendor(self) -> str:
        return str(self.context.settings.value(VENDOR_SETTING))

    def _offered(self, reading: Reading, planes: Planes, number: int = 0) -> DICOMLoadable:
        first = planes.table.objects[0]
        loadable = DICOMLoadable(
            seriesInstanceUID=first.SeriesInstanceUID, details={"planes": planes, "number": number}
        )  # fmt: skip
        loadable.name = self._nodeName(first, reading.series[number].label if reading.series else "")
        describe(loadable, reading)
        return loadable

    def loadingChoices(self, loadable: DICOMLoadable) -> list[LoadingChoice]:
        """Whose private elements tell b-values and gradients."""
        if "vendor" not in loadable.details:
            return []
        options = {AUTOMATIC: "found out from the files", **{name: name for name in ruleNames()}}
        return [LoadingChoice("vendor", "Vendor of diffusion values", options, str(loadable.details["vendor"]))]

    def choose(self, loadable: DICOMLoadable, name: str, value: str) -> None:
        """Read the weighting by another vendor's rule; from the records alone, as at examine."""
        super().choose(loadable, name, value)
        planes = loadable.details.get("planes")
        if name == "vendor" and planes is not None:
            describe(loadable, readSeries(planes, value, mayOpenFiles=False))

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
        vendor = str(details.get("vendor") or self._vendor())
        isAsOffered = list(loadable.files) == details.get("files")
        if isAsOffered and details.get("series") is not None and details.get("readFor") == vendor:
            return details["series"]
        planes = details.get("planes") if isAsOffered else None
        if planes is None:
            planes = planesToAnalyse(_greyImages(self.instancesForFiles(loadable.files)))
        reading = readSeries(planes, vendor)
        if not reading.series:
            hint = "Load the series as scalar volumes, or choose another vendor"
            raise LoadError(f"this is no diffusion series: {reading.reasonForNone}", loadable.name, hint=hint)
        describe(loadable, reading)
        self.loadNotes += [f"{loadable.name}: {text}" for text in reading.chosen.problems]
        return details["series"]

    # Exporting

    def examineForExport(self, subjectHierarchyItemID: int) -> list[DICOMExportable]:
        """One exportable for a diffusion volume that is below a study of a patient; else none."""
        hierarchy = self.context.hierarchy()
        node = hierarchy.GetItemDataNode(subjectHierarchyItemID)
        if node is None or not node.IsA("vtkMRMLDiffusionWeightedVolumeNode") or node.GetImageData() is None:
            return []
        tags = exportableTags(hierarchy, subjectHierarchyItemID)
        if tags is None:
            return []
        if isReadOtherwise(tags["Manufacturer"]):
            tags.update((name, SERIES_DEFAULTS[name]) for name in ("Manufacturer", "Model"))
        return [
            DICOMExportable(
                name=self.loadType,
                tooltip=f"Writes {node.GetName()} as MR images with the standard's diffusion elements, one file for "
                "each slice and measurement",
                subjectHierarchyItemID=subjectHierarchyItemID,
                pluginClass=type(self).__name__,
                confidence=EXPORT_CONFIDENCE,
                tags={**tags, "Modality": "MR", COMPRESSION_TAG: tags.get(COMPRESSION_TAG, "")},
                choices={"Modality": {"MR": "Magnetic resonance"}, COMPRESSION_TAG: dict(CHOICES)},
                format=CLASSIC,
            )
        ]

    def export(self, exportables: list[DICOMExportable]) -> str:
        """Write each volume to ``<directory>/DiffusionVolume_<itemID>/IMG00001.dcm`` and so on, and read them back.

        UIDs that are empty are made as the scalar volume plugin makes them.

        :returns: "" when all are written and checked, else why not, and then nothing is left; see :attr:`exported`
        :raises CancelledError: when the context's progress was cancelled; nothing is left
        """
        return self.exportWith(exportDiffusionVolumes, exportables)


def describe(loadable: DICOMLoadable, reading: Reading) -> None:
    """Make a loadable say what a reading found: files, confidence, warning, explanation; what it has to be told too."""
    details = loadable.details
    details.update(vendor=reading.vendor, readFor=reading.vendor, series=None)
    if reading.series:
        series = reading.series[min(int(details.get("number", 0)), len(reading.series) - 1)]
        _describeSeries(loadable, reading, series)
    else:
        files = [one.filePath for one in details["planes"].table.objects]
        reason = "" if reading.chosen.deferred else f"This is no diffusion series: {reading.reasonForNone}."
        loadable.files, loadable.part, loadable.warning = files, "", reason
        loadable.confidence = WRONG_CONFIDENCE if reason else CONFIDENCE
        loadable.explanation = "\n".join([*reading.chosen.explanation, *filter(None, [reason])])
        loadable.tooltip = f"{counted(len(files), 'file')}: diffusion, values read when loading"
    details["files"] = list(loadable.files)


def _describeSeries(loadable: DICOMLoadable, reading: Reading, series: DiffusionSeries) -> None:
    chosen, stack = reading.chosen, series.stack
    problems = list(chosen.problems)
    if len(series) < FEWEST_MEASUREMENTS:
        problems.append("There is one measurement only, with nothing to compare it to.")
    isDoubtful = bool(problems) or stack.isWrong
    lines = [*chosen.explanation, *series.explanation(), *reading.checkTexts(series), *explainStack(stack)]
    lines += [f"Not used: {text}." for text in chosen.rejected]
    loadable.details["series"] = series
    loadable.files, loadable.part = list(series.files), series.part
    loadable.tooltip = _tooltip(series, reading)
    doubtful = doubts([*chosen.explanation, *reading.checkTexts(series)])
    loadable.warning = " ".join(filter(None, dict.fromkeys((*problems, *doubtful, series.warning))))
    loadable.confidence = DOUBTFUL_CONFIDENCE if isDoubtful else CONFIDENCE
    loadable.explanation = "\n".join(lines)


def _sampled(count: int) -> list[int]:
    """Numbers of all of a few files, else of :data:`FILES_SAMPLED`, spread without a period."""
    if count <= FILES_SAMPLED:
        return list(range(count))
    step = count / FILES_SAMPLED
    return [int(step * (number + number * GOLDEN_RATIO % 1)) for number in range(FILES_SAMPLED)]


def _greyImages(instances: Sequence[Instance]) -> list[Instance]:
    return [one for one in divideImages(instances)[0] if one.samplesPerPixel == 1]


def _description(instance: Instance) -> str:
    return f"Series {instance.value('SeriesNumber').strip() or 'without a number'}"


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
        helpText = "Reads diffusion-weighted DICOM series as volumes with gradients."
        announce(parent, "DICOM Diffusion Volume Plugin", helpText, DICOMDiffusionVolumePluginClass)
