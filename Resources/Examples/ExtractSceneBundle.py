"""Takes the scene out of a "Slicer data bundle" without 3D Slicer and without this program: it needs pydicom only.

    python ExtractSceneBundle.py bundle.dcm scene.mrb
"""

import hashlib
import sys

import pydicom


def extract(source: str, target: str) -> None:
    """Copy the zip in (cadb,xx10) to a file, and compare its SHA-256 with (cadb,xx09) where that is there."""
    group = pydicom.dcmread(source).group_dataset(0xCADB)
    owner = next(one for one in group if one.tag.element < 0x100 and str(one.value).startswith("3D Slicer"))
    block = owner.tag.element << 8
    contents = bytes(group[0xCADB, block + 0x10].value)
    stated = str(group[0xCADB, block + 0x09].value) if (0xCADB, block + 0x09) in group else ""
    whole = [data for data in (contents, contents[:-1]) if hashlib.sha256(data).hexdigest() == stated]
    if stated and not whole:
        sys.exit("The scene is damaged: its SHA-256 is another.")
    with open(target, "wb") as file:  # a zero that makes the length even does not matter to those who read zips
        file.write(whole[0] if stated else contents)


if __name__ == "__main__":
    extract(*sys.argv[1:3])
