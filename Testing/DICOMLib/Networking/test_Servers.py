"""Servers: what is valid, how addresses are read, and the list in the settings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from DICOMLib.Errors import NetworkError
from DICOMLib.Networking.Servers import (
    SETTING,
    DICOMServer,
    readServers,
    serverFromAddress,
    serverNamed,
    writeServers,
)
from DICOMLib.Settings import Settings

GOOD = DICOMServer("PACS", "ARCHIVE", "pacs.example.org", 11112)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"calledAETitle": "A" * 16}, ""),
        ({"calledAETitle": "A" * 17}, f"Called AE title {'A' * 17} has 17 characters; 16 are the most."),
        ({"calledAETitle": "  "}, "Called AE title is empty."),
        ({"callingAETitle": "A\\B"}, "Calling AE title may have letters without accents, digits and signs,"
                                        " but no \\."),
        ({"callingAETitle": "Ärzte"}, "Calling AE title may have letters without accents, digits and signs,"
                                        " but no \\."),
        ({"port": 1}, ""),
        ({"port": 65535}, ""),
        ({"port": 0}, "The port must be a number from 1 to 65535, not 0."),
        ({"port": 65536}, "The port must be a number from 1 to 65535, not 65536."),
        ({"port": True}, "The port must be a number from 1 to 65535, not True."),
        ({"host": ""}, "The host is missing: a name such as pacs.example.org, or an address such as 192.168.1.20."),
        ({"host": "$(touch x)"}, "The host has characters that no name of a computer has."),
        ({"host": "-oProxy"}, "The host has characters that no name of a computer has."),
        ({"host": "fe80::1%eth0"}, ""),
        ({"responseTimeout": 0.0}, "The time for an answer must be more than 0 and at most 3600 seconds."),
        ({"transferSyntaxPolicy": "any"}, "There is no way of sending 'any'."),
        ({"useTLS": True, "certificateAuthorityFile": "/none.pem"}, "There is no certificate file /none.pem."),
    ],
)
def test_aServerSaysWhatIsWrongWithIt(changes, problem):
    assert replace(GOOD, **changes).problem() == problem


@pytest.mark.parametrize(
    ("address", "title", "host", "port"),
    [
        ("localhost:104", "ANY-SCP", "localhost", 104),
        ("PACS@pacs.example.org:11112", "PACS", "pacs.example.org", 11112),
        ("dicom://PACS@10.0.0.1:11112/", "PACS", "10.0.0.1", 11112),
        ("X@[::1]:4242", "X", "::1", 4242),
        ("X@host", "X", "host", 104),
    ],
)
def test_anAddressIsRead(address, title, host, port):
    server = serverFromAddress(address)
    assert (server.calledAETitle, server.host, server.port) == (title, host, port)
    assert serverFromAddress(server.address) == server


@pytest.mark.parametrize("address", ["", "host:port", "host:0", "host:65536", "a:b:c", "http://x/y", "A" * 17 + "@h:1"])
def test_whatIsNoAddressIsRefused(address):
    with pytest.raises(NetworkError):
        serverFromAddress(address)


def test_thereIsNoServerUntilSomebodyAddsOne():
    assert readServers(Settings()) == []


def test_theListComesBackFromTheSettings():
    settings = Settings()
    servers = [GOOD, replace(GOOD, connectionName="Other", useTLS=True, storageEnabled=False, responseTimeout=5.5)]
    writeServers(settings, servers)
    assert readServers(settings) == servers
    assert serverNamed(settings, "Other") == servers[1]


def test_aListWithTwoServersOfOneNameOrABadOneIsNotKept():
    settings = Settings()
    with pytest.raises(NetworkError, match="two servers of the name PACS"):
        writeServers(settings, [GOOD, GOOD])
    with pytest.raises(NetworkError, match="PACS: The port must be"):
        writeServers(settings, [replace(GOOD, port=0)])
    assert readServers(settings) == []


def test_damagedEntriesOfTheSettingsAreLeftOut():
    settings = Settings()
    writeServers(settings, [GOOD])
    good = settings.value(SETTING)[0]
    settings.setValue(SETTING, ["{", "[]", good, '{"port": "104"}', "[" * 100000])
    assert readServers(settings) == [GOOD]


def test_anUnknownNameNamesThoseThatAreKnown():
    settings = Settings()
    writeServers(settings, [GOOD])
    with pytest.raises(NetworkError, match="there is no server of this name.*PACS"):
        serverNamed(settings, "Pac")
