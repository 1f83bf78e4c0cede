"""Names of members of a bundle: any that could lead out of a folder, or to two files at once, refuses the bundle."""

from __future__ import annotations

import re
import stat
import unicodedata
from collections.abc import Iterable

from ..Errors import SceneFileError
from ..Media.ZipMembers import ZipEntry, problemOf
from .Limits import MAX_DEPTH, MAX_NAME_BYTES

_DEVICES = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\s*\..*)?",
    re.IGNORECASE,
)
# Overrides, embeddings and isolates: right-to-left scripts are written without them, too.
_TURNING = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))
_REFUSED = "The bundle was not opened and nothing was written; have it made again by the program it comes from"


def checkedNames(entries: Iterable[ZipEntry], bundle: object) -> dict[str, ZipEntry]:
    """The files among the members by their paths, parts separated by "/". Nothing was written when this raises.

    :raises SceneFileError: when one entry has a name, or is something, that no scene has; it names the entry
    """
    files: dict[str, ZipEntry] = {}
    keys: dict[str, bool] = {}
    folders: dict[str, bool] = {}
    for entry in entries:
        name = _decoded(entry)
        problem = _nameProblem(name) or ("" if _isPlainFolder(entry) else problemOf(entry))
        key = _key(name)
        if not problem and not entry.isFolder and (key in keys or key in folders):
            problem = "there are two entries of this name, or of one that differs in capitals only"
        parents = key.split("/")[:-1]
        above = ["/".join(parts) for parts in (parents[: n + 1] for n in range(len(parents)))]
        if not problem and any(parent in keys for parent in above):
            problem = "a file is used as a folder"
        if problem:
            raise SceneFileError(f"the entry {_shown(name)} of the bundle is refused: {problem}", bundle, hint=_REFUSED)
        folders |= dict.fromkeys(above, True)
        if entry.isFolder:
            if key in keys:
                raise SceneFileError(f"the entry {_shown(name)} is a file and a folder", bundle, hint=_REFUSED)
            folders[key] = True
        else:
            keys[key] = True
            files[name] = entry
    return files


def _decoded(entry: ZipEntry) -> str:
    name = entry.name.rstrip(b"/") if entry.isFolder else entry.name
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        # APPNOTE 6.3, appendix D: what is not marked as UTF-8 is in the code page of the first PCs.
        return name.decode("utf-8", "surrogateescape") if entry.isUnicode else name.decode("cp437")


def _isPlainFolder(entry: ZipEntry) -> bool:
    return entry.isFolder and stat.S_IFMT(entry.mode) in (0, stat.S_IFDIR)


def _nameProblem(name: str) -> str:
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in name):
        return "its name has control characters"
    if any(unicodedata.bidirectional(character) in _TURNING for character in name):
        return "its name has characters that turn others around, so that it reads as another one"
    if "\\" in name or name.startswith("/") or ":" in name:
        return "its name is not one within the bundle"
    parts = name.split("/")
    if len(parts) > MAX_DEPTH:
        return f"it is more than {MAX_DEPTH} folders deep"
    if any(part in ("", ".", "..") for part in parts):
        return "its name leads out of its folder"
    if any(len(part.encode("utf-8", "surrogateescape")) > MAX_NAME_BYTES for part in parts):
        return f"its name has more than {MAX_NAME_BYTES} bytes"
    if any(_DEVICES.fullmatch(part) or part != part.rstrip(" .") for part in parts):
        return "its name is reserved on some systems"
    return ""


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _shown(name: str) -> str:
    """For a message: one line, not too long, without anything that a terminal obeys."""
    text = name if len(name) <= 80 else f"{name[:60]}…{name[-15:]}"
    return "“" + "".join(one if one.isprintable() else _code(one) for one in text) + "”"


def _code(character: str) -> str:
    """Bytes that are no characters stand as surrogates (PEP 383)."""
    number = ord(character)
    return f"\\x{number - 0xDC00 if 0xDC80 <= number <= 0xDCFF else number:02x}"
