"""Header records of slices at known places, without any file."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy

from DICOMLib.Instance import Instance
from DICOMLib.Tags import tagText

_paths = (f"/memory/{number}.dcm".encode() for number in itertools.count(1))

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def decimals(values: Sequence[float]) -> str:
    """Numbers as a multi-valued decimal string of full precision."""
    return "\\".join(repr(float(value)).removesuffix(".0") for value in values)


def memorySlice(
    number: int, position: Sequence[float] | None, orientation: Sequence[float] | None = AXIAL, rows: int = 40,
    columns: int = 30, pixelSpacing: Sequence[float] | None = (0.8, 0.7), **keywords: object,
) -> Instance:  # fmt: skip
    """One record; a keyword given as None is absent."""
    tags = {
        "SOPInstanceUID": f"1.2.3.{number}",
        "SeriesInstanceUID": "1.2.3",
        "Modality": "CT",
        "InstanceNumber": number,
        "Rows": rows,
        "Columns": columns,
        "ImagePositionPatient": None if position is None else decimals(position),
        "ImageOrientationPatient": None if orientation is None else decimals(orientation),
        "PixelSpacing": None if pixelSpacing is None else decimals(pixelSpacing),
        **keywords,
    }
    values = {tagText(keyword): str(value) for keyword, value in tags.items() if value is not None}
    return Instance(next(_paths), values, pixelDataOffset=1000, pixelDataLength=2 * (rows or 0) * (columns or 0))


def memoryStack(
    distances: Sequence[float], orientation: Sequence[float] = AXIAL, origin: Sequence[float] = (0.0, 0.0, 0.0),
    shear: Sequence[float] = (0.0, 0.0), **keywords: object,
) -> list[Instance]:  # fmt: skip
    """Slices at these distances (mm) along the normal; shear in mm along a row and down a column per mm of distance."""
    row, column = numpy.array(orientation[:3], float), numpy.array(orientation[3:], float)
    step = numpy.cross(row, column) + row * shear[0] + column * shear[1]
    return [
        memorySlice(number, numpy.array(origin) + step * distance, orientation, **keywords)
        for number, distance in enumerate(distances, 1)
    ]


POSITION, ORIENTATION = "(0020,9113)[0].(0020,0032)", "(0020,9116)[0].(0020,0037)"
CONTENT, MEASURES = "(0020,9111)[0]", "(0028,9110)[0]"
FRAME_KEYS = {
    "StackID": f"{CONTENT}.(0020,9056)",
    "TemporalPositionIndex": f"{CONTENT}.(0020,9128)",
    "DimensionIndexValues": f"{CONTENT}.(0020,9157)",
    "FrameType": "(0018,9226)[0].(0008,9007)",
    "EffectiveEchoTime": "(0018,9114)[0].(0018,9082)",
    "DiffusionBValue": "(0018,9117)[0].(0018,9087)",
}


def enhancedObject(
    number: int, positions: Sequence[Sequence[float]], orientation: Sequence[float] | Sequence[Sequence[float]] = AXIAL,
    columns: dict[str, Sequence[object]] | None = None, **keywords: object,
) -> Instance:  # fmt: skip
    """One multi-frame record whose functional groups place each frame; `columns` gives values by frame."""
    record = memorySlice(
        number, None, None, pixelSpacing=None, NumberOfFrames=len(positions), **{"Modality": "MR", **keywords}
    )
    shared = numpy.ndim(orientation) == 1
    record.functionalGroups = {
        POSITION: [decimals(position) for position in positions],
        ORIENTATION: decimals(orientation) if shared else [decimals(one) for one in orientation],
        f"{MEASURES}.(0028,0030)": decimals((0.8, 0.7)),
        f"{MEASURES}.(0018,0050)": "4",
        **{FRAME_KEYS[keyword]: [str(value) for value in values] for keyword, values in (columns or {}).items()},
    }
    return record
