"""Every operation of the three OpenAPI documents that is switched on succeeds, over HTTP with real tokens."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.local.stack import Stack
from shared.clients import Role, Scope
from shared.http.openapi import examples
from shared.ids import new_id
from tests.forks import ForkedStack
from tests.stack import (
    operations_of_boundaries,
    operations_of_duplicates,
    operations_of_models,
    operations_of_registry,
    operations_of_rule_sets,
    operations_of_rules,
)
from tests.stack.driving import INTAKE, MONITOR, ROUTING, a_submission
from tests.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.slow


#: Stores nothing, not even a key.
REPEATED_ANEW = {"/v1/routing/preview"}


#: What succeeds in test_every_example, twice where it makes something: who gets in, limits, the log, a receipt of it.
BY_EXAMPLE = re.compile(
    r"/v1/(accounts|clients|officers/me|registry/changes|limits|log|claim-mappings|webhooks|uploads|evidence|news-templates|qr-codes|indicators|statistics)\b.*"
    r"|/open311/v2/.*"
    r"|.*/(invitation|receipt|identity-requests.*|uploads|evidence.*|notifications|colleagues)"
)


def _dry(json: Any, params: dict[str, Any] | None) -> bool:
    """Whether it only tries what it would do: that is no answer to the real thing."""
    return (params or {}).get("dry_run") in (True, "true")


class Recorder:
    """Calls operations by their paths in the documents, every POST twice under one key; remembers which succeeded."""

    def __init__(self, stack: Stack, http: httpx.AsyncClient) -> None:
        self.stack = stack
        self.http = http
        self.succeeded: set[tuple[str, str, str]] = set()
        self.tokens: set[str] = set()
        self.codes: set[str] = set()

    async def __call__(
        self, service: str, operation: str, *, role: Role | None = None, agency: str | None = None,
        scopes: tuple[str, ...] = (), headers: dict[str, str] | None = None, json: Any = None,
        params: dict[str, Any] | None = None, content: str | None = None, **path: str,
    ) -> Any:  # fmt: skip
        method, template = operation.split(" ")
        sent = dict(headers or {})
        if role is not None:
            token = self.stack.token(role, sub=f"{role}-1", agency=agency, scopes=scopes)
            sent["Authorization"] = f"Bearer {token}"
            self.tokens.add(token)
        url = self.stack.url(service) + template.format(**path)
        if method == "POST" and template != "/internal/events":
            sent["Idempotency-Key"] = str(new_id())
        response = await self.http.request(method, url, headers=sent, json=json, params=params, content=content)
        assert response.is_success, f"{operation}: {response.status_code} {response.text}"
        if "Idempotency-Key" in sent and template not in REPEATED_ANEW and not _dry(json, params):
            again = await self.http.request(method, url, headers=sent, json=json, params=params, content=content)
            assert again.status_code == response.status_code, f"{operation} again: {again.status_code} {again.text}"
            assert again.headers["Idempotency-Replayed"] == "true", operation
            assert again.headers.get("Location") == response.headers.get("Location"), operation
        if response.status_code in (201, 202):
            await self._read(self.stack.url(service) + response.headers["Location"], sent)
        self.succeeded.add((service, method, template))
        self.codes |= set(re.findall(r'"access_code":"([A-Z2-7]{32})"', response.text))
        is_json = response.headers.get("content-type", "").startswith("application/json")
        return response.json() if is_json else response.text

    async def _read(self, made: str, sent: dict[str, str]) -> None:
        """What was made is there, for whoever made it."""
        found = await self.http.get(made, headers=sent)
        assert found.is_success, f"{made}: {found.status_code} {found.text}"

    async def documented(self) -> set[tuple[str, str, str]]:
        found = set()
        for service in (INTAKE, ROUTING, MONITOR):
            document = (await self.http.get(f"{self.stack.url(service)}/openapi.json")).json()
            found |= {
                (service, method.upper(), path)
                for path, methods in document["paths"].items()
                for method, operation in methods.items()
                if examples.REFUSED not in operation  # switched off here
            }
        return found


class Citizen:
    """A report and what its reporter does."""

    def __init__(self, call: Recorder, receipt: dict[str, Any]) -> None:
        self.call = call
        self.number: str = receipt["tracking_number"]
        self.id: str = receipt["id"]
        self.headers = {"X-Access-Code": receipt["access_code"]}

    async def does(self, what: str, **body: Any) -> None:
        operation = f"POST /v1/reports/{{tracking_number}}/{what}"
        await self.call(INTAKE, operation, headers=self.headers, json=body, tracking_number=self.number)

    async def reaches(self, status: str) -> None:
        async def seen() -> str:
            operation = "GET /v1/reports/{tracking_number}"
            return str(
                (await self.call(INTAKE, operation, headers=self.headers, tracking_number=self.number))["status"]
            )

        await eventually(seen, status)

    async def officer(self, what: str, role: Role, of: str | None = None, /, **body: Any) -> Any:
        operation = f"POST /v1/reports/{{id}}/{what}"
        return await self.call(ROUTING, operation, role=role, agency=of, json=body, id=self.id)


CITY, ROADS, HEALTH = "SAMARINDA", "SAMARINDA-DPUPR", "SAMARINDA-DINKES"
ADMIN, COORDINATOR, OFFICER = Role.NATIONAL_ADMIN, Role.COORDINATOR, Role.LIAISON_OFFICER


#: Who reports. None of it may lie anywhere in clear: in no table, in no log.
PLANTED = {
    "name": "Rahayu Puspawardani", "phone": "0857-1234-9876", "email": "puspawardani@warga.example",
    "national_id": "6472014107900001",
}  # fmt: skip


async def submitted(call: Recorder, **changes: Any) -> Citizen:
    return Citizen(call, await call(INTAKE, "POST /v1/reports", role=Role.REPORTER_APP, json=a_submission(**changes)))


async def a_life_that_is_answered_and_reopened(call: Recorder) -> Citizen:
    report = await submitted(call, reporter_reference="account-1", reporter=PLANTED)
    await submitted(call, anonymous=True, reporter=PLANTED)
    await report.officer("verification", ADMIN)
    await report.officer("correction", ADMIN, supervisory=True)
    await report.officer("forwarding", ADMIN, agency=CITY)
    await report.officer("disposition", COORDINATOR, CITY, agency=HEALTH)
    await report.officer("redirection", COORDINATOR, CITY, agency=ROADS)
    await report.officer("hold", OFFICER, ROADS, question="Di mana tepatnya?")
    await report.does("replies", body="Di depan pasar.")
    await report.reaches("assigned")
    await report.officer("hold", OFFICER, ROADS, question="Nomor berapa?")
    await report.officer("resumption", OFFICER, ROADS)
    await report.officer("notes", OFFICER, ROADS, body="Sudah dicek.")
    await report.officer("responses", OFFICER, ROADS, body="Selesai.", final=True)
    await report.does("ratings", score=5, resolved=True)
    await report.reaches("closed")
    await report.does("reopening")
    await report.reaches("in_progress")
    seen = await report.officer("identity", ADMIN)
    assert (seen["name"], seen["phone"], seen["national_id"]) == (PLANTED["name"], PLANTED["phone"], None)
    seen = await report.officer("identity", Role.IDENTITY_CUSTODIAN, reason="Perintah pengadilan.")
    assert seen["national_id"] == PLANTED["national_id"]
    path = "/v1/reports/{id}/public-text"
    text = await call(ROUTING, f"GET {path}", role=OFFICER, agency=ROADS, id=report.id)
    words = {"words": [text["original"]["title"].split()[0]]}
    await call(ROUTING, f"PUT {path}", role=OFFICER, agency=ROADS, json=words, id=report.id)
    await an_answer_is_masked(call, report)
    return report


async def an_answer_is_masked(call: Recorder, report: Citizen) -> None:
    async def ask(operation: str, **more: Any) -> Any:
        return await call(ROUTING, operation, role=OFFICER, agency=ROADS, id=report.id, **more)

    said = (await ask("GET /v1/reports/{id}"))["messages"]
    answer = next(message["id"] for message in said if message["kind"] == "final_response")
    path = "/v1/reports/{id}/messages/{message_id}/public-text"
    await ask(f"GET {path}", message_id=answer)
    await ask(f"PUT {path}", message_id=answer, json={"words": ["Selesai"]})


async def lives_that_end_otherwise(call: Recorder) -> None:
    returned = await submitted(call)
    await returned.officer("verification", ADMIN)
    await returned.officer("disposition", ADMIN, agency=ROADS)
    await returned.officer("returns", OFFICER, ROADS, reason="not_our_authority")
    asked = await submitted(call, classification="information_request")
    await asked.officer("verification", ADMIN)
    told = await asked.officer("answer", ADMIN, body="Silakan datang ke loket.")
    detail = await call(ROUTING, "GET /v1/reports/{id}", role=ADMIN, id=told["id"])
    wrong = detail["messages"][-1]["id"]
    await asked.officer("corrections", ADMIN, message=wrong, body="Ralat: loket pindah ke lantai dua.")
    archived = await submitted(call)
    await archived.officer("archive", ADMIN, reason="too_general", explanation="Sebutkan jalan dan patokannya.")
    await archived.does("appeal")
    await archived.reaches("received")
    await archived.does("consents", purpose="ombudsman", granted=True)
    await archived.does("withdrawal")
    await archived.reaches("withdrawn")
    exported = await call(
        INTAKE, "GET /v1/reports/{tracking_number}/export", headers=archived.headers, tracking_number=archived.number
    )
    assert exported["report"]["body"] == a_submission()["body"]
    await call(
        INTAKE, "POST /v1/reports/{tracking_number}/erasure", role=Role.IDENTITY_CUSTODIAN,
        json={"cause": "request"}, tracking_number=archived.number,
    )  # fmt: skip


async def what_is_typed_in(call: Recorder) -> None:
    """An officer gets no code; its reporter gets one on paper."""
    typed = await call(INTAKE, "POST /v1/reports", role=OFFICER, agency=ROADS, json=a_submission())
    assert typed["access_code"] is None
    slip = "POST /v1/reports/{tracking_number}/slip"
    sheet = await call(INTAKE, slip, role=OFFICER, agency=ROADS, tracking_number=typed["tracking_number"])
    await Citizen(call, typed | sheet).does("replies", body="Terima kasih.")


async def what_is_read(call: Recorder, report: Citizen) -> None:
    for path in ("reports", "categories", "regions", "regions/tree", "agencies", "codes"):
        await call(INTAKE, f"GET /v1/{path}")
    mine = await call(
        INTAKE,
        "GET /v1/reporters/{reporter_reference}/reports",
        role=Role.REPORTER_APP,
        reporter_reference="account-1",
    )
    assert [item["tracking_number"] for item in mine["items"]] == [report.number]
    heard = await call(INTAKE, "GET /v1/events", role=Role.REPORTER_APP)
    assert report.number in {item["tracking_number"] for item in heard["items"]}
    await call(INTAKE, "GET /v1/reports/{tracking_number}/messages", tracking_number=report.number)
    for part in ("timeline", "deadlines"):
        path = f"GET /v1/reports/{{tracking_number}}/{part}"
        await call(INTAKE, path, headers=report.headers, tracking_number=report.number)
    for part in ("messages", "events", "merged", "routing/decisions", "routing/returns"):
        await call(ROUTING, f"GET /v1/reports/{{id}}/{part}", role=ADMIN, id=report.id)
    for path in ("reports", "reports/{id}", "reports/{id}/routing", "agencies", "events"):
        await call(ROUTING, f"GET /v1/{path}", role=ADMIN, id=report.id)
    await call(ROUTING, "GET /v1/reports/{id}/readers", role=Role.IDENTITY_CUSTODIAN, id=report.id)
    await call(ROUTING, "GET /v1/agencies/{code}", role=ADMIN, code=ROADS)
    preview = {key: a_submission()[key] for key in ("classification", "title", "body", "category", "location")}
    assert (await call(ROUTING, "POST /v1/routing/preview", role=ADMIN, json=preview))["agency"] == ROADS
    for path in ("reports/{id}/clocks", "overdue", "escalations", "statistics/clocks"):
        await call(MONITOR, f"GET /v1/{path}", role=ADMIN, id=report.id)


async def what_operators_and_services_do(call: Recorder) -> None:
    agency = {"code": "SAMARINDA-UJI", "name": "Dinas Uji", "kind": "dinas", "parent": CITY}
    await call(ROUTING, "POST /v1/agencies", role=Role.OPERATOR, json=agency)
    await call(ROUTING, "PATCH /v1/agencies/{code}", role=Role.OPERATOR, json={"name": "Uji"}, code=agency["code"])
    event = {
        "specversion": "1.0", "id": str(new_id()), "source": "urn:lapor:test", "type": "report.received",
        "subject": "none", "time": datetime.now(UTC).isoformat(), "datacontenttype": "application/json",
        "data": {"report_id": str(new_id()), "seq": 1},
    }  # fmt: skip
    for service in (ROUTING, MONITOR):
        await call(service, "POST /internal/events", role=Role.SERVICE, json=[event])
    for service in (INTAKE, ROUTING, MONITOR):
        for path in ("/healthz", "/readyz", "/metrics"):
            await call(service, f"GET {path}")


async def nothing_lies_beside_a_key_in_clear(database_url: str) -> None:
    """The whole table as text, and what is sealed byte by byte: no word of all that was sent and answered."""
    engine = create_async_engine(database_url)
    statement = "SELECT k::text || encode(coalesce(sealed, ''), 'escape') FROM idempotency_keys k"
    async with engine.connect() as connection:
        rows = list(await connection.scalars(text(statement)))
    await engine.dispose()
    assert len(rows) > 40
    telling = re.compile(r"Selesai|loket|depan|berlubang|Dinas|Regency|tracking_number|access_code|account-1")
    assert [row for row in rows if telling.search(row)] == []


async def everything_stored(database_url: str) -> AsyncIterator[str]:
    """Each row of each table as text, and with what is sealed or hashed byte by byte, as a dump has it."""
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        tables = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        for table in tables.all():
            for row in await connection.scalars(text(f"SELECT t::text FROM {table} t")):
                yield f"{table}: {row}"
    await engine.dispose()


async def nobody_who_reported_is_told(call: Recorder, database_url: str, logs: Path) -> None:
    """Of the people, their access codes and everybody's tokens neither the database nor any log knows anything."""
    planted = [*PLANTED.values(), "085712349876", "6285712349876", *call.codes, *call.tokens]
    assert len(call.codes) > 5
    assert len(call.tokens) > 5
    hidden = [part.encode().hex() for part in planted]
    telling = re.compile("|".join(map(re.escape, [*planted, *hidden])), re.IGNORECASE)
    lines = [line async for line in everything_stored(database_url)]
    for log in logs.glob("*.jsonl"):
        lines += [f"{log.name}: {line}" for line in log.read_text().splitlines()]
    assert len(lines) > 1000
    assert [line[:60] for line in lines if telling.search(line)] == []
    submissions = [line for line in lines if '"route":"/v1/reports","status":201' in line]
    assert submissions
    assert [line for line in submissions if re.search(r"127\.0\.0\.1|python-httpx|user.agent", line)] == []


