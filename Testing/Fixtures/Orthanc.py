"""The DICOM server Orthanc as a witness: started on this machine, with a folder and a port of its own.

A test asks for the fixture ``orthanc`` (Testing/conftest.py) and is skipped where Orthanc is not installed:

    def test_itIsTaken(orthanc):
        orthanc.upload(files)
        assert numpy.array_equal(orthanc.frame(sopInstanceUID), expected)
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import numpy

from launch import dieWithParent

_SECONDS_TO_START = 90
_SECONDS_TO_ANSWER = 60
# Kinds of pixel data that it gives only as they are in the file: keyword -> (address, numpy type).
_FLOATING = {"FloatPixelData": ("7fe0-0008", "<f4"), "DoubleFloatPixelData": ("7fe0-0009", "<f8")}


class OrthancMissingError(Exception):
    """There is no server, and why."""


class OrthancServer:
    """A running server."""

    def __init__(self, port: int):
        self.port = port
        self._identifiers: dict[str, str] = {}

    def version(self) -> str:
        """As the server says."""
        return json.loads(self.ask("GET", "/system"))["Version"]

    def upload(self, files: Iterable[Path]) -> list[str]:
        """:returns: SOPInstanceUIDs in the order of the files
        :raises AssertionError: when it does not take one, with what it says
        """
        uids = []
        for file in files:
            identifier = json.loads(self.ask("POST", "/instances", Path(file).read_bytes()))["ID"]
            uid = self._tagsOf(identifier)["SOPInstanceUID"]
            self._identifiers[uid] = identifier
            uids.append(uid)
        return uids

    def tags(self, sopUID: str) -> dict:
        """Keyword -> text (several values joined by backslashes), sequences as lists of such."""
        return self._tagsOf(self._identifiers[sopUID])

    def frame(self, sopUID: str, frame: int = 0) -> numpy.ndarray:
        """One frame (from 0) as the server decodes it: stored values, shape (rows, columns[, 3])."""
        tags = self.tags(sopUID)
        bits, isSigned = tags.get("BitsAllocated"), tags.get("PixelRepresentation") == "1"
        if bits == "1" or (bits == "8" and isSigned) or any(keyword in tags for keyword in _FLOATING):
            return self._frameAsInTheFile(sopUID, tags, frame)
        address = f"/instances/{self._identifiers[sopUID]}/frames/{frame}/numpy?rescale=0"
        values = numpy.load(io.BytesIO(self.ask("GET", address)))
        return values[..., 0] if values.shape[-1] == 1 else values

    def file(self, sopUID: str) -> bytes:
        """The object as the server gives it away."""
        return self.ask("GET", f"/instances/{self._identifiers[sopUID]}/file")

    def rawFrame(self, sopUID: str, frame: int = 0) -> bytes:
        """One frame (from 0) byte for byte as it is in the file."""
        return self.ask("GET", f"/instances/{self._identifiers[sopUID]}/frames/{frame}/raw")

    def _tagsOf(self, identifier: str) -> dict:
        return json.loads(self.ask("GET", f"/instances/{identifier}/simplified-tags"))

    def _frameAsInTheFile(self, sopUID: str, tags: dict, frame: int) -> numpy.ndarray:
        """Bits, signed bytes, real numbers: what it has no decoder for (PS3.5 section 8.1.1); not compressed."""
        shape = int(tags["Rows"]), int(tags["Columns"])
        size = shape[0] * shape[1]
        for keyword, (address, dtype) in _FLOATING.items():
            if keyword in tags:
                content = self.ask("GET", f"/instances/{self._identifiers[sopUID]}/content/{address}")
                return numpy.frombuffer(content, dtype)[frame * size : (frame + 1) * size].reshape(shape)
        if tags["BitsAllocated"] == "8":
            return numpy.frombuffer(self.rawFrame(sopUID, frame), "i1").reshape(shape)
        # Frames of bits do not begin at bytes, so it is asked for the whole element.
        content = self.ask("GET", f"/instances/{self._identifiers[sopUID]}/content/7fe0-0010/0")
        bits = numpy.unpackbits(numpy.frombuffer(content, "u1"), bitorder="little")
        return bits[frame * size : (frame + 1) * size].reshape(shape)

    def ask(self, method: str, address: str, body: bytes | None = None) -> bytes:
        """One request of its REST interface.

        :raises AssertionError: when it answers anything but 200, with what it says
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS_TO_ANSWER)
        with contextlib.closing(connection):
            connection.request(method, quote(address, safe="/?=&"), body=body)
            response = connection.getresponse()
            content = response.read()
        if response.status != 200:
            said = content[:300].decode("utf-8", "replace")
            raise AssertionError(f"Orthanc answered {response.status} to {method} {address}: {said}")
        return content


@contextlib.contextmanager
def serverIn(folder: Path) -> Iterator[OrthancServer]:
    """A server for the time of the context, which keeps all it has in a new folder that is removed at the end.

    :raises OrthancMissingError: where it is not installed, or does not start
    """
    program = shutil.which("Orthanc")
    if program is None:
        raise OrthancMissingError("Orthanc (Debian package orthanc) is not installed")
    folder.mkdir()
    process = None
    try:
        port = _freePort()
        configuration = folder / "orthanc.json"
        configuration.write_text(json.dumps({
            "StorageDirectory": str(folder / "storage"), "IndexDirectory": str(folder / "index"), "HttpPort": port,
            "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "DicomServerEnabled": False, "Plugins": [],
        }))  # fmt: skip
        process = subprocess.Popen(
            [program, str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=dieWithParent(),
        )  # fmt: skip
        yield _started(process, port)
    finally:
        if process is not None:
            process.kill()  # asked to end it takes seconds; nothing of it is kept
            process.wait()
        shutil.rmtree(folder)


def _started(process: subprocess.Popen, port: int) -> OrthancServer:
    server = OrthancServer(port)
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.version()
            return server
        time.sleep(0.02)
    raise OrthancMissingError("Orthanc did not start")


def _freePort() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
