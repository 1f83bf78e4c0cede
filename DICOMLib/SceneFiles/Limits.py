"""What is accepted of a scene nobody vouches for, beside the limits of archives and of files in general.

Counted on the bytes that come out, never on what it states alone.
"""

from __future__ import annotations

# Scenes have some two files for each node; the largest known ones have some thousands.
MAX_MEMBERS = 10_000
# Of all members together, as they are in the bundle. Larger scenes are kept as .mrml with files beside it.
MAX_TOTAL_BYTES = 4 << 30
# File systems allow 255 bytes for a part of a path.
MAX_NAME_BYTES = 255
MAX_DEPTH = 16
# Room that stays free on the disk of the temporary folder.
DISK_RESERVE = 64 << 20
# A thumbnail is a picture of some hundred pixels.
MAX_THUMBNAIL_BYTES = 16 << 20
# The text is looked at by a worker first: 64 MiB take it a second or two.
SECONDS_FOR_TEXT = 30.0
