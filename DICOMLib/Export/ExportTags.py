"""Tags of what is to be exported, as people edit them: in tables, with what is wrong, and kept in the scene.

An edit changes the exportables at once, so that scripts and dialogs see the same values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..DICOMExportable import DICOMExportable
from ..Scene.SubjectHierarchy import (
    DICOM_ATTRIBUTE_PREFIX,
    PATIENT_LEVEL,
    STUDY_LEVEL,
    vtkMRMLSubjectHierarchyNode,
)
from .ItemTags import KEPT_OF_ITEM, PATIENT_TAGS, STUDY_TAGS, exportableTags
from .ValueRules import valueProblem

PATIENT, STUDY, SERIES = "patient", "study", "series"
# Of a keyword; abbreviations stay whole.
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z]+")
# Pseudo-tags that 3D Slicer names otherwise than the standard.
RENAMED = {"Model": "ManufacturerModelName"}
# A series' values that differ from what its item says; 3D Slicer has no place for them.
SAVED_PREFIX = DICOM_ATTRIBUTE_PREFIX + "Export."
# Of one series only, or decided by the source: never kept for the next time.
_NEVER_SAVED = {"SeriesInstanceUID", "FrameOfReferenceUID", "StudyInstanceUID"}

# Computed from the volume or made for every object (PS3.3 C.7.6, C.12.1): nothing that anybody can set.
COMPUTED = {
    "SOPClassUID", "SOPInstanceUID", "Rows", "Columns", "NumberOfFrames", "BitsAllocated", "BitsStored", "HighBit",
    "PixelData", "PixelRepresentation", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SpacingBetweenSlices", "TransferSyntaxUID",
    "SpecificCharacterSet", "InstanceNumber", "ImageType", "SliceThickness", "SliceLocation", "DerivationDescription",
    "InstanceCreationDate", "InstanceCreationTime", "NumberOfSlices", "PresentationLUTShape",
}  # fmt: skip
# Groups of commands, file headers, media directories, how images are stored, and pixels (PS3.6, PS3.7)
_COMPUTED_GROUPS = {0x0000, 0x0002, 0x0004, 0x0028, 0x7FE0}
# Of group 0028: what is known of how the image was made. The window is that of the display.
_SETTABLE = {
    "BurnedInAnnotation", "RecognizableVisualFeatures",
    "QualityControlImage", "PixelIntensityRelationship", "PixelIntensityRelationshipSign", "LossyImageCompression",
    "LossyImageCompressionRatio", "LossyImageCompressionMethod", "LongitudinalTemporalInformationModified",
}  # fmt: skip

# PS3.3 C.7.3.1.1.1, those that are retired included.
MODALITIES = frozenset("""
    ANN AR ASMT AU BDUS BI BMD CFM CR CT CTPROTOCOL DMS DG DOC DX ECG EEG EMG EOG EPS ES FID GM HC HD IO IOL IVOCT IVUS
    KER KO LEN LS MG MR M3D NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS OT PA PLAN POS PR PT PX REG RESP RF RG
    RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN RTSTRUCT RWV SEG SM SMR SR SRF STAIN TEXTUREMAP TG US VA
    VL VF VNA XA XAPROTOCOL XC AS CD CF CP CS DD DF DM DS EC FA FS LP MA MS OPR ST VLM
