"""The triggers that write down every change of the registry."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Sessions
from shared.log.events import GENESIS
from shared.log.registry_log import registry_hash
from tests.factories import a_registry

_CHANGES = text("SELECT *, data::text AS content FROM registry_events ORDER BY seq")
_AN_OFFICER = text(
    "INSERT INTO officers (id, role, name, email, subject) VALUES (gen_random_uuid(), 'national_admin', 'Rahma',"
    " 'rahma@x.example', 'rahma-1')"
)


async def changes(session: AsyncSession) -> list[Any]:
    return list((await session.execute(_CHANGES)).all())


async def test_the_chain_is_the_same_in_python_and_in_sql(session: AsyncSession) -> None:
    await a_registry(session)
    await session.execute(text("UPDATE agencies SET name = 'Dinas | \u2028 \U0001f44d' WHERE code = 'SAMARINDA-PU'"))

    previous = GENESIS
    for number, row in enumerate(await changes(session), start=1):
        assert (row.seq, row.previous_hash) == (number, previous)
        assert row.hash == registry_hash(
            previous, seq=row.seq, event_id=row.id, subject=row.subject, key=row.key, actor=row.actor,
            recorded_at=row.recorded_at, data=row.content,
        )  # fmt: skip
        previous = row.hash


async def test_a_change_says_what_was_before_and_after_and_who_acted(session: AsyncSession) -> None:
    await a_registry(session)
    await session.execute(text("SET LOCAL lapor.actor = 'operator:op-1'"))
    await session.execute(text("UPDATE agencies SET parent_code = 'KALTIM' WHERE code = 'SAMARINDA-PU'"))

    last = (await changes(session))[-1]

    assert (last.subject, last.key, last.actor) == ("agencies", "SAMARINDA-PU", "operator:op-1")
    assert (last.data["before"]["parent_code"], last.data["after"]["parent_code"]) == ("SAMARINDA", "KALTIM")


async def test_what_says_nothing_new_is_not_written_down(session: AsyncSession) -> None:
    await a_registry(session)
    await session.execute(_AN_OFFICER)
    before = len(await changes(session))

    await session.execute(text("UPDATE agencies SET name = name"))
    await session.execute(text("UPDATE officers SET last_active_at = now()"))
    await session.execute(text("DELETE FROM agencies WHERE code = 'NOBODY'"))

    assert len(await changes(session)) == before


async def test_an_officer_is_in_the_log_without_a_name_or_an_address(session: AsyncSession) -> None:
    await session.execute(_AN_OFFICER)
    await session.execute(text("UPDATE officers SET email = 'other@x.example'"))

    added, changed = await changes(session)

    assert not {"rahma", "x.example"} & {word for row in (added, changed) for word in row.content.lower().split('"')}
    assert "ahma" not in added.content + changed.content
    assert changed.data["before"]["person"] != changed.data["after"]["person"]


@pytest.mark.parametrize("statement", ["UPDATE registry_events SET key = ''", "DELETE FROM registry_events"])
async def test_the_log_of_the_registry_is_append_only(session: AsyncSession, statement: str) -> None:
    await a_registry(session)

    with pytest.raises(DBAPIError, match="append-only"):
        await session.execute(text(statement))


async def test_changes_at_once_make_one_chain(sessions: Sessions) -> None:
    async def add(code: str) -> None:
        async with sessions.begin() as session:
            await session.execute(text(f"INSERT INTO clients VALUES ('{code}', 'C', '{{sms}}')"))

    await asyncio.gather(*(add(f"client-{number}") for number in range(10)))

    async with sessions() as session:
        assert [row.seq for row in await changes(session)] == list(range(1, 11))
