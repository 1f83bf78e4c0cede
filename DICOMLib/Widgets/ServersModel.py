"""DICOM servers as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..Networking.Servers import DICOMServer
from .CheckableTableModel import CheckableTableModel
from .RecordTableModel import Column


class ServersModel(CheckableTableModel):
    """Records are made of servers (:func:`recordsOf`). Whether files are sent to one is switched in its column."""

    keyName, checkColumn, checkKey = "name", "storage", "isForStorage"
    columns = (
        Column("name", "Name", characters=16, importance=10),
        Column("verification", "Verification", characters=16, importance=9,
               explanation="Whether it answered when it was last tested"),
        Column("storage", "Storage", characters=7, importance=8, explanation="Whether files are sent to it"),
        Column("callingAETitle", "Calling AE title", characters=14, importance=4,
               explanation="What this program calls itself there"),
        Column("calledAETitle", "Called AE title", characters=14, importance=7,
               explanation="What the server is called"),
        Column("host", "Address", characters=16, importance=9),
        Column("port", "Port", characters=6, importance=8, alignRight=True),
        Column("timeout", "Timeout", characters=7, importance=3, alignRight=True,
               explanation="Seconds in which it has to answer"),
        Column("TLS", "TLS", characters=4, importance=5, explanation="Whether the connection is encrypted"),
    )


def recordsOf(servers: Iterable[DICOMServer], verifications: Mapping[str, str]) -> list[dict]:
    """Rows of the table.

    :param verifications: name of a server → what became of its test
    """
    return [
        {
            "name": server.connectionName,
            "verification": verifications.get(server.connectionName, ""),
            "storage": "",
            "isForStorage": server.storageEnabled,
            "callingAETitle": server.callingAETitle,
            "calledAETitle": server.calledAETitle,
            "host": server.host,
            "port": server.port,
            "timeout": f"{server.responseTimeout:g} s",
            "TLS": "yes" if server.useTLS else "",
        }
        for server in servers
    ]
