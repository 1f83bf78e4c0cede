"""What all kinds of archives consist of for us: members, each with a name and blocks of bytes, or with a problem."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


class MemberProblem(Exception):
    """One member cannot be had; the others can."""


class MemberDamage(MemberProblem):
    """Its bytes are not those that were put in, as after a bad disk: an accident, where others may be lies."""


class ArchiveProblem(Exception):
    """Nothing more can be had from the archive."""


@dataclass
class Member:
    """One file in an archive.

    :ivar name: as it is written there: a label, never a path to write to
    :ivar size: bytes as stated; -1 when it is not stated
    :ivar problem: why it cannot be had; "" when its blocks may be read
    :ivar blocks: its contents, to be read before the next member; raises MemberProblem or ArchiveProblem
    """

    name: bytes
    size: int = -1
    problem: str = ""
    blocks: Iterator[bytes] = field(default_factory=lambda: iter(()))
