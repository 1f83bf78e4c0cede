"""Which rule gives the weighting of each slice: the standard's elements first, a vendor's where these say nothing.

A vendor's rule is a class in a file of its own, listed in :data:`RULES`. Besides what
:class:`Weighting.DiffusionRule` asks for it may have ``manufacturers`` (what Manufacturer contains, upper case;
default: its name), ``standardFirst`` (False where a vendor's standard elements are known to be wrong) and
``needsFiles(planes)`` (whether reading would open files, told from the records alone).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy

from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Wording import counted

from .Canon import CanonRule
from .GE import GERule
from .Hitachi import HitachiRule
from .Philips import PhilipsRule
from .Siemens import SiemensRule
from .Standard import LARGEST_UNWEIGHTED_B_VALUE, StandardRule
from .UIH import UIHRule
from .Weighting import DERIVED, DIRECTIONAL, ISOTROPIC, KIND_NAMES, UNKNOWN, UNWEIGHTED, DiffusionRule, Weighting

RULES: tuple[type[DiffusionRule], ...] = (
    StandardRule, SiemensRule, GERule, PhilipsRule, UIHRule, CanonRule, HitachiRule,
)  # fmt: skip

AUTOMATIC = ""
# Nominal and effective b-values of one measurement differ by up to this part.
B_VALUE_TOLERANCE = 0.05
# Directions rounded to three digits differ by 0.1°; from here on they are different ones.
DIRECTION_TOLERANCE_DEGREES = 1.0


@dataclass
class ChosenWeighting:
    """The weighting of slices, and how it was found.

    :ivar ruleNames: rules that gave some of it
    :ivar rejected: rules that were not used although something speaks for them, a clause each with the reason
    :ivar explanation: which rule gave what, and why it was asked, a sentence each
    :ivar problems: what makes the weighting doubtful, a sentence each
    :ivar deferred: a rule whose values are in files that were not to be opened; "" when nothing was put off
    """

    weighting: Weighting
    ruleNames: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    explanation: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    deferred: str = ""


def ruleNames() -> list[str]:
    """Names of all rules, for the user to choose from."""
    return [rule.name for rule in RULES]


def tagsOfRules() -> dict[str, str]:
    """What an import has to keep for all rules."""
    return {f"{rule.name}.{name}": tag for rule in RULES for name, tag in rule.tags.items()}


def evidenceIn(planes: Planes, vendor: str = AUTOMATIC) -> dict[str, str]:
    """Rule name → what in the records speaks for it; no file is opened."""
    isChosen = vendor in ruleNames()
    wanted = (rule() for rule in RULES if not isChosen or rule.name in (vendor, StandardRule.name))
    return {rule.name: text for rule in wanted if (text := rule.evidence(planes))}


def chooseWeighting(
    planes: Planes, vendor: str = AUTOMATIC, mayOpenFiles: bool = True, evidence: Mapping[str, str] | None = None
) -> ChosenWeighting:
    """The weighting of each slice by the rules that something speaks for.

    :param vendor: name of the rule the user chose: its values come first, and no other vendor's are used
    :param mayOpenFiles: False puts off rules that would have to open files for these slices
    :param evidence: what :func:`evidenceIn` gives, where it is known already
    """
    chosen = ChosenWeighting(Weighting.unknown(len(planes)))
    rules = {rule.name: rule() for rule in RULES}
    order = _chosenByUser(vendor, chosen) if vendor in rules else _byRecords(planes, rules, evidence, chosen)
    for name in order:
        rule = rules[name]
        if not mayOpenFiles and _needsFiles(rule, planes):
            chosen.deferred = name
            chosen.explanation.append(f"The {name} values are in parts of the files that are read when loading.")
            continue
        _merge(chosen, rule.read(planes), name)
    _settle(chosen.weighting)
    if not chosen.deferred:
        chosen.problems += _unknownTexts(chosen.weighting)
    return chosen


def _chosenByUser(vendor: str, chosen: ChosenWeighting) -> list[str]:
    chosen.explanation.append(f"Rule chosen by the user: {vendor}.")
    return [vendor] if vendor == StandardRule.name else [vendor, StandardRule.name]


def _byRecords(
    planes: Planes, rules: dict[str, DiffusionRule], evidence: Mapping[str, str] | None, chosen: ChosenWeighting
) -> list[str]:
    """Names of the rules to read, the most trusted first."""
    evidence = evidenceIn(planes) if evidence is None else evidence
    vendors = [name for name in evidence if name != StandardRule.name]
    named = _namedVendors(planes, rules)
    used = [name for name in vendors if name in named] or vendors
    chosen.rejected += [f"{name}, although {evidence[name]}: Manufacturer says {' and '.join(named)}"
                        for name in vendors if name not in used]  # fmt: skip
    _tellManufacturer(planes, named, used, evidence, chosen)
    chosen.explanation += [f"{name[0].upper()}{name[1:]}: {text}." for name, text in evidence.items()
                           if name in used or name == StandardRule.name]  # fmt: skip
    before = [name for name in used if not getattr(rules[name], "standardFirst", True)]
    standard = [StandardRule.name] if StandardRule.name in evidence else []
    return [*before, *standard, *(name for name in used if name not in before)]


def _namedVendors(planes: Planes, rules: dict[str, DiffusionRule]) -> list[str]:
    """Names of the rules whose vendor some slice's Manufacturer names."""
    texts = [text.upper() for text in planes.distinct("Manufacturer")]
    return [
        name
        for name, rule in rules.items()
        if name != StandardRule.name and any(word in text for word in _wordsOf(rule) for text in texts)
    ]


