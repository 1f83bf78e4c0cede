"""The zip of a scene out of DICOM files: as they were written, rewritten by other programs, damaged, made to harm."""

from __future__ import annotations

import hashlib
import os
import struct

import pytest

from DICOMLib.Errors import CancelledError, FileError, SceneFileError
from DICOMLib.Progress import Progress
from DICOMPlugins.SceneBundle.BundleReading import bundleFacts, extractBundle, verifiedBundle
from Testing.DICOMPlugins.SceneBundle.Carriers import carrier, rewritten, slicerCarrier
from Testing.Fixtures import BrokenFiles
from Testing.Fixtures.RunWorkers import runWorkers


def extracted(path, folder):
    target = folder / "out.mrb"
    facts = extractBundle(str(path), str(target), runWorkers())
    assert oct(target.stat().st_mode & 0o777) == "0o600"
    contents = target.read_bytes()
    assert (facts.size, facts.digest) == (len(contents), hashlib.sha256(contents).hexdigest())
    return facts, contents


@pytest.mark.parametrize("size", [5001, 5002, 3_000_001])
def test_theZipComesOutByteForByte_whetherItsLengthIsEvenOrOdd(tmp_path, size):
    path, contents = carrier(tmp_path, size)
    facts, found = extracted(path, tmp_path)
    assert found == contents and facts.isVerified and not facts.isGuessed
    assert bundleFacts(str(path)).digest == facts.digest


@pytest.mark.parametrize("size", [5001, 5002])
@pytest.mark.parametrize(
    "how", ["same", "padded", "deflated", "implicit", "other number", "other block", "without size"]
)
def test_aRewrittenFileGivesTheSameZip_verified(tmp_path, how, size):
    path, contents = carrier(tmp_path, size)
    facts, found = extracted(rewritten(path, tmp_path / "rewritten.dcm", how), tmp_path)
    assert found == contents and facts.isVerified and not facts.isGuessed


@pytest.mark.parametrize("size", [5001, 5002])
def test_anObjectMadeIn3DSlicersWayGivesItsZip_notVerified(tmp_path, size):
    path, contents = slicerCarrier(tmp_path, size)
    facts, found = extracted(path, tmp_path)
    assert found == contents and not facts.isVerified and not facts.isGuessed
    assert bundleFacts(str(path)).digest == ""


@pytest.mark.parametrize("how", ["same", "other number", "without size"])
def test_withoutADigestTheEndOfTheZipIsFoundInItsOwnBytes(tmp_path, how):
    path, contents = carrier(tmp_path)
    changed = rewritten(path, tmp_path / "changed.dcm", how)
    facts, found = extracted(rewritten(changed, tmp_path / "rewritten.dcm", "without digest"), tmp_path)
    assert found == contents and not facts.isVerified


def test_whereTheElementCannotBeReachedTheEndOfTheFileIsTakenIfAZipBeginsThere(tmp_path):
    path, contents = carrier(tmp_path)
    data = path.read_bytes()
    place = data.index(struct.pack("<HH2s", 0xCADB, 0x1010, b"OB"))
    path.write_bytes(data[:place] + b"\xff\xff\xff\xff??" + data[place + 6 :])
    facts, found = extracted(path, tmp_path)
    assert found == contents and facts.isGuessed and facts.isVerified


def test_theNumberInTheCreatorNeverSaysWhereTheZipIs(tmp_path):
    path, contents = carrier(tmp_path)
    data = path.read_bytes()
    for number in (b"0001", b"4999", b"9999"):
        path.write_bytes(data.replace(b"3D Slicer 5001", b"3D Slicer " + number))
        assert extracted(path, tmp_path)[1] == contents


