"""A report at its page: what somebody sees and can do there, and what stands against it."""

import re

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Role
from shared.domain.lifecycle import Level, Status
from shared.schema import EventRow, Message, Report
from tests.accounts import an_officer
from tests.routing_service.driving import ADMIN, AGENCY, COORDINATOR, CUSTODIAN, Office
from tests.routing_service.pages.visiting import Visitor, cookie


@pytest.fixture
def admin(http: httpx.AsyncClient) -> Visitor:
    return Visitor(http, cookie(Role.NATIONAL_ADMIN, sub="pusat-1"))


@pytest.fixture
def coordinator(http: httpx.AsyncClient) -> Visitor:
    return Visitor(http, cookie(Role.COORDINATOR, sub="samarinda-1", agency="SAMARINDA"))


@pytest.fixture
def officer(http: httpx.AsyncClient) -> Visitor:
    return Visitor(http, cookie(Role.LIAISON_OFFICER, sub="pu-1", agency=AGENCY))


async def number_of(session: AsyncSession, report: object) -> str:
    found = await session.scalar(select(Report.tracking_number).where(Report.id == report))
    assert found is not None
    return str(found)


async def test_a_report_is_verified_and_disposed_in_one_step_and_the_next_one_is_shown(
    office: Office, admin: Visitor, session: AsyncSession
) -> None:
    first, second = await office.report(), await office.report()
    one, two = await number_of(session, first), await number_of(session, second)

    page = await admin.get(f"/board/reports/{one}?box=unverified")
    answer = await admin.sends(page, "dispose", agency=AGENCY, title="Jalan rusak di pasar")

    assert page.status_code == 200
    assert answer.status_code == 303
    assert re.search(r"/board/reports/\d+\?box=unverified&done=dispose&number=" + one, answer.headers["location"])
    report = (await session.execute(select(Report).where(Report.id == first))).scalar_one()
    await session.refresh(report)
    assert (report.status, report.agency_code, report.verified_title) == (
        Status.ASSIGNED, AGENCY, "Jalan rusak di pasar",
    )  # fmt: skip
    after = await admin.get(answer.headers["location"])
    assert "The report was disposed." in after.text
    assert two != one


async def test_two_officers_on_one_report_and_the_second_sees_who_was_first(
    office: Office, admin: Visitor, session: AsyncSession
) -> None:
    report = await office.report()
    page = await admin.get(f"/board/reports/{report}?box=unverified")
    await office.done(report, "verification", ADMIN)

    answer = await admin.sends(page, "hold", question="Di jalan yang mana?")

    assert answer.status_code == 412
    assert "Another officer was first." in answer.text
    assert "Verified" in answer.text
    assert "Di jalan yang mana?</textarea>" in answer.text
    assert await office.status(report) is Status.VERIFIED
    again = await admin.sends(answer, "hold", question="Di jalan yang mana?")
    assert again.status_code == 303


async def test_an_act_that_is_refused_in_the_middle_leaves_nothing_behind(
    office: Office, admin: Visitor, session: AsyncSession
) -> None:
    report = await office.report()
    page = await admin.get(f"/board/reports/{report}")

    answer = await admin.sends(page, "dispose", chosen="forward", other_agency=AGENCY, title="Judul")  # no instansi

    assert answer.status_code == 422
    assert "is not an instansi" in answer.text
    assert await office.status(report) is Status.RECEIVED
    types = await session.scalars(select(EventRow.type).where(EventRow.report_id == report))
    assert "report.verified" not in types.all()


async def test_what_was_typed_is_kept_when_the_log_in_is_over_and_when_there_is_a_new_one(
    office: Office, officer: Visitor, session: AsyncSession
) -> None:
    report = office.reports[Status.ASSIGNED]
    page = await officer.get(f"/board/reports/{report}")
    words = "Tim kami datang <besok> pagi."

    gone = await Visitor(officer.http, {}).sends(page, "respond", body=words)
    new = Visitor(officer.http, cookie(Role.LIAISON_OFFICER, sub="pu-1", agency=AGENCY, jti="another"))
    back = await new.post(f"/board/reports/{report}", act="respond", body=words, version="1")
    sent = await new.sends(back, "respond", body=words)

    assert gone.status_code == 401
    assert "What you typed is kept on this page." in gone.text
    assert 'name="body" value="Tim kami datang &lt;besok&gt; pagi."' in gone.text
    assert back.status_code == 403
    assert "Tim kami datang &lt;besok&gt; pagi.</textarea>" in back.text
    assert (await session.scalars(select(Message.body).where(Message.report_id == report))).all() == [words]
    assert sent.status_code == 303