def _wordsOf(rule: DiffusionRule) -> Sequence[str]:
    return getattr(rule, "manufacturers", (rule.name.upper(),))


def _tellManufacturer(
    planes: Planes, named: list[str], used: list[str], evidence: Mapping[str, str], chosen: ChosenWeighting
) -> None:
    written = [text.strip() for text in planes.distinct("Manufacturer")]
    said = sorted(filter(None, set(written)))
    if len(named) > 1:
        chosen.problems.append(f"The files are of several vendors ({', '.join(named)}).")
    elif not said and used:
        inferred = " and ".join(used)
        chosen.explanation.append(
            f"Manufacturer (0008,0070) is absent, perhaps anonymised: {inferred} is inferred from the private elements."
        )
        if len(used) > 1:
            chosen.problems.append(f"The private elements are of several vendors ({inferred}), and none is named.")
    elif said and used and not set(used) & set(named):
        chosen.explanation.append(f"Manufacturer is {said[0]}, but the private elements are of {' and '.join(used)}.")
    elif said:
        chosen.explanation.append(f"Manufacturer: {', '.join(said)}.")


def _needsFiles(rule: DiffusionRule, planes: Planes) -> bool:
    needsFiles = getattr(rule, "needsFiles", None)
    return needsFiles is not None and needsFiles(planes)


# Merging


def _merge(chosen: ChosenWeighting, new: Weighting, name: str) -> None:
    """Take over from a rule what none before it knew, row by row; tell what contradicts."""
    old = chosen.weighting
    contradictions = list(_contradictions(old, new, name, chosen.ruleNames))
    takesB = numpy.isnan(old.bValues) & ~numpy.isnan(new.bValues)
    takesDirection = numpy.isnan(old.directions).any(axis=1) & ~numpy.isnan(new.directions).any(axis=1)
    takesMatrix = numpy.isnan(old.bMatrices).any(axis=1) & ~numpy.isnan(new.bMatrices).any(axis=1)
    takesKind = ((old.kinds == UNKNOWN) & (new.kinds != UNKNOWN)) | (
        numpy.isin(new.kinds, (ISOTROPIC, DERIVED)) & numpy.isin(old.kinds, (UNKNOWN, UNWEIGHTED, DIRECTIONAL))
    )
    for takes, values, others in (
        (takesB, old.bValues, new.bValues), (takesDirection, old.directions, new.directions),
        (takesMatrix, old.bMatrices, new.bMatrices), (takesKind, old.kinds, new.kinds),
    ):  # fmt: skip
        values[takes] = others[takes]
    if any(takes.any() for takes in (takesB, takesDirection, takesMatrix, takesKind)):
        chosen.ruleNames.append(name)
        chosen.explanation += _sourceTexts(new, name, {"b-value": takesB, "direction": takesDirection})
        old.sources |= {what: source for what, source in new.sources.items() if what not in old.sources}
    chosen.explanation += [f"Contradiction: {text}." for text in contradictions]
    old.notes += new.notes
    chosen.explanation += new.notes


def _sourceTexts(new: Weighting, name: str, taken: dict[str, numpy.ndarray]) -> Iterable[str]:
    for what, takes in taken.items():
        if takes.any() and what in new.sources:
            count = int(takes.sum())
            reach = "all slices" if count == len(new) else f"{count:,} of {counted(len(new), 'slice')}"
            yield f"{what[0].upper()}{what[1:]}: {new.sources[what]} (rule: {name}), {reach}."


