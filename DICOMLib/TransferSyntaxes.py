"""How pixel data may be encoded (PS3.5 annex A): names, what decodes each, and what to do where nothing does."""

from __future__ import annotations

from dataclasses import dataclass

IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98"
DEFLATED_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"
JPEG_LOSSLESS_SV1 = "1.2.840.10008.1.2.4.70"
JPEG_LS_LOSSLESS = "1.2.840.10008.1.2.4.80"
JPEG_LS_NEAR_LOSSLESS = "1.2.840.10008.1.2.4.81"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
JPEG_2000 = "1.2.840.10008.1.2.4.91"
HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201"
HTJ2K_LOSSLESS_RPCL = "1.2.840.10008.1.2.4.202"
HTJ2K = "1.2.840.10008.1.2.4.203"
RLE_LOSSLESS = "1.2.840.10008.1.2.5"
DEFLATED_IMAGE_FRAME = "1.2.840.10008.1.2.8.1"
# A syntax of General Electric's: headers as in implicit little endian, pixels in big endian.
GE_PRIVATE_IMPLICIT = "1.2.840.113619.5.2"

_LIBJPEG, _CHARLS, _OPENJPEG = "pylibjpeg-libjpeg", "pyjpegls", "pylibjpeg-openjpeg"
_FFMPEG = "Video is not a volume: export its pictures with ffmpeg or with the archive's own software"
_JPEG_XL = "Decompress it first, for example with dcm2dcm of dcm4che; the Python package imagecodecs reads the pictures"
_JPIP = "Only an address is in the file: ask the archive for the images themselves"


@dataclass(frozen=True)
class TransferSyntax:
    """One way of encoding.

    :ivar name: as in PS3.6 annex A
    :ivar isEncapsulated: whether pixel data is a sequence of fragments, each frame by itself (PS3.5 A.4)
    :ivar decodedAs: the syntax under whose name the decoders know this codestream
    :ivar package: which Python package decodes it; "" where none is needed
    :ivar advice: where nothing here reads it: what to do
    :ivar isLossless: whether decoded samples are those that were encoded; near-lossless is not
    """

    UID: str
    name: str
    isEncapsulated: bool = True
    decodedAs: str = ""
    package: str = ""
    advice: str = ""
    isLossless: bool = True

    @property
    def decoderUID(self) -> str:
        """:attr:`decodedAs`, or its own UID."""
        return self.decodedAs or self.UID


def _jpeg(number: int, name: str, decodedAs: str = "", isLossless: bool = False) -> TransferSyntax:
    return TransferSyntax(
        f"1.2.840.10008.1.2.4.{number}", name, decodedAs=decodedAs, package=_LIBJPEG, isLossless=isLossless
    )


def _unread(number: str, name: str, advice: str, isLossless: bool = False) -> TransferSyntax:
    return TransferSyntax(f"1.2.840.10008.1.2.4.{number}", name, advice=advice, isLossless=isLossless)


