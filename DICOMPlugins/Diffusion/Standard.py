"""Diffusion weighting as the standard has it: PS3.3 C.8.13.5.9, MR Diffusion Macro.

=============================  =========  ==============================================================================
element                        tag        meaning
=============================  =========  ==============================================================================
DiffusionBValue                0018,9087  s/mm²
DiffusionDirectionality        0018,9075  DIRECTIONAL, BMATRIX, ISOTROPIC (no direction), NONE (b = 0)
DiffusionGradientOrientation   0018,9089  unit vector in patient coordinates (LPS); in 0018,9076
DiffusionBValueXX … ZZ         0018,9602… the symmetric b-matrix, s/mm², patient coordinates; in 0018,9601
DiffusionAnisotropyType        0018,9147  FRACTIONAL, …: a map of anisotropy
ImageType, FrameType           0008,0008  values that name computed images (C.8.13.3.1, C.8.16.1.4; vendors' own words)
=============================  =========  ==============================================================================

Enhanced objects have them in MRDiffusionSequence (0018,9117) of each frame. Several vendors write the first three into
classic objects too (Supplement 49 put them there as extension), at the top level of the data set.
"""

from __future__ import annotations

import numpy

from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Tags import tagText

from .Columns import distinctNumbers, mappedTexts, numbersOf, principalDirections, sensibleBValues, unitVectors
from .PrivateValues import isNamed
from .Weighting import DERIVED, DIRECTIONAL, ISOTROPIC, UNKNOWN, UNWEIGHTED, Weighting

B_VALUE, DIRECTIONALITY, ORIENTATION = "0018,9087", "0018,9075", "0018,9089"
ANISOTROPY_TYPE = "0018,9147"
MATRIX_TAGS = ("0018,9602", "0018,9603", "0018,9604", "0018,9605", "0018,9606", "0018,9607")
_IN_SEQUENCE = "(0018,9076)[0].(0018,9089)"
_IN_MATRIX_SEQUENCE = tuple(f"(0018,9601)[0].({tag})" for tag in MATRIX_TAGS)

# Below this nothing was weighted: what rounding or the imaging gradients alone leave of b = 0.
SMALLEST_B_VALUE = 0.1
# Without a direction even this much counts as unweighted: some vendors compute what the imaging gradients do, and some
# scans have b = 5 for b = 0, which spares them its bright fluid.
LARGEST_UNWEIGHTED_B_VALUE = 50.0
# Values of ImageType and FrameType of images that were computed from measurements …
DERIVED_WORDS = frozenset(
    "ADC EADC EXPADC FA COLFA TENSOR TENSOR_B0 DIFFUSION_ANISO ADC_UNSPECIFIED FRACTIONAL_ANISOTROPY ADC_SYN".split()
)
# … and of averages over directions.
TRACE_WORDS = frozenset("TRACE TRACEW TRACE_UNSPECIFIED DIFFUSION_TRACE ISOTROPIC".split())


class StandardRule:
    """Reads the MR Diffusion Macro, in frames or at the top level."""

    name = "standard"
    tags = {
        "diffusionBValue": B_VALUE,
        "diffusionDirectionality": DIRECTIONALITY,
        "diffusionOrientation": ORIENTATION,
        "diffusionOrientationInSequence": _IN_SEQUENCE,
        "diffusionAnisotropyType": ANISOTROPY_TYPE,
        **{f"diffusionBMatrix{number}": tag for number, tag in enumerate(_IN_MATRIX_SEQUENCE)},
        "imageType": tagText("ImageType"),
    }

    def evidence(self, planes: Planes) -> str:
        """DiffusionBValue above zero, or a directionality that is not NONE."""
        bValues = numbersOf(planes, B_VALUE)[:, 0]
        known = bValues[~numpy.isnan(bValues)]
        if known.size and known.max() > 0:
            return f"DiffusionBValue (0018,9087) is up to {known.max():g}"
        said = sorted(set(planes.distinct(DIRECTIONALITY)) - {"", "NONE"})
        if said:
            return f"DiffusionDirectionality (0018,9075) is {said[0]}"
        return ""

    def read(self, planes: Planes) -> Weighting:
        """Of each slice what its elements say; where they contradict each other the weighting stays unknown."""
        found = Weighting.unknown(len(planes))
        directionality = mappedTexts(planes, DIRECTIONALITY, lambda text: text.strip().upper())
        found.bMatrices = bMatrices(planes)
        found.bValues = self._bValues(planes, directionality, found)
        found.directions = self._directions(planes, found)
        found.kinds = kindsOf(found.bValues, found.directions, directionality)
        words = wordsOf(planes)
        found.kinds[words != UNKNOWN] = words[words != UNKNOWN]
        found.kinds[mappedTexts(planes, ANISOTROPY_TYPE, lambda text: bool(text.strip()), bool)] = DERIVED
        found.directions[found.kinds == UNWEIGHTED] = 0
        return found

    def _bValues(self, planes: Planes, directionality: numpy.ndarray, found: Weighting) -> numpy.ndarray:
        bValues = sensibleBValues(numbersOf(planes, B_VALUE)[:, 0].copy(), found.notes, "DiffusionBValue (0018,9087)")
        if not numpy.isnan(bValues).all():
            found.sources["b-value"] = "DiffusionBValue (0018,9087)"
        unknown = numpy.isnan(bValues)
        traces = found.bMatrices[:, [0, 3, 5]].sum(axis=1)
        useful = unknown & (traces > 0)
        if useful.any():
            bValues[useful] = traces[useful]
            found.sources.setdefault("b-value", "the trace of the b-matrix (0018,9601)")
        bValues[numpy.isnan(bValues) & (directionality == "NONE")] = 0
        return bValues

    def _directions(self, planes: Planes, found: Weighting) -> numpy.ndarray:
        source = "DiffusionGradientOrientation (0018,9089)"
        directions = _orientations(planes)
        if not numpy.isnan(directions).all():
            found.sources["direction"] = source
        directions = unitVectors(directions, found.notes, source)
        unknown = numpy.isnan(directions[:, 0])
        if unknown.any() and not numpy.isnan(found.bMatrices[unknown]).all():
            directions[unknown] = principalDirections(found.bMatrices[unknown])
            found.sources.setdefault("direction", "the principal vector of the b-matrix (0018,9601)")
        return directions


