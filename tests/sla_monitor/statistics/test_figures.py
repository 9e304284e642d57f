"""A figure is what it says, and its cases are exactly those that it counts. The database is rolled back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client, Role, Scope
from shared.domain.lifecycle import Level, Status
from shared.errors import DomainError, Forbidden, Invalid
from sla_monitor.indicators.catalogue import Grain
from sla_monitor.statistics.schemas import FigureValue
from tests.effort import times
from tests.factories import a_registry
from tests.sla_monitor.histories import History, end_of, local
from tests.sla_monitor.statistics.counting import CATALOGUE, cases, counted, figures, many_counted, total
from tests.sla_monitor.test_deadlines_properties import histories

NOW = end_of("2026-03-12")
PU, JALAN, DINKES = "SAMARINDA-PU", "SAMARINDA-PU-JALAN", "SAMARINDA-DINKES"
unhurried = settings(
    deadline=None,
    max_examples=times(3, 40),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
OF_REPORTS = [one for one in CATALOGUE.indicators.values() if one.grain is not Grain.OFFICER]
HELD = {"status": Status.ASSIGNED, "holder_level": Level.AGENCY}


def given_to(agency: str, at: str = "2026-03-02 10:00") -> History:
    return History().received(at).verified(at).assigned(at, agency)


async def held(session: AsyncSession, agency: str, **columns: Any) -> None:
    where = {"holder_agency_code": agency, "agency_code": agency}
    await counted(session, given_to(agency), **HELD | where | columns)


def link(value: FigureValue) -> dict[str, Any]:
    assert value.cases is not None
    parts = urlsplit(value.cases)
    assert parts.path == "/v1/statistics/cases"
    return dict(parse_qsl(parts.query))


@unhurried
@given(
    lives=st.lists(st.tuples(histories(), st.sampled_from([PU, JALAN, "SAMARINDA"])), min_size=1, max_size=5),
    days=st.integers(0, 200),
    draw=st.data(),
)
async def test_the_cases_of_every_indicator_are_those_that_it_counts_and_its_lines_add_up(
    session: AsyncSession, lives: list[tuple[History, str]], days: int, draw: st.DataObject
) -> None:
    async with session.begin_nested() as example:
        for history, _ in lives:
            await counted(session, history)
        last = max(history.events[-1].occurred_at for history, _ in lives)
        as_of = min(last, lives[0][0].events[0].occurred_at + timedelta(days=days))
        for indicator in OF_REPORTS:
            by = draw.draw(st.sampled_from([None, *indicator.by]))
            found = await figures(session, indicator.code, now=last, as_of=as_of, by=by, period="2025")

            if by is not None:
                assert sum(one.count for one in found.items) == found.total.count
                assert sum(one.n for one in found.items) == found.total.n
            for one in [found.total, *found.items]:
                asked = link(one)
                listed = await cases(session, asked.pop("indicator"), now=last, **asked)
                assert len(listed) == one.count  # a report may have a stage twice with one due instant
        await example.rollback()


@unhurried
@given(lives=st.lists(histories(), min_size=1, max_size=3), days=st.integers(0, 60))
async def test_a_day_of_the_past_has_the_figures_that_it_had_when_it_was_the_present(
    session: AsyncSession, lives: list[History], days: int
) -> None:
    async with session.begin_nested() as example:
        instant = lives[0].events[0].occurred_at + timedelta(days=days)
        for history in lives:
            known = History()
            known.events = [event for event in history.events if event.occurred_at <= instant]
            await counted(session, known)
        then = await _all(session, instant)
        await example.rollback()
    async with session.begin_nested() as example:
        for history in lives:
            await counted(session, history)
        asked_now = await _all(session, instant, as_of=instant)
        await example.rollback()

    assert asked_now == then


async def _all(session: AsyncSession, now: datetime, **asked: Any) -> Mapping[str, Any]:
    later = now + timedelta(days=400) if asked else now
    return {
        f"{indicator.code} {by}": [
            (one.key, one.count, one.n, one.value, one.median)
            for one in (await figures(session, indicator.code, now=later, period="2025", by=by, **asked)).items
        ]
        for indicator in OF_REPORTS
        for by in ("agency", "class")
    }


async def test_all_that_came_in_is_open_in_process_or_over(session: AsyncSession) -> None:
    day = "2026-03-02 10:00"
    await counted(session, History().received(day))
    await counted(session, History().received(day).verified(day))
    await counted(session, given_to(PU).responded("2026-03-03 10:00"))
    await counted(session, given_to(PU).answered("2026-03-03 10:00").closed("2026-03-04 10:00"))
    await counted(session, History().received(day).archived("2026-03-03 10:00"))
    await counted(session, given_to(PU).withdrawn("2026-03-03 10:00"))

    found = {
        code: (await total(session, code, now=NOW)).count
        for code in (
            "received", "not_followed_up", "unverified", "undisposed", "unanswered", "in_process", "closed", "archived",
            "withdrawn", "merged", "followed_up",
        )
    }  # fmt: skip

    assert found == {
        "received": 6, "not_followed_up": 2, "unverified": 1, "undisposed": 1, "unanswered": 0, "in_process": 1,
        "closed": 1, "archived": 1, "withdrawn": 1, "merged": 0, "followed_up": 2,
    }  # fmt: skip


async def test_the_speed_has_mean_median_and_ninetieth_percentile_both_ways(session: AsyncSession) -> None:
    # Monday 10:00 and so many hours; the last one over a weekend.
    for hours in (2.4, 12, 24, 24, 24, 48, 48, 48, 48, 168):
        at = local("2026-03-02 10:00") + timedelta(hours=hours)
        await counted(session, given_to(PU).responded(at))

    calendar = await total(session, "speed_calendar", now=NOW)
    working = await total(session, "speed_working", now=NOW)

    assert (calendar.count, calendar.n) == (10, 10)
    assert calendar.value == pytest.approx((0.1 + 0.5 + 3 * 1 + 4 * 2 + 7) / 10)
    assert [calendar.median, calendar.p90] == pytest.approx([1.5, 2.5])
    assert [working.value, working.median] == pytest.approx([(0 + 0 + 3 + 8 + 5) / 10, 1.5])


@pytest.mark.parametrize(("count", "value", "colour"), [(9, None, "grey"), (10, 0.9, "green")])
async def test_below_the_least_number_there_is_no_share_and_no_green(
    session: AsyncSession, count: int, value: float | None, colour: str
) -> None:
    await counted(session, given_to(PU))
    for _ in range(count - 1):
        await counted(session, given_to(PU).responded("2026-03-03 10:00"))

    found = await total(session, "followed_up_share", now=NOW)

    assert (found.count, found.n, found.value, found.colour) == (count - 1, count, value, colour)


async def test_nothing_is_grey_and_says_so(session: AsyncSession) -> None:
    share = await figures(session, "closed_share", now=NOW, by="agency")
    count = await figures(session, "closed", now=NOW)

    assert (share.total.value, share.total.n, share.total.colour, share.items) == (None, 0, "grey", [])
    assert (count.total.value, count.total.colour) == (0.0, None)
    assert share.note is not None
    assert share.note.id.startswith("Tidak ada")


async def test_agencies_are_ranked_above_the_least_number_and_equals_share_a_rank(session: AsyncSession) -> None:
    for agency, late in ((PU, 0), (JALAN, 5), (DINKES, 5)):
        for number in range(10):
            await counted(session, given_to(agency).responded("2026-03-11" if number < late else "2026-03-03"))
    await counted(session, given_to("BALIKPAPAN-PU").responded("2026-03-03"))

    found = await figures(session, "in_time_share", now=NOW, by="agency", stage="first_response")

    assert [(one.key, one.value, one.rank, one.colour) for one in found.items] == [
        ("BALIKPAPAN-PU", None, None, "grey"), (DINKES, 0.5, 2, "red"), (PU, 1.0, 1, "green"), (JALAN, 0.5, 2, "red"),
    ]  # fmt: skip


async def test_late_deadlines_are_told_by_stage(session: AsyncSession) -> None:
    await counted(session, given_to(PU))  # due at the end of 9 March
    await counted(session, given_to(PU).responded("2026-03-10 00:00"))  # that instant is late
    await counted(session, given_to(PU).responded("2026-03-09 23:59"))

    late = await figures(session, "late", now=NOW, by="stage")
    overdue = await figures(session, "overdue", now=NOW, by="stage", stage="first_response")
    before = await figures(session, "late", now=NOW, as_of=end_of("2026-03-09") - timedelta(seconds=1))

    assert {one.key: (one.count, one.n) for one in late.items}["first_response"] == (2, 3)
    assert [(one.key, one.count) for one in overdue.items] == [("first_response", 1)]
    assert before.total.count == 0


async def test_a_report_is_near_60_days_from_the_46th_day_to_the_end_of_the_60th(session: AsyncSession) -> None:
    await counted(session, given_to(PU, "2026-01-11 00:10"))  # its limit is the end of 12 March
    await counted(session, given_to(PU, "2026-01-25 23:50"))

    found = [
        (await total(session, "near_60_days", now=NOW + timedelta(days=40), as_of=local(at), period="2026")).count
        for at in ("2026-03-11 12:00", "2026-03-12 12:00", "2026-03-12 23:00", "2026-03-13 12:00", "2026-03-26 12:00",
                   "2026-03-27 12:00")
    ]  # fmt: skip

    assert found == [1, 2, 2, 1, 1, 0]


async def test_what_was_never_returned_and_never_responded_to_makes_no_line_without_an_agency(
    session: AsyncSession,
) -> None:
    await counted(session, given_to(PU))
    await counted(session, given_to(PU).returned("2026-03-03 10:00"))

    returned = await figures(session, "returned", now=NOW, by="agency")
    speed = await figures(session, "speed_calendar", now=NOW, by="agency")

    assert [(one.key, one.count, one.n) for one in [returned.total, *returned.items]] == [(None, 1, 1), (PU, 1, 1)]
    assert (speed.total.n, speed.items) == (0, [])


# --- who sees what ----------------------------------------------------------------------------------------------------

IN_REACH: tuple[tuple[Client, int], ...] = (
    (Client("x", Role.NATIONAL_ADMIN), 6),
    (Client("x", Role.SUPERVISOR), 6),
    (Client("x", Role.SUPERVISOR, "KALTIM"), 6),  # a province, and the instansi in it
    (Client("x", Role.COORDINATOR, "SAMARINDA"), 4),
    (Client("x", Role.LIAISON_OFFICER, PU), 2),
    (Client("x", Role.AGENCY_HEAD, JALAN), 1),
    (Client("x", Role.LIAISON_OFFICER, "SAMARINDA"), 0),  # what its coordinator holds is not its own
)


async def a_country(session: AsyncSession) -> None:
    await a_registry(session)
    coordinator = {"level": "coordinator", "agency": "SAMARINDA"}
    forwarded = History().received("2026-03-02 10:00").verified("2026-03-02 10:00")
    forwarded.holder = coordinator
    await counted(
        session, forwarded._moved("report.forwarded", "2026-03-02 10:00", "verified"),
        holder_level=Level.COORDINATOR, holder_agency_code="SAMARINDA", status=Status.VERIFIED,
    )  # fmt: skip
    for agency in (PU, JALAN, "BALIKPAPAN-PU", "KALTIM-DISDIK"):
        await held(session, agency)
    await held(session, DINKES, secret=True, published_at=None)


@pytest.mark.parametrize(("client", "reports"), IN_REACH)
async def test_everybody_counts_their_own_part(session: AsyncSession, client: Client, reports: int) -> None:
    await a_country(session)

    found = await figures(session, "received", client=client, now=NOW, by="agency")

    assert found.total.count == sum(one.count for one in found.items) == reports


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.IDENTITY_CUSTODIAN])
async def test_who_works_on_no_report_gets_no_figure(session: AsyncSession, role: Role) -> None:
    with pytest.raises(Forbidden):
        await figures(session, "received", client=Client("x", role), now=NOW)


async def test_a_secret_report_is_counted_and_named_to_those_alone_who_may_see_it(session: AsyncSession) -> None:
    await a_country(session)
    province = Client("x", Role.SUPERVISOR, "KALTIM")
    granted = Client("x", Role.SUPERVISOR, "KALTIM", frozenset({Scope.SECRET.value}))

    listed = {client.scopes: await cases(session, "received", client=client, now=NOW) for client in (province, granted)}

    assert (await total(session, "received", client=province, now=NOW)).count == 6
    assert [len(one) for one in listed.values()] == [5, 6]


async def test_a_deadline_that_an_agency_missed_stays_its_own_after_it_returned_the_report(
    session: AsyncSession,
) -> None:
    await a_registry(session)
    gone = given_to(PU).returned("2026-03-11 10:00", to={"level": "coordinator", "agency": "SAMARINDA"})
    await counted(session, gone, holder_level=Level.COORDINATOR, holder_agency_code="SAMARINDA")
    asked: dict[str, Any] = {"now": NOW, "stage": "first_response", "agency": PU}

    own = await total(session, "late", client=Client("x", Role.LIAISON_OFFICER, PU), **asked)
    then = await total(session, "late", client=Client("x", Role.LIAISON_OFFICER, PU), as_of=NOW, **asked)
    coordinator = await total(session, "late", client=Client("x", Role.COORDINATOR, "SAMARINDA"), **asked)

    assert own.count == then.count == coordinator.count == 1


async def test_an_agency_and_what_lies_below_it_can_be_named(session: AsyncSession) -> None:
    await a_country(session)

    assert (await total(session, "received", now=NOW, agency="SAMARINDA")).count == 4
    assert (await total(session, "received", now=NOW, agency=PU)).count == 2
    coordinator = Client("x", Role.COORDINATOR, "SAMARINDA")
    assert (await total(session, "received", client=coordinator, now=NOW, agency=PU)).count == 2


async def test_officers_are_active_who_acted_in_the_month_before(session: AsyncSession) -> None:
    await a_registry(session)
    await session.execute(
        text(
            """
            INSERT INTO officers (id, agency_code, role, name, email, subject, last_active_at, created_at)
            SELECT gen_random_uuid(), 'SAMARINDA-PU', 'liaison_officer', n, n || '@x.example', n, at, '2025-01-01'
            FROM (VALUES ('a', 29), ('b', 31), ('c', NULL)) AS v (n, days),
                 LATERAL (SELECT CAST(:now AS timestamptz) - days * interval '1 day' AS at) AS l
            """
        ),
        {"now": NOW},
    )

    found = await figures(session, "officers_active", now=NOW, by="agency")

    assert [(one.key, one.count, one.n, one.cases) for one in found.items] == [(PU, 1, 3, None)]
    with pytest.raises(Invalid) as refused:
        await cases(session, "officers_active", now=NOW)
    assert refused.value.code == "no_cases"


# --- what cannot be asked ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"indicator": "fastest"}, "unknown_indicator"),
        ({"period": "2026-03-31..2026-03-01"}, "period"),
        ({"period": "2026-13"}, "period"),
        ({"period": "2026-02-30"}, "period"),
        ({"period": "last year"}, "period"),
        ({"as_of": NOW + timedelta(seconds=1)}, "as_of_in_future"),
        ({"agency": "NOWHERE"}, "unknown_agency"),
        ({"agency": "BALIKPAPAN"}, "agency_out_of_reach"),
        ({"by": "stage"}, "unknown_dimension"),
        ({"stage": "resolution"}, "no_stage"),
        ({"indicator": "late", "stage": "first_respons"}, "unknown_stage"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_a_sentence(
    session: AsyncSession, asked: dict[str, Any], code: str
) -> None:
    await a_registry(session)
    client = Client("x", Role.COORDINATOR, "SAMARINDA")

    with pytest.raises(DomainError) as refused:
        await figures(session, **{"indicator": "received", **asked}, client=client, now=NOW)

    assert refused.value.code == code
    assert refused.value.detail.endswith(".")


@pytest.mark.parametrize("asked", [{"by": "agency"}, {"of": PU}])
async def test_a_line_is_named_with_what_it_is_a_line_of(session: AsyncSession, asked: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        await cases(session, "received", now=NOW, **asked)

    assert refused.value.code == "line_without_by"


@pytest.mark.parametrize(
    ("by", "of"),
    [("agency", "SAMARINDA-PW"), ("class", "complaints"), ("month", "2026-13"), ("region", "99.99"), ("stage", "late")],
)
async def test_a_line_that_no_figure_has_is_refused_and_not_empty(session: AsyncSession, by: str, of: str) -> None:
    await counted(session, given_to(PU))

    with pytest.raises(Invalid) as refused:
        await cases(session, "late" if by == "stage" else "received", now=NOW, by=by, of=of)

    assert refused.value.code == "unknown_key"
    assert await cases(session, "closed", now=NOW, by="channel", of="sms") == []


async def test_a_line_of_an_instansi_is_all_below_it(session: AsyncSession) -> None:
    await a_country(session)

    found = await figures(session, "received", now=NOW, by="instansi")

    assert {one.key: one.count for one in found.items} == {"BALIKPAPAN": 1, "KALTIM": 1, "SAMARINDA": 4}
    assert [one.rank for one in found.items] == [None] * 3
    for one in found.items:
        asked = link(one)
        assert len(await cases(session, asked.pop("indicator"), now=NOW, **asked)) == one.count


async def test_who_withdrew_and_what_was_merged_lower_no_share(session: AsyncSession) -> None:
    done = given_to(PU).answered("2026-03-03 10:00").closed("2026-03-04 10:00")
    await many_counted(session, {done: 9, given_to(PU).withdrawn("2026-03-03 10:00"): 5})
    await counted(session, History().received("2026-03-02 10:00").archived("2026-03-03 10:00"))

    found = await total(session, "closed_share", now=NOW)

    assert (found.count, found.n, found.value) == (9, 10, 0.9)


# --- worked examples --------------------------------------------------------------------------------------------------


async def test_jambi_from_january_to_august_2020(session: AsyncSession) -> None:
    """215 reports, 89 followed up (41.4 %), 77 closed (35.8 %), 12 in process (5.6 %)."""
    closed = given_to("JAMBI", "2020-03-02 10:00").answered("2020-03-04 10:00").closed("2020-03-19")
    in_process = given_to("JAMBI", "2020-05-04 10:00").responded("2020-05-05 10:00")
    await many_counted(session, {closed: 77, in_process: 12, given_to("JAMBI", "2020-08-31 10:00"): 126})
    asked: dict[str, Any] = {"now": NOW, "period": "2020-01..2020-08", "as_of": local("2020-09-01")}

    found = {
        code: await total(session, code, **asked)
        for code in (
            "received", "followed_up", "closed", "in_process", "followed_up_share", "closed_share", "in_process_share",
        )
    }  # fmt: skip

    assert [found[code].count for code in ("received", "followed_up", "closed", "in_process")] == [215, 89, 77, 12]
    shares = [found[f"{code}_share"].value for code in ("followed_up", "closed", "in_process")]
    assert [round(100 * (share or 0), 1) for share in shares] == [41.4, 35.8, 5.6]


async def test_demak_2022(session: AsyncSession) -> None:
    """422 = 373 done + 28 in process + 21 archived."""
    lives = [
        given_to("DEMAK", "2022-03-01 10:00").answered("2022-03-02 10:00").closed("2022-03-16") for _ in range(373)
    ]
    lives += [given_to("DEMAK", "2022-12-30 10:00").responded("2022-12-30 12:24") for _ in range(28)]
    lives += [History().received("2022-06-01 10:00").archived("2022-06-02 10:00") for _ in range(21)]
    for history in lives:
        await counted(session, history, imported=True)
    asked: dict[str, Any] = {"now": NOW, "period": "2022", "as_of": local("2022-12-31 23:59")}

    found = {
        code: (await total(session, code, **asked)).count for code in ("received", "closed", "in_process", "archived")
    }
    reasons = await figures(session, "archived", by="reason", **asked)

    assert found == {"received": 422, "closed": 373, "in_process": 28, "archived": 21}
    assert [(one.key, one.count) for one in reasons.items if one.count] == [("too_general", 21)]
