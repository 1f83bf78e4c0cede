"""A process that scans headers and that some files make hang, die, or take all memory."""

from DICOMLib.Files.CarefulScan import CarefulScan
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


class MischievousScan(CarefulScan):
    """Waits for such a process: for a file that makes it hang shortly, for others as long as they need."""

    def __init__(self, extraTags):
        super().__init__(extraTags, program=MISCHIEVOUS_PROGRAM)

    def scan(self, path, progress):
        self._seconds = 0.3 if path.endswith(b"hang") else 60.0
        return super().scan(path, progress)
