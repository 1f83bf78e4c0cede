"""What is accepted from a file nobody vouches for. Every number is a promise tested at the limit and one beyond it."""

from __future__ import annotations

# DCMTK refuses deeper data sets too; real objects stay below 10. Readers further down recurse, and die near 180.
MAX_NESTING = 64

# A million elements take about half a second to walk; the largest real headers (whole-slide images) hold some 200,000.
MAX_ELEMENTS = 1_000_000

# An identifier is at most 64 characters (PS3.5 section 9); longer ones cannot be sent or stored by other programs.
MAX_UID_LENGTH = 64

# The text a header may carry in one wanted value. The longest real ones (comments) are a few kilobytes.
MAX_VALUE_LENGTH = 2 << 20

# Values of VR OB/OW/UN longer than this are not kept as text: they are vendor blocks, read from the file by those who
# know their format.
MAX_BINARY_VALUE_LENGTH = 4096

# Deflate can blow a byte up to a kilobyte. Headers compress ten- to thirtyfold.
MAX_INFLATE_RATIO = 100
MAX_INFLATED_SIZE = 512 << 20
# Below this size the ratio says nothing: an almost empty header may well be mostly padding.
INFLATE_RATIO_APPLIES_FROM = 1 << 20

# The header of a plain CT or MR image fits; a larger one costs further reads.
FIRST_READ_SIZE = 16 << 10
NEXT_READ_SIZE = 64 << 10

# Longer headers are read in a process that may be ended. One of images with all their frames described has some hundred
# kilobytes; this much holds so many elements that reading takes a tenth of a second.
MAX_PLAIN_HEADER = 2 << 20

# What that process may use: its address space, of which the interpreter takes a tenth, and time for one file.
CAREFUL_SCAN_MEMORY = 600 << 20
CAREFUL_SCAN_SECONDS = 20.0

# Bytes of one sequence and its first item, the least that one more level of nesting takes (implicit VR).
BYTES_PER_LEVEL = 16

# Frames whose functional groups are read: with ten elements each they reach the accepted number of elements. The
# largest real objects of this kind (tiled slides) describe some tens of thousands.
MAX_DESCRIBED_FRAMES = 100_000
