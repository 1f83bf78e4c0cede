"""What is kept of the objects a volume was made of: the written list, by module, and what becomes of the rest.

Kept is what is still true of an image that was computed from others of the same patient, study, equipment and
acquisition (see ``CarriedModules``), and what may never be lost (see ``LastingAttributes``). Not on the list, and so
dropped, is what describes the stored pixels (window, rescale, smallest and largest value, padding, look-up tables),
what places them (given anew from the volume), identifiers of the objects, and everything private. How thick a slice is
does not follow from their distance: it is kept of slices that are the source's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..Errors import FileError
from ..Files.HeaderScanner import scanFile
from ..TagPaths import normalizedPath
from ..Tags import keywordOfTag, tagNumber
from ..Wording import counted
from .CarriedModules import MODALITY_MODULES, MODULES, OF_PATIENT, OF_STUDY, REQUIRED_OF_MODULE
from .DecimalString import decimalString
from .LastingAttributes import LASTING, lastingAttributes

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from ..Instance import Instance
    from ..Progress import Progress

_OLD_DATE = re.compile(r"\d{4}\.\d{2}\.\d{2}")
_OLD_TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?")

# Told in words, not as they are.
_UNQUOTED = ("SQ", "OB", "OW", "OF", "OD", "UN")
_NEW_SERIES = "it is another series, made at another time"
_UNNAMED_REASONS = {"SeriesDate": _NEW_SERIES, "SeriesTime": _NEW_SERIES}

# May be there only where another attribute has one of some values.
_CONDITIONS = {
    "InversionTime": ("ScanningSequence", ("IR",)),
    "TriggerTime": ("ScanOptions", ("CG", "PPG")),
}

SLICE_THICKNESS = "SliceThickness"
# What decides about the others, and what the written objects refer to.
_IDENTIFYING = (
    "PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "FrameOfReferenceUID",
    "Modality", "ImageType", "RescaleType", SLICE_THICKNESS,
)  # fmt: skip


@dataclass
class Carried:
    """Attributes of the source that still hold, as paths (see ``TagPaths``) → text of the value.

    :ivar common: those that all objects of the source agree on
    :ivar ofSlices: those that differ, one mapping for each slice; empty where slices are not those of the source
    :ivar dropped: path → why it was not kept, of those on the list
    """

    common: dict[str, str] = field(default_factory=dict)
    ofSlices: list[dict[str, str]] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)


def sourceHeaders(instances: Iterable[Instance], progress: Progress | None = None) -> list[Mapping[str, str]]:
    """What the files say themselves, path → text; files that cannot be read any more are left out."""
    wanted = [path for modules in (MODULES, MODALITY_MODULES) for names in modules.values() for path in names]
    wanted += [*_IDENTIFYING, *LASTING]
    found = []
    for instance in instances:
        if progress is not None:
            progress.raiseIfCancelled()
        try:
            header = scanFile(instance.path, wanted)
        except FileError:
            continue
        found.append({**header.values, "0002,0010": header.transferSyntaxUID})
    return found


def carriedAttributes(
    headers: Sequence[Mapping[str, str]], target: Mapping[str, str], slicesAreTheSame: bool
) -> Carried:
    """What of the source is written again.

    :param headers: of :func:`sourceHeaders`, in slice order
    :param target: keyword → value of what is written: PatientID, StudyInstanceUID, Modality decide
    :param slicesAreTheSame: whether headers and slices belong together one by one
    """
    result = Carried()
    if not headers:
        return result
    if slicesAreTheSame:
        result.ofSlices = [{} for _ in headers]
    ownModality = headers[0].get(normalizedPath("Modality"), "").strip()
    for module, names in {**MODULES, **MODALITY_MODULES}.items():
        if module in MODALITY_MODULES and module not in (ownModality, target.get("Modality")):
            continue  # what the source has of it, it does not have by this module
        reason = _reasonToDrop(module, headers[0], target)
        for name in names:
            _carry(name, headers, reason or _unfulfilled(name, headers), result)
    kept = {*result.common, *(name for mapping in result.ofSlices for name in mapping)}
    for name in kept & {*result.dropped}:
        del result.dropped[name]  # several modules have it
    if slicesAreTheSame:
        _carryThickness(headers, result)
    lasting = lastingAttributes(headers)
    result.common.update(lasting.kept)
    result.dropped.update(lasting.dropped)
    return result


def _unfulfilled(name: str, headers: Sequence[Mapping[str, str]]) -> str:
    """Why a conditional attribute may not be there (PS3.3 C.8.3.1), though many scanners write it always."""
    if name not in _CONDITIONS:
        return ""
    condition, allowed = _CONDITIONS[name]
    texts = [header.get(normalizedPath(condition), "") for header in headers]
    isFulfilled = all(any(one in text.split("\\") for one in allowed) for text in texts)
    return "" if isFulfilled else f"{condition} does not ask for it"


def _reasonToDrop(module: str, header: Mapping[str, str], target: Mapping[str, str]) -> str:
    isSamePatient = _agree("PatientID", header, target)
    if not target.get("PatientID", "").strip():  # which tells nobody from another
        isSamePatient = isSamePatient and _agree("PatientName", header, target)
    if module in OF_PATIENT and not isSamePatient:
        return "it is of another patient"
    if module in OF_STUDY and not (isSamePatient and _agree("StudyInstanceUID", header, target)):
        return "it is of another study"
    if module in MODALITY_MODULES and not (target.get("Modality") == module and _agree("Modality", header, target)):
        return "it is of another modality"
    missing = [name for name in REQUIRED_OF_MODULE.get(module, ()) if not header.get(normalizedPath(name), "").strip()]
    return f"the source does not say {missing[0]}, without which it may not be there" if missing else ""


def _agree(keyword: str, header: Mapping[str, str], target: Mapping[str, str]) -> bool:
    return header.get(normalizedPath(keyword), "").strip() == target.get(keyword, "").strip()


def _carry(name: str, headers: Sequence[Mapping[str, str]], reason: str, result: Carried) -> None:
    key = normalizedPath(name)
    values = [header.get(key, "") for header in headers]
    if not any(values):
        return
    if reason:
        result.dropped[name] = reason
    elif all(value == values[0] for value in values):
        result.common[name] = values[0]
    elif result.ofSlices:
        for mapping, value in zip(result.ofSlices, values, strict=True):
            if value:
                mapping[name] = value
    else:
        result.dropped[name] = "it differs from slice to slice"


def _carryThickness(headers: Sequence[Mapping[str, str]], result: Carried) -> None:
    """How thick slices are (PS3.3 C.7.6.2): overlapping ones more than their distance, those with gaps less."""
    try:
        values = [float(header.get(normalizedPath(SLICE_THICKNESS), "")) for header in headers]
    except ValueError:  # unknown of one of them
        return
    if all(math.isfinite(value) and value > 0 for value in values):
        key = normalizedPath(SLICE_THICKNESS)
        _carry(SLICE_THICKNESS, [{key: decimalString(value)} for value in values], "", result)


def putInto(dataset: Dataset, attributes: Mapping[str, str]) -> dict[str, str]:
    """Write attributes into a data set, making the sequences on their way.

    :returns: path → reason, of those whose value the standard does not allow, which are left out
    """
    refused = {}
    for path, text in attributes.items():
        try:
            _put(dataset, path, text)
        except (ValueError, TypeError, OverflowError):
            refused[path] = "its value is not valid"
    return refused


def _put(dataset: Dataset, path: str, text: str) -> None:
    from pydicom import config
    from pydicom.datadict import dictionary_VM, dictionary_VR, tag_for_keyword
    from pydicom.dataelem import DataElement

    *sequences, keyword = path.split(".")
    tag = tag_for_keyword(keyword)
    vr = dictionary_VR(tag)
    values = [_typed(part, vr) for part in text.split("\\")] if vr not in ("LT", "ST", "UT") else [text]
    if sequences and sequences[0].endswith("[*]"):
        for number, value in enumerate(values):
            _item(dataset, sequences[0][:-3], number).add(DataElement(tag, vr, value, validation_mode=config.RAISE))
        return
    if len(values) > 1 and dictionary_VM(tag) == "1":
        raise ValueError("only one value is allowed")
    element = DataElement(tag, vr, values if len(values) > 1 else values[0], validation_mode=config.RAISE)
    for step in sequences:
        dataset = _item(dataset, step.removesuffix("[0]"), 0)
    dataset.add(element)


def _item(dataset: Dataset, keyword: str, number: int) -> Dataset:
    """An item of a sequence; it and those before it are made where they are missing."""
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    if not dataset.get(keyword):
        setattr(dataset, keyword, Sequence())
    items = getattr(dataset, keyword)
    while len(items) <= number:
        items.append(Dataset())
    return items[number]


def _typed(text: str, vr: str) -> object:
    text = modernText(text.strip(), vr)
    if vr in ("US", "SS", "UL", "SL"):
        return int(text)
    return float(text) if vr in ("FL", "FD") else text


def modernText(text: str, vr: str) -> str:
    """Dates and times of before 1993, "1993.10.01" and "10:12:13", as they are written today (PS3.5 6.2)."""
    if vr == "DA" and _OLD_DATE.fullmatch(text):
        return text.replace(".", "")
    return text.replace(":", "") if vr == "TM" and _OLD_TIME.fullmatch(text) else text


def differenceText(header: Mapping[str, str], written: Dataset, dropped: Mapping[str, str] | None = None) -> str:
    """What became of the attributes of a source object, a line for each that is not the same: it is for people to read.

    :param header: of :func:`sourceHeaders`
    :param dropped: path → why, where that is known
    """
    reasons = {normalizedPath(path): reason for path, reason in (dropped or {}).items()}
    lines = []
    present = {f"{element.tag.group:04X},{element.tag.element:04X}": element for element in written}
    for key in sorted({*(key for key in header if len(key) == 9 and not key.startswith("0002")), *present}):
        name = keywordOfTag(tagNumber(key)) or key
        before = header.get(key, "").strip()
        after = _text(present.get(key))
        if key not in present and before:
            reason = reasons.get(key) or _UNNAMED_REASONS.get(name, "it describes the stored objects of the source")
            lines.append(f"dropped  {name}: {_quoted(before)} ({reason})")
        elif key in present and before != after and not _areEqualNumbers(present[key].VR, before, after):
            new = after if present[key].VR in _UNQUOTED else _quoted(after)
            lines.append(f"changed  {name}: {_quoted(before)} -> {new}" if before else f"new      {name}: {new}")
    return "\n".join(lines)


def isChanged(difference: str, keywords: Iterable[str]) -> bool:
    """Whether a :func:`differenceText` says of one of the attributes that it has another value now, or none."""
    beginnings = tuple(f"{what}  {keyword}:" for keyword in keywords for what in ("changed", "dropped"))
    return any(line.startswith(beginnings) for line in difference.splitlines())


def _areEqualNumbers(vr: str, before: str, after: str) -> bool:
    """Whether only the spelling differs: "1.000" and "1"."""
    if vr not in ("DS", "IS"):
        return False
    try:
        return [float(text) for text in before.split("\\")] == [float(text) for text in after.split("\\")]
    except ValueError:
        return False


def _quoted(text: str) -> str:
    """On one line, with the backslashes between values as they are."""
    return repr(text).replace("\\\\", "\\")


def _text(element) -> str:
    if element is None or element.value is None:
        return ""
    if element.VR == "SQ":
        return counted(len(element.value), "item")
    if element.VR in _UNQUOTED:
        return "binary data"
    values = element.value if element.VM > 1 else [element.value]
    return "\\".join(str(value) for value in values)
