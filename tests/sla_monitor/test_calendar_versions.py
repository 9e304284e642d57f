"""Versions of the calendar: what may be drafted, what a preview says, what activation does."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shared.log.events import EventType
from sla_monitor.jobs import Jobs
from sla_monitor.metrics import MonitorMetrics
from sla_monitor.recomputations import service as recomputations
from sla_monitor.recompute import service as recompute
from sla_monitor.sweep import service as sweeping
from tests.factories import settings
from tests.sla_monitor.histories import History, at_work, end_of
from tests.sla_monitor.ruling import OFFICER, OPERATOR, SUPERVISOR, Ruling, a_day
from tests.sla_monitor.stored import broken_chains, clock, steps, went_on

STARTED = "2026-03-02 10:00"  # first response due at the end of the 9th
DUE, DUE_LATER = end_of("2026-03-09"), end_of("2026-03-10")
WEEKDAY = "2026-03-05"


@pytest.fixture(scope="module")
async def refusing_draft(refusing: Ruling) -> int:
    return await refusing.draft()


# --- drafts ------------------------------------------------------------------------------------------------


async def test_a_draft_is_a_copy_of_the_active_version_with_its_decree(rules: Ruling) -> None:
    made = await rules.post("/v1/calendars", {"name": "2026 amended", "decree": "SKB 2/2026"}, status=201)

    active = await rules.get(f"/v1/calendars/{await rules.active()}")
    assert (made["status"], made["decree"], made["based_on"]) == ("draft", "SKB 2/2026", active["id"])
    assert (made["days"], made["years"], made["weekend"]) == (active["days"], active["years"], [6, 7])
    assert made["incomplete_years"] == [2027, 2028, 2029, 2030, 2031]
    assert made["created_by"] == "operator:op-1"


async def test_national_days_of_chosen_years_come_from_the_package_and_regional_ones_stay(rules: Ruling) -> None:
    base = await rules.draft(add=[a_day("2026-01-09", "regional", "64"), a_day(WEEKDAY)])
    body = {"name": "loaded", "based_on": base, "years": {"first": 2026, "last": 2032}}

    made = await rules.post("/v1/calendars", body, status=201)

    found = {(day["date"], day["kind"]) for day in made["days"]}
    assert ("2026-01-09", "regional") in found
    assert (WEEKDAY, "cuti_bersama") not in found
    assert [year["year"] for year in made["years"]][-1] == 2032


async def test_days_of_a_draft_are_added_and_removed_and_complete_a_year(rules: Ruling) -> None:
    draft = await rules.draft(add=[a_day("2028-04-26"), a_day("2026-01-09", "regional", "64")])

    async def without() -> list[int]:
        years = (await rules.get(f"/v1/calendars/{draft}"))["years"]
        return [year["year"] for year in years if not year["cuti_bersama"]]

    assert await without() == [2029, 2030, 2031]
    gone = {"date": "2028-04-26", "kind": "cuti_bersama"}
    await rules.post(f"/v1/calendars/{draft}/days", {"remove": [gone]}, status=200)
    assert await without() == [2028, 2029, 2030, 2031]


async def test_a_year_is_provisional_until_its_estimated_feasts_are_announced(rules: Ruling) -> None:
    draft = await rules.draft()
    found = await rules.get(f"/v1/calendars/{draft}")
    estimated = [day for day in found["days"] if day["date"][:4] == "2027" and "(perkiraan)" in day["name"]["id"]]
    (year,) = (one for one in found["years"] if one["year"] == 2027)
    assert (len(estimated), year) == (3, {"year": 2027, "complete": False, "cuti_bersama": True, "estimated": True})

    announced = [{**day, "name": {"id": "Hari raya", "en": "A feast"}} for day in estimated]
    gone = [{"date": day["date"], "kind": "holiday"} for day in estimated]
    made = await rules.post(f"/v1/calendars/{draft}/days", {"remove": gone, "add": announced}, status=200)

    assert made["incomplete_years"] == [2028, 2029, 2030, 2031]


async def test_a_regency_has_a_day_off_of_its_own(rules: Ruling) -> None:
    draft = await rules.draft(add=[a_day("2026-03-11", "regional", "64.72"), a_day("2026-03-11", "regional", "64.71")])

    found = await rules.get(f"/v1/calendars/{draft}")

    assert [day["province"] for day in found["days"] if day["date"] == "2026-03-11"] == ["64.71", "64.72"]
    nowhere = {"add": [a_day("2026-03-12", "regional", "64.99")]}
    refused = await rules.post(f"/v1/calendars/{draft}/days", nowhere, status=422)
    assert refused["errors"][0]["pointer"] == "/add/0/province"


async def test_a_csv_file_adds_and_removes_days(rules: Ruling) -> None:
    draft = await rules.draft()
    file = (
        "action,date,kind,province,name_id,name_en\r\n"
        f"add,{WEEKDAY},cuti_bersama,,Libur,Day off\r\n"
        "remove,2026-03-20,cuti_bersama,,,\r\n"
    )

    answer = await rules.client.post(
        f"/v1/calendars/{draft}/days/csv", content=file.encode("utf-8-sig"), headers=OPERATOR
    )

    assert answer.status_code == 200, answer.text
    found = {day["date"] for day in answer.json()["days"] if day["kind"] == "cuti_bersama"}
    assert WEEKDAY in found
    assert "2026-03-20" not in found


@pytest.mark.parametrize(
    ("days", "pointer", "said"),
    [
        ([a_day("2035-03-05")], "/add/0/date", "outside the years of this version, 2010 to 2031"),
        ([a_day("2009-12-31")], "/add/0/date", "outside"),
        ([a_day(WEEKDAY, "regional", "99")], "/add/0/province", "there is no province, regency or city 99"),
        ([a_day(WEEKDAY, "regional")], "/add/0/province", "names its province"),
        ([a_day(WEEKDAY, "holiday", "64")], "/add/0/province", "holds everywhere"),
        ([a_day(WEEKDAY), a_day(WEEKDAY, "holiday")], "/add/1/date", "is a day off already"),
        ([a_day("2026-08-17")], "/add/0/date", "is a day off already"),
        ([a_day("2026-13-05")], "/add/0/date", "date"),
        ([a_day(WEEKDAY, "feast")], "/add/0/kind", "holiday"),
    ],
)
async def test_a_wrong_day_is_refused_with_its_field(
    refusing: Ruling, refusing_draft: int, days: list[dict[str, Any]], pointer: str, said: str
) -> None:
    problem = await refusing.post(f"/v1/calendars/{refusing_draft}/days", {"add": days}, status=422)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert said in problem["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({"weekend": []}, "/weekend", "at least one day off"),
        ({"weekend": [1, 2, 3, 4, 5, 6, 7]}, "/weekend", "at least one working day"),
        ({"weekend": [7, 7]}, "/weekend", "named twice"),
        ({"weekend": [0]}, "/weekend/0", "at least 1"),
        ({"years": {"first": 2027, "last": 2026}}, "/years", "not before the first"),
        ({"years": {"first": 2050, "last": 2051}}, "/years", "leave a gap"),
        ({"based_on": 99}, "/based_on", "no calendar 99"),
        ({"name": "nul \0"}, "/name", "NUL"),
    ],
)
async def test_a_wrong_draft_is_refused_with_its_field(
    refusing: Ruling, body: dict[str, Any], pointer: str, said: str
) -> None:
    problem = await refusing.post("/v1/calendars", {"name": "a draft", **body}, status=422)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert said in problem["errors"][0]["message"]


@pytest.mark.parametrize(
    ("file", "pointer", "said"),
    [
        (b"date;colour\n2026-03-05;red\n", "/1", "There is no column colour"),
        (b"date,kind,province,name_id,name_en\n", "/1", "no lines of data"),
        (b"date,kind,province,name_id,name_en\n2026-02-30,holiday,,a,b\n", "/2/date", "a date such as"),
        (b"date,kind,province,name_id,name_en\n1796860800,holiday,,a,b\n", "/2/date", "a date such as"),
        (b"date,kind,province,name_id,name_en\n2026-03-05,holiday,,,\n", "/2/name_id", "at least 1"),
        (b"date,kind,province,name_id,name_en\n2040-03-05,holiday,,a,b\n", "/2/date", "outside"),
        (b"date,kind,province,name_id,name_en\n2026-03-05,holiday,,Hari A, atau B,C\n", "/2", "stand in quotes"),
        (b"action,date,kind,province,name_id,name_en\nmove,2026-03-05,holiday,,a,b\n", "/2/action", "add or remove"),
        (b"\xd0\xcf\x11\xe0", "/1", "save it as XLSX or CSV"),
        (b'date,kind,province,name_id,name_en\n"2026', "/2", "cannot be read"),
    ],
)
async def test_a_wrong_csv_file_is_refused_with_line_and_column(
    refusing: Ruling, refusing_draft: int, file: bytes, pointer: str, said: str
) -> None:
    answer = await refusing.client.post(f"/v1/calendars/{refusing_draft}/days/csv", content=file, headers=OPERATOR)

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert said in answer.json()["errors"][0]["message"]


async def test_a_file_says_all_its_mistakes_at_once_and_in_indonesian(refusing: Ruling, refusing_draft: int) -> None:
    file = b"tanggal;jenis;nama\n2026-02-30;libur nasional;Nyepi\n2026-03-05;pesta;Ulang tahun\n"

    answer = await refusing.client.post(
        f"/v1/calendars/{refusing_draft}/days/csv", content=file, headers=OPERATOR | {"Accept-Language": "id"}
    )
    assert answer.json()["detail"].startswith("Hari-hari ini tidak dapat diterima. /")
    assert all(error["message"] in answer.json()["detail"] for error in answer.json()["errors"])

    assert [error["pointer"] for error in answer.json()["errors"]] == ["/2/date", "/3/kind"]
    assert answer.json()["errors"][0] == {
        "pointer": "/2/date", "message": "Kolom ini harus berupa tanggal seperti 2026-01-31 atau 31/01/2026.",
        "code": "days_invalid",
    }  # fmt: skip


async def test_a_file_as_a_clerk_writes_it_is_taken(rules: Ruling) -> None:
    draft = await rules.draft()
    year, month, day = WEEKDAY.split("-")
    file = (
        "Libur tahun 2026;;;\r\nTindakan;Tanggal;Jenis;Nama\r\n"
        f"tambah;{day}/{month}/{year};Cuti Bersama;Hari \u2013 libur\r\nHapus;20/03/2026;cuti bersama;\r\n"
    )

    answer = await rules.client.post(f"/v1/calendars/{draft}/days/csv", content=file.encode("cp1252"), headers=OPERATOR)

    assert answer.status_code == 200, answer.text
    found = {one["date"]: one["name"] for one in answer.json()["days"] if one["kind"] == "cuti_bersama"}
    assert found[WEEKDAY] == {"id": "Hari \u2013 libur", "en": "Hari \u2013 libur"}
    assert "2026-03-20" not in found


async def test_operators_write_supervisors_read_and_officers_do_neither(rules: Ruling) -> None:
    await rules.post("/v1/calendars", {"name": "x"}, status=403, headers=SUPERVISOR)
    answer = await rules.client.get("/v1/calendars", headers=OFFICER)

    assert answer.status_code == 403
    assert len((await rules.get("/v1/calendars"))["items"]) == 1


# --- preview and activation --------------------------------------------------------------------------------


async def test_a_preview_says_what_activation_then_does(rules: Ruling) -> None:
    moving = [await rules.report(at_work(STARTED)) for _ in range(3)]
    await rules.report(at_work("2026-03-06 10:00"))
    answered = await rules.report(at_work(STARTED).answered("2026-03-04 10:00").closed("2026-03-04 12:00"))
    rules.at(DUE)
    draft = await rules.draft(add=[a_day(WEEKDAY)])

    preview = await rules.post(f"/v1/calendars/{draft}/preview?limit=200", status=200)
    body = {"replaces": preview["replaces"]}
    activated = await rules.post(f"/v1/calendars/{draft}/activation", body, status=202)
    await rules.recomputed()

    listed = {
        (item["report_id"], item["stage"], item["opened_seq"], item["old_due_at"], item["new_due_at"])
        for item in preview["items"]
    }
    written = set()
    async with rules.sessions() as session:
        for row in await session.execute(text("SELECT report_id, data FROM events WHERE type = 'clock.moved'")):
            data = row.data
            assert data["reason"] == {"kind": "calendar", "id": draft}
            written.add((str(row.report_id), data["stage"], data["opened_seq"], *map(_zulu, _dues(data))))
        assert await broken_chains(session) == []
    assert listed == written
    assert {report for report, *_ in written} == {str(report_id) for report_id in moving}
    assert preview["moved"] == len(written) == preview["later"]
    assert (preview["earlier"], preview["become_late"], preview["truncated"]) == (0, 0, False)
    assert preview["cease_to_be_late"] == 3  # the first responses, due just now
    done = await rules.get(f"/v1/recomputations/{activated['recomputation']['id']}")
    assert (done["state"], done["total"], done["done"], done["moved"]) == ("done", 4, 4, len(written))
    assert await rules.events(answered, EventType.CLOCK_MOVED) == []


def _dues(data: dict[str, Any]) -> tuple[str, str]:
    return data["old_due_at"], data["new_due_at"]


def _zulu(instant: str) -> str:
    return instant.replace("+00:00", "Z")


async def test_only_clocks_that_run_over_the_day_move(rules: Ruling) -> None:
    """On both sides: the day of the start is day 0, and the day after the last one counts no more."""
    await rules.report(at_work("2026-03-05 10:00"))  # the new day off is its day 0
    ends_before = await rules.report(History().received("2026-02-27 10:00"))  # verification until the 4th
    on_it = await rules.report(History().received("2026-03-02 10:00"))  # until the 5th
    draft = await rules.draft(add=[a_day(WEEKDAY)])

    preview = await rules.post(f"/v1/calendars/{draft}/preview", status=200)

    found = [(item["report_id"], item["stage"], item["days"]) for item in preview["items"]]
    assert found == [(str(on_it), "verification", 1)]
    assert str(ends_before) != str(on_it)


async def test_a_regional_day_moves_the_clocks_of_its_province_alone(rules: Ruling) -> None:
    kaltim = await rules.report(History("Asia/Makassar").received(STARTED))
    await rules.report(History("Asia/Jakarta").received(STARTED))
    draft = await rules.draft(add=[a_day(WEEKDAY, "regional", "64")])

    preview = await rules.post(f"/v1/calendars/{draft}/preview", status=200)

    assert [item["report_id"] for item in preview["items"]] == [str(kaltim)]


async def test_a_removed_day_makes_clocks_due_earlier_and_late(rules: Ruling) -> None:
    first = await rules.draft("with a day", add=[a_day(WEEKDAY)])
    await rules.post(f"/v1/calendars/{first}/activation", {"replaces": await rules.active()}, status=202)
    await rules.report(History().received(STARTED))
    await rules.recomputed()
    rules.at(end_of("2026-03-05"))
    second = await rules.draft("without", remove=[{"date": WEEKDAY, "kind": "cuti_bersama"}])

    preview = await rules.post(f"/v1/calendars/{second}/preview", status=200)

    [item] = preview["items"]
    assert (preview["earlier"], preview["become_late"], item["days"], item["becomes"]) == (1, 1, -1, "late")


async def test_a_clock_that_has_ended_moves_only_if_it_was_late_by_the_old_calendar_alone(rules: Ruling) -> None:
    """The first response was due at the end of the 9th; the report is open still."""
    late = await rules.report(at_work(STARTED).responded("2026-03-10 10:00"))
    await rules.report(at_work(STARTED).responded("2026-03-04 10:00"))  # in time by either
    await rules.report(at_work(STARTED).responded("2026-03-11 10:00"))  # late by either
    draft = await rules.draft(add=[a_day(WEEKDAY)])

    preview = await rules.post(f"/v1/calendars/{draft}/preview", status=200)
    await rules.post(f"/v1/calendars/{draft}/activation", {"replaces": preview["replaces"]}, status=202)
    await rules.recomputed()

    found = [(item["report_id"], item["becomes"]) for item in preview["items"] if item["stage"] == "first_response"]
    assert found == [(str(late), "in_time")]
    async with rules.sessions() as session:
        assert (await clock(session, late, "first_response")).outcome == "met"


async def test_a_long_preview_is_cut_and_says_so(rules: Ruling) -> None:
    for _ in range(3):
        await rules.report(History().received(STARTED))
    draft = await rules.draft(add=[a_day(WEEKDAY)])

    preview = await rules.post(f"/v1/calendars/{draft}/preview?limit=2", status=200)

    assert (len(preview["items"]), preview["moved"], preview["truncated"]) == (2, 3, True)


async def test_steps_that_lie_ahead_again_are_revoked_and_come_again(rules: Ruling) -> None:
    report_id = await rules.report(at_work(STARTED))
    await sweeping.sweep(rules.sessions, batch=10, now=DUE)
    draft = await rules.draft(add=[a_day(WEEKDAY)])
    await rules.post(f"/v1/calendars/{draft}/activation", {"replaces": await rules.active()}, status=202)

    await recomputed_at(rules, DUE)

    async with rules.sessions() as session:
        assert (await clock(session, report_id, "first_response")).due_at == DUE_LATER
        recorded = await steps(session, report_id, "first_response")
        # The reminder is a day later too, and that is now.
        assert [(step.step_code, step.revoked_at is None) for step in recorded] == [(-1, True), (0, False)]
    types = [event.type for event in await rules.events(report_id, EventType.CLOCK_REINSTATED)]
    assert types == [EventType.CLOCK_REINSTATED]
    await sweeping.sweep(rules.sessions, batch=10, now=DUE_LATER)
    async with rules.sessions() as session:
        again = [s.step_code for s in await steps(session, report_id, "first_response") if s.revoked_at is None]
        assert again == [-1, 0]
        assert await broken_chains(session) == []


async def recomputed_at(rules: Ruling, now: Any) -> None:
    async with rules.sessions.begin() as session:
        ids = list(await session.scalars(text("SELECT DISTINCT report_id FROM clocks")))
        await recompute.recompute_in(session, await rules.references.current(session), ids, force=True, now=now)


async def test_of_two_activations_at_once_one_is_told_to_look_again(rules: Ruling) -> None:
    first, second = await rules.draft("one", add=[a_day(WEEKDAY)]), await rules.draft("two")
    body = {"replaces": await rules.active()}

    answers = await asyncio.gather(
        *(
            rules.client.post(f"/v1/calendars/{id}/activation", json=body, headers=OPERATOR)
            for id in (first, second, first, second)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    async with rules.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM calendars WHERE active")) == 1
        assert await session.scalar(text("SELECT count(*) FROM recomputations")) == 1


async def test_a_version_that_was_activated_never_changes_again(rules: Ruling) -> None:
    old, draft = await rules.active(), await rules.draft()
    await rules.post(f"/v1/calendars/{draft}/activation", {"replaces": old}, status=202)

    for id, status in ((draft, "active"), (old, "superseded")):
        problem = await rules.post(f"/v1/calendars/{id}/days", {"add": [a_day(WEEKDAY)]}, status=409)
        assert problem["code"] == "calendar_not_draft"
        assert (await rules.get(f"/v1/calendars/{id}"))["status"] == status
        await rules.post(f"/v1/calendars/{id}/activation", {"replaces": draft}, status=409)


async def test_a_version_that_covers_less_than_the_active_one_is_not_activated(rules: Ruling) -> None:
    async with rules.sessions.begin() as session:
        await session.execute(text("UPDATE calendars SET active = false"))
    made = await rules.post("/v1/calendars", {"name": "short", "years": {"first": 2026, "last": 2027}}, status=201)
    async with rules.sessions.begin() as session:
        await session.execute(text("UPDATE calendars SET active = true WHERE id <> :id"), {"id": made["id"]})

    body = {"replaces": await rules.active()}
    problem = await rules.post(f"/v1/calendars/{made['id']}/activation", body, status=409)

    assert problem["code"] == "calendar_years_missing"
    assert "2010" in problem["detail"]


# --- recomputations ----------------------------------------------------------------------------------------


async def an_activation_over(rules: Ruling, *, reports: int) -> None:
    for _ in range(reports):
        await rules.report(at_work(STARTED))
    draft = await rules.draft(add=[a_day(WEEKDAY)])
    await rules.post(f"/v1/calendars/{draft}/activation", {"replaces": await rules.active()}, status=202)


async def moved(rules: Ruling) -> list[int]:
    """How often each report's first response moved."""
    async with rules.sessions() as session:
        rows = await session.execute(
            text(
                "SELECT count(e.id) FROM reports r LEFT JOIN events e ON e.report_id = r.id AND e.type = 'clock.moved' "
                "AND e.data->>'stage' = 'first_response' GROUP BY r.id"
            )
        )
        return list(rows.scalars())


