"""Tags of segments as Slicer writes them in one text, and exactly where that text cannot hold them."""

from __future__ import annotations

from .ValueText import exactText, exactValues

# Tags that Slicer's list of them, which encodes nothing, would give back as others; a key of this program's own.
EXACT_TAGS = "TagsExact"


def flagOf(text: str) -> bool:
    """Whether a text of 0 or 1 says yes."""
    return text == "1"


def tagsText(tags: dict[str, str]) -> str:
    """Slicer's list of them."""
    return "".join(f"{name}:{value}|" for name, value in tags.items())


def exactTags(tags: dict[str, str]) -> str:
    """ "" where the list of tags is enough."""
    return "" if dict(tagsOf(tagsText(tags))) == tags else exactText(tags)


def tagsFrom(listed: str, exactly: str) -> list[tuple[str, str]]:
    """The exact ones only where they are those of Slicer's list: another program may have changed that one."""
    exact = exactValues(exactly)
    return list(exact.items()) if exact and tagsText(exact) == listed else tagsOf(listed)


def tagsOf(text: str) -> list[tuple[str, str]]:
    """A part without a colon belongs to the value before it: nothing in Slicer's files marks a bar in a value."""
    found: list[list[str]] = []
    for part in text.removesuffix("|").split("|") if text else ():
        name, separator, value = part.partition(":")
        if separator:
            found.append([name, value])
        elif found:
            found[-1][1] += f"|{part}"
    return [(name, value) for name, value in found]
