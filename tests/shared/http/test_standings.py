"""The picture of accounts that every process holds tokens against."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import insert, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import service, systems
from routing_service.access.accounts.known import Known
from shared import ids
from shared.clients import Client, Role
from shared.database import Sessions
from shared.domain.officers import OfficerRole
from shared.http.standings import LONGEST_TOKEN, OVERLAP, WHOLE_SECONDS, YOUNG_SECONDS, Picture
from shared.http.tokens import Behind
from shared.schema import Account, Agency, Officer, RevokedToken, TokenFamily
from tests.accounts import BY, a_person, a_system, an_officer_with_account
from tests.factories import NOON, a_registry

ISSUED = 1_000_000.0


class Watch:
    """A process whose clocks the test moves."""

    def __init__(self, session: AsyncSession) -> None:
        self.monotonic = 0.0
        self.now = ISSUED + YOUNG_SECONDS  # no token of the tests is young, unless they say so
        self.away = False
        self.reads = 0

        @asynccontextmanager
        async def sessions() -> AsyncIterator[AsyncSession]:
            self.reads += 1
            if self.away:
                raise OperationalError("", {}, ConnectionRefusedError())
            yield session

        self.picture = Picture(
            lambda: cast(Sessions, sessions), CollectorRegistry(), monotonic=lambda: self.monotonic,
            clock=lambda: self.now,
        )  # fmt: skip

    async def later(self) -> None:
        self.monotonic += 2
        await self.picture.catch_up()

    def seen(self, account: Known, **changes: Any) -> Client | None:
        return self.picture.standing(claims(account, **changes))


def claims(account: Known, **changes: Any) -> dict[str, Any]:
    known = {
        "sub": account.id, "role": account.role.value, "epoch": account.epoch, "jti": "one", "iat": ISSUED,
        "exp": ISSUED + 600, "scope": " ".join(account.scopes),
    }  # fmt: skip
    if account.agency is not None:
        known["agency"] = account.agency
    return known | changes


@pytest.fixture
async def watch(session: AsyncSession) -> Watch:
    await a_registry(session)
    return Watch(session)


async def test_whoever_is_registered_stands_with_what_the_registry_says(session: AsyncSession, watch: Watch) -> None:
    officer = await an_officer_with_account(session)
    system = await a_system(session, scopes=("reports:submit", "reports:work"))
    await watch.later()

    assert watch.seen(officer) == Client(
        officer.id, Role.LIAISON_OFFICER, "SAMARINDA-PU", frozenset(), int(ISSUED) + 600
    )
    found = watch.seen(system, scope="reports:submit reports:import")
    assert found is not None
    assert found.scopes == {"reports:submit"}
    assert found.agency == "SAMARINDA"


async def test_an_unregistered_sub_gets_nothing(session: AsyncSession, watch: Watch) -> None:
    officer = await an_officer_with_account(session)
    await watch.later()

    assert watch.seen(officer, sub="nobody") is None


async def test_who_has_not_taken_up_the_account_gets_nothing(session: AsyncSession, watch: Watch) -> None:
    draft = service.PersonDraft("Budi", "budi@x.example", Role.OPERATOR)
    account = await service.create_person(session, draft)
    await watch.later()

    assert watch.seen(account) is None


@pytest.mark.parametrize(
    "shut_out", ["lock", "deactivate", "reset", "dismissed", "moved", "promoted", "agency ended", "scope taken"]
)
async def test_who_is_shut_out_or_moved_is_refused_at_the_next_look(
    session: AsyncSession, watch: Watch, shut_out: str
) -> None:
    account = await an_officer_with_account(session)
    await session.execute(update(Account).values(scopes=["reports:import"]))
    await watch.later()
    before = watch.seen(account, scope="reports:import")
    assert before is not None
    assert before.scopes == {"reports:import"}

    match shut_out:
        case "lock":
            await service.lock(session, account.id)
        case "deactivate":
            await service.deactivate(session, account.id, now=NOON)
        case "reset":
            await service.reset(session, account.id, by=BY, now=NOON)
        case "dismissed":
            await session.execute(update(Officer).values(active=False))
        case "moved":
            await session.execute(update(Officer).values(agency_code="BALIKPAPAN-PU"))
        case "promoted":
            await session.execute(update(Officer).values(role=OfficerRole.AGENCY_HEAD))
        case "agency ended":
            await session.execute(update(Agency).where(Agency.code == "SAMARINDA-PU").values(active=False))
        case _:
            await session.execute(update(Account).values(scopes=[]))
    await watch.later()

    after = watch.seen(account, scope="reports:import")
    assert after is None or (shut_out == "scope taken" and after.scopes == frozenset())


async def test_who_is_let_in_again_stands_again_with_a_new_token_alone(session: AsyncSession, watch: Watch) -> None:
    system = await a_system(session)
    await service.lock(session, system.id)
    opened = await service.unlock(session, system.id)
    await watch.later()

    assert watch.seen(system) is None
    assert watch.seen(opened) is not None


@pytest.mark.parametrize("epoch", [None, "0", 1, -1, 0.5])
async def test_a_token_of_another_epoch_is_refused(session: AsyncSession, watch: Watch, epoch: Any) -> None:
    system = await a_system(session)
    await watch.later()

    assert watch.seen(system, epoch=epoch) is None


async def test_a_token_that_was_taken_back_is_refused_and_another_one_is_not(
    session: AsyncSession, watch: Watch
) -> None:
    system = await a_system(session)
    await watch.later()

    now = await session.scalar(text("SELECT clock_timestamp()"))
    row = {"jti": "one", "revoked_at": now, "expires_at": now + timedelta(minutes=10)}
    await session.execute(insert(RevokedToken).values(row))
    await watch.later()

    assert watch.seen(system) is None
    assert watch.seen(system, jti="two") is not None


async def test_all_tokens_of_a_family_that_ended_are_refused(session: AsyncSession, watch: Watch) -> None:
    person, system = await a_person(session), await a_system(session)
    family = ids.new_id()
    now = await session.scalar(text("SELECT clock_timestamp()"))
    row = {
        "id": family, "account_id": person.id, "client_id": system.id, "scopes": [], "factors": [], "epoch": 0,
        "created_at": now, "expires_at": now + timedelta(days=1),
    }  # fmt: skip
    await session.execute(insert(TokenFamily).values(row))
    await watch.later()
    assert watch.seen(person, sid=str(family)) is not None

    await session.execute(update(TokenFamily).values(ended_at=now, ended_by="reuse"))
    await watch.later()

    assert watch.seen(person, sid=str(family)) is None
    assert watch.seen(person, sid=str(ids.new_id())) is not None
    assert watch.seen(person) is not None


async def test_while_the_database_is_away_the_last_picture_stays(session: AsyncSession, watch: Watch) -> None:
    system = await a_system(session)
    await watch.later()

    watch.away = True
    await watch.later()

    assert watch.seen(system) is not None


async def test_a_process_that_has_never_read_the_registry_says_so_and_lets_nobody_in(
    session: AsyncSession, watch: Watch
) -> None:
    system = await a_system(session)
    watch.away = True
    await watch.later()

    with pytest.raises(Behind) as refused:
        watch.seen(system)

    assert refused.value.status == 503


async def test_a_token_of_just_now_has_the_registry_asked_before_it_is_refused(
    session: AsyncSession, watch: Watch
) -> None:
    await watch.later()
    system = await a_system(session)
    watch.monotonic += 1

    watch.now = ISSUED + YOUNG_SECONDS - 0.001
    with pytest.raises(Behind):
        watch.seen(system)
    watch.now = ISSUED + YOUNG_SECONDS
    assert watch.seen(system) is None
    watch.now = ISSUED
    await watch.picture.catch_up()
    assert watch.seen(system) is not None
    assert watch.seen(system, sub="nobody") is None  # it was read since: no token makes us read without end


async def test_a_token_of_an_account_of_just_now_is_not_refused_by_a_picture_that_is_hardly_older(
    session: AsyncSession, watch: Watch
) -> None:
    await watch.later()
    system = await a_system(session)
    watch.monotonic += 0.000_001
    watch.now = ISSUED

    with pytest.raises(Behind):
        watch.seen(system)
    await watch.picture.catch_up()
    assert watch.seen(system) is not None


async def test_whoever_is_shut_out_makes_us_look_once_for_each_token(session: AsyncSession, watch: Watch) -> None:
    system = await a_system(session)
    await watch.later()
    watch.now, reads = ISSUED, watch.reads

    for _ in range(3):
        watch.monotonic += 0.1
        with contextlib.suppress(Behind):
            assert watch.seen(system, epoch=7) is None
            continue
        await watch.picture.catch_up()
        assert watch.seen(system, epoch=7) is None

    assert watch.reads == reads + 1


async def test_no_more_young_tokens_than_some_are_remembered(
    watch: Watch, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.standings.MOST_YOUNG", 2)
    system = await a_system(session)
    await watch.later()
    watch.now = ISSUED

    assert [watch.seen(system, epoch=7, jti=jti) for jti in ("a", "b", "c")] == [None, None, None]
    assert list(watch.picture._young) == ["b", "c"]


async def test_many_who_wait_for_the_registry_read_it_once(session: AsyncSession, watch: Watch) -> None:
    for _ in range(5):
        await watch.picture.catch_up()

    assert watch.reads == 1


async def test_a_change_that_was_stamped_before_the_last_look_and_committed_after_it_is_seen(
    session: AsyncSession, watch: Watch
) -> None:
    system = await a_system(session)
    await watch.later()

    await service.lock(session, system.id)
    await session.execute(text("ALTER TABLE accounts DISABLE TRIGGER note_change"))
    late = OVERLAP - timedelta(seconds=10)
    await session.execute(
        text("UPDATE accounts SET changed_at = clock_timestamp() - CAST(:late AS interval)"), {"late": late}
    )
    await watch.later()

    assert watch.seen(system) is None


async def test_what_was_missed_is_found_by_the_look_at_everything(session: AsyncSession, watch: Watch) -> None:
    system = await a_system(session)
    await watch.later()

    await service.lock(session, system.id)
    await session.execute(text("ALTER TABLE accounts DISABLE TRIGGER note_change"))
    await session.execute(text("UPDATE accounts SET changed_at = clock_timestamp() - interval '1 hour'"))
    await watch.later()
    assert watch.seen(system) is not None
    watch.monotonic += WHOLE_SECONDS
    await watch.picture.catch_up()

    assert watch.seen(system) is None


async def test_what_is_over_is_not_kept(session: AsyncSession, watch: Watch) -> None:
    person, system = await a_person(session), await a_system(session)
    now = await session.scalar(text("SELECT now()"))
    rows = [{"jti": "over", "revoked_at": now, "expires_at": now}]
    await session.execute(insert(RevokedToken).values(rows))
    family = {
        "id": ids.new_id(), "account_id": person.id, "client_id": system.id, "scopes": [], "factors": [], "epoch": 0,
        "created_at": now, "expires_at": now, "ended_at": now - LONGEST_TOKEN, "ended_by": "logout",
    }  # fmt: skip
    await session.execute(insert(TokenFamily).values(family))
    await watch.later()

    assert watch.seen(person, jti="over", sid=str(family["id"])) is not None


async def test_more_accounts_than_one_page_are_read(
    session: AsyncSession, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.standings.PAGE", 2)
    registered = [await a_system(session) for _ in range(5)]
    await watch.later()

    assert all(watch.seen(system) for system in registered)


async def test_a_system_that_loses_a_secret_keeps_its_tokens(session: AsyncSession, watch: Watch) -> None:
    system = await a_system(session)
    made = await systems.add_secret(session, system.id, now=NOON)
    await watch.later()

    await systems.end_secret(session, system.id, made.id)
    await watch.later()

    assert watch.seen(system) is not None
