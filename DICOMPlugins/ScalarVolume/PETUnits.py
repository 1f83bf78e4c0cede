"""What values of PET images are, as their headers say it (PS3.3 C.8.9.1.1.3), and as codes of UCUM (PS3.16 CID 84)."""

from __future__ import annotations

Code = tuple[str, str, str]

# Units and SUVType → code. Uptake by ways of counting lean mass that have longer codes than 16 characters is left out:
# it is not that by another way.
CODES: dict[tuple[str, str], Code] = {
    (units, kind): (value, "UCUM", meaning)
    for units, kind, value, meaning in (
        ("BQML", "", "Bq/ml", "Becquerels/milliliter"),
        ("CNTS", "", "{counts}", "Counts"),
        ("CPS", "", "{counts}/s", "Counts per second"),
        ("PROPCNTS", "", "{propcounts}", "Proportional to counts"),
        ("PROPCPS", "", "{propcounts}/s", "Proportional to counts per second"),
        ("PCNT", "", "%", "Percent"),
        ("CM2", "", "cm2", "Centimeter**2"),
        ("CM2ML", "", "cm2/ml", "Centimeter**2/milliliter"),
        ("1CM", "", "/cm", "/Centimeter"),
        ("MGMINML", "", "mg/min/ml", "Milligrams/minute/milliliter"),
        ("UMOLMINML", "", "umol/min/ml", "Micromole/minute/milliliter"),
        ("UMOLML", "", "umol/ml", "Micromole/milliliter"),
        ("MLMING", "", "ml/min/g", "Milliliter/minute/gram"),
        ("MLG", "", "ml/g", "Milliliter/gram"),
        ("GML", "BW", "{SUVbw}g/ml", "Standardized Uptake Value body weight"),
        ("GML", "LBM", "{SUVlbm}g/ml", "Standardized Uptake Value lean body mass"),
        ("GML", "IBW", "{SUVibw}g/ml", "Standardized Uptake Value ideal body weight"),
        ("CM2ML", "BSA", "{SUVbsa}cm2/ml", "Standardized Uptake Value body surface area"),
    )
}
_TERMS = {code[0]: terms for terms, code in CODES.items()}


def codeOf(units: str, kind: str) -> Code | None:
    """The code of what an image says; None where it is not known exactly.

    :param units: Units, such as BQML
    :param kind: SUVType; without one, g/ml are by body weight (PS3.3 C.8.9.1)
    """
    units, kind = units.strip(), kind.strip()
    return CODES.get((units, kind or "BW" if units == "GML" else kind))


def termsOf(value: str) -> tuple[str, str]:
    """Units and SUVType of a code, "NONE" and "" where images have no word for it.

    :param value: of UCUM; what is counted may stand in front, "{SUVbw}g/ml", or behind, "g/ml{SUVbw}", as since 2017
    """
    annotated, brace, counted = value.partition("{")
    if annotated and brace and annotated[-1:] != "/" and counted.startswith("SUV"):
        value = f"{{{counted}{annotated}"
    return _TERMS.get(value, ("NONE", ""))
