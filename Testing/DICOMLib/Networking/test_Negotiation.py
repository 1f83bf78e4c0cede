"""Requests for associations and answers to them."""

from __future__ import annotations

import random

import pytest

from DICOMLib.Errors import NetworkProtocolError
from DICOMLib.Networking.Negotiation import (
    AcceptedContext,
    ProposedContext,
    decodeAcceptance,
    encodeRequest,
)
from DICOMLib.Networking.Servers import DICOMServer
from Testing.Fixtures.StoreServers import acceptance

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
CONTEXTS = [ProposedContext(CT, (EXPLICIT,)), ProposedContext(CT, (IMPLICIT,))]
SERVER = DICOMServer("PACS", "ARCHIVE", "localhost", 11112, "ME")
MUTANTS = 3000


def test_aRequestNamesBothTitlesAndEveryContext():
    from pynetdicom.pdu import A_ASSOCIATE_RQ

    request = A_ASSOCIATE_RQ()
    request.decode(encodeRequest(SERVER, CONTEXTS))
    assert (request.called_ae_title, request.calling_ae_title) == ("ARCHIVE", "ME")
    offered = [(one.context_id, one.abstract_syntax, one.transfer_syntax) for one in request.presentation_context]
    assert offered == [(1, CT, [EXPLICIT]), (3, CT, [IMPLICIT])]
    assert request.user_information.maximum_length == 131072


def test_anAssociationHas128ContextsAtMost():
    assert encodeRequest(SERVER, CONTEXTS * 64)
    with pytest.raises(ValueError, match="1 to 128 presentation contexts, not 130"):
        encodeRequest(SERVER, CONTEXTS * 65)


def test_anAnswerSaysWhichContextsAreTakenAndWhyOthersAreNot():
    found = decodeAcceptance(acceptance(encodeRequest(SERVER, CONTEXTS)), CONTEXTS, "")
    assert found.contexts == [AcceptedContext(1, CT, EXPLICIT), None]
    assert found.reasons == ["", "the server does not take this encoding"]
    assert found.mostBytes == 16384


def test_whatWasNotOfferedCannotBeTaken():
    answer = acceptance(encodeRequest(SERVER, CONTEXTS[:1]))
    with pytest.raises(NetworkProtocolError, match="cannot be understood"):
        decodeAcceptance(answer, CONTEXTS[1:], "")


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")  # what the mutants are
def test_noDamagedAnswerDoesMoreThanBeRefused():
    """3,000 mutants of a good answer: each gives contexts that were offered, or an error of ours."""
    good, chance = acceptance(encodeRequest(SERVER, CONTEXTS)), random.Random(20261121)
    refused = 0
    for _ in range(MUTANTS):
        damaged = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(6, len(damaged))] = chance.randrange(256)
        damaged = damaged[: chance.randrange(6, len(damaged))] if chance.random() < 0.3 else damaged
        try:
            found = decodeAcceptance(bytes(damaged), CONTEXTS, "")
        except NetworkProtocolError:
            refused += 1
            continue
        assert all(one is None or one.transferSyntax in (EXPLICIT, IMPLICIT) for one in found.contexts)
    assert 0 < refused < MUTANTS
