"""What regions are reprimanded for: no response to a report of 5 January 2026 until the end of 6 March."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared import ids
from shared.clients import Role
from shared.clock import now_dependency
from shared.database import Sessions
from shared.domain.lifecycle import Level, Status
from shared.domain.officers import OfficerRole
from shared.domain.wording import Language
from shared.schema import PublicText, Report
from sla_monitor.notifications import service as notifications
from sla_monitor.reprimands import service
from tests.factories import a_registry, bearer
from tests.mailbox import html, plain, serving
from tests.sla_monitor.conftest import SeededReferences
from tests.sla_monitor.histories import History, end_of, local
from tests.sla_monitor.post import an_officer, monitor
from tests.sla_monitor.stored import a_report, computed, rows, swept

STARTED, DUE = "2026-01-05 10:00", end_of("2026-03-06")
APRIL = datetime(2026, 4, 2, tzinfo=UTC)
QUARTER = {"first_day": "2026-01-01", "last_day": "2026-03-31"}
ADMIN = bearer(Role.NATIONAL_ADMIN, sub="pusat")
OPERATOR = bearer(Role.OPERATOR)


async def neglected(
    session: AsyncSession, agency: str = "SAMARINDA-PU", *, at: datetime = DUE, imported: bool = False, **columns: Any
) -> UUID:
    """A report to which nobody responds until its oversight is due, swept at an instant."""
    history = History().received(STARTED).verified(STARTED).assigned(STARTED, agency)
    holder: dict[str, Any] = {"holder_level": Level.AGENCY, "holder_agency_code": agency, "agency_code": agency}
    holder["received_at"] = local(STARTED)
    report_id = await a_report(session, history, status=Status.ASSIGNED, imported=imported, **holder | columns)
    await computed(session, report_id, now=at)
    await swept(session, at)
    return report_id


@pytest.fixture
async def registry(session: AsyncSession, app: Any) -> None:
    await a_registry(session)
    app.dependency_overrides[now_dependency] = lambda: APRIL


async def compile_for(client: httpx.AsyncClient, headers: Any = ADMIN, **changes: Any) -> httpx.Response:
    return await client.post("/v1/reprimands", json={"agency": "SAMARINDA"} | QUARTER | changes, headers=headers)


@pytest.mark.usefixtures("registry")
async def test_a_reprimand_lists_the_cases_of_the_whole_instansi_with_the_proof_of_each(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    number = ids.new_tracking_number()
    report_id = await neglected(session, tracking_number=number, title="Pak Joko merusak jalan", secret=True)
    await neglected(session, "SAMARINDA-PU-JALAN")
    await neglected(session, "BALIKPAPAN-PU")

    answer = await compile_for(client)

    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["agency"], made["case_count"], made["compiled_by"]) == (
        {"code": "SAMARINDA", "name": "Samarinda"}, 2, "national_admin:pusat",
    )  # fmt: skip
    case = next(one for one in made["cases"] if one["tracking_number"] == number)
    (head,) = await rows(session, "SELECT * FROM chains WHERE report_id = :id", id=report_id)
    proving = await rows(
        session,
        "SELECT * FROM events WHERE report_id = :id "
        "AND (seq = 1 OR type = 'clock.escalated' AND data->>'stage' = 'oversight_response') ORDER BY seq",
        id=report_id,
    )
    assert (case["received_at"], case["due_at"]) == ("2026-01-05T02:00:00Z", "2026-03-06T16:00:00Z")
    assert (case["agency"], case["status"], case["answered_at"]) == ("SAMARINDA-PU", "assigned", None)
    assert case["proof"]["head"] == {"seq": head.seq, "hash": head.hash.hex()}
    assert case["proof"]["events"] == [
        {"id": str(event.id), "seq": event.seq, "type": event.type, "hash": event.hash.hex()} for event in proving
    ]
    assert len(proving) == 2
    assert "Joko" not in answer.text


async def titled(session: AsyncSession, report_id: UUID, title: str) -> None:
    """What everybody may read above the report."""
    values = {"report_id": report_id, "title": title, "body": "-", "masks": [], "masking": 1, "masked_at": DUE}
    await session.execute(insert(PublicText).values(**values, masked_by="service:test"))


@pytest.mark.usefixtures("registry")
async def test_a_case_names_the_agency_that_sits_on_it_and_what_everybody_may_read(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    passed_on = await neglected(session, "SAMARINDA", published_at=DUE, tracking_number="1111111111")
    secret = await neglected(session, published_at=DUE, secret=True, tracking_number="2222222222")
    hidden = await neglected(session, published_at=None, tracking_number="3333333333")
    elsewhere = await neglected(session, published_at=DUE, tracking_number="4444444444")
    for report_id in (passed_on, secret, hidden, elsewhere):
        await titled(session, report_id, "Jalan [nama] rusak")
    sits = {passed_on: "SAMARINDA-DINKES", elsewhere: "BALIKPAPAN-PU"}
    for report_id, code in sits.items():  # after its oversight was due
        await session.execute(update(Report).where(Report.id == report_id).values(agency_code=code))

    made = (await compile_for(client)).json()

    title = "Jalan [nama] rusak"
    assert {one["tracking_number"]: (one["agency"], one["holder"]["code"], one["title"]) for one in made["cases"]} == {
        "1111111111": ("SAMARINDA", "SAMARINDA-DINKES", title),
        "2222222222": ("SAMARINDA-PU", "SAMARINDA-PU", None),
        "3333333333": ("SAMARINDA-PU", "SAMARINDA-PU", None),
        "4444444444": ("SAMARINDA-PU", "SAMARINDA-PU", title),
    }
    page = await client.get(f"/v1/reprimands/{made['id']}", headers=ADMIN | {"Accept": "text/html"})
    assert page.text.count(title) == 2
    assert "(SAMARINDA-DINKES)" in page.text
    await session.execute(update(Report).where(Report.id == passed_on).values(status=Status.WITHDRAWN))
    again = (await client.get(f"/v1/reprimands/{made['id']}", headers=ADMIN)).json()
    assert [one["title"] for one in again["cases"]].count(title) == 1


@pytest.mark.usefixtures("registry")
async def test_a_reprimand_can_be_seen_coming_while_its_quarter_runs(
    client: httpx.AsyncClient, session: AsyncSession, app: Any
) -> None:
    await neglected(session, tracking_number="1111111111")
    await neglected(session, "BALIKPAPAN-PU", tracking_number="3333333333")
    coming = await neglected(session, at=DUE - timedelta(days=1), tracking_number="2222222222", published_at=DUE)
    await titled(session, coming, "Lampu padam")
    app.dependency_overrides[now_dependency] = lambda: end_of("2026-03-05")

    async def preview(headers: Any = ADMIN, **params: str) -> httpx.Response:
        return await client.get("/v1/reprimands/preview", params={"agency": "SAMARINDA"} | params, headers=headers)

    seen = (await preview()).json()
    assert (seen["first_day"], seen["last_day"]) == ("2026-01-01", "2026-03-31")
    assert [one["tracking_number"] for one in seen["cases"]] == ["1111111111"]
    assert [(one["tracking_number"], one["title"], one["due_at"]) for one in seen["coming"]] == [
        ("2222222222", "Lampu padam", "2026-03-06T16:00:00Z")
    ]
    own = bearer(Role.COORDINATOR, agency="SAMARINDA")
    assert (await client.get("/v1/reprimands/preview", headers=own)).json() == seen
    assert (await preview(bearer(Role.COORDINATOR, agency="BALIKPAPAN"))).status_code == 403
    page = await preview(headers=ADMIN | {"Accept": "text/html", "Accept-Language": "id"})
    assert "Pratinjau teguran" in page.text
    assert "2222222222" in page.text
    for params, pointer in (
        ({"agency": "NOWHERE"}, "query/agency"),
        ({"agency": "SAMARINDA-PU"}, "query/agency"),
        ({"first_day": "2026-01-01"}, "query/last_day"),
        ({"first_day": "2026-02-01", "last_day": "2026-01-01"}, "query/last_day"),
    ):
        refused = await preview(**params)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await rows(session, "SELECT 1 FROM reprimands") == []


@pytest.mark.usefixtures("registry")
async def test_a_region_is_reprimanded_once_for_a_period(client: httpx.AsyncClient, session: AsyncSession) -> None:
    await neglected(session)

    first = await compile_for(client)
    await neglected(session)
    again = await compile_for(client, OPERATOR)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("first_day", "last_day", "status"),
    [
        ("2026-03-07", "2026-03-07", 201),  # recorded at the midnight that begins the 7th in Samarinda
        ("2026-03-06", "2026-03-06", 409),
        ("2026-03-08", "2026-03-31", 409),
    ],
)
async def test_a_case_belongs_to_the_day_on_which_it_was_recorded_there(
    client: httpx.AsyncClient, session: AsyncSession, first_day: str, last_day: str, status: int
) -> None:
    await neglected(session)

    assert (await compile_for(client, first_day=first_day, last_day=last_day)).status_code == status


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("change", [None, "UPDATE escalations SET revoked_at = now()"])
async def test_an_import_and_a_revoked_step_reprimand_nobody(
    client: httpx.AsyncClient, session: AsyncSession, change: str | None
) -> None:
    await neglected(session, imported=change is None)
    if change:
        await session.execute(text(change))

    answer = await compile_for(client)

    assert (answer.status_code, answer.json()["code"]) == (409, "no_cases")


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"agency": "NOWHERE"}, "unknown_agency", "/agency"),
        ({"agency": "SAMARINDA-PU"}, "not_an_instansi", "/agency"),
        ({"last_day": "2025-12-31"}, "period", "/last_day"),
        ({"first_day": "2025-01-01"}, "period", "/last_day"),
        ({"last_day": "2026-04-02"}, "period_open", "/last_day"),
        ({"last_day": "9999-12-31"}, "invalid", "/last_day"),
    ],
)
async def test_a_period_or_region_that_cannot_be_is_refused_with_the_field(
    client: httpx.AsyncClient, changes: Any, code: str, pointer: str
) -> None:
    answer = await compile_for(client, **changes)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.usefixtures("registry")
async def test_who_compiles_and_who_reads(client: httpx.AsyncClient, session: AsyncSession) -> None:
    await neglected(session)
    made = (await compile_for(client)).json()
    path = f"/v1/reprimands/{made['id']}"

    async def statuses(headers: Any) -> tuple[int, int]:
        listed = await client.get("/v1/reprimands", headers=headers)
        return (await client.get(path, headers=headers)).status_code, len(listed.json().get("items", ()))

    assert await statuses(ADMIN) == await statuses(OPERATOR) == await statuses(bearer(Role.SUPERVISOR)) == (200, 1)
    assert await statuses(bearer(Role.COORDINATOR, agency="SAMARINDA")) == (200, 1)
    assert await statuses(bearer(Role.COORDINATOR, agency="BALIKPAPAN")) == (404, 0)
    assert await statuses(bearer(Role.LIAISON_OFFICER, agency="SAMARINDA-PU")) == (403, 0)
    assert (await compile_for(client, bearer(Role.SUPERVISOR))).status_code == 403
    other = {"agency": "BALIKPAPAN"}
    elsewhere = await client.get("/v1/reprimands", params=other, headers=bearer(Role.COORDINATOR, agency="SAMARINDA"))
    assert elsewhere.status_code == 403


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json, text/html;q=0.5", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("text/html;q=wrong", "application/json"),
    ],
)
async def test_a_browser_gets_a_page_and_a_program_gets_json(
    client: httpx.AsyncClient, session: AsyncSession, accept: str | None, kind: str
) -> None:
    await neglected(session)
    path = f"/v1/reprimands/{(await compile_for(client)).json()['id']}"
    client.headers.pop("accept")

    answer = await client.get(path, headers=ADMIN | ({"Accept": accept} if accept else {}))

    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


@pytest.mark.usefixtures("registry")
async def test_the_page_says_all_of_it_in_the_language_asked_for_and_runs_nothing(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await session.execute(text("UPDATE agencies SET name = '<b>Kota</b> Samarinda' WHERE code = 'SAMARINDA'"))
    await neglected(session)
    made = (await compile_for(client)).json()
    case = made["cases"][0]

    pages = {
        language: await client.get(
            f"/v1/reprimands/{made['id']}", headers=ADMIN | {"Accept": "text/html", "Accept-Language": language}
        )
        for language in ("id", "en")
    }

    for page in pages.values():
        for words in (case["tracking_number"], case["proof"]["head"]["hash"], case["proof"]["events"][1]["id"]):
            assert words in page.text
        assert "&lt;b&gt;Kota" in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "6 Maret 2026 24.00 WITA" in pages["id"].text
    assert "6 March 2026 24:00 WITA" in pages["en"].text
    assert 'lang="en"' in pages["en"].text


@pytest.mark.parametrize(
    ("now", "first_day", "last_day"),
    [
        ("2026-04-02T00:00:00Z", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-01-15T00:00:00Z", date(2025, 10, 1), date(2025, 12, 31)),
        ("2026-06-30T17:59:00Z", date(2026, 1, 1), date(2026, 3, 31)),  # an hour after midnight in Jakarta
        ("2026-06-30T18:00:00Z", date(2026, 4, 1), date(2026, 6, 30)),
    ],
)
def test_the_last_quarter_is_one_that_has_ended_everywhere(now: str, first_day: date, last_day: date) -> None:
    assert service.last_quarter(datetime.fromisoformat(now)) == (first_day, last_day)


async def test_each_quarter_every_region_is_reprimanded_once_and_its_head_is_told(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await a_registry(session)
        for agency, language in (("SAMARINDA", Language.ID), ("BALIKPAPAN", Language.EN)):
            await an_officer(session, OfficerRole.REGIONAL_HEAD, agency, language=language)
        numbers = [ids.new_tracking_number() for _ in range(2)]
        await neglected(session, tracking_number=numbers[0], title="Pak Joko")
        await neglected(session, "BALIKPAPAN-PU", tracking_number=numbers[1])

    counts = await asyncio.gather(*(service.compile_quarter(sessions, now=APRIL) for _ in range(4)))
    with serving() as mailbox:
        sent = await notifications.send(sessions, SeededReferences(), monitor(mailbox.url), now=APRIL)

    assert sum(counts) == 2
    assert sent == {"single": 2}
    indonesian, english = sorted(mailbox.mails, key=lambda mail: str(mail["Content-Language"]), reverse=True)
    assert indonesian["Subject"].strip() == "[LAPOR!] Teguran Samarinda, 1 Januari 2026 - 31 Maret 2026"
    assert english["Subject"].strip() == "[LAPOR!] Reprimand of Balikpapan, 1 January 2026 - 31 March 2026"
    assert numbers[0] in plain(indonesian)
    assert numbers[0] in html(indonesian)
    assert "Joko" not in plain(indonesian)
    assert "reprimands you" in plain(english)


@pytest.mark.usefixtures("registry")
async def test_of_secret_reports_an_operator_reads_no_case_and_no_count(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await neglected(session, secret=True)
    alone = await compile_for(client, OPERATOR)
    await neglected(session, tracking_number="4000000003")
    made = (await compile_for(client)).json()
    path = f"/v1/reprimands/{made['id']}"

    seen = {name: (await client.get(path, headers=headers)).json() for name, headers in
            {"admin": ADMIN, "operator": OPERATOR}.items()}  # fmt: skip
    again = (await compile_for(client, OPERATOR)).json()
    listed = (await client.get("/v1/reprimands", headers=OPERATOR)).json()["items"]

    assert (alone.status_code, alone.json()["code"]) == (409, "no_cases")
    assert (seen["admin"]["case_count"], len(seen["admin"]["cases"])) == (2, 2)
    assert seen["operator"] == again
    assert [case["tracking_number"] for case in again["cases"]] == ["4000000003"]
    assert ([one["case_count"] for one in listed], again["case_count"]) == ([1], 1)
    await session.execute(text("UPDATE reports SET secret = true"))
    assert (await client.get(path, headers=OPERATOR)).status_code == 404
    assert (await client.get("/v1/reprimands", headers=OPERATOR)).json()["items"] == []
    page = await client.get(path, headers=OPERATOR | {"Accept": "text/html"})
    assert page.status_code == 404


@pytest.mark.usefixtures("registry")
async def test_of_secret_reports_the_preview_tells_an_operator_nothing(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await neglected(session, tracking_number="4000000004", secret=True)
    await neglected(session, tracking_number="4000000005")
    params = {"agency": "SAMARINDA"} | {name: str(day) for name, day in QUARTER.items()}

    told = {name: (await client.get("/v1/reprimands/preview", params=params, headers=headers)).json()
            for name, headers in {"admin": ADMIN, "operator": OPERATOR}.items()}  # fmt: skip

    numbers = {name: [case["tracking_number"] for case in found["cases"]] for name, found in told.items()}
    assert numbers == {"admin": ["4000000004", "4000000005"], "operator": ["4000000005"]}
    assert "4000000004" not in str(told["operator"])
