import errno
import io
import os
import sys

import numpy
import pytest

from DICOMLib.Errors import PixelDataError
from DICOMLib.Workers.ArraySender import ArraySender, HostGoneError
from DICOMLib.Workers.Messages import readHeader
from DICOMLib.Workers.SharedBlock import FIRST_BYTES, MOST_BYTES, SLOTS, SharedBlock, Slots
from DICOMLib.Workers.WorkerPool import Task, WorkerPool

TASKS = "Testing.DICOMLib.Workers.MisbehavingTasks"
onLinux = pytest.mark.skipif(sys.platform != "linux", reason="memory without a name is shared on Linux only")


class Consumer:
    def __init__(self):
        self.arrays = []

    def check(self, shape, dtype, information):
        if len(shape) != 2:
            raise PixelDataError("not an image")

    def accept(self, array, information):
        self.arrays.append((array.copy(), information["frame"]))


@pytest.fixture
def block():
    made = SharedBlock()
    made.open()
    yield made
    made.close()


def test_slotsDivideTheMemoryForSeveralArraysAtATime():
    slots = Slots(MOST_BYTES, 5000)
    assert slots.count == SLOTS and slots.bytes % 4096 == 0 and slots.bytes >= 5000
    starts = [slots.start(number) for number in range(2 * SLOTS)]
    assert starts[:SLOTS] == starts[SLOTS:] and len(set(starts)) == SLOTS
    assert Slots(MOST_BYTES, MOST_BYTES).count == 1
    assert Slots(MOST_BYTES, MOST_BYTES + 1).count == 0
    assert Slots(0, 100).count == 0


@onLinux
def test_theMemoryGrowsWithTheArraysUpToALimit(block):
    assert block.size == FIRST_BYTES
    block.grow(FIRST_BYTES // SLOTS)
    assert block.size == FIRST_BYTES
    block.grow(1 << 20)
    assert block.size == SLOTS << 20 and len(block.memory) == block.size
    block.grow(1 << 40)
    assert block.size == MOST_BYTES


@onLinux
def test_aWorkerCannotMakeTheMemoryShorterBelowTheHost(block):
    with pytest.raises(PermissionError):
        os.ftruncate(block.descriptor, 0)
    assert block.memory[FIRST_BYTES - 1] == 0


@onLinux
def test_closingGivesTheDescriptorBack(block):
    descriptor = block.descriptor
    block.close()
    block.close()
    with pytest.raises(OSError):
        os.fstat(descriptor)


@pytest.mark.parametrize("arrayBytes", [0, 12, 1 << 30], ids=["pipe", "shared memory", "too large to share"])
def test_arraysComeInOrderEitherWay(arrayBytes):
    with WorkerPool(size=1) as pool:
        for shape in ([2, 3], [700, 900]):
            consumer = Consumer()
            pool.run(Task(f"{TASKS}:ramp", {"count": 11, "shape": shape}, consumer, arrayBytes=arrayBytes))
            assert [frame for _, frame in consumer.arrays] == list(range(11))
            first = numpy.arange(numpy.prod(shape), dtype="int16").reshape(shape)
            assert all(numpy.array_equal(array, first + frame) for array, frame in consumer.arrays)


@onLinux
@pytest.mark.parametrize("call", ["memfd_create", "ftruncate"])
def test_whereTheSystemGrantsNoMemoryArraysGoThroughThePipe(monkeypatch, call):
    """As with a limit on the size of files, which counts for this memory as well."""

    def refused(*_):
        raise OSError(errno.EFBIG, "File too large")

    monkeypatch.setattr(os, call, refused)
    before = len(os.listdir("/proc/self/fd"))
    block = SharedBlock()
    block.open()
    block.grow(1 << 20)
    assert (block.descriptor, block.size, block.memory) == (-1, 0, None)
    assert len(os.listdir("/proc/self/fd")) == before
    with WorkerPool(size=1) as pool:
        consumer = Consumer()
        pool.run(Task(f"{TASKS}:ramp", {"count": 3, "shape": [70, 90]}, consumer, arrayBytes=12600))
    assert [frame for _, frame in consumer.arrays] == [0, 1, 2]


@onLinux
def test_memoryThatTheSystemDoesNotEnlargeStaysAsItIs(block, monkeypatch):
    def refused(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "ftruncate", refused)
    block.grow(MOST_BYTES // SLOTS)
    assert block.size == FIRST_BYTES == len(block.memory)


@pytest.mark.parametrize("arrayBytes", [0, 1000], ids=["pipe", "shared memory"])
def test_aConsumerThatRefusesLeavesThePoolUsable(arrayBytes):
    with WorkerPool(size=1) as pool:
        with pytest.raises(PixelDataError, match="not an image"):
            shape = [2, 3, 4]
            pool.run(Task(f"{TASKS}:ramp", {"count": 9, "shape": shape}, Consumer(), arrayBytes=arrayBytes))
        consumer = Consumer()
        pool.run(Task(f"{TASKS}:ramp", {"count": 2}, consumer, arrayBytes=arrayBytes))
        assert len(consumer.arrays) == 2


@onLinux
def test_theWorkerWaitsUntilASlotIsFree(block):
    results = io.BytesIO()
    sender = ArraySender(io.BytesIO(b".."), results, block.descriptor)
    sender.begin(block.size, block.size // 2)
    for number in range(4):
        sender.send({"frame": number}, numpy.full(10, number, "uint8"))
    assert block.memory[0] == 2 and block.memory[Slots(block.size, block.size // 2).bytes] == 3
    results.seek(0)
    assert readHeader(results) == {"kind": "shared", "shape": [10], "type": "u1", "information": {"frame": 0}}
    with pytest.raises(HostGoneError):
        sender.send({}, numpy.zeros(1, "uint8"))