async def test_what_is_broken_off_in_the_middle_goes_on_where_it_was(rules: Ruling) -> None:
    await an_activation_over(rules, reports=5)

    halfway = await recomputations.work(rules.sessions, rules.references, batch=2)
    assert halfway is not None
    assert (halfway.state, halfway.total, halfway.done) == ("running", 5, 2)
    killed = rules.sessions()  # in its batch, without a commit
    async with killed as session:
        await session.execute(text("UPDATE recomputations SET done = 99, position = NULL"))
    await rules.recomputed(batch=2)

    assert await moved(rules) == [1] * 5
    [done] = (await rules.get("/v1/recomputations"))["items"]
    assert (done["state"], done["done"], done["requested_by"]) == ("done", 5, "operator:op-1")
    assert done["finished_at"] is not None


async def test_several_monitors_at_once_move_each_clock_once(rules: Ruling) -> None:
    await an_activation_over(rules, reports=6)

    await asyncio.gather(*(rules.recomputed(batch=2) for _ in range(3)))
    await rules.recomputed()

    assert await moved(rules) == [1] * 6
    async with rules.sessions() as session:
        assert await broken_chains(session) == []


async def test_an_event_that_comes_before_the_recomputation_moves_the_clock_with_its_reason(rules: Ruling) -> None:
    """The inbox and the recomputation are one computation: whichever comes first says why the clock moved."""

    history = at_work(STARTED)
    report_id = await rules.report(history)
    draft = await rules.draft(add=[a_day(WEEKDAY)])
    await rules.post(f"/v1/calendars/{draft}/activation", {"replaces": await rules.active()}, status=202)
    async with rules.sessions.begin() as session:
        await went_on(session, report_id, history.held("2026-03-06 10:00").resumed("2026-03-09 10:00"))

    await recompute.recompute(rules.sessions, rules.references, [report_id])
    await rules.recomputed()

    found = [
        e.data for e in await rules.events(report_id, EventType.CLOCK_MOVED) if e.data["stage"] == "first_response"
    ]
    assert [(data["old_due_at"], data["new_due_at"]) for data in found] == [(DUE.isoformat(), DUE_LATER.isoformat())]
    async with rules.sessions() as session:
        stored = (await clock(session, report_id, "first_response")).due_at
        assert stored == DUE_LATER + timedelta(days=1)  # one more for the pause: no matter of the calendar


async def test_the_monitor_picks_a_recomputation_up_by_itself(rules: Ruling) -> None:
    await an_activation_over(rules, reports=1)
    metrics = MonitorMetrics(rules.app.state.metrics.registry.__class__())
    woken: list[bool] = []
    jobs = Jobs(
        rules.sessions, rules.references, metrics, settings("unused", type(rules.app.state.settings)),
        wake=lambda: woken.append(True),
    )  # fmt: skip

    await metrics.read(rules.sessions)
    before = metrics.recomputations._value.get()
    await jobs.recompute()
    await metrics.read(rules.sessions)

    assert (before, metrics.recomputations._value.get(), bool(woken)) == (1, 0, True)
    assert await moved(rules) == [1]


async def test_recomputing_again_moves_nothing(rules: Ruling) -> None:
    await an_activation_over(rules, reports=2)
    await rules.recomputed()

    await recomputed_at(rules, DUE)

    assert await moved(rules) == [1] * 2