def _contradictions(old: Weighting, new: Weighting, name: str, before: Sequence[str]) -> Iterable[str]:
    """What two rules both know and say differently, a clause each."""
    others = " and ".join(before)
    with numpy.errstate(invalid="ignore"):
        differ = abs(old.bValues - new.bValues) > B_VALUE_TOLERANCE * numpy.fmax(abs(old.bValues), abs(new.bValues))
    if differ.any():
        first = numpy.flatnonzero(differ)[0]
        yield (
            f"b is {old.bValues[first]:g} by the {others} rule and {new.bValues[first]:g} by the {name} rule "
            f"(in {counted(int(differ.sum()), 'slice')}); the former is used"
        )
    both = _haveDirection(old.directions) & _haveDirection(new.directions)
    if both.any():
        angles = anglesBetween(old.directions[both], new.directions[both])
        if angles.max() > DIRECTION_TOLERANCE_DEGREES:
            count = int((angles > DIRECTION_TOLERANCE_DEGREES).sum())
            yield (
                f"directions of the {others} and the {name} rule differ by up to {angles.max():.1f}° "
                f"(in {counted(count, 'slice')}); the former are used"
            )
    computed = numpy.isin(new.kinds, (ISOTROPIC, DERIVED)) & numpy.isin(old.kinds, (UNWEIGHTED, DIRECTIONAL))
    if computed.any():
        first = numpy.flatnonzero(computed)[0]
        yield (
            f"by the {others} rule {counted(int(computed.sum()), 'slice')} are {KIND_NAMES[old.kinds[first]]}, by the "
            f"{name} rule {KIND_NAMES[new.kinds[first]]}; they are set apart"
        )


def anglesBetween(first: numpy.ndarray, second: numpy.ndarray) -> numpy.ndarray:
    """(n,) degrees between unit vectors (n, 3), 0 to 90: the sign of a direction has no meaning."""
    crossed = numpy.linalg.norm(numpy.cross(first, second), axis=1)
    return numpy.degrees(numpy.arctan2(crossed, abs((first * second).sum(axis=1))))


def _haveDirection(directions: numpy.ndarray) -> numpy.ndarray:
    """(n,) whether a direction is known and has a length."""
    return ~numpy.isnan(directions).any(axis=1) & (directions != 0).any(axis=1)


def _settle(weighting: Weighting) -> None:
    """Make kinds, b-values and directions agree after merging."""
    kinds, directions = weighting.kinds, weighting.directions
    hasDirection = _haveDirection(directions)
    with numpy.errstate(invalid="ignore"):
        kinds[(kinds == UNKNOWN) & (weighting.bValues > 0) & hasDirection] = DIRECTIONAL
        kinds[(kinds == UNKNOWN) & (weighting.bValues == 0)] = UNWEIGHTED
    kinds[(kinds == DIRECTIONAL) & ~(hasDirection & ~numpy.isnan(weighting.bValues))] = UNKNOWN
    kinds[(kinds == UNWEIGHTED) & numpy.isnan(weighting.bValues)] = UNKNOWN
    kinds[_isNearlyUnweighted(weighting, hasDirection)] = UNWEIGHTED
    directions[numpy.isin(kinds, (UNWEIGHTED, ISOTROPIC))] = 0


def _isNearlyUnweighted(weighting: Weighting, hasDirection: numpy.ndarray) -> numpy.ndarray:
    """(n,) b = 5 or the like without a direction, where all directions there are belong to larger b-values."""
    with numpy.errstate(invalid="ignore"):
        isSmall = weighting.bValues <= LARGEST_UNWEIGHTED_B_VALUE
    found = isSmall & (weighting.kinds == UNKNOWN) & ~hasDirection
    return found & ~(isSmall & (weighting.kinds == DIRECTIONAL)).any()


def _unknownTexts(weighting: Weighting) -> list[str]:
    """What is missing where the rest is known."""
    unknown = weighting.kinds == UNKNOWN
    if not unknown.any() or unknown.all():
        return []
    lacksB = unknown & numpy.isnan(weighting.bValues)
    lacksDirection = unknown & ~lacksB
    texts = []
    for lacks, what in ((lacksB, "b-value"), (lacksDirection, "direction of the gradient")):
        if lacks.any():
            texts.append(f"The {what} is missing for {int(lacks.sum()):,} of {counted(len(weighting), 'slice')}.")
    return texts
