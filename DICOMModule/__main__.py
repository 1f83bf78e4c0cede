"""``python -m DICOMModule``: the same as the command ``dicommodule``."""

from __future__ import annotations

import sys

from .CommandLine import main

if __name__ == "__main__":
    sys.exit(main())
