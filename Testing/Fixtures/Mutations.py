"""Damaged files by the hundred: 20 ways to damage any file, 9 ways to damage a compressed pixel stream.

The same number gives the same mutants; each is an object of a series of its own, so that each is loaded by itself.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .Identifiers import deterministicUID
from .MutationSeeds import OBJECT_UID, SERIES_UID, Element, Seed, seeds

Damage = Callable[[random.Random, Seed, bytearray], None]

ROWS, COLUMNS, FRAMES = 0x00280010, 0x00280011, 0x00280008
SAMPLES, PLANAR = 0x00280002, 0x00280006
BITS = (0x00280100, 0x00280101, 0x00280102, 0x00280103)
PIXEL_DATA = 0x7FE00010
LENGTHS = (0, 1, 3, 0x7F, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF)
SHORTS = (0, 1, 2, 3, 7, 255, 256, 4096, 32767, 32768, 65534, 65535)
SYNTAXES = (
    "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.102", "1.2.3.4",
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A damaged file. :ivar name: number, seed and damage"""

    name: str
    contents: bytes


def mutants(count: int, number: int, made: Sequence[Seed] | None = None) -> Iterator[Mutant]:
    """Half of them damaged anywhere, half in their pixel stream.

    :param number: what the random numbers begin with
    :param made: what to damage; default: every kind of file we can make
    """
    chance = random.Random(number)
    made = seeds() if made is None else made
    compressed = [seed for seed in made if len(seed.fragments) > 1]
    for index in range(count):
        seed, damages = chance.choice(made), GENERAL
        if compressed and index % 2:
            seed, damages = chance.choice(compressed), PIXEL_STREAM
        damage = damages[index // 2 % len(damages)]
        contents = bytearray(_renamed(seed.contents, number, index))
        damage(chance, seed, contents)
        name = f"{index:05d}-{seed.name}-{damage.__name__.strip('_')}.dcm"
        yield Mutant(name, seed.finished(bytes(contents)))


def _renamed(contents: bytes, number: int, index: int) -> bytes:
    for uid in (OBJECT_UID, SERIES_UID):
        other = deterministicUID(uid, number, index)
        other = (other + "1" * len(uid))[: len(uid)]
        contents = contents.replace(uid.encode(), other.encode())
    return contents


# Anywhere in the file


def _cut(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    del contents[chance.randrange(len(contents)) :]


def _cutHeader(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    del contents[chance.randrange(min(len(contents), _pixels(seed, contents))) :]


def _bitFlip(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    contents[chance.randrange(len(contents))] ^= 1 << chance.randrange(8)


def _headerFlips(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    for _ in range(20):
        contents[chance.randrange(_pixels(seed, contents))] ^= 1 << chance.randrange(8)


def _manyFlips(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    for _ in range(1 + len(contents) // 100):
        _bitFlip(chance, seed, contents)


def _randomBytes(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    start, end = _block(chance, contents)
    contents[start:end] = chance.randbytes(end - start)


def _zeros(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    start, end = _block(chance, contents)
    contents[start:end] = bytes(end - start)


def _deletedBlock(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    start, end = _block(chance, contents)
    del contents[start:end]


def _doubledBlock(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    start, end = _block(chance, contents)
    contents[end:end] = contents[start:end]


def _swappedBlocks(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    first, second = sorted(chance.sample(range(len(contents) - 64), 2))
    length = min(chance.randint(1, 64), second - first)
    before = contents[first : first + length]
    contents[first : first + length] = contents[second : second + length]
    contents[second : second + length] = before


def _insertedBytes(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    position = chance.randrange(len(contents))
    contents[position:position] = chance.randbytes(chance.randint(1, 200))


def _forgedLength(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    element = _element(chance, seed)
    size = 4 if element.value - element.start == 12 or chance.random() < 0.3 else 2
    _putNumber(seed, contents, element.value - size, size, chance.choice(LENGTHS))


def _badVR(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    element = _element(chance, seed)
    other = chance.choice((b"ZZ", b"\0\0", b"SQ", b"UN", b"OB", b"US", b"DS", b"AT", b"UT", b"PN", b"sq", b"\xff\xff"))
    contents[element.start + 4 : element.start + 6] = other


def _otherSyntax(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    position = contents.find(b"\x02\0\x10\0UI", 0, 400)
    if position < 0:
        return _badVR(chance, seed, contents)
    length = struct.unpack_from("<H", contents, position + 6)[0]
    other = chance.choice(SYNTAXES).encode()
    if len(other) > length:  # the group's length is not stated again: this is damage too
        contents[position + 6 : position + 8] = struct.pack("<H", len(other) + len(other) % 2)
    contents[position + 8 : position + 8 + length] = other.ljust(max(length, len(other) + len(other) % 2), b"\0")


def _forgedSize(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    for tag in chance.choice(((ROWS,), (COLUMNS,), (ROWS, COLUMNS))):
        _putShort(chance, seed, contents, tag)


def _forgedBits(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    for tag in chance.sample(BITS, chance.randint(1, 4)):
        _putShort(chance, seed, contents, tag, (0, 1, 7, 8, 12, 15, 16, 17, 24, 32, 33, 64, 255, 65535))


def _forgedSamples(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    _putShort(chance, seed, contents, chance.choice((SAMPLES, SAMPLES, PLANAR)), (0, 1, 2, 3, 4, 5, 255, 65535))
    if chance.random() < 0.5:
        others = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "PALETTE COLOR", "MONOCHROME1", "XYZ", "")
        _putText(seed, contents, 0x00280004, chance.choice(others))


def _forgedFrames(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    text = chance.choice(("0", "-1", "2", "1000", "99999999", "2147483647", "1e9", "x", "1\\2"))
    if not _putText(seed, contents, FRAMES, text):
        position = next((one.start for one in seed.elements if one.tag == ROWS), len(contents))
        value = text.encode() + b" " * (len(text) % 2)
        order = ">" if seed.bigEndian else "<"
        element = struct.pack(order + "HH", 0x28, 8) + b"IS" + struct.pack(order + "H", len(value)) + value
        contents[position:position] = element


def _deletedElements(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    for element in sorted(chance.sample(seed.elements, chance.randint(1, 3)), key=lambda one: -one.start):
        del contents[element.start : element.value + element.length]


def _doubledElement(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    element, other = _element(chance, seed), _element(chance, seed)
    bytesOfIt = contents[element.start : element.value + element.length]
    contents[other.start : other.start] = bytesOfIt


GENERAL: tuple[Damage, ...] = (
    _cut, _cutHeader, _bitFlip, _headerFlips, _manyFlips, _randomBytes, _zeros, _deletedBlock, _doubledBlock,
    _swappedBlocks, _insertedBytes, _forgedLength, _badVR, _otherSyntax, _forgedSize, _forgedBits, _forgedSamples,
    _forgedFrames, _deletedElements, _doubledElement,
)  # fmt: skip


# In the compressed pixel stream


def _streamCut(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    """The codestream is shorter, and its length says so."""
    start, length = _fragment(chance, seed)
    kept = chance.randrange(length) & ~1
    contents[start - 4 : start + length] = struct.pack("<I", kept) + contents[start : start + kept]


def _streamFlips(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    start, length = _fragment(chance, seed)
    for _ in range(chance.choice((1, 3, 30))):
        contents[start + chance.randrange(length)] ^= 1 << chance.randrange(8)


def _streamHead(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    """Sizes, tables and markers of the codestream."""
    start, length = _fragment(chance, seed)
    for _ in range(chance.randint(1, 4)):
        position = start + chance.randrange(min(length, 90))
        contents[position] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))


def _streamRandom(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    start, length = _fragment(chance, seed)
    begin = chance.randrange(length)
    contents[start + begin : start + length] = chance.randbytes(length - begin)


def _streamZeros(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    start, length = _fragment(chance, seed)
    begin, end = sorted(chance.sample(range(length + 1), 2))
    contents[start + begin : start + end] = bytes(end - begin)


def _streamLength(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    start, _length = chance.choice(seed.fragments)
    contents[start - 4 : start] = struct.pack("<I", chance.choice(LENGTHS))


def _streamWithoutEnd(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    last, length = seed.fragments[-1]
    del contents[last + length - chance.choice((0, 0, 2, 16)) :]


def _streamOffsets(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    """A basic offset table that points elsewhere."""
    start, length = seed.fragments[0]
    table = b"".join(struct.pack("<I", chance.choice(LENGTHS)) for _ in range(chance.randint(1, 5)))
    contents[start - 4 : start + length] = struct.pack("<I", len(table)) + table


def _streamFragments(chance: random.Random, seed: Seed, contents: bytearray) -> None:
    """Fragments missing, empty, doubled, or split in two."""
    start, length = _fragment(chance, seed)
    item = bytes(contents[start - 8 : start + length])
    half = length // 2 & ~1
    pieces = [
        b"", b"\xfe\xff\x00\xe0" + bytes(4), item * 2, item[:4] + struct.pack("<I", half) + item[8 : 8 + half]
        + item[:4] + struct.pack("<I", length - half) + item[8 + half :],
    ]  # fmt: skip
    contents[start - 8 : start + length] = chance.choice(pieces)


PIXEL_STREAM: tuple[Damage, ...] = (
    _streamCut, _streamFlips, _streamHead, _streamRandom, _streamZeros, _streamLength, _streamWithoutEnd,
    _streamOffsets, _streamFragments,
)  # fmt: skip


def _fragment(chance: random.Random, seed: Seed) -> tuple[int, int]:
    start, length = chance.choice(seed.fragments[1:])
    return start, max(1, length)


def _element(chance: random.Random, seed: Seed) -> Element:
    return chance.choice(seed.elements)


def _pixels(seed: Seed, contents: bytearray) -> int:
    """Where the pixel data begins, in what is still the seed's contents."""
    return next((one.start for one in seed.elements if one.tag == PIXEL_DATA), len(contents))


def _block(chance: random.Random, contents: bytearray) -> tuple[int, int]:
    start = chance.randrange(len(contents))
    return start, min(len(contents), start + chance.choice((1, 4, 16, 100, 1000)))


def _putNumber(seed: Seed, contents: bytearray, position: int, size: int, number: int) -> None:
    order = "big" if seed.bigEndian else "little"
    contents[position : position + size] = (number & ((1 << 8 * size) - 1)).to_bytes(size, order)


def _putShort(
    chance: random.Random, seed: Seed, contents: bytearray, tag: int, values: Sequence[int] = SHORTS
) -> None:
    for element in seed.elements:
        if element.tag == tag:
            _putNumber(seed, contents, element.value, 2, chance.choice(values))


def _putText(seed: Seed, contents: bytearray, tag: int, text: str) -> bool:
    """Within the length that there is."""
    for element in seed.elements:
        if element.tag == tag and element.length:
            end = element.value + element.length
            contents[element.value : end] = text.encode()[: element.length].ljust(element.length)
            return True
    return False
