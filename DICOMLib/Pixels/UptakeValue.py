"""Standardised uptake values by body weight: what PET voxels have to be multiplied with.

The rules are those of the vendor-neutral pseudo code of the QIBA profile "FDG-PET/CT as an imaging biomarker" (RSNA,
appendix G), with injection times that decay was corrected to (DecayCorrection ADMIN, PS3.3 C.8.9.1.1.7) added. Enhanced
PET images (PS3.3 C.8.22) say in their real world values what voxels are, and in DecayCorrectionDateTime to which moment
decay was corrected.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..Errors import PixelDataError
from ..Instance import Instance
from .RealWorldValues import realWorldMappings
from .Rescale import rescaleOf

# Philips: factor from counts to SUVbw, and from counts to Bq/ml. GE: when the scan began, which post-processed series
# keep while SeriesTime is that of the processing.
PHILIPS_UPTAKE_FACTOR = '(7053,"Philips PET Private Group",00)'
PHILIPS_ACTIVITY_FACTOR = '(7053,"Philips PET Private Group",09)'
GE_SCAN_DATE_TIME = '(0009,"GEMS_PETD_01",0D)'
PRIVATE_TAGS = (PHILIPS_UPTAKE_FACTOR, PHILIPS_ACTIVITY_FACTOR, GE_SCAN_DATE_TIME)

# Enhanced images: the moment that decay was corrected to, whether it was, and whether attenuation was.
DECAY_MOMENT, DECAY_CORRECTED, ATTENUATION_CORRECTED = "0018,9701", "0018,9758", "0018,9759"
ENHANCED_TAGS = (DECAY_MOMENT, DECAY_CORRECTED, ATTENUATION_CORRECTED)
ENHANCED_PET = "1.2.840.10008.5.1.4.1.1.130"
_ACTIVITY_CODES = frozenset({"Bq/ml", "Bq/mL"})
_UPTAKE_CODES = frozenset({"{SUVbw}g/ml", "g/ml{SUVbw}"})
# Enhanced images hold doses in Bq and in MBq, whatever the standard asks for; no patient is given 0.1 MBq or 100 GBq.
_LEAST_BECQUERELS = 1e5
_BECQUERELS = 1e6

_DOSE = "RadiopharmaceuticalInformationSequence[0]."
_GRAMS = 1000
_MILLISECONDS = 1e-3
# A dose that has decayed for longer was not measured with, or the clocks are wrong.
_MOST_HALF_LIVES = 20
# What must have been corrected for; some files write the word out.
_CORRECTIONS = {"ATTN": {"ATTN"}, "DECY": {"DECY", "DECAY"}}


class UptakeError(PixelDataError):
    """The file does not say what uptake values need; the message names what is missing."""


@dataclass(frozen=True)
class UptakeFactor:
    """Voxels in the file's unit × factor = g/ml SUVbw.

    :ivar explanation: how it was found, without values of the patient
    """

    factor: float
    explanation: str


def uptakeFactor(instance: Instance, frame: int = 0) -> UptakeFactor:
    """The factor of one PET image, or of one frame of an enhanced one.

    :raises UptakeError: when the file does not tell it; the message names what is missing
    """
    if instance.SOPClassUID == ENHANCED_PET:
        return _ofEnhanced(instance, frame)
    units = instance.value("Units").strip()
    if units == "GML":
        if instance.value("SUVType").strip() not in ("", "BW"):
            raise _missing(instance, "Units GML are not by body weight (SUVType)")
        return UptakeFactor(1.0, "the file holds SUVbw (Units GML)")
    _checkCorrections(instance)
    if units == "BQML":
        return _fromActivity(instance, 1.0, "activity (Units BQML)")
    if units == "CNTS":
        factor = instance.number(PHILIPS_UPTAKE_FACTOR)
        if factor and factor > 0:
            return UptakeFactor(factor, "the scanner's own factor from counts to SUVbw (7053,xx00)")
        factor = instance.number(PHILIPS_ACTIVITY_FACTOR)
        if factor and factor > 0:
            return _fromActivity(instance, factor, "activity by the scanner's own factor from counts (7053,xx09)")
        raise _missing(instance, "Units CNTS come without the factors of Philips (7053,xx00 or 7053,xx09)")
    raise _missing(instance, f"Units are {units}" if units else "Units are missing")


def _ofEnhanced(instance: Instance, frame: int) -> UptakeFactor:
    """By the real world values of a frame."""
    proportional = _proportionalMappings(instance, frame)
    for code, factor in proportional:
        if code in _UPTAKE_CODES:
            return UptakeFactor(factor, "the file's own real world values in SUVbw")
    toActivity = next((factor for code, factor in proportional if code in _ACTIVITY_CODES), None)
    if toActivity is None:
        raise _missing(instance, "no real world values in Bq/ml")
    for tag, what in ((ATTENUATION_CORRECTED, "AttenuationCorrected"), (DECAY_CORRECTED, "DecayCorrected")):
        if instance.value(tag).strip() != "YES":
            raise _missing(instance, f"{what} is not YES")
    moment = _requiredDateTime(instance, DECAY_MOMENT, "DecayCorrectionDateTime")
    name = "RadiopharmaceuticalStartDateTime"
    injection = _requiredDateTime(instance, f"{_DOSE}{name}", name)
    grams = _positive(instance, "PatientWeight", "PatientWeight") * _GRAMS
    dose = _positive(instance, f"{_DOSE}RadionuclideTotalDose", "RadionuclideTotalDose")
    unit = "Bq" if dose >= _LEAST_BECQUERELS else "MBq"
    decayed = _decayed(instance, dose if unit == "Bq" else dose * _BECQUERELS, (moment - injection).total_seconds())
    text = f"activity (real world values), decay corrected to DecayCorrectionDateTime; a dose in {unit}"
    return UptakeFactor(toActivity * grams / decayed, text)


def _proportionalMappings(instance: Instance, frame: int) -> list[tuple[str, float]]:
    """(code of the unit, factor) of the real world values that are in proportion to the modality values."""
    rescale = rescaleOf(instance, frame)
    return [
        (mapping.units[0], mapping.rescale.slope / rescale.slope)
        for mapping in realWorldMappings(instance, frame)
        if mapping.units and math.isclose(
            mapping.rescale.intercept * rescale.slope, rescale.intercept * mapping.rescale.slope, abs_tol=1e-9
        )
    ]


def _requiredDateTime(instance: Instance, tag: str, name: str) -> datetime:
    moment = _wholeDateTime(instance.value(tag))
    if moment is None:
        raise _missing(instance, f"{name} is missing")
    return moment


def _missing(instance: Instance, what: str) -> UptakeError:
    return UptakeError(f"uptake values cannot be computed: {what}", instance.path)


def _checkCorrections(instance: Instance) -> None:
    corrected = {value.strip() for value in instance.value("CorrectedImage").split("\\")}
    for correction, spellings in _CORRECTIONS.items():
        if not corrected & spellings:
            raise _missing(instance, f"CorrectedImage does not name {correction}")


def _fromActivity(instance: Instance, toActivity: float, text: str) -> UptakeFactor:
    grams = _positive(instance, "PatientWeight", "PatientWeight") * _GRAMS
    dose = _positive(instance, f"{_DOSE}RadionuclideTotalDose", "RadionuclideTotalDose")
    correction = instance.value("DecayCorrection").strip()
    if correction == "ADMIN":
        return UptakeFactor(toActivity * grams / dose, f"{text}, decay corrected to the injection")
    if correction != "START":
        value = f"DecayCorrection is {correction}" if correction else "DecayCorrection is missing"
        raise _missing(instance, value)
    halfLife = _halfLife(instance)
    scan, source = _scanTime(instance, halfLife)
    decayed = _decayed(instance, dose, (scan - _injectionTime(instance, scan)).total_seconds())
    return UptakeFactor(toActivity * grams / decayed, f"{text}, decay corrected to the start of the scan ({source})")


def _halfLife(instance: Instance) -> float:
    return _positive(instance, f"{_DOSE}RadionuclideHalfLife", "RadionuclideHalfLife")


def _decayed(instance: Instance, dose: float, seconds: float) -> float:
    """What is left of a dose so many seconds after the injection."""
    halfLife = _halfLife(instance)
    if not 0 <= seconds <= _MOST_HALF_LIVES * halfLife:
        raise _missing(instance, "the injection is not shortly before the scan")
    return dose * math.pow(2, -seconds / halfLife)


def _positive(instance: Instance, path: str, name: str) -> float:
    number = instance.number(path)
    if number is None or number <= 0:
        raise _missing(instance, f"{name} is missing")
    return number


def _scanTime(instance: Instance, halfLife: float) -> tuple[datetime, str]:
    """The time that decay was corrected to, and where it is from.

    It is the beginning of the series. A series that was processed later has a later time of its own: then the scanner's
    private time, or the time that the frame's offset from the beginning counts back to, stands for it.
    """
    series = _dateTime(instance.value("SeriesDate"), instance.value("SeriesTime"))
    acquisition = _dateTime(instance.value("AcquisitionDate"), instance.value("AcquisitionTime"))
    if series is not None and (acquisition is None or series <= acquisition):
        return series, "SeriesTime"
    private = _dateTime(instance.value(GE_SCAN_DATE_TIME)[:8], instance.value(GE_SCAN_DATE_TIME)[8:])
    if private is not None:
        return private, "the scanner's own time (0009,xx0D)"
    offset, duration = instance.number("FrameReferenceTime"), instance.number("ActualFrameDuration")
    if acquisition is None or offset is None or not duration or duration <= 0:
        raise _missing(instance, "the start of the scan (SeriesTime is later than AcquisitionTime)")
    rate = math.log(2) / halfLife
    seconds = duration * _MILLISECONDS
    middle = math.log(rate * seconds / -math.expm1(-rate * seconds)) / rate  # when activity is the frame's average
    return acquisition + timedelta(seconds=middle - offset * _MILLISECONDS), "AcquisitionTime and FrameReferenceTime"


def _injectionTime(instance: Instance, scan: datetime) -> datetime:
    """RadiopharmaceuticalStartDateTime, else the last time before the scan that the clock showed the start time."""
    injection = _wholeDateTime(instance.value(f"{_DOSE}RadiopharmaceuticalStartDateTime"))
    if injection is not None:
        return injection
    injection = _dateTime(f"{scan:%Y%m%d}", instance.value(f"{_DOSE}RadiopharmaceuticalStartTime"))
    if injection is None:
        raise _missing(instance, "RadiopharmaceuticalStartTime is missing")
    return injection if injection <= scan else injection - timedelta(days=1)


def _wholeDateTime(text: str) -> datetime | None:
    """From DT without its offset from UTC (PS3.5 6.2)."""
    text = text.strip()
    return _dateTime(text[:8], text[8:].split("+")[0].split("-")[0]) if text else None


def _dateTime(date: str, time: str) -> datetime | None:
    """From DA and TM (PS3.5 6.2): YYYYMMDD, and HH, HHMM, HHMMSS or HHMMSS.FFFFFF; None when they are no such thing."""
    whole, _, fraction = time.strip().partition(".")
    try:
        start = datetime.strptime(date.strip(), "%Y%m%d")
        clock = datetime.strptime(whole, {2: "%H", 4: "%H%M", 6: "%H%M%S"}[len(whole)])
        microseconds = int(fraction[:6].ljust(6, "0")) if fraction else 0
    except (ValueError, KeyError):
        return None
    return start.replace(hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=microseconds)
