"""DICOM built in memory for tests: `from Testing.Fixtures import SeriesBuilder, axialCT, truncated`.

Every UID is derived by hashing, every pixel by a formula: the same call gives the same bytes in every run.

>>> from Testing.Fixtures import obliqueMR
>>> series = obliqueMR(slices=4)
>>> len(series.datasets()), series.array.shape, series.ijkToLPS.shape
(4, (4, 16, 12), (4, 4))
"""

from .BrokenFiles import (
    deeplyNested,
    emptyFile,
    giantLengthClaim,
    giantTextClaim,
    inflateBomb,
    noMeta,
    noPreamble,
    notDICOM,
    truncated,
    unknownValueRepresentation,
    validFile,
)
from .Encoding import (
    ALL_TRANSFER_SYNTAXES,
    COMPRESSED_TRANSFER_SYNTAXES,
    NATIVE_TRANSFER_SYNTAXES,
    canEncode,
    encodeDataset,
)
from .Identifiers import deterministicUID
from .ReadyMade import (
    axialCT,
    compressibleCT,
    missingSliceCT,
    obliqueMR,
    rgbSecondaryCapture,
    rotationMatrix,
    tiltedCT,
    twoPatientBuilders,
    twoPatients,
    ultrasoundCine,
)
from .SeriesBuilder import SeriesBuilder, gradientPattern

__all__ = [
    "ALL_TRANSFER_SYNTAXES",
    "COMPRESSED_TRANSFER_SYNTAXES",
    "NATIVE_TRANSFER_SYNTAXES",
    "SeriesBuilder",
    "axialCT",
    "canEncode",
    "compressibleCT",
    "deeplyNested",
    "deterministicUID",
    "emptyFile",
    "encodeDataset",
    "giantLengthClaim",
    "giantTextClaim",
    "gradientPattern",
    "inflateBomb",
    "missingSliceCT",
    "noMeta",
    "noPreamble",
    "notDICOM",
    "obliqueMR",
    "rgbSecondaryCapture",
    "rotationMatrix",
    "tiltedCT",
    "truncated",
    "twoPatientBuilders",
    "twoPatients",
    "ultrasoundCine",
    "unknownValueRepresentation",
    "validFile",
]