async def test_what_was_typed_is_kept_when_the_report_has_gone_to_others_meanwhile(
    office: Office, officer: Visitor
) -> None:
    report = await office.made(Status.ASSIGNED, secret=True)
    page = await officer.get(f"/board/reports/{report}")
    await office.done(report, "redirection", COORDINATOR, agency="SAMARINDA-DINKES")

    answer = await officer.sends(page, "respond", body="Tim kami datang <besok> pagi.")

    assert answer.status_code == 404
    assert "Tim kami datang &lt;besok&gt; pagi." in answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_site_does_nothing_even_with_the_token(site: str, office: Office, officer: Visitor) -> None:
    report = office.reports[Status.ASSIGNED]
    page = await officer.get(f"/board/reports/{report}")

    foreign = Visitor(officer.http, officer.headers | {"Sec-Fetch-Site": site})
    answer = await foreign.sends(page, "respond", body="Bohong.", final="yes")

    assert answer.status_code == 403
    assert "Bohong." not in answer.text
    assert await office.status(report) is Status.ASSIGNED


async def test_what_is_not_open_is_named_with_its_reason(office: Office, coordinator: Visitor) -> None:
    page = await coordinator.get(f"/board/reports/{office.reports[Status.ANSWERED]}")

    closed = page.text.partition('<dl class="closed">')[2]
    assert "Open while a report is:" in closed
    assert "<dt>Archive</dt>" in closed


async def test_a_page_shows_the_actions_that_the_api_names(office: Office, coordinator: Visitor) -> None:
    for status, report in office.reports.items():
        page = await coordinator.get(f"/board/reports/{report}")
        named = await office.get(f"/v1/reports/{report}", COORDINATOR)
        acts = {one["action"] for one in named["actions"]}
        forms = set(re.findall(r'id="form-(\w+)"', page.text)) - {"ask_for_evidence", "identity"}
        closed = set(re.findall(r"<dt>([^<]+)</dt>", page.text.partition('<dl class="closed">')[2]))

        assert forms <= acts, status
        assert acts - forms <= {"verify", "respond_final", "redirect", "forward", "dispose"}, status
        assert not ("Archive" in closed and "archive" in acts)


async def test_a_report_that_may_not_be_seen_is_not_there(office: Office, http: httpx.AsyncClient) -> None:
    secret = await office.report(secret=True, holder_level=Level.COORDINATOR, holder_agency_code="SAMARINDA")
    stranger = Visitor(http, cookie(Role.LIAISON_OFFICER, sub="dinkes-1", agency="SAMARINDA-DINKES"))

    page = await stranger.get(f"/board/reports/{secret}")
    unknown = await stranger.get("/board/reports/1000000013")
    posted = await stranger.get("/board/reports/x%00")
    nowhere = await stranger.get("/routing/board/nonsense")

    assert (page.status_code, unknown.status_code) == (404, 404)
    assert "<h1>This cannot be done</h1>" in page.text
    assert (posted.status_code, nowhere.status_code) == (400, 404)  # refused by the door, and known by no route
    assert "The address has a NUL character in it" in posted.text
    assert all("<h1>This cannot be done</h1>" in one.text for one in (posted, nowhere))
    assert posted.headers["content-security-policy"] == page.headers["content-security-policy"]
    assert posted.headers["cache-control"] == "no-store"


async def test_pages_are_kept_and_framed_by_nobody_and_run_no_script(office: Office, officer: Visitor) -> None:
    page = await officer.get(f"/board/reports/{office.reports[Status.ASSIGNED]}")

    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in page.text
    assert len(page.content) < 200 * 1024