def _orientations(planes: Planes) -> numpy.ndarray:
    """(n, 3) as written, of the frame, else of the data set or the sequence in it."""
    directions = numbersOf(planes, ORIENTATION, 3).copy()
    unknown = numpy.isnan(directions[:, 0])
    if unknown.any():
        directions[unknown] = distinctNumbers(planes, _IN_SEQUENCE, 3)[unknown]
    return directions


def bMatrices(planes: Planes) -> numpy.ndarray:
    """(n, 6) of the standard's elements xx, xy, xz, yy, yz, zz; NaN where one is absent."""
    columns = []
    for tag, path in zip(MATRIX_TAGS, _IN_MATRIX_SEQUENCE, strict=True):
        values = distinctNumbers(planes, tag, 1)[:, 0]
        if numpy.isnan(values).all():
            values = distinctNumbers(planes, path, 1)[:, 0]
        if numpy.isnan(values).all():
            return numpy.full((len(planes), 6), numpy.nan)
        columns.append(values)
    matrices = numpy.stack(columns, axis=1)
    matrices[numpy.isnan(matrices).any(axis=1)] = numpy.nan
    return matrices


def kindsOf(bValues: numpy.ndarray, directions: numpy.ndarray, directionality: numpy.ndarray) -> numpy.ndarray:
    """(n,) int8 what each slice is by its b-value, direction and directionality ("" where that is absent).

    :param directions: (n, 3) unit vectors, zeros or NaN. A direction of no length stands for an image without
        direction: at a b-value that scans have for b = 0 that, beyond a trace image, as Philips writes it
    """
    with numpy.errstate(invalid="ignore"):
        weighted = bValues >= SMALLEST_B_VALUE
        unweighted = bValues < SMALLEST_B_VALUE
        nearlyUnweighted = bValues <= LARGEST_UNWEIGHTED_B_VALUE
        hasDirection = (directions != 0).any(axis=1) & ~numpy.isnan(directions).any(axis=1)
    hasNone = (directions == 0).all(axis=1)
    kinds = numpy.full(len(bValues), UNKNOWN, numpy.int8)
    kinds[weighted & hasDirection] = DIRECTIONAL
    kinds[weighted & hasNone] = ISOTROPIC
    kinds[nearlyUnweighted & hasNone] = UNWEIGHTED
    kinds[weighted & (directionality == "ISOTROPIC")] = ISOTROPIC
    kinds[weighted & (directionality == "NONE")] = UNKNOWN
    kinds[unweighted | (nearlyUnweighted & (directionality == "NONE"))] = UNWEIGHTED
    return kinds


def wordsOf(planes: Planes) -> numpy.ndarray:
    """(n,) DERIVED or ISOTROPIC where ImageType or FrameType name a computed or averaged image, else UNKNOWN."""
    kinds = numpy.full(len(planes), UNKNOWN, numpy.int8)
    for tag in ("ImageType", "FrameType"):
        own = mappedTexts(planes, tag, kindByWords, numpy.int8)
        kinds = numpy.where(kinds == UNKNOWN, own, kinds)
    return kinds


def kindByWords(text: str) -> int:
    """DERIVED or ISOTROPIC by the words of an image type, else UNKNOWN."""
    words = {word.strip() for word in text.upper().split("\\")}
    if words & DERIVED_WORDS:
        return DERIVED
    return ISOTROPIC if words & TRACE_WORDS else UNKNOWN


def takeAbsentForZero(
    planes: Planes, found: Weighting, isSilent: numpy.ndarray, manufacturers: tuple[str, ...], vendor: str
) -> None:
    """b of original images of a vendor that have none, in a series where others have, and none says zero.

    :param isSilent: (n,) where the vendor's own elements say nothing
    :param vendor: for the note
    """
    standard = numbersOf(planes, B_VALUE)[:, 0]
    hasNoText = mappedTexts(planes, B_VALUE, lambda text: not text.strip(), bool)
    isOriginal = mappedTexts(planes, "ImageType", lambda text: not text.upper().startswith("DERIVED"), bool)
    absent = isSilent & hasNoText & isOriginal & isNamed(planes, manufacturers)
    with numpy.errstate(invalid="ignore"):
        has = (standard > 0) | (found.bValues > 0)
    saysZero = (standard == 0) | (found.bValues == 0)
    if has.any() and absent.any() and not saysZero.any():
        found.bValues[absent] = 0
        found.sources.setdefault("b-value", "DiffusionBValue (0018,9087) left out, which means b = 0")
        found.notes.append(
            f"{int(absent.sum()):,} of {len(planes):,} slices have no b-value: {vendor} leaves it out at b = 0."
        )
