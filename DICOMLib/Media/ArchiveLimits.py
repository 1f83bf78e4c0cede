"""What is accepted from an archive nobody vouches for. Counted on the bytes that come out, never on what it states."""

from __future__ import annotations

# Studies of whole hospitals travel in one archive: hundreds of thousands of files are real. A list of that many
# members takes some 150 MB in the helper process.
MAX_MEMBERS = 500_000
# The list of members at the end of a zip file, at some 130 bytes for each.
MAX_ZIP_DIRECTORY_SIZE = 64 << 20

# A byte of archive may become this many. Images compress two- to tenfold.
MAX_RATIO = 100
# Below this size the ratio says nothing: an empty mask of 100 MB may well compress a thousandfold, and does no harm.
RATIO_APPLIES_FROM = 128 << 20

# Names are only labels, but they are stored and shown. File systems allow 255 bytes for a part.
MAX_NAME_BYTES = 255
MAX_DEPTH = 16
MAX_PATH_BYTES = 4096
# Long names and other facts of a tar member are members of their own before it.
MAX_TAR_EXTENSION_SIZE = 1 << 20

# Address space of the helper process: the program itself, a list of members, and the window of a decompressor.
HELPER_MEMORY = 1 << 30
# The largest window of xz at its usual settings is 64 MiB; ones beyond twice that are refused.
XZ_MEMORY = 128 << 20
# The helper says at least this often how far it is; one that is silent for much longer is stuck.
SECONDS_BETWEEN_SIGNS = 0.25
SECONDS_OF_SILENCE = 20.0

# Bytes in one message. A member that fits is sent in one piece, after it was checked as a whole.
PIECE_SIZE = 1 << 20
# Room that stays free on the disk of the database.
DISK_RESERVE = 64 << 20