_ALL = (
    TransferSyntax(IMPLICIT_LITTLE_ENDIAN, "Implicit VR Little Endian", isEncapsulated=False),
    TransferSyntax(EXPLICIT_LITTLE_ENDIAN, "Explicit VR Little Endian", isEncapsulated=False),
    TransferSyntax(ENCAPSULATED_UNCOMPRESSED, "Encapsulated Uncompressed Explicit VR Little Endian"),
    TransferSyntax(DEFLATED_EXPLICIT_LITTLE_ENDIAN, "Deflated Explicit VR Little Endian", isEncapsulated=False),
    TransferSyntax(EXPLICIT_BIG_ENDIAN, "Explicit VR Big Endian (Retired)", isEncapsulated=False),
    TransferSyntax(GE_PRIVATE_IMPLICIT, "GE Private Implicit VR Big Endian", isEncapsulated=False),
    TransferSyntax(RLE_LOSSLESS, "RLE Lossless"),
    TransferSyntax(DEFLATED_IMAGE_FRAME, "Deflated Image Frame Compression"),
    _jpeg(50, "JPEG Baseline (Process 1)"),
    _jpeg(51, "JPEG Extended (Process 2 and 4)"),
    # What follows is retired; a decoder finds the process in the codestream itself.
    _jpeg(52, "JPEG Extended (Process 3 and 5) (Retired)", JPEG_EXTENDED),
    _jpeg(53, "JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8) (Retired)", JPEG_EXTENDED),
    _jpeg(54, "JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9) (Retired)", JPEG_EXTENDED),
    _jpeg(55, "JPEG Full Progression, Non-Hierarchical (Process 10 and 12) (Retired)", JPEG_EXTENDED),
    _jpeg(56, "JPEG Full Progression, Non-Hierarchical (Process 11 and 13) (Retired)", JPEG_EXTENDED),
    _jpeg(57, "JPEG Lossless, Non-Hierarchical (Process 14)", isLossless=True),
    _jpeg(58, "JPEG Lossless, Non-Hierarchical (Process 15) (Retired)", JPEG_LOSSLESS, isLossless=True),
    _jpeg(70, "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])",
          isLossless=True),
    TransferSyntax(JPEG_LS_LOSSLESS, "JPEG-LS Lossless Image Compression", package=_CHARLS),
    TransferSyntax(JPEG_LS_NEAR_LOSSLESS, "JPEG-LS Lossy (Near-Lossless) Image Compression", package=_CHARLS,
                   isLossless=False),
    TransferSyntax(JPEG_2000_LOSSLESS, "JPEG 2000 Image Compression (Lossless Only)", package=_OPENJPEG),
    TransferSyntax(JPEG_2000, "JPEG 2000 Image Compression", package=_OPENJPEG, isLossless=False),
    TransferSyntax("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)",
                   advice="Decompress it with the scanner's or archive's own software"),
    TransferSyntax("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2 Multi-component Image Compression",
                   advice="Decompress it with the scanner's or archive's own software", isLossless=False),
    TransferSyntax(HTJ2K_LOSSLESS, "High-Throughput JPEG 2000 Image Compression (Lossless Only)", package=_OPENJPEG),
    TransferSyntax(HTJ2K_LOSSLESS_RPCL,
                   "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)", package=_OPENJPEG),
    TransferSyntax(HTJ2K, "High-Throughput JPEG 2000 Image Compression", package=_OPENJPEG, isLossless=False),
    _unread("94", "JPIP Referenced", _JPIP),
    _unread("95", "JPIP Referenced Deflate", _JPIP),
    _unread("204", "JPIP HTJ2K Referenced", _JPIP),
    _unread("205", "JPIP HTJ2K Referenced Deflate", _JPIP),
    _unread("100", "MPEG2 Main Profile / Main Level", _FFMPEG),
    _unread("100.1", "Fragmentable MPEG2 Main Profile / Main Level", _FFMPEG),
    _unread("101", "MPEG2 Main Profile / High Level", _FFMPEG),
    _unread("101.1", "Fragmentable MPEG2 Main Profile / High Level", _FFMPEG),
    _unread("102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", _FFMPEG),
    _unread("102.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1", _FFMPEG),
    _unread("103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", _FFMPEG),
    _unread("103.1", "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", _FFMPEG),
    _unread("104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", _FFMPEG),
    _unread("104.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", _FFMPEG),
    _unread("105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", _FFMPEG),
    _unread("105.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", _FFMPEG),
    _unread("106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", _FFMPEG),
    _unread("106.1", "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", _FFMPEG),
    _unread("107", "HEVC/H.265 Main Profile / Level 5.1", _FFMPEG),
    _unread("108", "HEVC/H.265 Main 10 Profile / Level 5.1", _FFMPEG),
    _unread("110", "JPEG XL Lossless", _JPEG_XL, isLossless=True),
    _unread("111", "JPEG XL JPEG Recompression", _JPEG_XL),
    _unread("112", "JPEG XL", _JPEG_XL),
)

_BY_UID = {syntax.UID: syntax for syntax in _ALL}
_UNKNOWN_ADVICE = "No installed package reads it: convert the file with the scanner's or archive's own software"


def transferSyntax(uid: str) -> TransferSyntax:
    """What is known about a transfer syntax; one that is not known has its UID for a name, and advice."""
    return _BY_UID.get(uid) or TransferSyntax(uid, "", advice=_UNKNOWN_ADVICE)


def syntaxName(uid: str) -> str:
    """"JPEG Baseline (Process 1), 1.2.840.10008.1.2.4.50"."""
    name = transferSyntax(uid).name
    return f"{name}, {uid}" if name else uid
