import os

import numpy
import pytest
from pydicom.encaps import encapsulate

from DICOMLib.Errors import CancelledError, ExportError
from DICOMLib.Export.Compression import CHOICES, SYNTAXES, SliceEncoder, compressionNamed
from DICOMLib.Progress import Progress

# Decoders that nobody of the encoders' authors wrote, and for JPEG 2000 another build.
OTHER_DECODERS = {"RLE": "pydicom", "JPEG-LS": "pylibjpeg", "JPEG 2000": "pillow"}
SHAPES = {"i1": (45, 37), "u1": (32, 33), "i2": (33, 40), "u2": (64, 65), "u1 colours": (39, 46, 3)}


def slicesOf(dtype, shape, count):
    limits = numpy.iinfo(dtype)
    return numpy.random.default_rng(1).integers(limits.min, limits.max + 1, (count, *shape), dtype)


def decoded(codestream, name, values, plugin):
    from pydicom.pixels import get_decoder

    bits, isColour = 8 * values.dtype.itemsize, values.ndim == 3
    return get_decoder(SYNTAXES[name].syntaxUID).as_array(
        encapsulate([codestream]), decoding_plugin=plugin, raw=True, rows=values.shape[0], columns=values.shape[1],
        samples_per_pixel=3 if isColour else 1, photometric_interpretation="RGB" if isColour else "MONOCHROME2",
        bits_allocated=bits, bits_stored=bits, pixel_representation=int(values.dtype.kind == "i"), number_of_frames=1,
        planar_configuration=0, pixel_keyword="PixelData",
    )[0]  # fmt: skip


@pytest.mark.parametrize("name", SYNTAXES)
@pytest.mark.parametrize("kind", SHAPES)
def test_everySliceComesBackThroughAnotherDecoder(workers, tmp_path, name, kind):
    values = slicesOf(kind[:2], SHAPES[kind], 5)
    with SliceEncoder(SYNTAXES[name], str(tmp_path), workers) as encoder:
        codestreams = list(encoder.encoded(values.__getitem__, 5))
    plugin = OTHER_DECODERS[name]
    if plugin == "pillow" and (kind[0] == "i" or kind == "u2"):
        plugin = "pylibjpeg"  # pillow has no words, and no sign
    for codestream, slice_ in zip(codestreams, values, strict=True):
        assert numpy.array_equal(decoded(codestream, name, slice_, plugin), slice_)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", SYNTAXES)
def test_theSmallestImagesOfNoiseAreEncodedToo(workers, tmp_path, name):
    side = SYNTAXES[name].smallestSide
    for kind in ("u1", "i2"):
        values = slicesOf(kind, (side, side), 3)
        with SliceEncoder(SYNTAXES[name], str(tmp_path), workers) as encoder:
            codestreams = list(encoder.encoded(values.__getitem__, 3))
        assert numpy.array_equal(decoded(codestreams[2], name, values[2], "pylibjpeg"), values[2])


def test_slicesAreEncodedAFewAtATime(workers, tmp_path):
    asked = []
    values = numpy.zeros((1024, 1024), "u2")

    def slice_(k):
        asked.append(k)
        return values

    with SliceEncoder(SYNTAXES["RLE"], str(tmp_path), workers) as encoder:
        stream = encoder.encoded(slice_, 40)
        next(stream)
        assert max(asked) < 12
        assert len(list(stream)) == 39


def test_whatCannotBeCompressedIsSaidInOneSentence():
    assert compressionNamed(" ", numpy.dtype("i4"), 1, "v") is None
    with pytest.raises(ExportError, match="no such compression"):
        compressionNamed("ZIP", numpy.dtype("u1"), 99, "v")
    for name in SYNTAXES:
        assert compressionNamed(name, numpy.dtype("i2"), 32, "v") is SYNTAXES[name]
        with pytest.raises(ExportError, match="8 and 16 bits only"):
            compressionNamed(name, numpy.dtype("u4"), 99, "v")
    with pytest.raises(ExportError, match="JPEG 2000 needs at least 32 rows and columns"):
        compressionNamed("JPEG 2000", numpy.dtype("u1"), 31, "v")
    assert list(CHOICES) == ["", *SYNTAXES]


def test_aCancelledCompressionEndsAndLeavesNothing(workers, tmp_path):
    progress = Progress()
    values = slicesOf("u2", (512, 512), 1)[0]
    with SliceEncoder(SYNTAXES["JPEG 2000"], str(tmp_path), workers, progress) as encoder:
        stream = encoder.encoded(lambda k: values, 200)
        next(stream)
        progress.cancel()
        with pytest.raises(CancelledError):
            list(stream)
    assert os.listdir(tmp_path) == []


def test_anEncoderThatFailsIsTold(workers, tmp_path):
    broken = SYNTAXES["RLE"].__class__(SYNTAXES["RLE"].syntaxUID, "no such encoder", "")
    with SliceEncoder(broken, str(tmp_path), workers) as encoder:
        with pytest.raises(ExportError, match="cannot be compressed: the encoder does not take the values"):
            list(encoder.encoded(slicesOf("u1", (4, 4), 3).__getitem__, 3))
    assert os.listdir(tmp_path) == []
