"""People: invited, let in, shut out."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries, service
from routing_service.access.accounts.known import Known
from routing_service.access.accounts.service import PersonDraft
from shared.clients import Role
from shared.database import Sessions
from shared.domain.accounts import AccountState, InvitationKind
from shared.domain.officers import OfficerRole
from shared.errors import Conflict, Invalid, NotFound
from shared.schema import Officer
from tests.accounts import BY, a_person, an_officer, an_officer_with_account, taken_up_by
from tests.factories import NOON, a_registry

WEEK = service.GOOD_FOR[InvitationKind.INVITE]
INSTANT = timedelta(microseconds=1)


async def test_an_officer_who_was_invited_sets_a_password_and_gets_in(session: AsyncSession) -> None:
    officer_id = await an_officer(session, email="Sari@Samarinda.example")
    account = await service.account_for_officer(session, officer_id)

    made = await service.invite(session, account.id, by=BY, now=NOON)
    opened = await taken_up_by(session, made.token, password_hash="$argon2id$")

    assert not account.gets_in
    assert opened.gets_in
    assert (opened.role, opened.agency, opened.name) == (Role.LIAISON_OFFICER, "SAMARINDA-PU", "Sari")
    assert opened.password_hash == "$argon2id$"
    assert await queries.account_of_login(session, "sari@samarinda.EXAMPLE") == opened
    assert await session.scalar(select(Officer.subject).where(Officer.id == officer_id)) == opened.id


async def test_an_account_never_says_who_it_is_of(session: AsyncSession) -> None:
    person = await a_person(session, name="Budi", email="budi@pusat.example")

    assert "budi" not in person.id.lower()


async def test_an_officer_keeps_the_subject_that_they_acted_under(session: AsyncSession) -> None:
    officer_id = await an_officer(session, subject="dpupr-officer")

    account = await service.account_for_officer(session, officer_id)
    again = await service.account_for_officer(session, officer_id)

    assert account.id == again.id == "dpupr-officer"


async def test_a_subject_that_another_account_has_is_not_taken_over(session: AsyncSession) -> None:
    await a_person(session, id="operator-1")
    officer_id = await an_officer(session, subject="operator-1")

    account = await service.account_for_officer(session, officer_id)

    assert account.id != "operator-1"
    assert account.role is Role.LIAISON_OFFICER


@pytest.mark.parametrize("role", [OfficerRole.REGIONAL_HEAD, OfficerRole.INSPECTORATE, OfficerRole.REGIONAL_SECRETARY])
async def test_who_is_only_told_of_reports_gets_no_account(session: AsyncSession, role: OfficerRole) -> None:
    officer_id = await an_officer(session, role, "SAMARINDA")

    with pytest.raises(Invalid, match="logs in nowhere"):
        await service.account_for_officer(session, officer_id)


async def test_two_accounts_never_have_one_name_to_log_in_with(session: AsyncSession) -> None:
    await a_person(session, email="Budi@pusat.example")
    officer_id = await an_officer(session, email="budi@PUSAT.example")

    with pytest.raises(Conflict) as refused:
        await service.account_for_officer(session, officer_id)

    assert refused.value.code == "email_taken"


async def test_whose_address_changes_logs_in_with_the_new_one(session: AsyncSession) -> None:
    account = await an_officer_with_account(session, email="old@x.example")

    await session.execute(update(Officer).values(email="new@x.example"))

    assert await queries.account_of_login(session, "old@x.example") is None
    found = await queries.account_of_login(session, "new@x.example")
    assert found is not None
    assert found.id == account.id


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.LIAISON_OFFICER, Role.AGENCY_HEAD, Role.SERVICE, Role.CHANNEL])
async def test_who_has_a_role_of_officers_is_registered_as_an_officer(session: AsyncSession, role: Role) -> None:
    with pytest.raises(Invalid) as refused:
        await service.create_person(session, PersonDraft("Budi", "budi@x.example", role))

    assert refused.value.code == "role_of_officers"


async def test_a_link_works_until_its_last_instant(session: AsyncSession) -> None:
    account = await service.create_person(session, PersonDraft("Budi", "budi@x.example", Role.OPERATOR))
    made = await service.invite(session, account.id, by=BY, now=NOON)

    assert (await service.invited(session, made.token, now=NOON + WEEK - INSTANT)).id == account.id
    with pytest.raises(NotFound) as refused:
        await taken_up_by(session, made.token, password_hash="x", now=NOON + WEEK)

    assert refused.value.code == "link_over"


async def test_a_link_that_was_used_is_told_like_one_that_never_was(session: AsyncSession) -> None:
    account = await service.create_person(session, PersonDraft("Budi", "budi@x.example", Role.OPERATOR))
    made = await service.invite(session, account.id, by=BY, now=NOON)
    await taken_up_by(session, made.token, password_hash="x")

    sentences = []
    for token in (made.token, "never-was", "\ud800"):
        with pytest.raises(NotFound) as refused:
            await taken_up_by(session, token, password_hash="y")
        sentences.append((refused.value.code, refused.value.detail))

    assert len(set(sentences)) == 1


async def test_only_the_newest_link_works(session: AsyncSession) -> None:
    account = await service.create_person(session, PersonDraft("Budi", "budi@x.example", Role.OPERATOR))
    first = await service.invite(session, account.id, by=BY, now=NOON)

    second = await service.invite(session, account.id, by=BY, now=NOON)

    with pytest.raises(NotFound):
        await service.invited(session, first.token, now=NOON)
    assert (await service.invited(session, second.token, now=NOON)).id == account.id


async def test_who_has_taken_up_an_account_is_not_invited_again(session: AsyncSession) -> None:
    account = await a_person(session)

    with pytest.raises(Conflict, match="reset"):
        await service.invite(session, account.id, by=BY, now=NOON)


async def test_a_reset_takes_all_proofs_away_and_ends_what_was_given_out(session: AsyncSession) -> None:
    account = await a_person(session)

    made = await service.reset(session, account.id, by=BY, now=NOON)

    shut = await service.the_person(session, account.id)
    assert shut.state is AccountState.INVITED
    assert shut.password_hash is None
    assert shut.epoch == account.epoch + 1
    assert made.expires_at == NOON + timedelta(days=1)
    opened = await taken_up_by(session, made.token, password_hash="new")
    assert opened.gets_in
    assert opened.epoch == shut.epoch + 1


async def test_who_was_locked_gets_in_again_when_unlocked_and_needs_new_tokens(session: AsyncSession) -> None:
    account = await a_person(session)

    locked = await service.lock(session, account.id)
    again = await service.lock(session, account.id)
    opened = await service.unlock(session, account.id)

    assert locked.state is AccountState.LOCKED
    assert again.epoch == locked.epoch == account.epoch + 1
    assert opened.gets_in
    assert opened.epoch == locked.epoch


async def test_who_was_locked_before_taking_up_the_account_still_has_to_take_it_up(session: AsyncSession) -> None:
    account = await service.create_person(session, PersonDraft("Budi", "budi@x.example", Role.OPERATOR))
    made = await service.invite(session, account.id, by=BY, now=NOON)

    await service.lock(session, account.id)
    with pytest.raises(NotFound):
        await service.invited(session, made.token, now=NOON)
    opened = await service.unlock(session, account.id)

    assert opened.state is AccountState.INVITED
    assert (await service.invited(session, made.token, now=NOON)).id == account.id


async def test_a_password_alone_opens_no_account_and_leaves_the_link_as_it_was(session: AsyncSession) -> None:
    account = await service.create_person(session, PersonDraft("Budi", "budi@x.example", Role.OPERATOR))
    made = await service.invite(session, account.id, by=BY, now=NOON)

    chosen = await service.choose_password(session, made.token, password_hash="x", now=NOON)
    await service.lock(session, account.id)
    unlocked = await service.unlock(session, account.id)

    assert not chosen.gets_in
    assert unlocked.state is AccountState.INVITED
    assert (await service.invited(session, made.token, now=NOON)).id == account.id


async def test_who_was_deactivated_has_no_link_left_and_cannot_be_unlocked(session: AsyncSession) -> None:
    account = await service.create_person(session, PersonDraft("Budi", "budi@x.example", Role.OPERATOR))
    made = await service.invite(session, account.id, by=BY, now=NOON)

    await service.deactivate(session, account.id, now=NOON)

    with pytest.raises(NotFound):
        await taken_up_by(session, made.token, password_hash="x")
    with pytest.raises(Conflict, match="reset"):
        await service.unlock(session, account.id)
    with pytest.raises(Conflict):
        await service.lock(session, account.id)


async def test_an_officer_out_of_service_does_not_get_in(session: AsyncSession) -> None:
    account = await an_officer_with_account(session)

    await session.execute(update(Officer).values(active=False))

    found = await queries.account(session, account.id)
    assert found is not None
    assert not found.gets_in


async def test_of_two_takers_of_one_link_one_gets_the_account(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        account = await service.create_person(session, PersonDraft("Budi", "budi@x.example", Role.OPERATOR))
        made = await service.invite(session, account.id, by=BY, now=NOON)

    async def take(password_hash: str) -> Known:
        async with sessions.begin() as session:
            return await taken_up_by(session, made.token, password_hash=password_hash)

    results = await asyncio.gather(*(take(f"hash-{number}") for number in range(5)), return_exceptions=True)

    winners = [result for result in results if isinstance(result, Known)]
    assert len(winners) == 1
    assert sum(isinstance(result, NotFound) for result in results) == 4
    async with sessions() as session:
        assert (await service.the_person(session, account.id)).password_hash == winners[0].password_hash


async def test_an_officer_who_is_invited_twice_at_once_gets_one_account(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await a_registry(session)
        officer_id = await an_officer(session)

    async def invite() -> str:
        async with sessions.begin() as session:
            return (await service.account_for_officer(session, officer_id)).id

    assert len(set(await asyncio.gather(*(invite() for _ in range(4))))) == 1


async def test_a_link_that_is_taken_up_while_the_account_is_deactivated_lets_nobody_in(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        account = await service.create_person(session, PersonDraft("Budi", "budi@x.example", Role.OPERATOR))
        made = await service.invite(session, account.id, by=BY, now=NOON)

    async with sessions.begin() as session:
        await service.deactivate(session, account.id, now=NOON)
        async with sessions() as other:
            with pytest.raises(NotFound):
                await asyncio.gather(_taken(other, made.token), _committed(session))

    async with sessions() as session:
        assert (await service.the_person(session, account.id)).state is AccountState.DEACTIVATED


async def _taken(session: AsyncSession, token: str) -> None:
    await taken_up_by(session, token, password_hash="x")


async def _committed(session: AsyncSession) -> None:
    await session.commit()
