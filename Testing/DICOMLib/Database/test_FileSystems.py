"""Network drives are recognised by what the kernel says of the mount a path is on."""

from DICOMLib.Database import FileSystems
from DICOMLib.Database.FileSystems import fileSystemOf, isOnNetwork

MOUNTS = b"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:40 / /data\\040of\\040all rw,relatime shared:1 - nfs4 server:/export rw
41 27 0:41 / /data rw,relatime - xfs /dev/vdb rw
"""


def test_theLongestMountThatHoldsThePathDecides(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_bytes(MOUNTS)

    assert fileSystemOf("/home/someone/study.sqlite", mounts) == "ext4"
    assert fileSystemOf("/data/study.sqlite", mounts) == "xfs"
    assert fileSystemOf("/data of all/study.sqlite", mounts) == "nfs4"
    assert fileSystemOf("/data of all", mounts) == "nfs4"
    assert fileSystemOf("/database/study.sqlite", mounts) == "ext4"


def test_whereTheSystemDoesNotSayNothingIsClaimed(tmp_path):
    assert fileSystemOf("/home", tmp_path / "absent") == ""


def test_aDatabaseOnANetworkDriveSaysSo(filled, monkeypatch):
    path = filled.databaseFilename
    assert not isOnNetwork(path) and filled.warnings == ()
    filled.closeDatabase()
    monkeypatch.setattr(FileSystems, "fileSystemOf", lambda _path: "cifs")
    filled.openDatabase(path)

    (warning,) = filled.warnings
    assert "network drive" in warning and "one computer at a time" in warning
