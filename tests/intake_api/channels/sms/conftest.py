from collections.abc import Callable
from uuid import uuid4

import pytest
from fastapi import FastAPI

from intake_api.channels.sms.joining import Joining
from intake_api.channels.sms.service import Messages
from intake_api.channels.sms.taking import Incoming
from tests.factories import NOON


@pytest.fixture
def messages(app: FastAPI) -> Messages:
    found: Messages = app.state.text_desk.messages
    return found


@pytest.fixture
def joining(messages: Messages) -> Joining:
    return Joining(messages)


Texted = Callable[..., Incoming]


@pytest.fixture
def phone() -> str:
    """Nobody else's."""
    return f"+62812{uuid4().int % 10**8:08}"


@pytest.fixture
def texted(phone: str) -> Texted:
    def make(words: str, reference: str = "", sender: str = "", **changes: object) -> Incoming:
        given = {"gateway": "kannel", "received_at": NOON, **changes}
        return Incoming(reference=reference or uuid4().hex, sender=sender or phone, words=words, **given)  # type: ignore[arg-type]

    return make