""".split())
# Values of which the standard allows no others (C.7.1.1, C.7.3.1, C.7.1.1).
ENUMERATED = {
    "PatientSex": ("M", "F", "O"),
    "Laterality": ("R", "L"),
    "ImageLaterality": ("R", "L", "U", "B"),
    "PatientIdentityRemoved": ("YES", "NO"),
    "QualityControlSubject": ("YES", "NO"),
    "BurnedInAnnotation": ("YES", "NO"),
    "RecognizableVisualFeatures": ("YES", "NO"),
    "LossyImageCompression": ("00", "01"),
    "PatientPosition": (
        "HFP", "HFS", "HFDR", "HFDL", "FFDR", "FFDL", "FFP", "FFS", "LFP", "LFS", "RFP", "RFS", "AFDR", "AFDL", "PFDR",
        "PFDL",
    ),
}  # fmt: skip


def tagProblem(keyword: str, value: str, choices: Mapping[str, str] | None = None) -> str:
    """What is wrong with the value of a tag, one sentence; "" when it can be written.

    Length, characters and syntax are those of the tag's value representation (PS3.5 6.2), the number of values that of
    PS3.6. What is no tag of the standard is an option of an exporter, which takes any text, or one of its choices.

    :param choices: the only values it may have
    """
    if choices:
        return "" if value in choices else f"{keyword} can only be {_listed(list(choices))}."
    if keyword in COMPUTED or _isOfComputedGroup(keyword):
        return f"{keyword} is computed from what is exported and cannot be set."
    definition = _definition(keyword)
    if definition is None:
        return ""
    text = value.strip()
    if keyword == "Modality" and not text:
        return "The Modality is empty: set it, for instance to CT, MR or OT."
    if problem := valueProblem(value, *definition):
        return f"{keyword} {problem}."
    if not text:
        return ""
    if keyword == "Modality" and text not in MODALITIES:
        return "Modality is not one that the standard knows, such as CT, MR, PT, US or OT."
    allowed = ENUMERATED.get(keyword, (text,))
    return "" if text in allowed else f"{keyword} can only be {_listed(allowed)}, or empty."


def isOption(keyword: str) -> bool:
    """Whether it is no tag of the standard, and so an option of an exporter."""
    return _definition(keyword) is None


def tagLabel(keyword: str) -> str:
    """The name of a tag as the standard writes it, "Patient's Sex"; of an option its keyword in words."""
    from pydicom.datadict import dictionary_description, tag_for_keyword

    tag = tag_for_keyword(RENAMED.get(keyword, keyword))
    if tag is not None:
        return dictionary_description(tag)
    words = _WORDS.findall(keyword) or [keyword]
    return " ".join([words[0], *(word if word.isupper() else word.lower() for word in words[1:])])


def _isOfComputedGroup(keyword: str) -> bool:
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(keyword)
    return tag is not None and tag >> 16 in _COMPUTED_GROUPS and keyword not in _SETTABLE


def _definition(keyword: str) -> tuple[str, str] | None:
    """Value representation and multiplicity, None for what is no tag of the standard."""
    from pydicom.datadict import dictionary_VM, dictionary_VR, tag_for_keyword

    tag = tag_for_keyword(RENAMED.get(keyword, keyword))
    return None if tag is None else (dictionary_VR(tag), dictionary_VM(tag))


def _listed(words: Sequence[str]) -> str:
    shown = [word or "(empty)" for word in words]
    return " or ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


@dataclass(frozen=True)
class TagRow:
    """One tag with its value.

    :ivar choices: value → words for people, where only these may be chosen
    :ivar isOption: it goes into no file but says how files are written
    :ivar problem: what is wrong with the value, a sentence; "" when it is right
    """

    keyword: str
    label: str
    value: str
    choices: Mapping[str, str]
    isOption: bool
    problem: str


@dataclass
class TagTable:
    """Tags of the patient, of the study, or of one series; all its exportables have the same values."""

    title: str
    level: str
    exportables: list[DICOMExportable] = field(repr=False)
    keywords: tuple[str, ...] = ()
    """Of a patient and a study; a series has all others of its exportable."""

    @property
    def rows(self) -> list[TagRow]:
        """As the exportables are now."""
        return [self._row(keyword) for keyword in self._present()]

    def row(self, keyword: str) -> TagRow:
        """As :attr:`rows`, one of them."""
        return self._row(keyword)

    def setValue(self, keyword: str, value: str) -> str:
        """Give all exportables of the table a value. :returns: what is wrong with it; "" when nothing is"""
        for exportable in self.exportables:
            exportable.setTag(keyword, value)
        return self._row(keyword).problem

    @property
    def problems(self) -> list[str]:
        """Sentences on the values that are wrong."""
        return [row.problem for row in self.rows if row.problem]

    def _present(self) -> Sequence[str]:
        if self.level != SERIES:
            return self.keywords
        return [name for name in self.exportables[0].tags if name not in (*PATIENT_TAGS, *STUDY_TAGS)]

    def _row(self, keyword: str) -> TagRow:
        first = self.exportables[0]
        choices = first.choices.get(keyword, {})
        value = first.tag(keyword)
        return TagRow(
            keyword, tagLabel(keyword), value, choices, isOption(keyword), tagProblem(keyword, value, choices)
        )


def tagTables(
    exportables: Sequence[DICOMExportable], hierarchy: vtkMRMLSubjectHierarchyNode
) -> list[TagTable]:
    """The patient's, the study's, and one for each exportable; none without exportables.

    Tags of patient and study that an exportable lacks are added, empty; all exportables get the first one's values.
    """
    if not exportables:
        return []
    for keyword in (*PATIENT_TAGS, *STUDY_TAGS):
        value = next((one.tags[keyword] for one in exportables if one.tag(keyword)), "")
        for exportable in exportables:
            exportable.setTag(keyword, value)
    tables = [
        TagTable("Patient", PATIENT, list(exportables), PATIENT_TAGS),
        TagTable("Study", STUDY, list(exportables), STUDY_TAGS),
    ]
    several = len(exportables) > 1
    for number, exportable in enumerate(exportables, 1):
        name = hierarchy.GetItemName(exportable.subjectHierarchyItemID)
        title = f"Series {number}: {name}" if several else f"Series: {name}"
        tables.append(TagTable(title, SERIES, [exportable]))
    return tables


# Keeping in the scene


def saveTagsToScene(hierarchy: vtkMRMLSubjectHierarchyNode, exportables: Sequence[DICOMExportable]) -> None:
    """Keep changed tags with their items, where the next export, and scene files, find them.

    Patient, study and what describes the series become the attributes that 3D Slicer has for them. Other tags of a
    series, and options, are kept beside these: its number and dates are those it was loaded with. UIDs are not kept.
    """
    for exportable in exportables:
        item = exportable.subjectHierarchyItemID
        before = getattr(exportable, "offeredTags", None) or exportableTags(hierarchy, item) or {}
        study = hierarchy.GetItemAncestorAtLevel(item, STUDY_LEVEL)
        patient = hierarchy.GetItemAncestorAtLevel(item, PATIENT_LEVEL)
        for keyword, value in exportable.tags.items():
            if keyword in _NEVER_SAVED:
                continue
            if keyword in PATIENT_TAGS or keyword in STUDY_TAGS:
                owner, prefix = patient if keyword in PATIENT_TAGS else study, DICOM_ATTRIBUTE_PREFIX
            else:
                owner, prefix = item, DICOM_ATTRIBUTE_PREFIX if keyword in KEPT_OF_ITEM else SAVED_PREFIX
            name = prefix + keyword
            isKnown = hierarchy.HasItemAttribute(owner, name) if owner else False
            if owner and (value.strip() != before.get(keyword, "") or (isKnown and prefix == SAVED_PREFIX)):
                hierarchy.SetItemAttribute(owner, name, value.strip())


def applySavedTags(hierarchy: vtkMRMLSubjectHierarchyNode, exportable: DICOMExportable) -> None:
    """Give an exportable what :func:`saveTagsToScene` has kept beside the attributes of its item."""
    item = exportable.subjectHierarchyItemID
    for name in hierarchy.GetItemAttributeNames(item):
        if not name.startswith(SAVED_PREFIX):
            continue
        keyword, value = name.removeprefix(SAVED_PREFIX), hierarchy.GetItemAttribute(item, name)
        isWanted = keyword in exportable.tags or not isOption(keyword)
        if isWanted and value in exportable.choices.get(keyword, {value: ""}):
            exportable.setTag(keyword, value)
