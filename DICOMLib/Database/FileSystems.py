"""What kind of file system a file is on."""

from __future__ import annotations

import os
import re

# Kinds of /proc/self/mountinfo that reach over a network: their locks are not to be relied on.
NETWORK_FILE_SYSTEMS = frozenset((
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "ceph", "lustre", "glusterfs", "gpfs", "beegfs",
    "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "fuse.davfs", "davfs",
))  # fmt: skip
MOUNTS = "/proc/self/mountinfo"
_OCTAL = re.compile(rb"\\([0-7]{3})")


def fileSystemOf(path: str, mounts: str = MOUNTS) -> str:
    """The kind of file system a path is on ("ext4", "nfs4", …); "" where the operating system does not say."""
    try:
        with open(mounts, "rb") as stream:
            lines = stream.read().splitlines()
    except OSError:
        return ""
    wanted = os.fsencode(os.path.realpath(path))
    longest, kind = b"", ""
    for line in lines:
        before, _, after = line.partition(b" - ")
        fields = before.split(b" ")
        if len(fields) < 5 or not after:
            continue
        mounted = _OCTAL.sub(lambda match: bytes([int(match[1], 8)]), fields[4])
        if len(mounted) >= len(longest) and _isBelow(wanted, mounted):
            longest, kind = mounted, after.split(b" ")[0].decode("ascii", "replace")
    return kind


def isOnNetwork(path: str) -> bool:
    """Whether a path is on a network drive, as far as that can be told."""
    return fileSystemOf(path) in NETWORK_FILE_SYSTEMS


def _isBelow(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")