async def test_every_operation_succeeds_at_least_once(database_url: str, home: Path) -> None:
    environment = {"LAPOR_SWEEP_SECONDS": "0.5"}
    async with (
        ForkedStack(database_url, home=home, environment=environment) as stack,
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as http,
    ):
        call = Recorder(stack, http)
        long_ago = (datetime.now(UTC) - timedelta(days=60)).isoformat()
        late = a_submission(received_at=long_ago)
        await call(INTAKE, "POST /v1/reports", role=Role.CHANNEL, scopes=(Scope.SUBMIT,), json=late)
        report = await a_life_that_is_answered_and_reopened(call)
        await lives_that_end_otherwise(call)
        await what_is_typed_in(call)
        await what_is_read(call, report)
        await what_operators_and_services_do(call)
        await operations_of_rules.officers(call)
        await operations_of_registry.registry(call)
        await operations_of_duplicates.duplicates(call)
        await operations_of_rules.calendars(call)
        await operations_of_rules.policies(call)
        await operations_of_rule_sets.rule_sets(call)
        await operations_of_boundaries.boundaries(call)
        await operations_of_models.models(call, database_url)
        await operations_of_rules.a_missed_deadline(call, database_url)

        await nothing_lies_beside_a_key_in_clear(database_url)
        await nobody_who_reported_is_told(call, database_url, home / "logs")

        documented = await call.documented()
        missing = {one for one in documented - call.succeeded if not BY_EXAMPLE.fullmatch(one[2])}
        assert missing == set()
        assert {path for _, _, path in documented if re.search(r"default", path)} == set()
