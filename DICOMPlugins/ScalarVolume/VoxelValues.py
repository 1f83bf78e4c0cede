"""What the voxels of a volume are to be: what the modality measured, uptake values, or real world values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from DICOMLib.Errors import PixelDataError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Instance import Instance
from DICOMLib.Pixels.RealWorldTables import RealWorldTable, readRealWorldTables
from DICOMLib.Pixels.RealWorldValues import Code, RealWorldMapping, mayHaveRealWorldTable, realWorldMappings
from DICOMLib.Pixels.Rescale import Rescale, rescaleOf
from DICOMLib.Pixels.Tables import hasModalityTable
from DICOMLib.Pixels.UptakeValue import (
    ENHANCED_PET,
    ENHANCED_TAGS,
    PRIVATE_TAGS,
    UptakeError,
    UptakeFactor,
    uptakeFactor,
)
from DICOMLib.Pixels.ValuePlan import Mapping
from DICOMLib.Pixels.Volume import Rescaling
from DICOMLib.Progress import Progress
from DICOMLib.SliceSource import SliceSource
from DICOMLib.Workers.WorkerPool import WorkerPool

from .PETUnits import CODES as PET_UNITS
from .PETUnits import codeOf as petUnits

VALUES_SETTING = "DICOM/ScalarVolume/VoxelValues"
MODALITY, UPTAKE, REAL_WORLD = "Modality", "SUV body weight", "Real world"

# Meaning of voxel values by modality (Slicer's map): quantity and unit as (code, scheme, meaning).
MR_CODES = (("110852", "DCM", "MR signal intensity"), ("1", "UCUM", "no units"))
CT_CODES = (("112031", "DCM", "Attenuation Coefficient"), ("[hnsf'U]", "UCUM", "Hounsfield unit"))
_UPTAKE = ("126400", "DCM", "Standardized Uptake Value")
UPTAKE_CODES = (_UPTAKE, PET_UNITS["GML", "BW"])
DOSE_UNITS = {"GY": ("Gy", "UCUM", "Gray")}
# Rescale types of PS3.3 C.11.1.1.2 with a unit of their own.
RESCALE_UNITS = {"HU": CT_CODES[1], "MGML": ("mg/ml", "UCUM", "mg/ml"), "PCT": ("%", "UCUM", "Percent")}
NO_UNITS = "1"
PARAMETRIC_MAP = "1.2.840.10008.5.1.4.1.1.30"


@dataclass(frozen=True)
class VoxelValues:
    """What voxels are to be.

    :ivar rescaling: changes the rescale of slices when they are read; None for none
    :ivar quantity: what they are; None where the headers leave doubt
    :ivar units: in which unit; None where the headers leave doubt
    :ivar note: how it was decided, or why something else was not possible; "" for what the modality measured
    """

    rescaling: Rescaling | None = None
    quantity: Code | None = None
    units: Code | None = None
    note: str = ""

    def rescaleOf(self, source: SliceSource) -> Rescale | None:
        """The rescale of a slice, as it is used; None where a table takes its place."""
        rescale = rescaleOf(source.instance, source.frame)
        used = rescale if self.rescaling is None else self.rescaling(source, rescale)
        return used if isinstance(used, Rescale) else None


def voxelValues(
    sources: Sequence[SliceSource],
    choice: str,
    workers: WorkerPool | None = None,
    progress: Progress | None = None,
) -> VoxelValues:
    """What a choice means for these slices; modality values with a note where it is not possible.

    Stored values of a parametric map mean nothing by themselves: its modality values are those of the real world.

    :param choice: one of the values of :data:`VALUES_SETTING`
    :param workers: read tables of real world values; one is started where it is needed and none are given
    """
    middle = sources[len(sources) // 2]
    quantity, units = quantityAndUnits(middle.instance, middle.frame)
    asMeasured = VoxelValues(quantity=quantity, units=units)
    if _isParametricMap(middle):
        choice = REAL_WORLD
    if choice == UPTAKE and middle.instance.modality == "PT":
        return _uptakeValues(sources, asMeasured)
    if choice == REAL_WORLD:
        return _realWorldValues(sources, middle, asMeasured, workers, progress)
    return asMeasured


def _isParametricMap(source: SliceSource) -> bool:
    """Whether it is one whose values are not stored as they are (PS3.3 A.75)."""
    if source.instance.SOPClassUID != PARAMETRIC_MAP:
        return False
    mappings = realWorldMappings(source.instance, source.frame)
    return not mappings[0].rescale.isIdentity if mappings else mayHaveRealWorldTable(source.instance, source.frame)


def quantityAndUnits(instance: Instance, frame: int = 0) -> tuple[Code | None, Code | None]:
    """Quantity and unit of modality values as (code, scheme, meaning); None where unknown."""
    mapped = _mappingOfModalityValues(instance, frame)
    if mapped is not None and mapped.units is not None and (mapped.quantity or mapped.units[0] != NO_UNITS):
        return mapped.quantity, mapped.units
    rescaleType = instance.frameValue("RescaleType", frame).strip()
    if instance.modality == "CT" and not hasModalityTable(instance) and rescaleType in ("", "HU"):
        return CT_CODES
    if instance.modality == "MR":
        return MR_CODES
    if instance.modality == "PT":
        units = petUnits(instance.value("Units"), instance.value("SUVType"))
        return (_UPTAKE if units is not None and "SUV" in units[0] else None), units
    if instance.modality == "RTDOSE":
        return None, DOSE_UNITS.get(instance.value("DoseUnits").strip())
    if mapped is not None:
        return mapped.quantity, mapped.units
    return None, RESCALE_UNITS.get(rescaleType)


def _mappingOfModalityValues(instance: Instance, frame: int) -> RealWorldMapping | None:
    """The real world mapping that says the same as the rescale, and so tells the unit of its results."""
    rescale = rescaleOf(instance, frame)
    for mapping in realWorldMappings(instance, frame):
        if _agree(mapping.rescale.slope, rescale.slope) and _agree(mapping.rescale.intercept, rescale.intercept):
            return mapping
    return None


def _agree(one: float, other: float) -> bool:
    """Within what 16 characters of a decimal string can tell (PS3.5 6.2)."""
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))


def _uptakeValues(sources: Sequence[SliceSource], asMeasured: VoxelValues) -> VoxelValues:
    factors: dict[tuple[int, int], UptakeFactor] = {}
    complete: dict[int, Instance] = {}
    try:
        for source in sources:
            key = _factorKey(source)
            if key[0] not in complete:
                complete[key[0]] = _withPrivateTags(source.instance)
            if key not in factors:
                factors[key] = uptakeFactor(complete[key[0]], key[1])
    except UptakeError as error:
        return VoxelValues(quantity=asMeasured.quantity, units=asMeasured.units, note=error.what)
    explanation = next(iter(factors.values())).explanation

    def rescaling(source: SliceSource, rescale: Rescale) -> Rescale:
        return rescale.scaled(factors[_factorKey(source)].factor)

    return VoxelValues(rescaling, *UPTAKE_CODES, f"SUVbw from {explanation}")


def _factorKey(source: SliceSource) -> tuple[int, int]:
    """Frames of an enhanced object may have factors of their own."""
    return id(source.instance), source.frame if source.instance.hasFunctionalGroups else 0


def _withPrivateTags(instance: Instance) -> Instance:
    """Files imported before anybody asked for these values are looked at again."""
    if instance.SOPClassUID == ENHANCED_PET and not any(instance.value(tag) for tag in ENHANCED_TAGS):
        return scanFile(instance.path, ENHANCED_TAGS).toInstance()
    if instance.value("Units").strip() != "CNTS" or any(instance.value(tag) for tag in PRIVATE_TAGS):
        return instance
    return scanFile(instance.path, PRIVATE_TAGS).toInstance()


def _realWorldValues(
    sources: Sequence[SliceSource], middle: SliceSource, asMeasured: VoxelValues, workers: WorkerPool | None,
    progress: Progress | None,
) -> VoxelValues:  # fmt: skip
    found = realWorldMappings(middle.instance, middle.frame)
    if not found and mayHaveRealWorldTable(middle.instance, middle.frame):
        return _tabulatedValues(sources, middle, asMeasured, workers, progress)
    if not found:
        return VoxelValues(
            quantity=asMeasured.quantity, units=asMeasured.units, note="there are no real world values in the file"
        )

    def rescaling(source: SliceSource, rescale: Rescale) -> Rescale:
        mappings = realWorldMappings(source.instance, source.frame)
        if not mappings:
            raise PixelDataError("a slice has no real world values", source.instance.path)
        return mappings[0].rescale

    return VoxelValues(rescaling, found[0].quantity, found[0].units, f"real world values {found[0].label}".rstrip())


def _tabulatedValues(
    sources: Sequence[SliceSource], middle: SliceSource, asMeasured: VoxelValues, workers: WorkerPool | None,
    progress: Progress | None,
) -> VoxelValues:  # fmt: skip
    """By a table of each frame; a damaged one leaves the modality values, and the note tells."""
    frames: dict[int, tuple[Instance, set[int]]] = {}
    for source in sources:
        frames.setdefault(id(source.instance), (source.instance, set()))[1].add(source.frame)
    try:
        read = readRealWorldTables(list(frames.values()), workers, progress)
    except PixelDataError as error:
        return VoxelValues(quantity=asMeasured.quantity, units=asMeasured.units, note=f"{error.what}: not used")
    tables: dict[int, dict[int, RealWorldTable]] = dict(zip(frames, read, strict=True))

    def rescaling(source: SliceSource, rescale: Rescale) -> Mapping:
        return tables[id(source.instance)][source.frame].table

    used = tables[id(middle.instance)][middle.frame]
    return VoxelValues(
        rescaling, used.quantity, used.units, " ".join(filter(None, ("real world values", used.label, "by a table")))
    )