@pytest.mark.parametrize("how", ["same", "deflated", "padded"])
def test_aVerifiedZipCanBeReadWhereItIs_andWhatIsDeflatedFromACopy(tmp_path, how):
    path, contents = carrier(tmp_path)
    path = rewritten(path, tmp_path / "rewritten.dcm", how)
    private = tmp_path / "private"
    private.mkdir()
    place = verifiedBundle(str(path), str(private), runWorkers())
    assert place.isVerified and os.listdir(private) == (["scene.mrb"] if how == "deflated" else [])
    with open(place.path, "rb") as file:
        file.seek(place.offset)
        assert file.read(place.size) == contents


def test_aDamagedZipIsRefusedAndNothingIsLeft(tmp_path):
    path, _ = carrier(tmp_path)
    data = bytearray(path.read_bytes())
    data[-2000] ^= 1
    path.write_bytes(data)
    with pytest.raises(SceneFileError, match="the scene in the file is damaged: its SHA-256"):
        extractBundle(str(path), str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
    deflated = rewritten(path, tmp_path / "deflated.dcm", "deflated")
    with pytest.raises(SceneFileError, match="the scene in the file is damaged"):
        extractBundle(str(deflated), str(tmp_path / "out"), runWorkers())
    assert not (tmp_path / "out").exists()


def test_aDigestWithADamagedDigitIsToldAsDamage_notAsAnObjectWithoutOne(tmp_path):
    path, _ = carrier(tmp_path)
    data = path.read_bytes()
    digest = bundleFacts(str(path)).digest.encode()
    path.write_bytes(data.replace(digest, b"?" + digest[1:]))
    for source in (path, rewritten(path, tmp_path / "deflated.dcm", "deflated")):
        with pytest.raises(SceneFileError, match="the digest of the scene in the file is damaged"):
            bundleFacts(str(source), runWorkers())
        with pytest.raises(SceneFileError, match="the digest of the scene in the file is damaged"):
            extractBundle(str(source), str(tmp_path / "out"), runWorkers())
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("missing", [1, 100, 4000, 5100])
def test_aFileThatEndsTooEarlyIsRefused(tmp_path, missing):
    path, _ = carrier(tmp_path)
    path.write_bytes(path.read_bytes()[:-missing])
    with pytest.raises(FileError):
        bundleFacts(str(path))
    with pytest.raises(FileError):
        extractBundle(str(path), str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "contents",
    [BrokenFiles.validFile(), BrokenFiles.notDICOM(), BrokenFiles.emptyFile(), BrokenFiles.deeplyNested(),
     BrokenFiles.giantLengthClaim(tag=(0xCADB, 0x1010)), BrokenFiles.giantLengthClaim()],
)  # fmt: skip
def test_otherFilesHoldNoScene(tmp_path, contents):
    path = tmp_path / "other.dcm"
    path.write_bytes(contents)
    with pytest.raises(FileError):
        bundleFacts(str(path), runWorkers())


def test_aDeflatedBombIsRefusedInAWorker(tmp_path):
    path = tmp_path / "bomb.dcm"
    path.write_bytes(BrokenFiles.inflateBomb())
    with pytest.raises(FileError, match="inflates"):
        bundleFacts(str(path), runWorkers())


def test_aCancelledCopyLeavesNothing(tmp_path):
    path, _ = carrier(tmp_path)
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        extractBundle(str(path), str(tmp_path / "out"), progress=progress)
    assert not (tmp_path / "out").exists()


def test_everyCutAndFlippedByteIsAnAnswerAndNoCrash(tmp_path):
    path, contents = carrier(tmp_path)
    data = path.read_bytes()
    head = len(data) - len(contents)
    mutant = tmp_path / "mutant.dcm"
    for position in range(0, head, 3):
        mutant.write_bytes(data[:position] + bytes([data[position] ^ 0x55]) + data[position + 1 :])
        try:
            extractBundle(str(mutant), str(tmp_path / "out"), runWorkers())
        except FileError:
            continue
        found = (tmp_path / "out").read_bytes()
        os.remove(tmp_path / "out")
        assert found in (contents, contents + b"\0")
