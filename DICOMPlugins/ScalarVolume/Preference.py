"""Which of several ways of reading a series is the best, and why, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from DICOMLib.Geometry.Explanation import explainStack
from DICOMLib.Geometry.Slices import SliceStack
from DICOMLib.Wording import counted

from .Subseries import Candidate

# As in Slicer: the reading that is chosen, others that may be meant; then the best of readings that are not to be
# trusted, which any other plugin's reading beats, and the rest of those.
CHOSEN_CONFIDENCE = 0.5
OTHER_CONFIDENCE = 0.4
DOUBTFUL_CONFIDENCE = 0.2
WRONG_CONFIDENCE = 0.1

# Volumes at the same positions (time points, echoes, b-values) that are loaded at once. Two or three echoes are one
# look at the patient; a hundred time points would fill the data tree and the memory.
MOST_VOLUMES_AT_ONCE = 4
# So would planes in ever other directions, as of a radial scan; several regions in several directions are fewer.
MOST_STACKS_AT_ONCE = 12
# A lone slice beside a stack of at least this many is a localizer in all but name.
SLICES_BESIDE_A_LOCALIZER = 5


@dataclass
class Judgement:
    """What is thought of one candidate."""

    chosen: bool
    """Whether it is to be loaded unless the user says otherwise."""
    confidence: float
    reasons: list[str]
    note: str = ""
    """What the user should know besides the stack's own warnings."""


def judge(found: Sequence[Candidate]) -> list[Judgement]:
    """A judgement for each candidate, in the same order; at least one is chosen."""
    geometric = [candidate for candidate in found if candidate.isGeometric]
    chosen = _chosen(geometric)
    judgements = [_judgement(candidate, geometric, chosen) for candidate in found]
    first = next(judgement for judgement in judgements if judgement.chosen)
    first.note = " ".join(filter(None, (first.note, _leftOutNote(geometric, chosen))))
    return judgements


def _chosen(geometric: Sequence[Candidate]) -> list[Candidate]:
    """Stacks to load: true volumes if there are any, no localizers, and not all of very many."""
    volumes = [candidate for candidate in geometric if not candidate.stack.localizer]
    if volumes:
        largest = max(map(_size, volumes))
        volumes = [one for one in volumes if _size(one) > 1 or largest < SLICES_BESIDE_A_LOCALIZER]
    else:
        volumes = list(geometric)
    sound = [candidate for candidate in volumes if not candidate.stack.isWrong] or volumes
    few = _oneOfMany(sound)
    return few if len(few) <= MOST_STACKS_AT_ONCE else [max(few, key=_size)]


def _size(candidate: Candidate) -> int:
    return len(candidate.stack.planes)


def _oneOfMany(found: Sequence[Candidate]) -> list[Candidate]:
    """Of more volumes at the same positions than can be looked at together, the first of the largest."""
    best: dict[object, Candidate] = {}
    for number, candidate in enumerate(found):
        stack = candidate.stack
        key = number if stack.volumeCount <= MOST_VOLUMES_AT_ONCE else (stack.volumeCount, *stack.reasons[:-1])
        best[key] = max(best.get(key, candidate), candidate, key=_size)
    return list(best.values())


def _leftOutNote(geometric: Sequence[Candidate], chosen: Sequence[Candidate]) -> str:
    """What of the patient is not loaded, unless its own headers call it a localizer; volumes have a note already."""
    left = [one for one in geometric if not (one in chosen or one.stack.localizer)
            and one.stack.volumeCount <= MOST_VOLUMES_AT_ONCE]  # fmt: skip
    if not left:
        return ""
    count = sum(map(_size, left))
    verb = "is" if count == 1 else "are"
    why = _reasonAgainst(left[0], geometric, chosen)
    return f"{counted(count, 'other slice')} of the series {verb} not loaded: {why[0].lower()}{why[1:]}."


def _judgement(candidate: Candidate, geometric: Sequence[Candidate], chosen: Sequence[Candidate]) -> Judgement:
    stack = candidate.stack
    note = " ".join(filter(None, (_volumeNote(stack), _mixtureNote(stack, geometric))))
    if candidate in chosen:
        reason = "chosen: position, orientation and size of the slices agree"
        if not stack.located:
            reason = "chosen: there is no better reading; the images have no place in the patient"
        if stack.isWrong:
            return Judgement(True, DOUBTFUL_CONFIDENCE, [f"chosen, with doubt: {stack.warning}"], note)
        return Judgement(True, CHOSEN_CONFIDENCE, [reason, *_comparison(stack, geometric)], note)
    confidence = WRONG_CONFIDENCE if stack.isWrong else OTHER_CONFIDENCE
    return Judgement(False, confidence, [f"not chosen: {_reasonAgainst(candidate, geometric, chosen)}"], note)


def _volumeNote(stack: SliceStack) -> str:
    if stack.volumeCount <= MOST_VOLUMES_AT_ONCE:
        return ""
    return (
        f"This series holds {stack.volumeCount} volumes at the same positions; this is number {stack.volumeNumber}. "
        "The others are in the list of all ways to load the series."
    )


def _mixtureNote(stack: SliceStack, geometric: Sequence[Candidate]) -> str:
    """Told where slices of one volume may have been taken for those of another, because some are missing."""
    isOneTwice = stack.volumeCount < 3  # the few slices that repeat others make the second volume
    if isOneTwice or not stack.reasons[-1].endswith("InstanceNumber"):
        return ""
    sizes = {_size(one) for one in geometric if one.stack.volumeCount > 1}
    if len(sizes) == 1:
        return ""
    return (
        "Slices are missing, and nothing but InstanceNumber tells the volumes apart: each may mix slices of different "
        "weighting or time."
    )


def _comparison(stack: SliceStack, geometric: Sequence[Candidate]) -> list[str]:
    if len(geometric) == 1:
        return []
    return [f"it is one of {len(geometric)} stacks that the images make"]


def _reasonAgainst(candidate: Candidate, geometric: Sequence[Candidate], chosen: Sequence[Candidate]) -> str:
    stack = candidate.stack
    if not candidate.isGeometric:
        whole = len(candidate.stack.planes) >= max(len(one.stack.planes) for one in geometric)
        part = "it puts together what does not make one volume" if whole else "it takes apart what makes one volume"
        return f"{part}. {stack.warning}".rstrip(". ")
    if stack.isWrong:
        return stack.warning.rstrip(".")
    if stack.localizer:
        return f"ImageType says localizer: {stack.planes.value('FrameType') or stack.planes.value('ImageType')}"
    if stack.volumeCount > MOST_VOLUMES_AT_ONCE:
        volume = f"volume {stack.volumeNumber} of {stack.volumeCount} at the same positions"
        return f"it is {volume}; the first of the largest was chosen"
    if _size(candidate) > 1 or _size(chosen[0]) == 1:
        return f"the images make {len(geometric)} stacks, of which the largest was chosen"
    if stack.volumeCount > 1:
        return "it repeats the position of a slice of the chosen stack"
    if not stack.located:
        return "it has no position, the chosen stack has"
    apart = stack.reasons[-1]
    return f"it is one slice apart from {_size(chosen[0])} others ({apart}): perhaps a localizer"


def explanation(candidate: Candidate, judgement: Judgement) -> str:
    """The rules that decided, with tags and values, several lines."""
    lines = [f"Images: {candidate.origin}.", *explainStack(candidate.stack)]
    lines += [f"{reason[0].upper()}{reason[1:]}.".replace("..", ".") for reason in judgement.reasons]
    return "\n".join(lines)
