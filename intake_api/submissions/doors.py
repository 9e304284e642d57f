"""What we bring in ourselves, and its channels: pages and messages whose doors are ours.

Such a client is no token's: whoever comes through its door is limited by their address or number, where they come in,
and not all of them together.
"""

from collections.abc import Mapping
from types import MappingProxyType

from shared.clients import OURS, Client, Role, Scope
from shared.domain.codes import Channel


def _door(name: str) -> Client:
    return Client(f"{OURS}{name}", Role.CHANNEL, scopes=frozenset({Scope.SUBMIT.value}))


#: The page that a printed code leads to, and the one without a code.
QR = _door("qr")
#: The gateways for text messages, of which none has a token.
SMS = _door("sms")

#: The first is the default. A token always ends some day, so that the client of none is equal to one of these.
CHANNELS: Mapping[Client, tuple[str, ...]] = MappingProxyType({QR: (Channel.QR, Channel.WEB), SMS: (Channel.SMS,)})
