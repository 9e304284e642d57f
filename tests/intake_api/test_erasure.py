"""Who may erase whom; and how long reports are kept."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from obstore.store import MemoryStore
from sqlalchemy import select, text

from intake_api.erasure import retention
from intake_api.erasure.retention import BadRules, RetentionRule, Term
from intake_api.evidence.store import Store
from shared.clients import Role
from shared.database import Sessions
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification, Status
from shared.log import events
from shared.log.events import EventType
from shared.schema import EventRow, IdempotencyKey, Report, Reporter
from tests.factories import DAY, NOON, a_registry, a_report, bearer
from tests.intake_api.helpers import APP, Submitted, code_of, key, moved, stored, submitted

CUSTODIAN = bearer(Role.IDENTITY_CUSTODIAN, sub="custodian-1")
PERSON = {"name": "Siti", "phone": "0812-3456-7890", "national_id": "6472014107900001"}
NO_FILES = Store(MemoryStore)
RULE = RetentionRule(days=30, legal_basis="Uji", mark="I")


async def closed(client: httpx.AsyncClient, committed: Sessions, **changes: Any) -> Submitted:
    report = await submitted(client, APP | key(), reporter=PERSON, reporter_reference="akun-hapus", **changes)
    await client.post(f"{report.path}/replies", json={"body": "Rumah saya nomor 7."}, headers=report.as_reporter)
    await moved(committed, report, EventType.REPORT_CLOSED, Status.CLOSED)
    return report


async def erased(client: httpx.AsyncClient, report: Submitted, headers: dict[str, str] = CUSTODIAN) -> httpx.Response:
    return await client.post(f"{report.path}/erasure", json={"cause": "request"}, headers=headers)


async def test_who_reported_and_every_word_go_and_the_events_stay(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await closed(client, committed)
    before = await stored(committed, report)
    async with committed() as session:
        told = [(event.id, event.type) for event in await events.history(session, report.id)]

    answer = await erased(client, report)

    assert answer.status_code == 200, answer.text
    row = await stored(committed, report)
    assert (row.title, row.body, row.salt, row.location_text) == ("[dihapus]", "[dihapus]", b"", None)
    assert (row.reporter_reference_hash, row.latitude, row.region_code) == (None, None, before.region_code)
    async with committed() as session:
        person = (await session.scalars(select(Reporter).where(Reporter.id == row.reporter_id))).one()
        kept = await session.scalar(select(IdempotencyKey.key_hash).where(IdempotencyKey.report_id == report.id))
        words = await session.scalars(text("SELECT body FROM messages WHERE report_id = :id"), {"id": report.id})
        after = [(event.id, event.type) for event in await events.history(session, report.id)]
    assert {name: value for name, value in vars(person).items() if name[0] != "_" and value} == {"id": person.id}
    assert kept is None
    assert set(words) == {"[dihapus]"}
    assert after[:-1] == told
    assert after[-1][1] is EventType.PERSON_ERASED


async def test_its_reporter_sees_that_it_is_gone_and_can_do_nothing_more(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await closed(client, committed)
    await erased(client, report)

    own = (await client.get(report.path, headers=report.as_reporter)).json()
    reopened = await client.post(f"{report.path}/reopening", json={}, headers=report.as_reporter)

    assert (own["body"], own["actions"]) == ("[dihapus]", [])
    assert own["reporter"] == {"name": None, "phone": None, "email": None}
    assert own["timeline"][-1]["type"] == "person.erased"
    assert code_of(reopened) == (409, "erased")
    by_account = await client.get(report.path, headers=APP | {"X-Reporter-Reference": "akun-hapus"})
    assert by_account.status_code == 404


async def test_a_second_erasure_changes_nothing(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await closed(client, committed)

    first, again = await erased(client, report), await erased(client, report)

    assert first.json() == again.json()
    async with committed() as session:
        types = (await session.scalars(select(EventRow.type).where(EventRow.report_id == report.id))).all()
    assert types.count("person.erased") == 1


async def test_what_is_worked_on_is_not_erased(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)

    assert code_of(await erased(client, report)) == (409, "report_is_open")
    assert (await stored(committed, report)).title == "Jalan berlubang"
    nobody = Submitted(report.id, "1234567897", "")
    assert (await erased(client, nobody)).status_code == 404
    odd = await client.post(f"{report.path}/erasure", json={"cause": "retention"}, headers=CUSTODIAN)
    assert odd.status_code == 422


@pytest.mark.parametrize(
    "headers",
    [bearer(role, agency="SAMARINDA") for role in Role if role is not Role.IDENTITY_CUSTODIAN] + [{}],
)
async def test_nobody_else_erases(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    report = await submitted(client)

    assert (await erased(client, report, headers)).status_code in (401, 403)


# --- retention ----------------------------------------------------------------------------------------------


async def ended(sessions: Sessions, at: Any, **changes: Any) -> Submitted:
    async with sessions.begin() as session:
        id = await a_report(session, received_at=at, status=Status.ARCHIVED, **changes)
        number = await session.scalar(select(Report.tracking_number).where(Report.id == id))
    return Submitted(id, number or "", "")


@pytest.fixture
async def registered(sessions: Sessions) -> Sessions:
    async with sessions.begin() as session:
        await a_registry(session)
    return sessions


async def test_what_was_kept_long_enough_goes_and_nothing_younger_or_open(registered: Sessions) -> None:
    old = await ended(registered, NOON - 31 * DAY)
    young = await ended(registered, NOON - 30 * DAY)
    async with registered.begin() as session:
        await a_report(session, received_at=NOON - 99 * DAY)  # still open
    rules = [RULE]

    counted = await retention.due(registered, rules, now=NOON)
    untouched = (await stored(registered, old)).title
    done = await retention.run(registered, rules, now=NOON, store=NO_FILES)

    assert sum(one.reports for one in counted) == done == 1
    assert untouched == "Jalan berlubang"
    assert (await stored(registered, old)).title == "[dihapus]"
    assert (await stored(registered, young)).title == "Jalan berlubang"
    assert await retention.run(registered, rules, now=NOON, store=NO_FILES) == 0
    assert await retention.run(registered, rules, now=NOON + timedelta(seconds=1), store=NO_FILES) == 1


async def test_it_goes_batch_by_batch_and_goes_on_where_it_was_killed(registered: Sessions) -> None:
    for _ in range(5):
        await ended(registered, NOON - 60 * DAY)

    def killed(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await retention.run(registered, [RULE], now=NOON, store=NO_FILES, batch=2, progress=killed)

    assert await retention.run(registered, [RULE], now=NOON, store=NO_FILES, batch=2) == 3


def test_the_rule_that_names_most_decides() -> None:
    rules = [
        RULE,
        RULE.model_copy(update={"classification": Classification.COMPLAINT, "days": 60}),
        RULE.model_copy(update={"channel": Channel.SMS, "days": 10}),
        RULE.model_copy(update={"classification": Classification.COMPLAINT, "channel": Channel.WHATSAPP, "days": None}),
    ]

    found = {(term.classification, channel): term.days for term in retention.terms(rules) for channel in term.channels}

    assert found[Classification.ASPIRATION, Channel.APP] == 30
    assert found[Classification.ASPIRATION, Channel.SMS] == 10
    assert found[Classification.COMPLAINT, Channel.SMS] == 60
    assert (Classification.COMPLAINT, Channel.WHATSAPP) not in found


def test_ours_name_their_legal_basis_for_every_class() -> None:
    terms = list(retention.terms(retention.read_rules(None)))

    assert {term.classification for term in terms} == set(Classification)
    assert all(isinstance(term, Term) and "UU 27/2022" in term.legal_basis for term in terms)


@pytest.mark.parametrize(
    "content", ["{", "{}", '[{"days": 0}]', '[{"days": 5, "legal_basis": "x", "mark": "I", "a": 1}]']
)
def test_rules_that_cannot_be_read_are_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "retention.json"
    file.write_text(content)

    with pytest.raises(BadRules, match="holds no rules of retention"):
        retention.read_rules(file)
    with pytest.raises(BadRules):
        retention.read_rules(tmp_path / "nowhere.json")
