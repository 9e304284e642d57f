"""Systems, their secrets and their keys."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries, secrets, systems
from routing_service.access.accounts.systems import NewSecret, SystemDraft
from shared.clients import Role
from shared.database import Sessions
from shared.errors import Conflict, Invalid, NotFound
from shared.schema import ClientSecret
from tests.accounts import a_system
from tests.factories import NOON, a_registry
from tests.routing_service.access.systems import an_rsa_key


async def matches(session: AsyncSession, account_id: str, secret: str, *, now: datetime) -> bool:
    return secrets.digest(secret) in [row.secret_hash for row in await queries.secrets(session, account_id, now=now)]


async def test_a_system_is_known_by_its_secret_and_by_no_other(session: AsyncSession) -> None:
    system = await a_system(session)

    made = await systems.add_secret(session, system.id, now=NOON)

    assert await matches(session, system.id, made.text, now=NOON)
    assert not await matches(session, system.id, made.text + "x", now=NOON)
    assert not await matches(session, "nobody", made.text, now=NOON)
    assert made.text not in repr(made)


@pytest.mark.parametrize("id", ["lapor.qr", "lapor.sms", "LAPOR.qr", "lapor.of-tomorrow"])
async def test_nobody_is_registered_by_the_name_of_a_door_of_ours(session: AsyncSession, id: str) -> None:
    with pytest.raises(Invalid) as refused:
        await systems.create_system(session, SystemDraft("Ours", Role.CHANNEL, id=id))

    assert refused.value.code == "reserved_id"
    assert (await systems.create_system(session, SystemDraft("Theirs", Role.CHANNEL, id="lapor-qr"))).id == "lapor-qr"


async def test_the_secret_is_kept_as_a_digest(session: AsyncSession) -> None:
    system = await a_system(session)

    made = await systems.add_secret(session, system.id, now=NOON)

    row = await session.get_one(ClientSecret, made.id)
    assert made.text.encode() not in row.secret_hash
    assert len(row.secret_hash) == 32


async def test_while_a_secret_is_replaced_both_are_good_and_a_third_is_refused(session: AsyncSession) -> None:
    system = await a_system(session)
    first = await systems.add_secret(session, system.id, now=NOON)
    second = await systems.add_secret(session, system.id, now=NOON)

    with pytest.raises(Conflict) as refused:
        await systems.add_secret(session, system.id, now=NOON)
    assert await matches(session, system.id, first.text, now=NOON)
    await systems.end_secret(session, system.id, first.id)

    assert refused.value.code == "too_many_secrets"
    assert not await matches(session, system.id, first.text, now=NOON)
    assert await matches(session, system.id, second.text, now=NOON)


async def test_of_two_who_add_the_second_secret_at_once_one_does(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await a_registry(session)
        system = await a_system(session)
        await systems.add_secret(session, system.id, now=NOON)

    async def add() -> NewSecret:
        async with sessions.begin() as session:
            return await systems.add_secret(session, system.id, now=NOON)

    results = await asyncio.gather(*(add() for _ in range(4)), return_exceptions=True)

    assert sum(isinstance(result, NewSecret) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 3


async def test_a_secret_with_an_end_is_good_until_its_last_instant(session: AsyncSession) -> None:
    system = await a_system(session)
    made = await systems.add_secret(session, system.id, now=NOON, good_for=timedelta(days=1))
    end = NOON + timedelta(days=1)

    assert await matches(session, system.id, made.text, now=end - timedelta(microseconds=1))
    assert not await matches(session, system.id, made.text, now=end)


async def test_a_secret_of_another_system_is_not_taken_away(session: AsyncSession) -> None:
    one, other = await a_system(session), await a_system(session)
    made = await systems.add_secret(session, one.id, now=NOON)

    with pytest.raises(NotFound):
        await systems.end_secret(session, other.id, made.id)


@pytest.mark.parametrize("key", [an_rsa_key(), ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")])
async def test_a_public_key_is_kept_under_its_thumbprint(session: AsyncSession, key: Any) -> None:
    system = await a_system(session)

    kid = await systems.add_key(session, system.id, key.as_dict(private=False) | {"use": "sig"}, now=NOON)

    assert kid == key.thumbprint()
    (row,) = await queries.keys(session, system.id)
    assert row.kid == kid
    assert "d" not in row.jwk
    assert "use" not in row.jwk


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "RSA"},
        {"kty": ["RSA"]},
        {"kty": "EC", "crv": "P-256", "x": "!", "y": 3},
        {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": None},
        {"kty": "RSA", "e": "AQAB", "n": "u" * 171},
        OctKey.generate_key(256).as_dict(),
        OKPKey.generate_key("X25519").as_dict(private=False),
        OKPKey.generate_key("Ed25519").as_dict(private=False) | {"kid": "x" * 200},
        OKPKey.generate_key("Ed25519").as_dict(private=False) | {"kid": 7},
    ],
)
async def test_what_is_no_usable_key_is_refused(session: AsyncSession, jwk: dict[str, Any]) -> None:
    system = await a_system(session)

    with pytest.raises(Invalid) as refused:
        await systems.add_key(session, system.id, jwk, now=NOON)

    assert refused.value.pointer == "/jwk"


async def test_a_private_key_is_refused_by_name(session: AsyncSession) -> None:
    system = await a_system(session)

    with pytest.raises(Invalid) as refused:
        await systems.add_key(session, system.id, OKPKey.generate_key("Ed25519").as_dict(private=True), now=NOON)

    assert refused.value.code == "private_key"


async def test_a_system_that_takes_an_id_twice_is_refused(session: AsyncSession) -> None:
    await a_system(session, id="kanal")

    with pytest.raises(Conflict) as refused:
        await a_system(session, id="kanal")

    assert refused.value.code == "client_exists"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SERVICE, Role.COORDINATOR])
async def test_no_system_has_a_role_of_people(session: AsyncSession, role: Role) -> None:
    with pytest.raises(Invalid):
        await systems.create_system(session, SystemDraft("Kanal", role))


async def test_what_a_system_may_name_as_channel_follows_its_registration(session: AsyncSession) -> None:
    system = await a_system(session, channels=("whatsapp", "sms"))

    renamed = await systems.change_system(session, system.id, {"name": "Kanal Baru"})
    kept = await queries.channels(session, system.id)
    await systems.change_system(session, system.id, {}, channels=("sms",))

    assert renamed.name == "Kanal Baru"
    assert list(kept) == ["whatsapp", "sms"]
    assert list(await queries.channels(session, system.id)) == ["sms"]
