"""What the text of a scene says of storage nodes: which files they name, and what is in these."""

from __future__ import annotations

import re

from .ValueText import decodedFileName, encodedFileName

_FILE = "fileName"
_LIST = re.compile(r"fileListMember[0-9]{1,6}")
# They tell how a file was written, or whether it has been read, and say nothing of the one written next.
OF_THE_FILE = frozenset({
    "useCompression", "compressionParameter", "defaultWriteFileExtension", "readState", "writeState",
    "coordinateSystem", "centerImage", "uri", "uriListMember0", "forceRightHandedIJKCoordinateSystem",
    "UseOrientationFromFile", "preferITKv3CompatibleTransforms", "CropToMinimumExtent",
})  # fmt: skip
_DONE = "4"
"""Slicer's number of the state of a file that is complete."""
_BY_CLASS = {
    "vtkMRMLVolumeArchetypeStorageNode": {"centerImage": "0", "UseOrientationFromFile": "1"},
    "vtkMRMLNRRDStorageNode": {"centerImage": "0"},
    "vtkMRMLModelStorageNode": {"coordinateSystem": "LPS"},
}


def storageAttributes(className: str, fileName: str, suffix: str) -> dict[str, str]:
    """What the element of a storage node says of a file that is written."""
    listed = {"fileListMember0": encodedFileName(fileName)} if "VolumeArchetype" in className else {}
    return {
        _FILE: encodedFileName(fileName),
        **listed,
        "useCompression": "1",
        "defaultWriteFileExtension": suffix.lstrip("."),
        "readState": "0",
        "writeState": _DONE,
        **_BY_CLASS.get(className, {}),
    }


def keptFileNames(attributes: dict[str, str]) -> list[str]:
    """All files that an element names, decoded, the main one first, each once."""
    names = ([_FILE] if _FILE in attributes else []) + [name for name in attributes if _LIST.fullmatch(name)]
    return list(dict.fromkeys(decodedFileName(attributes[name]) for name in names if attributes[name]))


def renamedFiles(attributes: dict[str, str], newNames: dict[str, str]) -> dict[str, str]:
    """The attributes with other names of files; files that have no new one are left out."""
    found = {}
    for name, value in attributes.items():
        if name != _FILE and not _LIST.fullmatch(name):
            found[name] = value
        elif decodedFileName(value) in newNames:
            found[name] = encodedFileName(newNames[decodedFileName(value)])
    return found


def takeOfTheFile(attributes: dict[str, str]) -> dict[str, str]:
    """Take what depends on the file out of the attributes of an element. :returns: what it was, without file names"""
    for name in [name for name in attributes if name == _FILE or _LIST.fullmatch(name)]:
        del attributes[name]
    return {name: attributes.pop(name) for name in list(attributes) if name in OF_THE_FILE}
