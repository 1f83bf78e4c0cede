"""A TCP connection, encrypted or not, whose every wait has an end and can be cancelled."""

from __future__ import annotations

import errno
import queue
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from ..Errors import ConnectionFailedError, ConnectionLostError
from ..Progress import Progress
from .Limits import SECONDS_BETWEEN_LOOKS
from .Servers import DICOMServer

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_CONNECTING = (0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", errno.EWOULDBLOCK))
_RECEIVED_AT_ONCE = 1 << 18
# Of pieces that are handed to the system together; 1024 is the least that systems allow.
_PIECES_AT_ONCE = 256


class PeerSpoke(Exception):
    """The other side says something while it does not take what is being sent: its reason for that."""


class NoAnswerError(ConnectionLostError):
    """The server is silent, or too slow, for longer than it may be."""


class Connection:
    """Made by :func:`connect`. One thread uses it.

    :param where: how messages name the other side
    :param progress: cancelling it ends every wait

    :ivar isMidway: whether a :meth:`send` ended before all of it was sent: what is sent after it would be taken for it
    """

    def __init__(self, sock: socket.socket, where: str, progress: Progress | None = None):
        self._socket, self._where, self._progress = sock, where, progress
        self._selector = selectors.DefaultSelector()
        self._selector.register(sock, _READ)
        self._isEncrypted = isinstance(sock, ssl.SSLSocket)
        self.isMidway = False

    def send(self, pieces: Sequence[bytes | memoryview], stallSeconds: float) -> None:
        """Send bytes one piece after the other.

        :param stallSeconds: how long nothing may move
        :raises ConnectionLostError: when the connection breaks, or nothing moves for so long
        :raises PeerSpoke: when the other side has said something instead of taking them
        :raises CancelledError: when the progress was cancelled
        """
        pending = [memoryview(piece) for piece in pieces]
        first, moved = 0, time.monotonic()
        self.isMidway = True
        while first < len(pending):
            try:
                sent = self._sendSome(pending[first : first + _PIECES_AT_ONCE])
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._waitToWrite(moved + stallSeconds)
                continue
            except ssl.SSLWantReadError:
                self._wait(_READ, moved + stallSeconds)
                continue
            except OSError as error:
                raise self._lost(error) from error
            moved = time.monotonic()
            while first < len(pending) and sent >= len(pending[first]):
                sent -= len(pending[first])
                first += 1
            if sent:
                pending[first] = pending[first][sent:]
            if first < len(pending):  # a server that always takes a little is never waited for
                self._checkCancelled()
        self.isMidway = False

    def receive(self, count: int, deadline: float) -> bytes:
        """So many bytes.

        :param deadline: until when, by the monotonic clock
        :raises ConnectionLostError: when it breaks or is closed before, or they do not come in time
        :raises CancelledError: when the progress was cancelled
        """
        received = bytearray()
        while len(received) < count:
            self._hurryPeer()
            try:
                some = self._socket.recv(min(count - len(received), _RECEIVED_AT_ONCE))
            except (BlockingIOError, ssl.SSLWantReadError):
                self._wait(_READ, deadline)
                continue
            except ssl.SSLWantWriteError:
                self._wait(_WRITE, deadline)
                continue
            except OSError as error:
                raise self._lost(error) from error
            if not some:
                raise ConnectionLostError("the server closed the connection", self._where)
            received += some
            # What comes drop by drop is never waited for, and still has to end.
            self._check(deadline)
        return bytes(received)

    def close(self) -> None:
        """End it at once; twice does no harm."""
        self._selector.close()
        if self._isEncrypted and not self.isMidway:
            with suppress(OSError, ValueError):
                self._socket.unwrap()  # tells the other side that this is the end, and does not wait for its word
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _hurryPeer(self) -> None:
        """Acknowledge at once what comes next. Servers that send head and body of an answer one after the other, and
        wait in between for an acknowledgement (DCMTK's do), otherwise take 40 ms an object. Linux forgets it soon."""
        if hasattr(socket, "TCP_QUICKACK"):
            with suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _sendSome(self, pieces: Sequence[memoryview]) -> int:
        if self._isEncrypted:
            return self._socket.send(pieces[0])
        if hasattr(self._socket, "sendmsg"):
            return self._socket.sendmsg(pieces)
        return self._socket.send(b"".join(pieces))  # Windows

    def _waitToWrite(self, deadline: float) -> None:
        ready = self._wait(_READ | _WRITE, deadline)
        if ready & _READ and not ready & _WRITE and not self._isEncrypted:  # TLS has a talk of its own
            raise PeerSpoke

    def _wait(self, events: int, deadline: float) -> int:
        self._selector.modify(self._socket, events)
        while True:
            ready = self._selector.select(max(0.0, min(SECONDS_BETWEEN_LOOKS, deadline - time.monotonic())))
            if ready:
                self._checkCancelled()
                return ready[0][1]
            self._check(deadline)

    def _checkCancelled(self) -> None:
        if self._progress is not None:
            self._progress.raiseIfCancelled()

    def _check(self, deadline: float) -> None:
        self._checkCancelled()
        if time.monotonic() >= deadline:
            hint = "It may be busy: try again, or allow it more time"
            raise NoAnswerError("the server did not answer in time", self._where, hint=hint)

    def _lost(self, error: OSError) -> ConnectionLostError:
        if isinstance(error, ssl.SSLError):
            hint = "The server may want a certificate of this program, or another one"
            return ConnectionLostError("the encrypted connection broke", self._where, _tlsReason(error), hint)
        return ConnectionLostError("the connection broke", self._where, error.strerror or type(error).__name__)


def connect(server: DICOMServer, progress: Progress | None = None) -> Connection:
    """A connection to a server, at whichever of its addresses answers first in order.

    :raises ConnectionFailedError: when there is none in ``server.connectionTimeout`` seconds
    :raises CancelledError: when `progress` was cancelled
    """
    deadline = time.monotonic() + server.connectionTimeout
    context = tlsContext(server) if server.useTLS else None
    addresses = _addresses(server, deadline, progress)
    error: ConnectionFailedError | None = None
    for number, (family, address) in enumerate(addresses):
        # One that never answers must not take the time of those behind it.
        share = (deadline - time.monotonic()) / (len(addresses) - number)
        try:
            sock = _connected(server, family, address, time.monotonic() + share, progress)
        except ConnectionFailedError as failed:
            error = failed
            continue
        if context is not None:
            sock = _encrypted(server, sock, context, deadline, progress)
        return Connection(sock, server.displayName, progress)
    raise error


def tlsContext(server: DICOMServer) -> ssl.SSLContext:
    """TLS 1.2 or newer with a verified certificate (PS3.15 B.9).

    :raises ConnectionFailedError: when a certificate file cannot be used
    """
    try:
        context = ssl.create_default_context(cafile=server.certificateAuthorityFile or None)
        if server.certificateFile:
            # A key with a passphrase would have OpenSSL ask on the terminal, which may be nobody's.
            context.load_cert_chain(server.certificateFile, server.keyFile or None, password=lambda: "")
    except (OSError, ValueError) as error:
        raise ConnectionFailedError(
            "the certificate files cannot be used", server.displayName, getattr(error, "strerror", None),
            "They have to be PEM files, and a key without a passphrase",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _addresses(server: DICOMServer, deadline: float, progress: Progress | None) -> list[tuple[int, tuple]]:
    """Looked up in a thread of its own: the system's resolver can neither be hurried nor stopped."""
    answers: queue.Queue = queue.Queue()

    def look() -> None:
        try:
            answers.put(socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=look, name="name of server", daemon=True).start()
    while True:
        try:
            found = answers.get(timeout=SECONDS_BETWEEN_LOOKS)
            break
        except queue.Empty:
            _checkConnecting(server, deadline, progress)
    if isinstance(found, Exception) or not found:
        hint = "Check the spelling and the connection to the network"
        raise ConnectionFailedError("the host is not known", server.displayName, server.host, hint)
    return [(family, address) for family, _, _, _, address in found]


def _connected(
    server: DICOMServer, family: int, address: tuple, deadline: float, progress: Progress | None
) -> socket.socket:
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:  # a name may stand for an address of a kind that this computer does not have
        raise _notConnected(server, error.errno) from error
    try:
        sock.setblocking(False)
        # Without it a small message after a large one waits for an acknowledgement: 40 ms an object.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = sock.connect_ex(address)
        with selectors.DefaultSelector() as selector:
            selector.register(sock, _WRITE)
            while code in _CONNECTING and not selector.select(SECONDS_BETWEEN_LOOKS):
                _checkConnecting(server, deadline, progress)
        code = code if code not in _CONNECTING else sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise _notConnected(server, code)
    except OSError as error:
        sock.close()
        raise _notConnected(server, error.errno) from error
    except BaseException:  # whatever ends it, a cancel or an interrupt: nobody else could close the socket
        sock.close()
        raise
    return sock


def _notConnected(server: DICOMServer, code: int | None) -> ConnectionFailedError:
    if code == errno.ECONNREFUSED:
        what, hint = "nothing listens there", "Check host and port, and that the server is running"
    else:
        what, hint = "the server cannot be reached", "Check host and port, and the connection to the network"
    return ConnectionFailedError(what, server.displayName, errno.errorcode.get(code, code), hint)


def _encrypted(
    server: DICOMServer, sock: socket.socket, context: ssl.SSLContext, deadline: float, progress: Progress | None
) -> ssl.SSLSocket:
    encrypted = sock
    # Neither the zone of an address nor the dot that ends a whole name is in a certificate.
    name = server.host.partition("%")[0].rstrip(".")
    try:
        encrypted = context.wrap_socket(sock, do_handshake_on_connect=False, server_hostname=name)
        with selectors.DefaultSelector() as selector:
            selector.register(encrypted, _READ)
            while True:
                try:
                    encrypted.do_handshake()
                    return encrypted
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as wanted:
                    selector.modify(encrypted, _READ if isinstance(wanted, ssl.SSLWantReadError) else _WRITE)
                    selector.select(SECONDS_BETWEEN_LOOKS)
                _checkConnecting(server, deadline, progress)
    except ssl.SSLCertVerificationError as error:
        encrypted.close()
        hint = "Choose the certificate of who signed it, or ask who runs the server"
        raise ConnectionFailedError(
            "the server's certificate is not to be trusted", server.displayName, error.verify_message, hint
        ) from error
    except (OSError, ValueError) as error:
        encrypted.close()
        hint = "The server may not use TLS on this port, or want a certificate of this program"
        raise ConnectionFailedError(
            "no encrypted connection could be made", server.displayName, _tlsReason(error), hint
        ) from error
    except BaseException:  # as in _connected: wrapping took the socket from who had it
        encrypted.close()
        raise


def _tlsReason(error: Exception) -> str | None:
    """OpenSSL's words for it: "TLSV13_ALERT_CERTIFICATE_REQUIRED" as "tlsv13 alert certificate required"."""
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None)
    return reason.replace("_", " ").lower() if isinstance(reason, str) else None


def _checkConnecting(server: DICOMServer, deadline: float, progress: Progress | None) -> None:
    if progress is not None:
        progress.raiseIfCancelled()
    if time.monotonic() >= deadline:
        hint = "Check host and port; a firewall may be in between"
        seconds = f"{server.connectionTimeout:g} s"
        raise ConnectionFailedError("there was no answer in time", server.displayName, seconds, hint)
