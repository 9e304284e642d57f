"""The payloads of events: what was stored by the release before is read, and written again to the byte."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated
from uuid import UUID

import pytest

from shared.actors import MONITOR
from shared.domain.codes import ReturnReason
from shared.domain.lifecycle import Holder, Level, Status
from shared.domain.messages import MessageKind
from shared.domain.newer import code
from shared.log import payloads
from shared.log.events import Event, EventType, canonical
from shared.log.payloads import PAYLOADS, Raw, Unreadable, placed
from shared.log.payloads.codes import Cause
from shared.log.payloads.intake import Counter, ReporterRated, ReportReceived
from shared.log.payloads.monitor import ClockBreached, ClockElapsed
from shared.log.payloads.parts import Part, fields_of
from shared.log.payloads.routing import Moved, ReportClosed, ReportRedirected, ReportReturned, StatusEvent
from sla_monitor.sweep import queries as sweep
from tests.factories import NOON
from tests.payloads import stored

ROOT = Path(__file__).parents[4]
PACKAGES = ("shared", "intake_api", "routing_service", "sla_monitor", "services")

STORED = stored()
MOVED = {
    "from": "verified",
    "to": "assigned",
    "holder": {"level": "agency", "agency": "DINAS"},
    "agency": "DINAS",
    "time_zone": "Asia/Makassar",
    "province": "64",
    "regency": None,
    "published_at": "2026-03-02T04:00:00+00:00",
}


def keys_of(part: type[Part]) -> Iterator[str]:
    for field in fields_of(part):
        if field.flat:
            yield from keys_of(field.hint)
        else:
            yield field.key


# --- hashes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("type", "text"), STORED)
def test_what_is_stored_is_read_and_written_again_to_the_byte(type: str, text: str) -> None:
    payload = payloads.read_payload(type, json.loads(text))

    assert payload.event_type == type
    assert canonical(payload.as_data()) == text


def test_of_every_type_something_is_stored() -> None:
    assert {type for type, _ in STORED} == set(EventType)


def test_a_default_is_left_out_and_null_is_written() -> None:
    parted = ReportRedirected.from_data({**MOVED, "previous_agency": None})

    assert parted.as_data() == {**MOVED, "previous_agency": None}
    assert parted.said is None
    assert ReportClosed.from_data({**MOVED, "cause": "rating"}).as_data() == {**MOVED, "cause": "rating"}


@dataclass(frozen=True, kw_only=True)
class Visit(Part):
    day: Annotated[date, "when"]


@dataclass(frozen=True, kw_only=True)
class Folder(Part):
    path: Annotated[Path, "where"]


def test_a_day_is_written_as_a_day() -> None:
    assert Visit.from_data({"day": "2026-03-02"}) == Visit(day=date(2026, 3, 2))
    assert canonical(Visit(day=date(2026, 3, 2)).as_data()) == '{"day":"2026-03-02"}'


def test_a_field_that_nobody_knows_how_to_write_is_refused_before_the_first_event() -> None:
    with pytest.raises(TypeError, match="cannot be a Path"):
        fields_of(Folder)


def test_at_no_counter_is_something_else_than_at_a_counter_of_no_agency() -> None:
    received = {type: json.loads(text) for type, text in STORED}["report.received"]
    without = {name: value for name, value in received.items() if name not in ("counter", "gateway")}

    assert ReportReceived.from_data(without).counter is None
    assert ReportReceived.from_data(without | {"counter": None}).counter == Counter(None)
    assert "counter" not in ReportReceived.from_data(without).as_data()


# --- releases that do not know one another -------------------------------------------------------------------


@pytest.mark.parametrize(("type", "text"), STORED)
def test_what_a_newer_release_says_beside_it_is_passed_over(type: str, text: str) -> None:
    known = payloads.read_payload(type, json.loads(text))

    assert payloads.read_payload(type, {**json.loads(text), "attachments": ["a"], "urgency": {"level": 3}}) == known


def test_a_code_of_a_newer_release_is_read_and_is_none_of_those_that_are_known() -> None:
    data = {**MOVED, "to": "inspected", "reason": "moved_abroad", "previous_agency": "DINAS", "suggested_agency": None}

    returned = ReportReturned.from_data(data)

    assert (returned.moved.status, returned.reason) == ("inspected", "moved_abroad")
    assert returned.moved.status not in set(Status)
    assert returned.reason not in set(ReturnReason)
    assert isinstance(returned.reason, ReturnReason)
    assert returned.as_data() == data


def test_an_event_of_a_type_that_only_a_newer_release_knows_is_read_as_it_is() -> None:
    event = an_event("report.inspected", {"by": "drone"})

    assert event.payload == Raw(named=event.type, data={"by": "drone"})
    assert event.payload.as_data() == {"by": "drone"}
    assert event.carries(StatusEvent) is None
    assert event.placed is None


def test_what_an_older_release_did_not_say_is_its_default_or_null() -> None:
    known = {name: value for name, value in MOVED.items() if name not in ("regency", "published_at")}

    closed = ReportClosed.from_data({**known, "cause": "silence"})

    assert (closed.moved.regency, closed.moved.published_at, closed.moved.round) == (None, None, None)


@pytest.mark.parametrize(
    ("type", "data", "field"),
    [
        ("reporter.rated", {"by": "code", "score": 3, "resolved": True}, "poor"),
        ("report.closed", {**MOVED, "cause": "rating", "holder": None}, "moved"),
        ("report.joined", {"other": "the one next door"}, "other"),
        ("clock.reinstated", {"stage": "verification", "opened_seq": 1, "steps": 3}, "steps"),
    ],
)
def test_what_lacks_what_it_must_say_is_unreadable_and_its_field_is_named(
    type: str, data: dict[str, object], field: str
) -> None:
    with pytest.raises(Unreadable, match=rf"{field} is missing") as refused:
        payloads.read_payload(type, data)

    assert "door" not in str(refused.value)  # what it says is not repeated


# --- reading -------------------------------------------------------------------------------------------------


def an_event(type: str, data: dict[str, object]) -> Event:
    id = UUID(int=1)
    return Event(id, id, 1, code(EventType, type), NOON, NOON, "reporter", data)


def test_an_event_carries_its_payload_and_that_of_no_other_type() -> None:
    event = an_event("reporter.rated", {"by": "code", "score": 2, "resolved": True, "poor": True})

    rated = event.carries(ReporterRated)

    assert rated is not None
    assert rated.poor
    assert event.carries(ReportClosed) is None


def test_a_payload_of_another_type_is_not_even_read() -> None:
    broken = an_event("reporter.rated", {})

    assert broken.carries(ReportClosed) is None
    with pytest.raises(Unreadable):
        broken.carries(ReporterRated)


def test_where_an_event_leaves_the_report_is_read_as_its_payload_has_it() -> None:
    of_moves = {type: json.loads(text) for type, text in STORED if '"holder"' in text}
    for type, data in of_moves.items():
        place, payload = placed(data), payloads.read_payload(type, data)
        said = payload.moved if isinstance(payload, StatusEvent) else payload
        assert isinstance(said, Moved | ReportReceived)
        assert place is not None
        agency = getattr(said, "agency", None)
        assert place[1:] == (said.status, said.holder, agency, said.time_zone, said.province, said.regency)
        assert place.came_from == getattr(said, "came_from", None)


def test_status_and_holder_are_folded_from_the_receipt_and_the_status_events() -> None:
    agency = {"level": "agency", "agency": "SAMARINDA-PU"}
    history: list[dict[str, object]] = [
        {"status": "received", "holder": {"level": "national", "agency": None}},
        {"to": "verified", "holder": {"level": "national", "agency": None}},
        {"message": "m"},
        {"to": "assigned", "holder": agency},
        {"stage": "first_response"},
    ]

    found = payloads.fold(placed(data) for data in history)

    assert found == (Status.ASSIGNED, Holder(Level.AGENCY, "SAMARINDA-PU"))
    assert payloads.fold([]) == (Status.RECEIVED, Holder(Level.NATIONAL, None))


def test_nothing_changes_a_payload() -> None:
    rated = ReporterRated.from_data({"by": "code", "score": 2, "resolved": True, "poor": True})

    with pytest.raises(FrozenInstanceError):
        rated.poor = False  # type: ignore[misc]


# --- the types -----------------------------------------------------------------------------------------------


def test_every_type_has_a_payload_and_every_field_says_what_it_means() -> None:
    assert set(PAYLOADS) == set(EventType)
    for type, payload in PAYLOADS.items():
        words = type.title().replace(".", "").replace("_", "")
        assert payload.__name__ == words
        assert payload.__doc__ is not None
        assert all(field.meaning or field.flat for field in fields_of(payload)), payload


def test_whatever_raises_the_last_fact_is_delivered_to_the_monitor_unless_it_has_computed_the_clocks_itself() -> None:
    computed = {EventType.POLICY_MIGRATED} | {type for type in EventType if type.startswith("clock.")}

    assert {type for type, payload in PAYLOADS.items() if MONITOR not in payload.followers} == computed


def test_the_codes_of_an_event_are_those_of_enums() -> None:
    assert ReportClosed.from_data({**MOVED, "cause": "silence"}).cause is Cause.SILENCE
    said = {"message": "01a22021-d698-77e5-a36a-911cd2e756f3", "message_kind": "note", "message_agency": None}
    noted = payloads.read_payload("report.noted", said | {"digest": "d"})
    assert isinstance(noted, payloads.routing.ReportNoted)
    assert noted.said.kind is MessageKind.NOTE
    assert ReportClosed.from_data({**MOVED, "cause": "silence"}).moved.holder.level is Level.AGENCY


# --- SQL -----------------------------------------------------------------------------------------------------


def test_the_sweep_writes_the_fields_of_its_payloads() -> None:
    elapsed, step = sweep.DATA.split("ELSE")

    assert re.findall(r'"(\w+)":', elapsed) == sorted(keys_of(ClockElapsed))
    assert re.findall(r'"(\w+)":', step) == sorted(keys_of(ClockBreached))


def test_sql_reads_only_what_some_payload_has() -> None:
    known = {key for payload in PAYLOADS.values() for key in keys_of(payload)}

    read = {(path.name, key) for path in sources("->") for key in keys_in_sql(path.read_text())}

    assert {key for _, key in read} >= {"previous_agency", "cause", "holder"}
    assert {(name, key) for name, key in read if key not in known} == set()


def sources(spelling: str) -> Iterator[Path]:
    """Where it stands: reading the others takes seconds."""
    for package in PACKAGES:
        yield from (path for path in (ROOT / package).rglob("*.py") if spelling in path.read_text())


def keys_in_sql(source: str) -> Iterator[str]:
    """Of `v.data ->> 'x'` and of `EventRow.data["x"]`, the column."""
    for string in (one.value for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Constant)):
        if isinstance(string, str) and "registry_events" not in string:
            yield from re.findall(r"\bdata\s*->>?\s*'(\w+)'", string)
    yield from re.findall(r'\bEventRow\.data\["(\w+)"\]', source)


def test_nobody_but_its_payload_reads_the_data_of_an_event_by_the_name_of_a_field() -> None:
    reading = {
        (str(path.relative_to(ROOT)), line)
        for path in sources(".data")
        if "payloads" not in path.parts and path.name != "verify.py"  # which anybody runs without this house
        for line in lines_that_read(path.read_text())
    }

    assert reading == set()


def lines_that_read(source: str) -> Iterator[str]:
    """`x.data["field"]`, `x.data.get("field")`, `"field" in x.data`; a column in SQL (`EventRow.data`) is none."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="data", value=owner), slice=ast.Constant(value=str())):
                named = True
            case ast.Call(func=ast.Attribute(attr="get", value=ast.Attribute(attr="data", value=owner))):
                named = True
            case ast.Compare(left=ast.Constant(value=str()), comparators=[ast.Attribute(attr="data", value=owner)]):
                named = True
            case _:
                named = False
        if named and ast.unparse(owner) != "EventRow":
            yield ast.unparse(node)
