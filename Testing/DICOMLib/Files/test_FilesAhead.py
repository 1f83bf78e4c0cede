"""Files are looked for ahead of the scan, given in order, and take little memory while they wait."""

import sys
import tracemalloc

import pytest

from DICOMLib.Files.FilesAhead import FilesAhead
from DICOMLib.Files.FolderWalk import FileEntry


def entries(count):
    return (FileEntry(b"/patients/study/series/\xff image%06d.dcm" % number, number, 0) for number in range(count))


@pytest.mark.parametrize("count", [0, 1, 4, 5, 999, 1000, 1001, 12_345])
def test_everyPathIsGivenInOrder(count):
    files = FilesAhead(entries(count))

    assert list(files) == [entry.path for entry in entries(count)]
    assert (files.found, files.isComplete) == (count, True)


def test_bytesToComeAreThoseOfFilesThatAreNotDone():
    files = FilesAhead(entries(2500))
    total = sum(range(2500))
    files.findAll()

    assert files.bytesToCome == total
    for number, _ in enumerate(files):
        files.done()
        total -= number
        assert files.bytesToCome == total
    assert total == 0


def test_aFewAreLookedForWithEachThatIsGiven():
    looked = []
    files = FilesAhead(looked.append(entry) or entry for entry in entries(4999))
    next(files)

    assert 1 < len(looked) < 10
    for _ in range(999):
        next(files)
    assert files.isComplete
    assert files.found == 4999


def test_filesMayBeFoundWhenAllBeforeAreDone():
    files = FilesAhead(entries(3000))
    for _ in files:
        files.done()

    assert files.bytesToCome == 0
    assert files.found == 3000


def test_aHundredThousandThatWaitTakeFewBytesEach():
    files = FilesAhead(entries(100_000))
    tracemalloc.start()
    files.findAll()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert size / 100_000 < 20 < sys.getsizeof(next(files))
