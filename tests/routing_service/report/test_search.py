"""The work list is searched by words, in any order and whatever stands between them, along an index."""

import unicodedata
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.reading.queries import WorkReach
from routing_service.report.reading.work_list import queries as reports
from routing_service.report.search import queries
from routing_service.work.chores import service as chores
from shared.clients import Role
from shared.schema import Report
from tests.factories import DAY, NOON, bearer
from tests.many_reports import many
from tests.routing_service import driving
from tests.routing_service.driving import ADMIN, Office
from tests.routing_service.report.test_work_list import ids

TITLE = "Trotoar & got rusak"
BODY = "Di Jl. Soekarno-Hatta KM-5, dekat pos_kamling; rugi Rp1.500.000. Pohon melubangi jalan. Café Nusantara tutup."


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("trotoar got", True),
        ("got trotoar", True),
        ("GOT, Trotoar!", True),
        ("rusak jalan", True),  # one in the title, one in the body
        ("trotoar selokan", False),
        ("KM 5", True),
        ("km-5", True),
        ("KM 6", False),
        ("Soekarno Hatta", True),
        ("soekarno-hatta", True),
        ("1.500.000", True),
        ("KM5", True),
        ("pos kamling", True),
        ("trot", True),  # the beginning of a word, from four letters on
        ("tro", False),
        ("got", True),
        ("tutupnya", True),  # by its stem
        (unicodedata.normalize("NFD", "café"), True),
        ("cafe", True),
        ("c\u200ba\u200bfé", True),
        ("%", False),
        ("_", False),
        ("' OR 1", False),
        ("a:*b", False),
        ("\\", False),
        ("&|!", False),
    ],
)
async def test_words_are_found_in_any_order_and_however_they_are_parted(
    office: Office, asked: str, found: bool
) -> None:
    report = await office.report(title=TITLE, body=BODY)

    assert await ids(office, ADMIN, q=asked) == ([report] if found else [])


async def test_a_new_report_is_found_when_its_decision_is_made(office: Office) -> None:
    report = await office.report(title="Zebrasilang hilang")
    await office.deliver((await office.history(report))[0])

    listed = await office.get("/v1/reports", ADMIN, q="zebrasilang")

    assert [UUID(item["id"]) for item in listed["items"]] == [report]


async def test_a_verified_report_is_found_by_the_verifiers_title_and_no_longer_by_the_reporters(
    office: Office,
) -> None:
    report = await office.report(title="Zebrasilang hilang", body="Kata lain.")
    await office.done(report, "verification", ADMIN, title="Marka jalan hilang")
    await office.deliver((await office.history(report))[0])

    assert await ids(office, ADMIN, q="marka hilang") == [report]
    assert await ids(office, ADMIN, q="zebrasilang") == []
    assert await ids(office, ADMIN, q="kata marka") == [report]


async def test_words_of_a_secret_report_do_not_add_up_with_its_title_for_who_may_not_read_them(
    office: Office,
) -> None:
    report = await office.report(secret=True, title="Rahasia", body="Pejabat menerima amplop.")
    await office.done(report, "verification", ADMIN, title="Dugaan pungli")
    granted = bearer(Role.SUPERVISOR, scopes=("reports:secret",))

    assert await ids(office, driving.SUPERVISOR, q="pungli amplop") == []
    assert await ids(office, granted, q="pungli amplop") == [report]


async def test_reports_that_the_release_before_decided_on_are_found_soon(office: Office) -> None:
    report = await office.report(title="Zebrasilang hilang")

    assert await chores.index_recent(office.app.state.sessions, now=NOON) >= 1
    assert await chores.index_recent(office.app.state.sessions, now=NOON) == 0

    listed = await office.get("/v1/reports", ADMIN, q="zebrasilang")
    assert [UUID(item["id"]) for item in listed["items"]] == [report]


# --- indexes -----------------------------------------------------------------------------------------------

_MANY_WORDS = text(
    """
    INSERT INTO report_words SELECT gen_random_uuid(), to_tsvector('simple', 'jalan rusak nomor' || n)
    FROM generate_series(1, 20000) AS n
    """
)


async def plan(session: AsyncSession, statement: Any) -> str:
    connection = await session.connection()
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    values = tuple(compiled.params[name] for name in compiled.positiontup)
    return "\n".join((await connection.exec_driver_sql(f"EXPLAIN {compiled.string}", values)).scalars())


async def test_words_are_looked_up_and_bodies_are_not_read(session: AsyncSession) -> None:
    await session.execute(text("SET LOCAL session_replication_role = replica"))  # words without their reports
    await session.execute(_MANY_WORDS)
    await session.execute(text("ANALYZE report_words"))

    for asked in ("nomor777 rusak", "nomor7771", "nomo777 jala"):
        assert "report_words_search_idx" in await plan(session, queries.matching(asked)), asked


_MANY_EVENTS = text(
    """
    INSERT INTO events (id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, hash)
    SELECT gen_random_uuid(), gen_random_uuid(), 1, 'report.noted', at, at, 'national_admin:a', '{}', '', ''
    FROM (SELECT CAST(:at AS timestamptz) + n * interval '1 minute' AS at FROM generate_series(1, 100000) AS n) AS one
    """
)


async def test_what_was_updated_since_is_looked_up(session: AsyncSession) -> None:
    await many(session, 20_000)
    await session.execute(text("SET LOCAL session_replication_role = replica"))  # events without their reports
    await session.execute(_MANY_EVENTS, {"at": NOON})
    await session.execute(text("SELECT brin_summarize_new_values('events_recorded_at_idx')"))
    await session.execute(text("ANALYZE events"))
    since = NOON + 69 * DAY  # of 69.4
    filters = reports.Filters([], None, None, None, None, None, None, None, None, since, NOON)
    statement = select(Report.id).where(*reports._conditions(filters, WorkReach(None)))

    found = await plan(session, statement)
    assert "events_recorded_at_idx" in found
    assert "clocks_changed_at_idx" in found
