import errno
import os
from dataclasses import replace

import numpy
import pytest

from DICOMLib.Errors import PixelDataError, UnreadableFileError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels import NativeReader
from DICOMLib.Pixels.NativeReader import NativeFile, describedByFile, isDescribedByFile, openUnchanged
from DICOMLib.Pixels.PixelLayout import layoutOf
from Testing.Fixtures import axialCT, rgbSecondaryCapture

EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2"
IMPLICIT = "1.2.840.10008.1.2"


def read(instance):
    layout = layoutOf(instance)
    target = numpy.full((layout.frames, *layout.frameShape), 0x5A, layout.storedType)
    readInto(target, instance, layout)
    return target


def readInto(target, instance, layout):
    with NativeFile(instance, layout) as file:
        for frame in range(layout.frames):
            if layout.isReadDirectly:
                file.readInto(target[frame], frame)
            else:
                target[frame] = file.rows(frame, 0, layout.rows)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16"])
@pytest.mark.parametrize("transferSyntax", [IMPLICIT, "1.2.840.10008.1.2.1"])
def test_storedValuesOfEveryTypeAreReadAsTheyAre(tmp_path, dtype, transferSyntax):
    pattern = lambda k, j, i: 3 * j - 2 * i  # noqa: E731
    builder = axialCT(slices=1, dtype=dtype, rescale=None, pattern=pattern, transferSyntax=transferSyntax)
    (path,) = builder.write(tmp_path)
    assert numpy.array_equal(read(scanFile(path).toInstance()), builder.storedArray)


def test_bigEndianSamplesAreSwapped(tmp_path):
    builder = axialCT(slices=1, transferSyntax=EXPLICIT_BIG_ENDIAN)
    (path,) = builder.write(tmp_path)
    assert numpy.array_equal(read(scanFile(path).toInstance()), builder.storedArray)


@pytest.mark.parametrize("planarConfiguration", [0, 1])
def test_colourByPixelAndByPlaneGiveTheSame(tmp_path, planarConfiguration):
    builder = rgbSecondaryCapture(planarConfiguration=planarConfiguration)
    (path, *_) = builder.write(tmp_path)
    assert numpy.array_equal(read(scanFile(path).toInstance())[0], builder.storedArray[0])


@pytest.fixture
def instance(tmp_path):
    (path,) = axialCT(slices=1).write(tmp_path)
    return scanFile(path).toInstance()


def test_aShortFileIsRefusedWithTheNumbersAndNothingIsInvented(instance):
    need = instance.pixelDataLength
    os.truncate(instance.path, instance.pixelDataOffset + 100)
    short = scanFile(instance.path).toInstance()
    target = numpy.full((1, 16, 12), 0x5A5A, "uint16")
    with pytest.raises(PixelDataError, match=f"pixel data short: have 100, need {need}"):
        readInto(target, short, layoutOf(short))
    assert (target == 0x5A5A).all()


def test_anElementShorterThanTheImageIsRefusedAlthoughTheFileGoesOn(instance):
    instance.pixelDataLength = 50
    with pytest.raises(PixelDataError, match="have 50, need 384"):
        read(instance)


def test_pixelDataOfUndefinedLengthIsNotNative(instance):
    instance.pixelDataLength = -1
    with pytest.raises(PixelDataError, match="in fragments"):
        read(instance)


def test_aFileThatChangedSinceItWasIndexedIsRefused(instance):
    os.utime(instance.path, ns=(0, instance.modifiedTime + 1))
    with pytest.raises(PixelDataError, match="changed since it was indexed"):
        read(instance)


def test_aFileThatGrewIsRefused(instance):
    with open(instance.path, "ab") as stream:
        stream.write(b"\0\0")
    with pytest.raises(PixelDataError, match="changed since it was indexed"):
        read(instance)


def test_aMissingFileSaysSo(instance):
    os.remove(instance.path)
    with pytest.raises(UnreadableFileError, match="cannot be opened"):
        read(instance)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_aPipeInPlaceOfTheFileDoesNotBlock(instance):
    os.remove(instance.path)
    os.mkfifo(instance.path)
    with pytest.raises(UnreadableFileError, match="not a file any more"):
        read(instance)


def test_aDiskThatFailsIsAnUnreadableFileWhateverIsReadOfIt(tmp_path, monkeypatch):
    def fail(*_arguments):
        raise OSError(errno.EIO, "Input/output error")

    (path,) = axialCT(slices=1, transferSyntax=EXPLICIT_BIG_ENDIAN).write(tmp_path)
    instance = scanFile(path).toInstance()
    layout = replace(layoutOf(instance), bitsAllocated=32)  # integers or not: the file says
    assert isDescribedByFile(layout)
    for place, readSomething in (
        ("_readAt", lambda: describedByFile(instance, layout)),
        ("_readAt", lambda: read(instance)),
        ("os.fstat", lambda: read(instance)),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(f"DICOMLib.Pixels.NativeReader.{place}", fail)
            with pytest.raises(UnreadableFileError, match="Input/output error"):
                readSomething()


def test_anInterruptOnTheWayIntoAFileLeavesItClosed(tmp_path, monkeypatch):
    def interrupt(*_arguments):
        raise KeyboardInterrupt

    (path,) = axialCT(slices=1).write(tmp_path)
    instance = scanFile(path).toInstance()
    opened, closed = [], []
    monkeypatch.setattr(NativeReader, "openUnchanged", lambda one: opened.append(openUnchanged(one)) or opened[-1])
    monkeypatch.setattr(NativeReader, "checkLength", interrupt)
    monkeypatch.setattr(os, "close", lambda descriptor, close=os.close: (closed.append(descriptor), close(descriptor)))
    with pytest.raises(KeyboardInterrupt):
        read(instance)
    assert opened and set(opened) <= set(closed)
