"""The DICOM server Orthanc as a peer: how fast it takes files in."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from Testing.Fixtures.Orthanc import OrthancMissingError, OrthancServer, serverIn

from .Setting import Setting, flush

FILES_IN_A_SAMPLE = 300
CONNECTIONS = 2


class OrthancPeer:
    """A server to measure, or the reason why there is none.

    :ivar reason: "" while it runs
    """

    def __init__(self, server: OrthancServer | None = None, reason: str = ""):
        self.reason = reason
        self._server = server

    @property
    def isRunning(self) -> bool:
        """Whether there is a server to measure."""
        return self._server is not None

    def version(self) -> str:
        """As the server says."""
        return self._server.version()

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
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=60)
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
def serverIfInstalled(setting: Setting) -> Iterator[OrthancPeer]:
    """A server for the time of the context; one that is not running where Orthanc is not installed."""
    with contextlib.ExitStack() as stack:
        try:
            peer = OrthancPeer(stack.enter_context(serverIn(setting.fresh("orthanc"))))
        except OrthancMissingError as error:
            peer = OrthancPeer(reason=str(error))
        yield peer
