import pytest
from pydicom.uid import UID, UID_dictionary

from DICOMLib.TransferSyntaxes import JPEG_EXTENDED, syntaxName, transferSyntax

RETIRED = {"1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2", "1.2.840.10008.1.20"}
# Whole hierarchies of images, long retired; nobody has written them.
HIERARCHICAL = {f"1.2.840.10008.1.2.4.{number}" for number in (*range(59, 67),)}
NOT_FOR_IMAGES = {"1.2.840.10008.1.2.1.98", *(f"1.2.840.10008.1.2.7.{number}" for number in (1, 2, 3))}


def standardSyntaxes():
    syntaxes = {uid for uid, entry in UID_dictionary.items() if entry[1] == "Transfer Syntax"}
    return sorted(syntaxes - RETIRED - HIERARCHICAL - NOT_FOR_IMAGES)


@pytest.mark.parametrize("uid", standardSyntaxes())
def test_everyTransferSyntaxOfTheStandardHasItsNameAndKind(uid):
    known = transferSyntax(uid)
    assert known.name, uid
    assert known.isEncapsulated == UID(uid).is_encapsulated


def test_whatIsDecodedNamesItsPackageAndWhatIsNotAWayOut():
    assert transferSyntax("1.2.840.10008.1.2.4.80").package == "pyjpegls"
    assert transferSyntax("1.2.840.10008.1.2.4.203").package == "pylibjpeg-openjpeg"
    assert transferSyntax("1.2.840.10008.1.2.4.53").decoderUID == JPEG_EXTENDED
    assert transferSyntax("1.2.840.10008.1.2.5").decoderUID == "1.2.840.10008.1.2.5"
    assert "ffmpeg" in transferSyntax("1.2.840.10008.1.2.4.104.1").advice
    assert "convert" in transferSyntax("1.2.3").advice


def test_aSyntaxIsCalledByNameAndNumber():
    assert syntaxName("1.2.840.10008.1.2.4.50") == "JPEG Baseline (Process 1), 1.2.840.10008.1.2.4.50"
    assert syntaxName("1.2.3") == "1.2.3"
