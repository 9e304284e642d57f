"""Where text messages come together: the gateways of this installation, what they bring, and what goes out by them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from intake_api.channels.sms.gammu import GammuSender
from intake_api.channels.sms.gateways import Gateways
from intake_api.channels.sms.joining import Joining, Part
from intake_api.channels.sms.sending import HttpSender
from intake_api.channels.sms.service import Messages
from intake_api.channels.sms.taking import Incoming
from intake_api.notifications.channels import Sender
from intake_api.notifications.stops import queries as stops
from shared import ids
from shared.addresses import asyncpg_url
from shared.domain.news import NewsChannel
from shared.errors import Unavailable
from shared.mail import Absent, Refused

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TextDesk:
    """`senders`: by the name of their gateway; `gammu`: the databases of those that have one."""

    messages: Messages
    gateways: Gateways
    senders: Mapping[str, Sender]
    gammu: Mapping[str, AsyncEngine]
    client: httpx.AsyncClient

    @classmethod
    def of(cls, messages: Messages, gateways: Gateways) -> "TextDesk":
        client = httpx.AsyncClient(trust_env=False)
        databases = {
            one.name: create_async_engine(
                asyncpg_url(one.database.get_secret_value()), pool_size=1, hide_parameters=True
            )
            for one in gateways.gateways
            if one.kind == "gammu"
        }
        senders: dict[str, Sender] = {}
        for one in gateways.gateways:
            if one.name in databases:
                senders[one.name] = GammuSender(databases[one.name])
            elif one.send is not None and one.sends is not None:
                senders[one.name] = HttpSender(one, one.send, one.sends, messages.settings.own_url, client)
        return cls(messages, gateways, senders, databases, client)

    @property
    def own_url(self) -> str:
        return self.messages.settings.own_url

    @property
    def carriers(self) -> Mapping[NewsChannel, Sender]:
        """News goes out by the first gateway that sends."""
        first = next(iter(self.senders.values()), None)
        return {} if first is None else {NewsChannel.SMS: first}

    @property
    def joining(self) -> Joining:
        return Joining(self.messages)

    async def take_part(self, part: Part, *, now: datetime) -> str | None:
        """What is answered once the message is whole. Raises Unavailable."""
        whole = await self.joining.add(part, now=now)
        if whole is None:
            return None
        said = await self.messages.answer(whole, now=now)
        await self.joining.settle(whole, now=now)
        return said

    async def send(self, gateway: str, phone: str, said: str) -> None:
        """An answer, by the gateway that the message came by. Raises Unavailable; then the message comes again."""
        sender = self.senders.get(gateway) or next(iter(self.senders.values()), None)
        if sender is None:
            return
        try:
            await sender.send(ids.new_id(), phone, said)
        except Refused as refusal:
            logger.warning("a text message was refused", extra={"reply": str(refusal)})
        except Absent as error:
            detail = "The gateway does not take our answer just now; send this text message again later."
            raise Unavailable(detail, code="gateway_away") from error

    async def tell(self, message: Incoming, said: str) -> None:
        await self.send(message.gateway, message.sender, said)

    async def not_delivered(self, message_id: UUID, status: str, *, now: datetime) -> None:
        """News by this message counts as not told."""
        async with self.messages.sessions.begin() as session:
            await stops.did_not_arrive(session, message_id, status=status, now=now)

    async def close(self) -> None:
        await self.client.aclose()
        for engine in self.gammu.values():
            await engine.dispose()
