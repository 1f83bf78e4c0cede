"""What a file on its own holds: told by the ending of its name, and by how it begins where that leaves a choice."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ..Errors import FileError
from ..Scene.Nrrd import readHeader
from .FileContents import sizeOf
from .SceneSummary import SCENE_SUFFIXES

# Slicer's names of kinds of files; it has label maps as volumes with a property.
VOLUME, LABELS, SEGMENTATION, MODEL = "VolumeFile", "LabelVolumeFile", "SegmentationFile", "ModelFile"
TRANSFORM, SEQUENCE, TABLE, TEXT = "TransformFile", "SequenceFile", "TableFile", "TextFile"
COLORS, RENDERING, MARKUPS, SCENE = "ColorTableFile", "TransferFunctionFile", "MarkupsFile", "SceneFile"

TITLES = {
    VOLUME: "Volume",
    LABELS: "Label map",
    SEGMENTATION: "Segmentation",
    MODEL: "Model",
    TRANSFORM: "Transform",
    SEQUENCE: "Sequence",
    TABLE: "Table",
    TEXT: "Text",
    COLORS: "Color table",
    RENDERING: "Volume rendering settings",
    MARKUPS: "Markups",
}


class _Endings(NamedTuple):
    """Endings of names, and the kinds that such files can be: first the one they are most often."""

    suffixes: tuple[str, ...]
    kinds: tuple[str, ...]


# Endings of two parts before those they end with.
_ENDINGS = (
    _Endings((".seg.nrrd", ".seg.nhdr"), (SEGMENTATION, LABELS, VOLUME)),
    _Endings((".seg.vtm",), (SEGMENTATION,)),
    _Endings((".seq.nrrd", ".seq.nhdr", ".seq.mha", ".seq.mrb"), (SEQUENCE,)),
    _Endings(SCENE_SUFFIXES, (SCENE,)),
    _Endings((".nrrd", ".nhdr"), (VOLUME, LABELS, SEGMENTATION, SEQUENCE, TRANSFORM)),
    _Endings((".nii.gz", ".nii"), (VOLUME, LABELS)),
    _Endings((".vtp", ".vtk", ".stl", ".obj", ".ply"), (MODEL,)),
    _Endings((".h5", ".tfm"), (TRANSFORM,)),
    _Endings((".tsv",), (TABLE,)),
    _Endings((".csv",), (TABLE, COLORS)),
    _Endings((".txt",), (TEXT, TRANSFORM, COLORS)),
    _Endings((".vp", ".vp.json"), (RENDERING,)),
    _Endings((".mrk.json", ".fcsv"), (MARKUPS,)),  # read by nobody here, but no texts
    _Endings((".json", ".xml"), (TEXT,)),
    _Endings((".ctbl",), (COLORS,)),
)
_HEAD_BYTES = 4096
_DICOM_AT, _DICOM_MARK = 128, b"DICM"
# As Slicer tells label maps by their names.
_LABELS_NAME = re.compile(r"(\b|_)([Ll]abels?|[Ss]eg)(\b|_)")
_FRACTIONS = ("float", "double")
# Files that belong to another one: ending of that one → endings of theirs.
_COMPANIONS = {
    ".nhdr": (".raw", ".raw.gz", ".zraw", ".gz"),
    ".nii": (".bval", ".bvec"),
    ".nii.gz": (".bval", ".bvec"),
    ".obj": (".mtl",),
}


def kindsOf(path: str | os.PathLike) -> tuple[str, ...]:
    """What files whose names end so can be, first what they are most often; none where nodes have no such files."""
    found = _endingsOf(path)
    return () if found is None else found.kinds


def kindByName(path: str | os.PathLike) -> str:
    """The kind as a script means it that names the file: DICOM and all that is no file of another kind is a volume."""
    return next(iter(kindsOf(path)), VOLUME)


def isNodeFile(path: str | os.PathLike) -> bool:
    """Whether it is a file that is loaded as a node: neither a scene, nor DICOM by another program's name for it."""
    kinds = kindsOf(path)
    return bool(kinds) and SCENE not in kinds and os.path.isfile(path) and not _isDICOM(path)


def isScene(path: str | os.PathLike) -> bool:
    """Whether it is a file with a scene; sequences in such files are nodes."""
    return SCENE in kindsOf(path) and not os.path.isdir(path)


def likelyKind(path: str | os.PathLike) -> str:
    """What the file is, by its name and its first bytes; what cannot be read is what its name says.

    Labels are told as Slicer tells them: by their names, if their voxels are whole numbers.
    """
    kinds, source = kindsOf(path), Path(path)
    if SEGMENTATION in kinds and VOLUME in kinds:
        return _kindOfNrrd(source, kinds)
    if LABELS in kinds:
        return LABELS if _LABELS_NAME.search(stemOf(source)) else kinds[0]
    if COLORS in kinds and len(kinds) > 1:
        return _kindOfText(source, kinds)
    return kinds[0]


def isBinary(path: str | os.PathLike) -> bool:
    """Whether a file begins with what no text in UTF-8 has."""
    return os.path.isfile(path) and b"\0" in _headOf(Path(path))


def stemOf(path: str | os.PathLike) -> str:
    """The name of a file without its ending, of which some have two parts."""
    name = os.path.basename(os.fspath(path))
    found = _endingsOf(path)
    suffixes = () if found is None else found.suffixes
    ending = next((one for one in sorted(suffixes, key=len, reverse=True) if name.lower().endswith(one)), "")
    return (name[: -len(ending)] if ending else Path(name).stem) or name


def withoutCompanions(paths: Iterable[str | os.PathLike], nodeFiles: Iterable[str | os.PathLike]) -> list:
    """The paths but for those that a node's file among the others is read with, which people choose together."""
    taken = set()
    for path in map(os.fspath, nodeFiles):
        ending = next((one for one in sorted(_COMPANIONS, key=len, reverse=True) if path.lower().endswith(one)), "")
        if ending:
            taken |= {path[: -len(ending)] + companion for companion in _COMPANIONS[ending]}
    return [path for path in paths if os.fspath(path) not in taken]


def _endingsOf(path: str | os.PathLike) -> _Endings | None:
    name = os.fspath(path).lower()
    return next((one for one in _ENDINGS if name.endswith(one.suffixes)), None)


def _isDICOM(path: str | os.PathLike) -> bool:
    return _headOf(Path(path))[_DICOM_AT : _DICOM_AT + len(_DICOM_MARK)] == _DICOM_MARK


def _headOf(path: Path) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(_HEAD_BYTES)
    except OSError:
        return b""  # who reads it then says why it cannot be read


def _kindOfNrrd(source: Path, kinds: tuple[str, ...]) -> str:
    try:
        sizeOf(source)  # a pipe of that name would never end
        with open(source, "rb") as stream:
            fields, keyValues = readHeader(stream, source)
    except (OSError, FileError):
        return kinds[0]
    if any(key.startswith(("Segment0_", "Segmentation_")) for key in keyValues):
        return SEGMENTATION
    isWhole = fields.get("type", "").lower() not in _FRACTIONS
    if kinds[0] == VOLUME and isWhole and _LABELS_NAME.search(stemOf(source)):
        return LABELS
    return kinds[0]


def _kindOfText(source: Path, kinds: tuple[str, ...]) -> str:
    head = _headOf(source).decode("utf-8-sig", "replace").lstrip()
    if TRANSFORM in kinds and head.startswith("#Insight Transform File"):
        return TRANSFORM
    if head.startswith(("# Color", "LabelValue,")):
        return COLORS
    return kinds[0]
