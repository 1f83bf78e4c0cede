"""What is accepted of a scene nobody vouches for, beside the limits of archives and of files in general.

Counted on the bytes that come out, never on what it states alone.
"""

from __future__ import annotations

# Scenes have some two files for each node; the largest known ones have some thousands.
MAX_MEMBERS = 10_000
# Each node takes some 10 KB and more time the more there are; the largest known scenes have some thousands.
MAX_NODES = 20_000
# Names of files in the text of a scene, each counted for every node that has it.
MAX_FILES = 20_000
# Each node has a copy of what is in its file. Files have one node; older versions of Slicer shared some between two.
MAX_NODES_OF_A_FILE = 8
# Of nodes whose class is not known here, for all of a scene: it is in memory as long as the scene is.
MAX_KEPT_BYTES = 2 << 30
# Of one node: real ones have few for each role, and browsers of sequences some for each of their hundred sequences.
MAX_REFERENCES = 100_000
# Of all members together, as they are in the bundle. Larger scenes are kept as .mrml with files beside it.
MAX_TOTAL_BYTES = 4 << 30
# File systems allow 255 bytes for a part of a path.
MAX_NAME_BYTES = 255
MAX_DEPTH = 16
# Room that stays free on the disk of the temporary folder.
DISK_RESERVE = 64 << 20
# And on that of autosaves, which nobody has asked for at that moment.
AUTOSAVE_RESERVE = 256 << 20
# A thumbnail is a picture of some hundred pixels.
MAX_THUMBNAIL_BYTES = 16 << 20
# The text is looked at by a worker first: 64 MiB take it a second or two.
SECONDS_FOR_TEXT = 30.0
# Sentences on what is wrong in a bundle within a bundle.
MAX_PROBLEMS_WITHIN = 100
