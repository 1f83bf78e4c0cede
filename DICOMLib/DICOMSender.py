"""Sending files with 3D Slicer's class of this name, for scripts that use it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from .Errors import CancelledError, NetworkError
from .Networking.Send import sendFiles
from .Networking.SendReport import SendReport
from .Networking.Servers import serverFromAddress
from .Progress import Progress
from .ScriptingContext import currentContext

DIMSE = "DIMSE"


class DICOMSender:
    """``DICOMSender(files, "pacs.example.org:104", aeTitle="PACS")`` sends at once, unless it is `delayed`.

    :param files: paths
    :param address: "host:port", "TITLE@host:port" or "dicom://host:port"
    :param protocol: "DIMSE"; any other, as Slicer's "DICOMweb", is refused
    :param progressCallback: gets sentences; when it answers False, the sending stops
    :param aeTitle: what the server is called, where the address does not say it
    :param auth: of DICOMweb, not used
    :param delayed: wait for :meth:`send`
    :raises NetworkError: as :meth:`send`

    :ivar report: of the last :meth:`send`; None before
    """

    def __init__(
        self,
        files: Sequence[str | bytes | os.PathLike],
        address: str,
        protocol: str | None = None,
        progressCallback: Callable[[str], object] | None = None,
        aeTitle: str | None = None,
        auth: object = None,
        delayed: bool = False,
        callingAETitle: str = "",
    ):
        self.files = list(files)
        self.address, self.aeTitle, self.callingAETitle = address, aeTitle or "", callingAETitle
        self.protocol = protocol or DIMSE
        self.progressCallback, self.auth = progressCallback, auth
        self.report: SendReport | None = None
        if not delayed:
            self.send()

    def send(self) -> None:
        """Send every file; what happened to each is in :attr:`report`.

        :raises NetworkError: when not every file was sent, or the protocol or address is none
        :raises CancelledError: when the callback answered False
        """
        if self.protocol != DIMSE:
            raise NetworkError("files are sent by the protocol DIMSE only", value=self.protocol, hint="Leave it out")
        server = serverFromAddress(self.address, self.aeTitle, self.callingAETitle)
        self._tell(f"Starting to send {len(self.files)} files to {server.address}")
        progress = Progress(self._onProgress)
        self.report = sendFiles(server, self.files, progress, currentContext().workers)
        if self.report.cancelled:
            raise CancelledError("the sending was stopped before it was complete")
        self.report.requireComplete()

    def _onProgress(self, progress: Progress) -> None:
        if self._tell(progress.text) is False:
            progress.cancel()

    def _tell(self, text: str) -> object:
        return None if self.progressCallback is None else self.progressCallback(text)
