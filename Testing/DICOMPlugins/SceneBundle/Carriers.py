"""DICOM objects that hold a zip, as this program, 3D Slicer and programs in between write them."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import numpy
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from DICOMPlugins.SceneBundle.BundleObject import BundleContent, writeObject
from Testing.Fixtures.ExportOracles import needed

TAGS = {
    "PatientName": "Müller^Zoë", "PatientID": "77", "PatientBirthDate": "19700102", "PatientSex": "F",
    "StudyInstanceUID": "2.25.11", "StudyID": "S1", "StudyDate": "20260314", "StudyTime": "101112",
    "SeriesInstanceUID": "2.25.12", "SeriesNumber": "301", "Modality": "OT",
}  # fmt: skip


def picture(rows: int = 21, columns: int = 15) -> numpy.ndarray:
    """With an odd number of bytes, which DICOM does not have."""
    return numpy.arange(rows * columns * 3, dtype=numpy.uint32).astype(numpy.uint8).reshape(rows, columns, 3)


def makeZip(path: Path, size: int) -> bytes:
    """A zip of exactly so many bytes, with a scene of no nodes."""
    filler = ""
    for _ in range(2):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("scene/scene.mrml", f"<MRML><!--{filler}--></MRML>")
        length = size - path.stat().st_size
        filler = filler or numpy.random.default_rng(size).bytes(length).hex()[:length]
    contents = path.read_bytes()
    assert len(contents) == size
    return contents


def carrier(folder: Path, size: int = 5001) -> tuple[Path, bytes]:
    """An object as this program writes it, and the zip in it."""
    folder.mkdir(exist_ok=True)
    contents = makeZip(folder / "scene.mrb", size)
    target = folder / "carrier.dcm"
    writeObject(BundleContent(TAGS, picture()), str(folder / "scene.mrb"), str(target))
    return target, contents


def rewritten(source: Path, target: Path, how: str) -> Path:
    """What programs on the way make of an object; pydicom rewrites it."""
    dataset = pydicom.dcmread(source)
    syntax = {"implicit": ImplicitVRLittleEndian, "deflated": DeflatedExplicitVRLittleEndian}
    if how == "padded":
        dataset.add_new(0xFFFCFFFC, "OB", b"\0" * 5000)
    elif how == "other number":
        dataset[0xCADB, 0x0010].value = "3D Slicer 17"
        dataset[0xCADB, 0x1008].value = "17"
    elif how == "other block":
        _moveBlock(dataset, 0x11)
    elif how == "without size":
        del dataset[0xCADB, 0x1008]
    elif how == "without digest":
        del dataset[0xCADB, 0x1009]
    dataset.file_meta.TransferSyntaxUID = syntax.get(how, ExplicitVRLittleEndian)
    explicit = how != "implicit"
    dataset.save_as(target, implicit_vr=not explicit, little_endian=True)
    return target


def _moveBlock(dataset: Dataset, block: int) -> None:
    """Another program's block came first and got the number."""
    owner, *values = [(element.tag.element, element.VR, element.value) for element in dataset.group_dataset(0xCADB)]
    for element, _, _ in (owner, *values):
        del dataset[0xCADB, element]
    dataset.add_new((0xCADB, 0x0010), "LO", "SOMEBODY ELSE")
    dataset.add_new((0xCADB, 0x1010), "OB", b"PK\x03\x04 not ours ")
    dataset.add_new((0xCADB, block), "LO", owner[2])
    for element, vr, value in values:
        dataset.add_new((0xCADB, block << 8 | element & 0xFF), vr, value)


def slicerCarrier(folder: Path, size: int = 5001) -> tuple[Path, bytes]:
    """An object made in 3D Slicer's way: a text for dump2dcm, then img2dcm with the picture; no digest."""
    import PIL.Image

    dump2dcm, img2dcm = needed("dump2dcm", "dcmtk"), needed("img2dcm", "dcmtk")
    folder.mkdir(exist_ok=True)
    contents = makeZip(folder / "scene.mrb", size)
    lines = [
        "(0008,0005) CS [ISO_IR 192]", "(0008,0016) UI =SecondaryCaptureImageStorage", "(0008,0064) CS [SI]",
        "(0008,0060) CS [OT]", "(0008,103e) LO [Slicer Data Bundle]", "(0010,0010) PN [Old^Bundle]",
        "(0010,0020) LO [88]", f"(cadb,0010) LO [3D Slicer {size}]", f"(cadb,1008) LO [{size}]",
        f"(cadb,1010) OB ={folder / 'scene.mrb'}",
    ]  # fmt: skip
    (folder / "dump.txt").write_text("\n".join(lines) + "\n")
    PIL.Image.fromarray(picture(40, 40)).save(folder / "scene.jpg")
    template, target = folder / "template.dcm", folder / "slicer.dcm"
    for command in (
        [dump2dcm, "--generate-new-uids", "--overwrite-uids", "--ignore-errors", "dump.txt", template.name],
        [img2dcm, "--dataset-from", template.name, "scene.jpg", target.name],
    ):
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
    return target, contents
