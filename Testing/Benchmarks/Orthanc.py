"""The DICOM server Orthanc as a peer: started on this machine for one run, with folders and ports of its own."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .Setting import Setting, flush

FILES_IN_A_SAMPLE = 300
CONNECTIONS = 2
_SECONDS_TO_START = 30


class OrthancServer:
    """A running server, or the reason why there is none.

    :ivar reason: "" while it runs
    """

    def __init__(self, port: int = 0, reason: str = ""):
        self.reason = reason
        self._port = port

    @property
    def isRunning(self) -> bool:
        """Whether there is a server to measure."""
        return not self.reason

    def version(self) -> str:
        """As the server says."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/system")
            return json.loads(connection.getresponse().read())["Version"]

    def measureIngest(self, paths: Sequence[str], sample: int) -> float:
        """Files a second that it takes in, on kept-alive connections side by side; each sample sends other files."""
        first = (sample * FILES_IN_A_SAMPLE) % max(1, len(paths) - FILES_IN_A_SAMPLE)
        chosen = paths[first : first + FILES_IN_A_SAMPLE]
        contents = [Path(path).read_bytes() for path in chosen]
        flush()
        parts = [contents[part::CONNECTIONS] for part in range(CONNECTIONS)]
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            started = time.perf_counter()
            list(pool.map(self._send, parts))  # raises what went wrong
            return len(chosen) / (time.perf_counter() - started)

    def _send(self, contents: Sequence[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        with contextlib.closing(connection):
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for content in contents:
                connection.request("POST", "/instances", body=content)
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    raise AssertionError(f"Orthanc answered {response.status}")


@contextlib.contextmanager
def serverIfInstalled(setting: Setting) -> Iterator[OrthancServer]:
    """A server for the time of the context; one that is not running where Orthanc is not installed."""
    program = shutil.which("Orthanc")
    if program is None:
        yield OrthancServer(reason="Orthanc is not installed")
        return
    folder = setting.fresh("orthanc")
    folder.mkdir()
    port = _freePort()
    configuration = folder / "orthanc.json"
    configuration.write_text(json.dumps({
        "StorageDirectory": str(folder / "storage"), "IndexDirectory": str(folder / "index"), "HttpPort": port,
        "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "DicomServerEnabled": False, "Plugins": [],
    }))  # fmt: skip
    process = subprocess.Popen([program, str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _started(process, port)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _started(process: subprocess.Popen, port: int) -> OrthancServer:
    server = OrthancServer(port)
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.version()
            return server
        time.sleep(0.1)
    return OrthancServer(reason="Orthanc did not start")


def _freePort() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