@pytest.mark.parametrize(
    ("accepts", "language"), [("fr-FR,fr;q=0.9", "en"), ("id", "id"), ("", "id"), ("fr, id;q=0.2", "id")]
)
async def test_whoever_reads_neither_language_gets_english(
    accepts: str, language: str, office: Office, officer: Visitor
) -> None:
    page = await officer.http.get("/board/inbox", headers=officer.headers | {"Accept-Language": accepts})

    assert page.headers["content-language"] == language


async def test_a_double_click_answers_once(office: Office, officer: Visitor, session: AsyncSession) -> None:
    report = office.reports[Status.ASSIGNED]
    page = await officer.get(f"/board/reports/{report}")

    first = await officer.sends(page, "respond", body="Kami datang besok.")
    second = await officer.sends(page, "respond", body="Kami datang besok.")

    assert (first.status_code, second.status_code) == (303, 412)
    assert len((await session.scalars(select(Message.id).where(Message.report_id == report))).all()) == 1


async def test_an_officer_is_named_to_colleagues_and_to_nobody_from_elsewhere(
    office: Office, officer: Visitor, session: AsyncSession
) -> None:
    await an_officer(session, name="Sari Dewi Lestari", subject="pu-1")
    report = await office.made(Status.ANSWERED)
    stranger = Visitor(officer.http, cookie(Role.LIAISON_OFFICER, sub="dinkes-1", agency="SAMARINDA-DINKES"))

    named = [(await one.get(f"/board/reports/{report}")).text for one in (officer, stranger)]

    assert all("Final answer" in page for page in named)
    assert ["Sari Dewi Lestari" in page for page in named] == [True, False]


async def readers(office: Office, report: object) -> list[tuple[str, str]]:
    await office.app.state.reads.write()
    found = await office.get(f"/v1/reports/{report}/readers", CUSTODIAN)
    return [(one["subject"], one["operation"]) for one in found["items"] if one["role"] != "identity_custodian"]


async def test_whoever_is_shown_a_report_by_a_form_that_does_nothing_has_read_it(
    office: Office, officer: Visitor
) -> None:
    office.app.state.reads._waiting.clear()
    report = office.reports[Status.ASSIGNED]

    answer = await officer.post(f"/board/reports/{report}", act="respond")

    assert (answer.status_code, 'id="words"' in answer.text) == (403, True)
    assert await readers(office, report) == [("pu-1", "routing POST /board/reports/{id}")]


async def test_whoever_lays_another_report_beside_one_has_read_both(office: Office, officer: Visitor) -> None:
    office.app.state.reads._waiting.clear()
    one, other = office.reports[Status.ASSIGNED], office.reports[Status.IN_PROGRESS]
    secret = await office.report(secret=True, holder_level=Level.COORDINATOR, holder_agency_code="SAMARINDA")

    page = await officer.get(f"/board/reports/{one}?with={other}")
    await officer.get(f"/board/reports/{one}?with={secret}")

    assert "This report</h3>" in page.text
    assert await readers(office, other) == [("pu-1", "routing GET /board/reports/{id}")]
    assert await readers(office, secret) == []


@pytest.mark.parametrize("done", ["withdraw", "several", "appeal", "respond_final", "ask_for_evidence"])
async def test_what_an_address_says_was_done_is_told_where_there_are_words_for_it(
    done: str, office: Office, officer: Visitor
) -> None:
    page = await officer.get(f"/board/inbox?done={done}")

    assert page.status_code == 200
    assert ('role="status"' in page.text) is (done in ("respond_final", "ask_for_evidence"))


async def test_a_page_repeats_no_words_of_its_address(office: Office, officer: Visitor) -> None:
    report = office.reports[Status.ASSIGNED]
    said = "?done=respond&number=Hubungi+0812"

    pages = [await officer.get(path + said) for path in (f"/board/reports/{report}", "/board/inbox")]

    assert all('role="status"' in page.text and ">Report Hubungi" not in page.text for page in pages)
