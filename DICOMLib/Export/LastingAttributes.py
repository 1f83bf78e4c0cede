"""What an image says of itself that may never be lost: lossy compression, de-identification, text in the pixels.

These are not agreed on by all objects of a source, or dropped: the answer that warns most counts for the volume.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..TagPaths import normalizedPath

# PS3.3 C.12.1.1, C.7.6.1: what is true of a volume when one object of its source says it
_WARNING_WHEN_ONE = {"BurnedInAnnotation": "YES", "RecognizableVisualFeatures": "YES"}
# what is true of it only when all say it
_TRUE_WHEN_ALL = ("BurnedInAnnotation", "RecognizableVisualFeatures", "PatientIdentityRemoved")
_TIME_MODIFIED = "LongitudinalTemporalInformationModified"
_METHOD_CODES = tuple(
    f"DeidentificationMethodCodeSequence[*].{part}" for part in ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
)
# PS3.3 C.7.1.1: how identity was removed, of the first object that says it
_METHODS = ("DeidentificationMethod", *_METHOD_CODES)
_LOSSY, _RATIO, _METHOD = "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"
# Transfer syntaxes that lose something in every case, or are there for it, with the defined term of the method
# (C.7.6.1.1.5.1). JPEG 2000 and JPEG XL without "lossless" in their names may be either: their files have to say it.
_LOSSY_SYNTAXES = {
    "1.2.840.10008.1.2.4.50": "ISO_10918_1", "1.2.840.10008.1.2.4.51": "ISO_10918_1",
    "1.2.840.10008.1.2.4.53": "ISO_10918_1", "1.2.840.10008.1.2.4.55": "ISO_10918_1",
    "1.2.840.10008.1.2.4.81": "ISO_14495_1", "1.2.840.10008.1.2.4.100": "ISO_13818_2",
    "1.2.840.10008.1.2.4.102": "ISO_14496_10", "1.2.840.10008.1.2.4.107": "ISO_23008_2",
}  # fmt: skip
LASTING = (*_TRUE_WHEN_ALL, _TIME_MODIFIED, *_METHODS, _LOSSY, _RATIO, _METHOD)
OF_PERSON = ("PatientIdentityRemoved", *_METHODS)
"""Of them, those of the Patient module (PS3.3 C.7.1.1)."""


@dataclass
class Lasting:
    """Path → text of what is kept, and path → why, of what is not."""

    kept: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)


def lastingAttributes(headers: Sequence[Mapping[str, str]]) -> Lasting:
    """What holds for a volume of all these objects.

    :param headers: normal form of a path → text, with the transfer syntax as "0002,0010"
    """
    result = Lasting()
    for name in _TRUE_WHEN_ALL:
        _answer(name, [_text(header, name) for header in headers], result)
    modified = {_text(header, _TIME_MODIFIED) for header in headers}
    for text in ("MODIFIED", "REMOVED"):
        if text in modified:
            result.kept[_TIME_MODIFIED] = text
    if modified == {"UNMODIFIED"}:
        result.kept[_TIME_MODIFIED] = "UNMODIFIED"
    _method(headers, result.kept)
    lossy = [entry for header in headers if (entry := _lossyCompression(header)) is not None]
    if headers and all(_text(header, _LOSSY) == "00" for header in headers) and not lossy:
        result.kept[_LOSSY] = "00"
    if lossy:
        result.kept.update(max(lossy, key=lambda entry: _lastNumber(entry.get(_RATIO, ""))))
    return result


def _text(header: Mapping[str, str], name: str) -> str:
    return header.get(normalizedPath(name), "").strip()


def _answer(name: str, texts: Sequence[str], result: Lasting) -> None:
    warning = _WARNING_WHEN_ONE.get(name)
    if warning in texts:
        result.kept[name] = warning
    elif texts and texts[0] in ("YES", "NO") and len(set(texts)) == 1:
        result.kept[name] = texts[0]
    elif any(texts):
        result.dropped[name] = "not all objects of the source say it"


def _method(headers: Sequence[Mapping[str, str]], kept: dict[str, str]) -> None:
    for header in headers:
        if any(_text(header, name) for name in _METHODS):
            kept.update({name: text for name in _METHODS if (text := _text(header, name))})
            return


def _lossyCompression(header: Mapping[str, str]) -> dict[str, str] | None:
    """Once lossy, always lossy (PS3.3 C.7.6.1.1.5); None where nothing tells of it."""
    bySyntax = _LOSSY_SYNTAXES.get(header.get("0002,0010", ""), "")
    if _text(header, _LOSSY) != "01" and not bySyntax:
        return None
    entry = {_LOSSY: "01", _RATIO: _text(header, _RATIO), _METHOD: _text(header, _METHOD) or bySyntax}
    return {name: text for name, text in entry.items() if text}


def _lastNumber(text: str) -> float:
    try:
        return float(text.split("\\")[-1])
    except ValueError:
        return 0.0
