"""UIDs of the transfer syntaxes that the project treats in a way of their own (PS3.5 annex A)."""

from __future__ import annotations

IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
DEFLATED_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE_LOSSLESS = "1.2.840.10008.1.2.5"
# A syntax of General Electric's: headers as in implicit little endian, pixels in big endian.
GE_PRIVATE_IMPLICIT = "1.2.840.113619.5.2"
