"""Reading bytes we do not trust: the header scanner, its limits, character sets, and walking folders."""
