"""Objects with pixel data in any encoding, laid out in any way, each with the samples that were encoded."""

import io
import subprocess
import zlib

import numpy
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.pixels import get_encoder
from pydicom.uid import UID, ExplicitVRLittleEndian

from DICOMLib.Files.HeaderScanner import scanFile
from Testing.Fixtures.Encoding import fileMeta
from Testing.Fixtures.Identifiers import deterministicUID

# (samples a pixel, bits allocated, bits stored, signed)
KINDS = {
    "uint8": (1, 8, 8, False), "int8": (1, 8, 8, True), "12 bits": (1, 16, 12, False),
    "12 bits signed": (1, 16, 12, True), "uint16": (1, 16, 16, False), "int16": (1, 16, 16, True),
    "RGB": (3, 8, 8, False),
}  # fmt: skip
ROWS, COLUMNS = 37, 46


def samplesOf(kind, frames=1):
    """Smooth with some noise, from the smallest value of a kind to the largest; shape (frames, rows, columns[, 3])."""
    samples, allocated, stored, signed = KINDS[kind]
    shape = (frames, ROWS, COLUMNS, samples)[: 4 if samples > 1 else 3]
    low = -(1 << (stored - 1)) if signed else 0
    ramp = numpy.linspace(0, (1 << stored) - 1, int(numpy.prod(shape))).reshape(shape)
    noise = numpy.random.default_rng(frames + stored).integers(-3, 4, shape)
    values = numpy.clip(ramp.round().astype("int64") + noise, 0, (1 << stored) - 1) + low
    return values.astype(f"{'int' if signed else 'uint'}{allocated}")


def plainDataset(kind, values, name="object"):
    """The object without compression."""
    samples, allocated, stored, signed = KINDS[kind]
    dataset = Dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    dataset.SOPInstanceUID, dataset.SeriesInstanceUID = deterministicUID(name, kind), deterministicUID("series", kind)
    dataset.Modality = "OT"
    dataset.SamplesPerPixel = samples
    dataset.PhotometricInterpretation = "RGB" if samples > 1 else "MONOCHROME2"
    if samples > 1:
        dataset.PlanarConfiguration = 0
    if len(values) > 1:
        dataset.NumberOfFrames = len(values)
    dataset.Rows, dataset.Columns = values.shape[1:3]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = allocated, stored, stored - 1
    dataset.PixelRepresentation = int(signed)
    contents = values.tobytes()
    dataset.PixelData = contents + b"\0" * (len(contents) % 2)
    dataset["PixelData"].VR = "OB" if allocated == 8 else "OW"
    dataset.file_meta = fileMeta(dataset, ExplicitVRLittleEndian)
    return dataset


def encodedFrames(kind, values, syntax):
    """Each frame by itself, encoded by pydicom; deflated or as it is for those that need no encoder."""
    if syntax == "1.2.840.10008.1.2.1.98":
        return [frame.tobytes() for frame in values]
    if syntax == "1.2.840.10008.1.2.8.1":
        return [deflated(frame.tobytes()) for frame in values]
    samples, allocated, stored, signed = KINDS[kind]
    options = {
        "rows": values.shape[1], "columns": values.shape[2], "number_of_frames": 1, "samples_per_pixel": samples,
        "bits_allocated": allocated, "bits_stored": stored, "pixel_representation": int(signed),
        "photometric_interpretation": "RGB" if samples > 1 else "MONOCHROME2", "pixel_keyword": "PixelData",
        "planar_configuration": 0,
    }  # fmt: skip
    return [get_encoder(UID(syntax)).encode(frame, **options) for frame in values]


def deflated(contents):
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(contents) + packer.flush()
    return packed + b"\0" * (len(packed) % 2)


def writeEncapsulated(path, kind, values, syntax, frames=None, fragments=1, table="basic", **header):
    """Write an object and give its record.

    :param table: "basic", "extended" or "none"
    """
    frames = encodedFrames(kind, values, syntax) if frames is None else frames
    dataset = plainDataset(kind, values)
    if table == "extended":
        dataset.PixelData, offsets, lengths = encapsulate_extended(frames)
        dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = offsets, lengths
    else:
        dataset.PixelData = encapsulate(frames, fragments_per_frame=fragments, has_bot=table == "basic")
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return writeAs(path, dataset, syntax, **header)


def writeAs(path, dataset, syntax, **header):
    """Write a dataset as it stands under the name of a transfer syntax. :returns: the record of the file"""
    for keyword, value in header.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = fileMeta(dataset, syntax)
    buffer = io.BytesIO()
    dataset.save_as(buffer, implicit_vr=False, little_endian=True, force_encoding=True, enforce_file_format=False)
    contents = buffer.getvalue()
    path.write_bytes(contents if contents[128:132] == b"DICM" else bytes(128) + b"DICM" + contents)
    return scanFile(path).toInstance()


def encodedByDCMTK(program, folder, kind, values, *options):
    """The object after one of DCMTK's encoders. :returns: its path"""
    plain, encoded = folder / "plain.dcm", folder / "encoded.dcm"
    dataset = plainDataset(kind, values)
    dataset.save_as(plain, enforce_file_format=True)
    subprocess.run([program, *options, str(plain), str(encoded)], check=True, capture_output=True)
    return encoded


def decodedByDCMTK(program, path, folder):
    """Samples after one of DCMTK's decoders: shape (frames, rows, columns[, 3])."""
    plain = folder / "decoded.dcm"
    subprocess.run([program, str(path), str(plain)], check=True, capture_output=True)
    dataset = dcmread(plain)
    array = dataset.pixel_array
    return array if dataset.get("NumberOfFrames", 1) > 1 else array[None]
