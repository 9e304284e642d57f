"""Who reported: sealed where it lies, opened with the key that it names, and told to routing_service alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from intake_api.identities import queries, renewal
from intake_api.identities.sealing import Identities, Identity, plain_email, plain_phone
from services import audit
from shared.actors import MONITOR
from shared.clients import Role
from shared.database import Sessions
from shared.http.identities import PATH
from shared.http.tokens import Signer
from shared.ids import new_id
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key, Ring
from shared.schema import IdentityLook, Report, Reporter
from tests.factories import DAY, NOON, RING, a_registry, a_report, bearer, settings
from tests.intake_api.helpers import APP, IDENTITIES, Submitted, code_of, stored, submitted

SITI = {
    "name": "Siti Nurhaliza", "phone": "0812-3456-7890", "email": "Siti@Warga.example",
    "national_id": "6472014107900001"
}  # fmt: skip
ROUTING = Signer(lambda: RING.current(KeyPurpose.SERVICE))


def keys_of(*keys: Key) -> Keys:
    """Of a ring that has no other keys for identities."""
    purposes = {key.purpose for key in keys} | {KeyPurpose.IDENTITIES}
    kept = [key for key in RING.keys if key.purpose not in purposes]
    return Keys(settings("postgresql://nowhere/nothing", keys=SecretStr(Ring([*kept, *keys]).as_text())))


def as_routing(sub: str = "routing_service") -> dict[str, str]:
    return {"Authorization": f"Bearer {ROUTING.mint(Role.SERVICE, sub=sub)}"}


async def reporter_of(sessions: Sessions, report: Submitted) -> Reporter:
    row = await stored(sessions, report)
    async with sessions() as session:
        return (await session.scalars(select(Reporter).where(Reporter.id == row.reporter_id))).one()


async def asked(client: httpx.AsyncClient, report: Submitted, actor: str, **headers: str) -> httpx.Response:
    body = {"report_id": str(report.id), "actor": actor, "agency": None}
    return await client.post(PATH, json=body, headers=as_routing() | headers)


# --- as it lies ---------------------------------------------------------------------------------------------


async def test_nothing_of_a_contact_lies_in_clear_and_its_reporter_reads_it(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client, reporter=SITI)

    async with committed() as session:
        row = await session.scalar(
            text("SELECT r::text FROM reporters r JOIN reports p ON p.reporter_id = r.id WHERE p.id = :id"),
            {"id": report.id},
        )
    for said in SITI.values():
        assert said not in row
        assert said.encode().hex() not in row
    own = (await client.get(report.path, headers=report.as_reporter)).json()
    assert own["reporter"] == {name: SITI[name] for name in ("name", "phone", "email")}


@pytest.mark.parametrize("phone", ["0812-3456-7890", "+62 812 3456 7890", "62 (812) 34567890", "0062812.34567890"])
async def test_a_phone_is_found_however_it_is_written(
    client: httpx.AsyncClient, committed: Sessions, phone: str
) -> None:
    reporter = await reporter_of(committed, await submitted(client, reporter=SITI))

    assert reporter.phone_index in IDENTITIES.phone_indexes(phone)
    assert reporter.email_index in IDENTITIES.email_indexes(" siti@warga.EXAMPLE")
    assert reporter.phone_index not in IDENTITIES.phone_indexes("0812-3456-7891")


def test_phones_of_other_countries_keep_theirs() -> None:
    assert plain_phone("+60 12-345 6789") == "60123456789"
    assert plain_phone("812 3456 7890") == "6281234567890"
    assert plain_email("\uff21@contoh.id") == "a@contoh.id"


async def test_an_index_of_a_mail_says_nothing_of_a_phone(client: httpx.AsyncClient, committed: Sessions) -> None:
    reporter = await reporter_of(committed, await submitted(client, reporter={"name": "Ani"}))

    assert (reporter.phone_index, reporter.email_index, reporter.index_key_id) == (None, None, None)
    assert reporter.sealed_name is not None
    assert reporter.sealed_phone is None


# --- keys ---------------------------------------------------------------------------------------------------


@asynccontextmanager
async def holding(app: FastAPI, keys: Keys) -> AsyncIterator[None]:
    before, app.state.keys = app.state.keys, keys
    yield
    app.state.keys = before


async def test_a_ring_without_the_key_says_which_one_is_missing_and_loses_nothing(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    report = await submitted(client, reporter=SITI)
    key = RING.current(KeyPurpose.IDENTITIES)

    async with holding(app, keys_of(Key.make(KeyPurpose.IDENTITIES, now=NOON))):
        own = await client.get(report.path, headers=report.as_reporter)
        told = await asked(client, report, "national_admin:a")

    for answer in (own, told):
        assert code_of(answer) == (503, "identity_key_missing")
        assert key.id in answer.json()["detail"]
    assert (await client.get(report.path, headers=report.as_reporter)).json()["reporter"]["name"] == SITI["name"]


async def test_a_key_of_the_same_id_that_is_another_one_opens_nothing_and_says_so(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    report = await submitted(client, reporter=SITI)
    another = Key.make(KeyPurpose.IDENTITIES, now=NOON).model_copy(
        update={"id": RING.current(KeyPurpose.IDENTITIES).id}
    )

    async with holding(app, keys_of(another)):
        assert code_of(await asked(client, report, "national_admin:a")) == (503, "identity_unreadable")


async def test_without_any_key_nothing_is_sealed_and_the_sentence_says_what_to_make() -> None:
    with pytest.raises(Exception, match="lapor keys new identities"):
        Identities(keys_of()).seal(new_id(), Identity("Siti", None, None, None))


# --- told to routing_service --------------------------------------------------------------------------------


async def test_routing_is_told_and_the_nik_only_for_the_custodian(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client, reporter=SITI)

    officer = await asked(client, report, "liaison_officer:pu-1", **{"X-Request-Id": "look-1"})
    custodian = await asked(client, report, "identity_custodian:c-1")

    assert officer.json() == SITI | {"national_id": None}
    assert custodian.json() == SITI
    async with committed() as session:
        statement = select(IdentityLook).where(IdentityLook.report_id == report.id).order_by(IdentityLook.id)
        looks = (await session.scalars(statement)).all()
    assert [(look.actor, look.national_id) for look in looks] == [
        ("liaison_officer:pu-1", False), ("identity_custodian:c-1", True),
    ]  # fmt: skip
    assert looks[0].request_id == "look-1"


async def test_an_anonymous_reporter_is_told_for_the_custodian_alone_whatever_routing_asks(
    client: httpx.AsyncClient,
) -> None:
    report = await submitted(client, reporter=SITI, anonymous=True)

    assert code_of(await asked(client, report, "national_admin:a")) == (403, "reporter_is_anonymous")
    assert (await asked(client, report, "identity_custodian:c")).json() == SITI


@pytest.mark.parametrize(
    "headers",
    [APP, bearer(Role.IDENTITY_CUSTODIAN), bearer(Role.NATIONAL_ADMIN), bearer(Role.SERVICE, sub=MONITOR),
     as_routing("intake_api"), {}],
)  # fmt: skip
async def test_nobody_but_routing_is_told(
    client: httpx.AsyncClient, committed: Sessions, headers: dict[str, str]
) -> None:
    report = await submitted(client, reporter=SITI)

    answer = await client.post(PATH, json={"report_id": str(report.id), "actor": "service:x"}, headers=headers)

    assert answer.status_code in (401, 403)
    async with committed() as session:
        assert (await session.scalars(select(IdentityLook).where(IdentityLook.report_id == report.id))).all() == []


async def test_a_look_that_was_recorded_stays(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client, reporter=SITI)
    await asked(client, report, "national_admin:a")

    for change in ("UPDATE identity_looks SET actor = 'x:y'", "DELETE FROM identity_looks", "TRUNCATE identity_looks"):
        async with committed() as session:
            with pytest.raises(Exception, match="identity_looks"):
                await session.execute(text(change))


async def test_odd_questions_are_refused(client: httpx.AsyncClient) -> None:
    report = await submitted(client)

    assert (await asked(client, report, "no actor")).status_code == 422
    nobody = await client.post(PATH, json={"report_id": str(new_id()), "actor": "service:x"}, headers=as_routing())
    assert nobody.status_code == 404
    assert (await asked(client, report, "national_admin:a")).json() == dict.fromkeys(SITI)


# --- sealed and wrapped anew --------------------------------------------------------------------------------


async def in_clear(sessions: Sessions, count: int = 1, **said: Any) -> list[Reporter]:
    """As the release before wrote it."""
    rows = [{"id": new_id(), **(SITI | said)} for _ in range(count)]
    async with sessions.begin() as session:
        await session.execute(insert(Reporter), rows)
    return [Reporter(**row) for row in rows]


async def read(sessions: Sessions, reporter: Reporter) -> Reporter:
    async with sessions() as session:
        return (await session.scalars(select(Reporter).where(Reporter.id == reporter.id))).one()


async def test_what_lies_in_clear_is_sealed_batch_by_batch_and_emptied(sessions: Sessions) -> None:
    older = await in_clear(sessions, 5)
    told: list[tuple[int, int]] = []

    renewed = await renewal.renew(sessions, IDENTITIES, batch=2, progress=lambda done, of: told.append((done, of)))

    assert (renewed.sealed, renewed.rewrapped) == (5, 0)
    assert told[:3] == [(2, 5), (4, 5), (5, 5)]
    for reporter in older:
        row = await read(sessions, reporter)
        assert (row.name, row.phone, row.email, row.national_id) == (None, None, None, None)
        assert IDENTITIES.open(row)._asdict() == SITI
        assert row.phone_index in IDENTITIES.phone_indexes(SITI["phone"])
    assert (await renewal.renew(sessions, IDENTITIES)).sealed == 0


async def test_what_was_killed_half_way_goes_on_where_it_was(sessions: Sessions) -> None:
    await in_clear(sessions, 5)

    def killed(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await renewal.renew(sessions, IDENTITIES, batch=2, progress=killed)

    assert (await renewal.renew(sessions, IDENTITIES, batch=2)).sealed == 3


def rotated(purpose: KeyPurpose) -> tuple[Key, Keys]:
    """A key in use since before, and a ring in which it has a successor."""
    old = RING.current(purpose)
    new = Key.make(purpose, now=NOON, from_at=NOON + DAY)
    return new, keys_of(old, new, *([] if purpose is KeyPurpose.IDENTITIES else [RING.current(KeyPurpose.IDENTITIES)]))


@pytest.mark.parametrize("purpose", [KeyPurpose.IDENTITIES, KeyPurpose.INDEX])
async def test_a_key_is_changed_without_a_row_that_cannot_be_read_meanwhile(
    sessions: Sessions, purpose: KeyPurpose
) -> None:
    older = await in_clear(sessions, 3)
    await renewal.renew(sessions, IDENTITIES)
    before = await read(sessions, older[0])
    new, both = rotated(purpose)
    identities = Identities(both)
    assert identities.open(before)._asdict() == SITI
    assert before.phone_index in identities.phone_indexes(SITI["phone"])

    renewed = await renewal.renew(sessions, identities, batch=2)

    assert (renewed.sealed, renewed.rewrapped) == (0, 3)
    after = await read(sessions, older[0])
    assert (after.key_id if purpose is KeyPurpose.IDENTITIES else after.index_key_id) == new.id
    assert after.sealed_name == before.sealed_name
    assert identities.open(after)._asdict() == SITI
    async with sessions() as session:
        assert await queries.count_of_key(session, new.id) == 3
        assert await queries.count_of_key(session, RING.current(purpose).id) == 0
    assert (await renewal.renew(sessions, identities)).rewrapped == 0


async def test_rows_of_a_key_that_is_missing_are_counted_and_left_alone(sessions: Sessions) -> None:
    (older,) = await in_clear(sessions)
    await renewal.renew(sessions, IDENTITIES)

    renewed = await renewal.renew(sessions, Identities(keys_of(Key.make(KeyPurpose.IDENTITIES, now=NOON))))

    assert (renewed.rewrapped, dict(renewed.without_key)) == (0, {RING.current(KeyPurpose.IDENTITIES).id: 1})
    assert IDENTITIES.open(await read(sessions, older))._asdict() == SITI


# --- the log ------------------------------------------------------------------------------------------------


async def test_a_name_that_was_sealed_after_its_receipt_is_still_what_was_received(
    own_engine: AsyncEngine, sessions: Sessions
) -> None:
    (older,) = await in_clear(sessions)
    async with sessions.begin() as session:
        await a_registry(session)
        await a_report(session, reporter_id=older.id, in_clear=SITI)
    assert (await audit.verify(own_engine)).breaks == []

    await renewal.renew(sessions, IDENTITIES)

    with_keys, without = await audit.verify(own_engine, identities=IDENTITIES), await audit.verify(own_engine)
    assert (with_keys.breaks, with_keys.unopened) == ([], 0)
    assert (without.breaks, without.unopened) == ([], 1)
    async with sessions.begin() as session:
        forged = IDENTITIES.seal(older.id, Identity("Orang Lain", *list(SITI.values())[1:]))
        await session.execute(update(Reporter).values(forged))
    (found,) = (await audit.verify(own_engine, identities=IDENTITIES)).breaks
    assert "the reporter's name or contact" in found.what
    async with sessions() as session:
        assert await session.scalar(select(Report.reporter_id)) == older.id
