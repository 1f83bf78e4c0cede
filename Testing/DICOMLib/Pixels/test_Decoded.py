import os
import threading
import time
from functools import partial

import numpy
import pytest

from DICOMLib.Errors import CancelledError, PixelDataError, WorkerError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Decoded import DecodeRequest, _parts, decodeAll
from DICOMLib.Pixels.PixelLayout import layoutOf
from DICOMLib.Progress import Progress
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.Fixtures import axialCT, ultrasoundCine

from .EncodedFiles import samplesOf, writeEncapsulated

RLE, JPEG_2000, DEFLATED = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.1.99"
SECONDS_TO_STOP = 0.5


def requestsFor(builder, folder, sink=None, frames=None):
    requests = []
    for number, path in enumerate(builder.write(folder)):
        instance = scanFile(path).toInstance()
        layout = layoutOf(instance)
        wanted = range(layout.frames) if frames is None else frames
        requests.append(DecodeRequest(instance, layout, wanted, sink and partial(sink, number)))
    return requests


class Arrived:
    def __init__(self):
        self.frames = {}
        self.order = []

    def __call__(self, number, frame, samples):
        self.order.append((number, frame))
        self.frames[number, frame] = samples.copy()


def test_framesOfOneFileComeInTheOrderAskedForAndNoOthers(tmp_path, workers):
    builder = ultrasoundCine(transferSyntax=RLE)
    arrived = Arrived()
    decodeAll(requestsFor(builder, tmp_path, arrived, [2, 0]), workers)
    assert arrived.order == [(0, 2), (0, 0)]
    assert numpy.array_equal(arrived.frames[0, 2], builder.storedArray[2])


def test_theFirstFrameComesBeforeAllOthersAlsoWithSeveralWorkers(tmp_path, workers):
    for attempt in range(5):
        arrived = Arrived()
        decodeAll(requestsFor(axialCT(slices=9, transferSyntax=RLE), tmp_path / str(attempt), arrived), workers)
        assert arrived.order[0] == (0, 0) and sorted(arrived.order) == [(number, 0) for number in range(9)]


def test_tasksTakeSeveralFramesAndAreEnoughForAllWorkers(tmp_path):
    few = list(_parts(requestsFor(axialCT(slices=100, transferSyntax=RLE), tmp_path / "a"), 2))
    assert 10 <= len(few) <= 20 and sum(len(part) for part in few) == 100
    assert len(list(_parts(requestsFor(axialCT(slices=2, transferSyntax=RLE), tmp_path / "b"), 2))) == 2


def test_framesOfADeflatedFileStayTogether(tmp_path):
    (part,) = _parts(requestsFor(ultrasoundCine(transferSyntax=DEFLATED), tmp_path), 2)
    assert [list(request.frames) for request in part] == [list(range(part[0].layout.frames))]


def test_anErrorNamesTheFileItIsAboutNotTheFirstOfItsTask(tmp_path, workers):
    requests = requestsFor(axialCT(slices=12, transferSyntax=RLE), tmp_path, Arrived())
    bad = requests[7].instance
    contents = bytearray(open(bad.path, "rb").read())
    contents[bad.pixelDataOffset + 20] = 99  # the number of segments
    open(bad.path, "wb").write(contents)
    os.utime(bad.path, ns=(bad.modifiedTime, bad.modifiedTime))
    with pytest.raises(PixelDataError, match="99 segments") as caught:
        decodeAll(requests, workers)
    assert caught.value.where == bad.filePath


def test_aChangedFileIsRefusedBeforeAnythingIsDecoded(tmp_path, workers):
    arrived = Arrived()
    requests = requestsFor(axialCT(slices=3, transferSyntax=RLE), tmp_path, arrived)
    os.utime(requests[2].instance.path, (1, 1))
    with pytest.raises(PixelDataError, match="has changed"):
        decodeAll(requests, workers)
    assert arrived.order == []


def test_cancellingStopsWithinHalfASecond(tmp_path, workers, promised):
    values = numpy.tile(samplesOf("uint16", 1), (1, 20, 20))
    instance = writeEncapsulated(tmp_path / "a.dcm", "uint16", numpy.repeat(values, 24, axis=0), JPEG_2000)
    progress, started = Progress(), threading.Event()
    stopped = []

    def cancel():
        started.wait()
        progress.cancel()
        stopped.append(promised.now())

    threading.Thread(target=cancel).start()

    def takeSlowly(*_):
        started.set()
        time.sleep(0.05)  # so that it is not done before anybody looks whether it is cancelled

    with pytest.raises(CancelledError):
        decodeAll([DecodeRequest(instance, layoutOf(instance), range(24), takeSlowly)], workers, progress)
    promised.atMost(promised.now() - stopped[0], SECONDS_TO_STOP, "the cancel")


def test_aSinkThatFailsStopsEverythingAndThePoolIsUsableAfterwards(tmp_path, workers):
    def refuse(*_):
        raise PixelDataError("not wanted")

    builder = axialCT(slices=6, transferSyntax=RLE)
    with pytest.raises(PixelDataError, match="not wanted"):
        decodeAll(requestsFor(builder, tmp_path / "a", refuse), workers)
    arrived = Arrived()
    decodeAll(requestsFor(builder, tmp_path / "b", arrived), workers)
    assert len(arrived.frames) == 6


def test_afterThePoolIsClosedNothingIsDecoded(tmp_path):
    pool = WorkerPool(size=1)
    pool.close()
    with pytest.raises(WorkerError, match="shut down"):
        decodeAll(requestsFor(axialCT(slices=2, transferSyntax=RLE), tmp_path, Arrived()), pool)
