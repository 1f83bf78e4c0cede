"""Whether all measurements are distorted alike: echo-planar images are, along the phase encoding and by its polarity.

==============================  =========  ============================================================================
element                         tag        meaning
==============================  =========  ============================================================================
InPlanePhaseEncodingDirection   0018,1312  ROW or COL. PS3.3 C.8.3.1
RectilinearPhaseEncode-         0018,9034  LINEAR or REVERSE_LINEAR: GE's polarity. PS3.3 C.8.13.5.4; [1] nii_dicom.cpp,
Reordering                                 GE/README.md
PhaseEncodingDirectionPositive  0021,xx1C  1 or 0, SIEMENS MR SDI 02, XA scanners; older ones have it in the header
                                           block of the file alone, which is not asked. [1] nii_dicom.cpp
==============================  =========  ============================================================================

[1] rordenlab/dcm2niix. Philips has no element for the polarity (its Philips/README.md).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy

from DICOMLib.Geometry.Findings import WARNING, Finding
from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Wording import counted

from .LogicalFrame import PHASE_DIRECTION
from .PrivateValues import PrivateElement

PHASE_ORDER = "0018,9034"
POLARITY = PrivateElement(0x0021, "SIEMENS MR SDI 02", 0x1C)
DISTORTION_TAGS = {"phaseEncodingDirection": PHASE_DIRECTION, "phaseOrder": PHASE_ORDER, "phasePolarity": POLARITY.path}
_NAMES = {
    PHASE_DIRECTION: ("directions", "InPlanePhaseEncodingDirection (0018,1312)"),
    PHASE_ORDER: ("polarities", "RectilinearPhaseEncodeReordering (0018,9034)"),
    POLARITY.path: ("polarities", f"PhaseEncodingDirectionPositive, {POLARITY}"),
}


def checkDistortion(planes: Planes, rows: numpy.ndarray) -> Iterable[Finding]:
    """Measurements with different directions or polarities of the phase encoding.

    :param rows: (N,) a slice of each measurement
    """
    measured = planes.take(rows)
    for tag, (what, name) in _NAMES.items():
        codes, texts = measured.codes(tag)
        counts = {text: int((codes == code).sum()) for code in numpy.unique(codes) if (text := texts[code].strip())}
        if len(counts) < 2:
            continue
        each = ", ".join(f"{text} in {counted(count, 'measurement')}" for text, count in counts.items())
        text = f"{what} of the phase encoding differ ({name}: {each}): their distortions differ and are in one volume"
        yield Finding("distortionsDiffer", text, WARNING, len(counts))
