"""What is in files that are sent: what tests of sending share."""

from __future__ import annotations

import pydicom

from DICOMLib.Networking.StoredObjects import storedObject


def dataSetOf(path) -> bytes:
    """What is sent of a file."""
    return b"".join(storedObject(path).pieces())


def uidsOf(paths) -> list[str]:
    """SOPInstanceUIDs."""
    return [str(pydicom.dcmread(path).SOPInstanceUID) for path in paths]


def compressed(path) -> pydicom.Dataset:
    """Compress a file in its place, as RLE."""
    dataset = pydicom.dcmread(path)
    dataset.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
    dataset.save_as(path)
    return dataset
