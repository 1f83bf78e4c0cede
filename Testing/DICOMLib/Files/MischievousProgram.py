"""A process that scans headers and that some files make hang, die, or take all memory."""

from DICOMLib.Files.ScanHelper import PROGRAM

# What the process does with files of these names before it answers.
_MISCHIEF = """
import os, time
from DICOMLib.Files import ScanHelper
def scanOne(path, scanner, scan=ScanHelper.scanOne):
    if path.endswith(b"hang"):
        time.sleep(100)
    if path.endswith(b"die"):
        os.abort()
    if path.endswith(b"fill"):
        bytearray(2 << 30)
    return scan(path, scanner)
ScanHelper.scanOne = scanOne
"""
MISCHIEVOUS_PROGRAM = PROGRAM.replace("sys.path.pop(0);", f"sys.path.pop(0); exec({_MISCHIEF!r});")
