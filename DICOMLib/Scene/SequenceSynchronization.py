"""How a browser treats each of its sequences, and the names of its modes, in the words of 3D Slicer's scene files."""

from __future__ import annotations

from dataclasses import dataclass, fields

# What is shown where a sequence has no item at the selected index value.
CREATE_FROM_PREVIOUS, CREATE_FROM_DEFAULT, SET_TO_DEFAULT, IGNORE, DISPLAY_HIDDEN = range(5)
MISSING_ITEM_MODES = ("createFromPrevious", "createFromDefault", "setToDefault", "ignore", "displayHidden")
SAMPLING_MODES = ("all", "limitedToPlaybackFrameRate")
INDEX_DISPLAY_MODES = ("[index]", "[indexValue]")


@dataclass
class Synchronization:
    """Of one sequence.

    :ivar playback: whether its proxy follows the selected item
    :ivar recording: kept for 3D Slicer; nothing is recorded here
    :ivar overwriteProxyName: whether the proxy is named after the sequence and the index value
    :ivar saveChanges: whether changes of the proxy go into the sequence
    :ivar missingItemMode: a number of MISSING_ITEM_MODES
    """

    playback: bool = True
    recording: bool = False
    overwriteProxyName: bool = False
    saveChanges: bool = False
    missingItemMode: int = CREATE_FROM_PREVIOUS

    def text(self) -> str:
        """ "playback true recording false …", with a blank at the end."""
        words = (f"{one.name} {_word(one.name, getattr(self, one.name))} " for one in fields(self))
        return "".join(words)

    @classmethod
    def fromText(cls, text: str) -> Synchronization:
        """What is not understood is as it is by default."""
        words, found = text.split(), cls()
        for name, word in zip(words[::2], words[1::2], strict=False):
            if name == "missingItemMode" and word in MISSING_ITEM_MODES:
                found.missingItemMode = MISSING_ITEM_MODES.index(word)
            elif isinstance(getattr(cls, name, None), bool):
                setattr(found, name, word == "true")
        return found


def _word(name: str, value: int) -> str:
    return MISSING_ITEM_MODES[value] if name == "missingItemMode" else str(value).lower()


def modeName(names: tuple[str, ...], mode: int) -> str:
    """ "" for a number that is no mode."""
    return names[mode] if 0 <= mode < len(names) else ""


def modeOf(names: tuple[str, ...], name: str) -> int:
    """-1 for a name that is none."""
    return names.index(name) if name in names else -1
