"""Names of files and folders made from values of files nobody vouches for, such that every file system takes them.

Rules of Windows (reserved names, forbidden characters, no dot or space at the end) hold everywhere: what is copied out
is carried to other computers. Nothing of a value can lead out of the folder it is to be in.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

# Three levels and a file's name stay below the 260 characters of Windows, with some folders above; in bytes below the
# 143 of encrypting file systems, a number included.
LONGEST_CHARACTERS, LONGEST_BYTES = 60, 120
_FORBIDDEN = frozenset('<>:"/\\|?*')
# PS3.5 6.1.2: control characters; those that change the direction of writing, private and unassigned ones.
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_DEVICES = frozenset(
    ("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$")
    + tuple(f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789¹²³")
)
_PROBE = "é漢"


def safeName(text: str, otherwise: str, asciiOnly: bool = False) -> str:
    """A name for one file or folder, at most 60 characters.

    :param otherwise: what stands for a text of which nothing is left
    :param asciiOnly: for file systems that take nothing else
    """
    composed = unicodedata.normalize("NFC", text)
    if asciiOnly:
        composed = "".join(map(_ascii, unicodedata.normalize("NFKD", composed)))
    name = " ".join("".join(map(_visible, composed)).split())
    name = _shortened(name.lstrip(" .-~"), LONGEST_CHARACTERS, LONGEST_BYTES).rstrip(" .")
    if not any(character.isalnum() for character in name):
        return otherwise
    return f"_{name}" if name.split(".")[0].rstrip().upper() in _DEVICES else name


class NamesInFolder:
    """Gives each name out once, numbered where it is taken; names that differ in case only are the same.

    :param taken: what is in the folder already
    """

    def __init__(self, taken: object = ()):
        self._taken = {_key(name) for name in taken}
        self._next: dict[str, int] = {}

    def free(self, name: str, ending: str = "") -> str:
        """The name with its ending, "name (2)" and so on where it is taken; now it is."""
        candidate, key = name + ending, _key(name + ending)
        number = self._next.get(key, 2)
        first = key
        while key in self._taken:
            candidate = f"{name} ({number}){ending}"
            key = _key(candidate)
            number += 1
        self._next[first] = number
        self._taken.add(key)
        return candidate


def takesAllLetters(folder: str | os.PathLike) -> bool:
    """Whether files below a folder may have names that are not ASCII; tried out with a file that is removed at once.

    :raises OSError: when no file can be made there at all
    """
    probe = Path(folder) / _PROBE
    try:
        probe.touch(mode=0o600, exist_ok=True)
        found = _key(_PROBE) in {_key(name) for name in os.listdir(folder)}
        probe.unlink()
    except (OSError, UnicodeError):
        plain = Path(folder) / "probe"
        plain.touch(mode=0o600, exist_ok=True)
        plain.unlink()
        return False
    return found


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    if character in _FORBIDDEN:
        return "_"
    return "" if unicodedata.category(character) in _INVISIBLE else character


def _ascii(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    return character if character.isascii() else "_"


def _shortened(name: str, characters: int, size: int) -> str:
    return name[:characters].encode("utf-8", "ignore")[:size].decode("utf-8", "ignore")
