"""What is accepted from a server, which is a program nobody vouches for, and how long it is waited for."""

from __future__ import annotations

# Presentation contexts have odd numbers of one byte (PS3.8 9.3.2.2).
MOST_CONTEXTS = 128
# An answer to a request for an association lists what was proposed: at most 128 contexts, some 4 kB.
MOST_NEGOTIATION_BYTES = 128 * 1024
# What is announced as the most that is taken at once, and the most that is sent at once: DCMTK's own limit.
MOST_PDU_BYTES = 128 * 1024
# Fewer than that at once is no server but somebody who wants a message in a million pieces.
FEWEST_PDU_BYTES = 512
MOST_COMMAND_BYTES = 64 * 1024
# Of data that comes with an answer and is kept in memory: identifiers of queries, not images.
MOST_ANSWER_BYTES = 16 << 20
# Nothing else tells a cancelled job that it is: half of what a person is willing to wait.
SECONDS_BETWEEN_LOOKS = 0.1
# A polite end is waited for only so long; all objects have been answered for by then.
RELEASE_SECONDS = 5.0
