import pytest

from tests.routing_service.driving import Office
from tests.routing_service.webhooks.listening import Listening, Receivers


@pytest.fixture
def listening(busy: Office) -> Listening:
    return Listening(busy, Receivers())
