"""Standardised uptake values by body weight: what PET voxels have to be multiplied with.

The rules are those of the vendor-neutral pseudo code of the QIBA profile "FDG-PET/CT as an imaging biomarker" (RSNA,
appendix G), with injection times that decay was corrected to (DecayCorrection ADMIN, PS3.3 C.8.9.1.1.7) added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..Errors import PixelDataError
from ..Instance import Instance

# Philips: factor from counts to SUVbw, and from counts to Bq/ml. GE: when the scan began, which post-processed series
# keep while SeriesTime is that of the processing.
PHILIPS_UPTAKE_FACTOR = '(7053,"Philips PET Private Group",00)'
PHILIPS_ACTIVITY_FACTOR = '(7053,"Philips PET Private Group",09)'
GE_SCAN_DATE_TIME = '(0009,"GEMS_PETD_01",0D)'
PRIVATE_TAGS = (PHILIPS_UPTAKE_FACTOR, PHILIPS_ACTIVITY_FACTOR, GE_SCAN_DATE_TIME)

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


def uptakeFactor(instance: Instance) -> UptakeFactor:
    """The factor of one PET image.

    :raises UptakeError: when the file does not tell it; the message names what is missing
    """
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
    halfLife = _positive(instance, f"{_DOSE}RadionuclideHalfLife", "RadionuclideHalfLife")
    scan, source = _scanTime(instance, halfLife)
    seconds = (scan - _injectionTime(instance, scan)).total_seconds()
    if not 0 <= seconds <= _MOST_HALF_LIVES * halfLife:
        raise _missing(instance, "the injection is not shortly before the scan")
    decayed = dose * math.pow(2, -seconds / halfLife)
    return UptakeFactor(toActivity * grams / decayed, f"{text}, decay corrected to the start of the scan ({source})")


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
    text = instance.value(f"{_DOSE}RadiopharmaceuticalStartDateTime").strip()
    injection = _dateTime(text[:8], text[8:].split("+")[0].split("-")[0]) if text else None
    if injection is not None:
        return injection
    injection = _dateTime(f"{scan:%Y%m%d}", instance.value(f"{_DOSE}RadiopharmaceuticalStartTime"))
    if injection is None:
        raise _missing(instance, "RadiopharmaceuticalStartTime is missing")
    return injection if injection <= scan else injection - timedelta(days=1)


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
