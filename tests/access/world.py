"""One database with a registry and a report in each fitting state, and the three services on it.

It is made over HTTP, as in life. Afterwards each request works on it in a transaction that is rolled back, so that all
who ask find the same; a submission alone commits, on a connection of its own.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, async_sessionmaker, create_async_engine

import intake_api.app
import routing_service.app
import sla_monitor.app
from routing_service.competence.knowledge import Knowledge
from routing_service.competence.learning.model import Model
from routing_service.competence.models import queries as models
from routing_service.report.reading.identities import IntakeIdentities
from routing_service.work.masking import queries as texts
from routing_service.work.masking.making import make_all
from shared.clients import Role
from shared.clock import now_dependency
from shared.database import create_sessions
from shared.domain.evidence import EvidenceState, Variant
from shared.outgoing import Outgoing
from shared.schema import (
    ApiClient,
    Evidence,
    InstansiNewsTemplate,
    NewsTemplate,
    Officer,
    Rendition,
    Report,
    StoredFile,
)
from shared.settings import IntakeSettings, MonitorSettings, RoutingSettings
from sla_monitor.proof.memory import Memory
from sla_monitor.proof.service import TransparencyLog
from sla_monitor.recompute import service as recompute
from sla_monitor.reference.service import References
from sla_monitor.seed import load_rules
from sla_monitor.sweep.service import sweep
from tests.access import callers, people
from tests.access.callers import ACCOUNT, COORDINATION, FOREIGN_AGENCY, OWN, Headers, officers_who_call
from tests.factories import NOON, a_registry, a_rule_set, bearer, settings
from tests.routing_service.access.systems import a_system
from tests.routing_service.competence.learning_corpora import METRICS, TRAINED_ON, trained
from tests.sla_monitor.proof.logs import settled

Json = dict[str, Any]
Steps = list[tuple[str, Headers, Json]]

INTAKE, ROUTING, MONITOR = "intake_api", "routing_service", "sla_monitor"
#: Nobody is refused for asking often.
PATIENT = {"client_requests_per_second": 1e6, "client_burst": 1e9, "address_requests_per_second": 1e6,
           "address_burst": 1e9, "code_requests_per_second": 1e6, "code_burst": 1e9}  # fmt: skip

#: Compressing what is read once costs more than the answer.
PLAIN = {"Accept-Encoding": "identity"}

APP = bearer(Role.REPORTER_APP, sub="mobile-app")
ADMIN = bearer(Role.NATIONAL_ADMIN, sub="national_admin-none")
COORDINATOR = bearer(Role.COORDINATOR, sub="coordinator-samarinda", agency=COORDINATION)
OFFICER = bearer(Role.LIAISON_OFFICER, sub="liaison_officer-samarinda-pu", agency=OWN)
HEAD = bearer(Role.AGENCY_HEAD, sub="agency_head-samarinda-pu", agency=OWN)
OPERATOR = bearer(Role.OPERATOR, sub="operator-none")
CHANNEL = bearer(Role.CHANNEL, sub="channel-samarinda-pu", agency=OWN, scopes=callers.WORKS)

OTHER_CUSTODIAN = bearer(Role.IDENTITY_CUSTODIAN, sub="another-custodian")

#: Two custodians must agree.
TWO = {"two_custodians": True}

WORDS = {"title": "Jalan berlubang", "body": "Lubang besar di depan pasar pagi, dalamnya sejengkal."}
#: Where nobody listens, and nothing is sent.
THIS_MACHINE = "127.0.0.1"
WEBHOOK = {"name": "Tiket", "url": f"http://{THIS_MACHINE}:9/lapor"}
REPORTER = {"name": "Siti Rahmawati", "phone": "081234567890"}

_VERIFIED: Steps = [("verification", ADMIN, {}), ("forwarding", ADMIN, {"agency": COORDINATION})]
_ASSIGNED: Steps = [*_VERIFIED, ("disposition", COORDINATOR, {"agency": OWN})]
_ANSWERED: Steps = [*_ASSIGNED, ("responses", OFFICER, {"body": "Sudah ditambal kemarin.", "final": True})]
_ANSWERED_ABOVE: Steps = [*_VERIFIED[:1], ("answer", ADMIN, {"body": "Silakan datang ke loket."})]
#: What a channel of an agency takes in, its own coordinator holds.
_TAKEN_IN: Steps = [("verification", COORDINATOR, {}), ("disposition", COORDINATOR, {"agency": OWN})]
_LONG_AGO = {"received_at": (NOON - timedelta(days=100)).isoformat()}
_SECRET = {"secret": True}

#: What the table names after an @.
SAID: Mapping[str, str] = {
    "received": "held by the national level, not verified yet; nothing of it is public",
    "entrusted": "not verified yet, held by the coordinator of SAMARINDA, who verifies its own",
    "entrusted-secret": "the same, and secret",
    "verified-national": "verified, held by the national level",
    "verified": "verified, held by the coordinator of SAMARINDA",
    "verified-secret": "the same, and secret",
    "assigned": "held by the agency SAMARINDA-PU; public",
    "secret": "the same, and secret",
    "anonymous": "the same, and its reporter is anonymous",
    "fetched": "a photo of the report that the agency SAMARINDA-PU holds",
    "client": "a system of SAMARINDA",
    "proven-client": "a system that proves itself by its secret",
    "account": "a person of the national level",
    "officer": "an officer of SAMARINDA-PU",
    "qr-code": "a printed code of SAMARINDA-PU",
    "awaiting_reporter": "put on hold by the agency",
    "awaiting-national": "put on hold by the national level",
    "answered": "answered by the agency, which waits for the reporter",
    "answered-national": "answered directly by the national level",
    "disputed-national": "the same, and its reporter has objected",
    "closed": "closed after an answer of the agency",
    "archived": "archived by the coordinator of SAMARINDA",
    "merged": "merged into another one of the agency",
    "late": "held by the agency, and so late that the Ombudsman may have it",
    "late-secret": "the same, and secret",
    "typed": "typed in by the liaison officer of the agency for somebody",
    "typed-head": "typed in by the head of the agency",
    "typed-national": "typed in by the national administrator",
    "reprimand": "of SAMARINDA",
    "own-draft": "a draft of rules of SAMARINDA's own",
    "own-rules": "the rules of its own that SAMARINDA has in force",
    "webhook": "made by the channel of SAMARINDA-PU",
    "webhook-app": "made by the app",
}
#: By its name in the table: what is submitted, and what is done to it then.
REPORTS: Mapping[str, tuple[Json, Steps]] = {
    "older": ({}, _ASSIGNED),
    "received": ({}, []),
    "entrusted": ({}, []),
    "entrusted-secret": (_SECRET, []),
    "verified-national": ({}, _VERIFIED[:1]),
    "verified": ({}, _VERIFIED),
    "verified-secret": (_SECRET, _VERIFIED),
    "assigned": ({}, _ASSIGNED),
    "secret": (_SECRET, _ASSIGNED),
    "anonymous": ({"anonymous": True}, _ASSIGNED),
    "awaiting_reporter": ({}, [*_ASSIGNED, ("hold", OFFICER, {"question": "Di jalan yang mana?"})]),
    "awaiting-national": ({}, [("hold", ADMIN, {"question": "Di kota mana?"})]),
    "answered": ({}, _ANSWERED),
    "answered-national": ({}, _ANSWERED_ABOVE),
    "disputed-national": ({}, _ANSWERED_ABOVE),
    "closed": ({}, _ANSWERED),
    "archived": ({}, [*_VERIFIED, ("archive", COORDINATOR, {"reason": "too_general"})]),
    "merged": ({}, [*_ASSIGNED, ("merge", COORDINATOR, {"into": "older"})]),
    "late": (_LONG_AGO, _TAKEN_IN),
    "late-secret": (_LONG_AGO | _SECRET, _TAKEN_IN),
}


class World:
    """`places`: what the paths of requests are filled with, by the name of what is asked for."""

    def __init__(self, apps: Mapping[str, FastAPI]) -> None:
        self.apps = apps
        self.places: dict[str, dict[str, str]] = {"nothing": {}, "proven-client": {}}
        self.now = NOON
        self.policy: Json = {}
        self._http = {
            name: httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", headers=PLAIN)
            for name, app in apps.items()
        }

    async def ask(
        self, service: str, method: str, path: str, headers: Headers | Mapping[bytes, bytes], **sent: Any
    ) -> httpx.Response:
        return await self._http[service].request(method, path, headers=dict(headers), **sent)

    @contextmanager
    def settings(self, service: str, changes: Mapping[str, Any]) -> Iterator[None]:
        """What is off by default, switched on meanwhile."""
        state = self.apps[service].state
        kept = state.settings
        state.settings = kept.model_copy(update=dict(changes))
        try:
            yield
        finally:
            state.settings = kept

    async def done(self, service: str, operation: str, headers: Headers, **sent: Any) -> Json:
        method, path = operation.split(" ")
        answer = await self.ask(service, method, path, headers, **sent)
        assert answer.is_success, f"{operation}: {answer.status_code} {answer.text}"
        found: Json = answer.json()
        return found

    def forget(self) -> None:
        """What a service remembers of a registry and of rules that were rolled back."""
        self.apps[ROUTING].state.knowledge = Knowledge(CollectorRegistry())
        self.apps[MONITOR].state.references = References()

    async def close(self) -> None:
        await self.apps[ROUTING].state.identities.close()
        for name, app in self.apps.items():
            await self._http[name].aclose()
            await app.state.engine.dispose()
            await app.state.jobs_engine.dispose()


@asynccontextmanager
async def rolled_back(world: World, connection: AsyncConnection) -> AsyncIterator[None]:
    """What a request does meanwhile, nobody finds afterwards."""
    sessions = async_sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
    kept = {name: (app.state.sessions, app.state.jobs) for name, app in world.apps.items()}
    for app in world.apps.values():
        app.state.sessions = app.state.jobs = sessions
    transaction = await connection.begin()
    try:
        yield
    finally:
        await transaction.rollback()
        for name, app in world.apps.items():
            app.state.sessions, app.state.jobs = kept[name]


async def made(database_url: str) -> World:
    world = World(_apps(database_url))

    async def now() -> datetime:
        return world.now

    for app in world.apps.values():
        app.dependency_overrides[now_dependency] = now
    routing = world.apps[ROUTING].state
    intake = httpx.AsyncClient(transport=httpx.ASGITransport(world.apps[INTAKE]))
    routing.identities = IntakeIdentities(routing.settings, routing.signer, intake)
    await _rules(database_url)
    for name, (changes, steps) in REPORTS.items():
        await _report(world, name, changes, steps)
    await _asked_for_identity(world)
    await _typed(world)
    await _as_in_life(world)
    await _oversight(world)
    await _registry(world)
    await _webhooks(world)
    await _rule_sets_and_models(world)
    await _calendars(world)
    await _logged(world)
    await _proven(world)
    world.forget()
    return world


def _apps(database_url: str) -> dict[str, FastAPI]:
    return {
        INTAKE: intake_api.app.create_app(settings(database_url, IntakeSettings, **PATIENT)),
        ROUTING: routing_service.app.create_app(settings(database_url, RoutingSettings, **PATIENT)),
        MONITOR: sla_monitor.app.create_app(settings(database_url, MonitorSettings, **PATIENT)),
    }


async def _rules(database_url: str) -> None:
    engine = create_async_engine(database_url)
    await load_rules(engine, progress=lambda _line: None)
    async with create_sessions(engine).begin() as session:
        await a_registry(session)
        await a_system(session)
        await session.execute(insert(ApiClient), [{"id": "mobile-app", "name": "App", "channels": ["app"]}])
        words = {"subject": "Rampung", "body": "Rampung.", "version": 1, "created_by": "operator:uji"}
        await session.execute(insert(NewsTemplate).values(kind="closed", language="jv", created_at=NOON, **words))
        own = {"agency_code": COORDINATION, "subject": "Rampung", "body": "Rampung.", "version": 1}
        own |= {"kind": "closed", "language": "jv", "changed_by": "coordinator:uji", "changed_at": NOON}
        await session.execute(insert(InstansiNewsTemplate).values(own))
    await engine.dispose()


async def _report(world: World, name: str, changes: Json, steps: Steps) -> None:
    late = "received_at" in changes
    body = WORDS | {
        "classification": "complaint", "category": "roads.damage", "location": {"region_code": "64.72.01"},
        "reporter": REPORTER,
    } | ({} if late else {"reporter_reference": ACCOUNT}) | changes  # fmt: skip
    sender = CHANNEL if late else APP
    world.now += timedelta(minutes=1)
    receipt = await world.done(INTAKE, "POST /v1/reports", sender, json=body)
    place = world.places[name] = {"id": receipt["id"], "tracking_number": receipt["tracking_number"]}
    place["code"] = receipt["access_code"]
    for action, headers, given in steps:
        into = {"into": world.places[given["into"]]["tracking_number"]} if "into" in given else {}
        await world.done(ROUTING, f"POST /v1/reports/{receipt['id']}/{action}", headers, json=given | into)
    if steps:
        detail = await world.done(ROUTING, f"GET /v1/reports/{receipt['id']}", ADMIN)
        if detail["messages"]:
            place["message_id"] = detail["messages"][-1]["id"]


async def _asked_for_identity(world: World) -> None:
    place = world.places["anonymous"]
    with world.settings(ROUTING, TWO):
        path = f"POST /v1/reports/{place['id']}/identity-requests"
        asked = await world.done(ROUTING, path, OTHER_CUSTODIAN, json={"reason": "Permintaan pengadilan nomor 12."})
    place["request"] = asked["id"]


async def _typed(world: World) -> None:
    body = WORDS | {"classification": "complaint", "category": "roads.damage", "location": {"region_code": "64.72.01"}}
    for name, headers in {"typed": OFFICER, "typed-head": HEAD, "typed-national": ADMIN}.items():
        receipt = await world.done(INTAKE, "POST /v1/reports", headers, json=body)
        world.places[name] = {"id": receipt["id"], "tracking_number": receipt["tracking_number"], "code": "NONE"}


async def _as_in_life(world: World) -> None:
    """What the workers of the services do meanwhile: masked texts, clocks; and two states that time brings."""
    state = world.apps[ROUTING].state
    async with state.sessions.begin() as session:
        entrusted = [UUID(world.places[name]["id"]) for name in ("entrusted", "entrusted-secret")]
        await session.execute(
            text(
                "UPDATE reports SET holder_level = 'coordinator', holder_agency_code = :agency WHERE id = ANY(:reports)"
            ),
            {"agency": COORDINATION, "reports": entrusted},
        )
        for name, status in {"closed": "closed", "disputed-national": "in_progress"}.items():
            moved = {"status": status, "id": UUID(world.places[name]["id"])}
            await session.execute(text("UPDATE reports SET status = :status WHERE id = :id"), moved)
        every = list(await session.scalars(select(Report.id)))
        made_texts = make_all(await texts.without(session, every))
        await texts.add_public_texts(session, made_texts, by="service:routing_service", now=world.now)
    monitor = world.apps[MONITOR].state
    assert await recompute.recompute(monitor.sessions, monitor.references, every) == {}
    await sweep(monitor.sessions, batch=100, now=world.now)


async def _oversight(world: World) -> None:
    escalations = (await world.done(MONITOR, "GET /v1/escalations?limit=200", ADMIN))["items"]
    late = world.places["late"]
    late["escalation"] = next(
        one["id"]
        for one in escalations
        if one["tracking_number"] == late["tracking_number"] and one["stage"] == "oversight_response"
    )
    for name in ("late", "late-secret"):
        consent = {"purpose": "ombudsman", "granted": True}
        path = f"POST /v1/reports/{world.places[name]['tracking_number']}/consents"
        await world.done(INTAKE, path, {"X-Access-Code": world.places[name]["code"]}, json=consent)
    async with world.apps[MONITOR].state.sessions.begin() as session:
        await session.execute(text("UPDATE escalations SET recorded_at = recorded_at - interval '3 days'"))
    asked = {"agency": COORDINATION, "first_day": "2025-12-01", "last_day": "2026-02-28"}
    reprimand = await world.done(MONITOR, "POST /v1/reprimands", OPERATOR, json=asked)
    world.places["reprimand"] = {"id": reprimand["id"]}


async def _webhooks(world: World) -> None:
    """Of the channel and of the app, with a message that was delivered."""
    state = world.apps[ROUTING].state
    state.outgoing = Outgoing(production=False, own_hosts=[THIS_MACHINE])
    for name, owner in {"webhook": CHANNEL, "webhook-app": APP}.items():
        made = await world.done(ROUTING, "POST /v1/webhooks", owner, json=WEBHOOK)
        ping = await world.done(ROUTING, f"POST /v1/webhooks/{made['id']}/ping", owner)
        world.places[name] = {"id": made["id"], "delivery": ping["delivery"]}
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE webhook_deliveries SET state = 'delivered'"))


async def _logged(world: World) -> None:
    """Under a checkpoint, which is remembered nowhere but in the database."""
    log: TransparencyLog = world.apps[MONITOR].state.log
    log.memory = Memory(Path(tempfile.mkdtemp()) / "checkpoint")
    await settled(log.sessions)
    assert await log.grow(now=world.now)
    shutil.rmtree(log.memory.path.parent)


async def _registry(world: World) -> None:
    officer = {"name": "Ani", "email": "ani@samarinda.example", "role": "liaison_officer"}
    made = await world.done(ROUTING, f"POST /v1/agencies/{OWN}/officers", OPERATOR, json=officer)
    world.places["officer"] = {"id": made["id"]}
    async with world.apps[ROUTING].state.sessions.begin() as session:
        await session.execute(insert(Officer), [*officers_who_call()])
    person = {"name": "Dewi", "email": "dewi@pusat.example", "role": "identity_custodian"}
    account = (await world.done(ROUTING, "POST /v1/accounts", OPERATOR, json=person))["id"]
    mapping = {"issuer": "https://sso.example", "claim": "sub", "value": "u-1", "account": account}
    made = await world.done(ROUTING, "POST /v1/claim-mappings", OPERATOR, json=mapping)
    world.places["mapping"] = {"id": made["id"], "account": account}
    world.places["account"] = {"id": account}
    code = await world.done(INTAKE, "POST /v1/qr-codes", OPERATOR, json={"label": "Lampu jalan 1", "agency": OWN})
    world.places["qr-code"] = {"code": code["code"]}
    system = {"id": "uji-kanal", "name": "Kanal uji", "agency": COORDINATION, "scopes": ["reports:submit"]}
    made = await world.done(ROUTING, "POST /v1/clients", OPERATOR, json=system)
    jwk = {"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    await world.done(ROUTING, f"POST /v1/clients/{made['id']}/keys", OPERATOR, json={"jwk": jwk})
    world.places["client"] = {"id": made["id"], "secret_id": made["secrets"][0]["id"], "kid": "k1"}
    state = world.apps[ROUTING].state
    async with state.sessions.begin() as session:
        world.places |= await people.register(session, state.keys, now=world.now)
    for number, name in enumerate(("boundaries", "active boundaries")):
        imported = {"name": name, "geojson": outlines(0.1 * number), "activate": name == "active boundaries"}
        made = await world.done(ROUTING, "POST /v1/boundaries/imports", OPERATOR, json=imported)
        world.places[name.replace(" ", "-")] = {"id": str(made["id"])}


def outlines(shift: float = 0.05) -> Json:
    west, east = 117.1 + shift, 117.2 + shift
    ring = [[west, -0.6], [east, -0.6], [east, -0.5], [west, -0.5], [west, -0.6]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"kode": "64.72.01"}, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}


async def _own_rule_sets(world: World, national: str) -> None:
    """SAMARINDA's: a draft, one in force, and the one before it."""
    body = {"agency": COORDINATION, "name": "Samarinda", "based_on": national}
    before, present, draft = [
        (await world.done(ROUTING, "POST /v1/rule-sets", OPERATOR, json=body))["id"] for _ in range(3)
    ]
    for one, replaces in ((before, None), (present, before)):
        await world.done(ROUTING, f"POST /v1/rule-sets/{one}/activation", OPERATOR, json={"replaces": replaces})
    world.places["own-draft"] = {"id": str(draft), "active": str(present)}
    world.places["own-rules"] = {"id": str(present)}


async def _rule_sets_and_models(world: World) -> None:
    """Not before the reports: with rules a verified report finds its instansi by itself."""
    async with world.apps[ROUTING].state.sessions.begin() as session:
        await a_rule_set(session, ({"category": ["health"]}, {"agency": FOREIGN_AGENCY}))
    first = (await world.done(ROUTING, "GET /v1/rule-sets?state=active", OPERATOR))["items"][0]["id"]
    second, draft = [
        (await world.done(ROUTING, "POST /v1/rule-sets", OPERATOR, json={"name": name, "based_on": first}))["id"]
        for name in ("Kedua", "Konsep")
    ]
    await world.done(ROUTING, f"POST /v1/rule-sets/{second}/activation", OPERATOR, json={"replaces": first})
    world.places["rule-set"] = {"id": str(draft), "active": str(second)}
    world.places["active-rule-set"] = {"id": str(second)}
    await _own_rule_sets(world, first)
    blob = Model(trained().classifier, trained().threshold).dump()
    async with world.apps[ROUTING].state.sessions.begin() as session:
        stored = {"blob": blob, "metrics": METRICS, "trained_on": TRAINED_ON, "trained_by": "operator:uji"}
        added = [await models.add_model(session, **stored, trained_at=NOON) for _ in range(3)]
    for one in added[:2]:
        await world.done(ROUTING, f"POST /v1/routing/models/{one}/activation", OPERATOR)
    world.places["model"] = {"id": str(added[2])}


async def _calendars(world: World) -> None:
    active = _active(await world.done(MONITOR, "GET /v1/calendars", OPERATOR))
    new = {"name": "Kedua", "decree": "SKB 1/2026"}
    second = (await world.done(MONITOR, "POST /v1/calendars", OPERATOR, json=new))["id"]
    await world.done(MONITOR, f"POST /v1/calendars/{second}/days", OPERATOR, json={"add": [a_day("2026-01-09")]})
    await world.done(MONITOR, f"POST /v1/calendars/{second}/activation", OPERATOR, json={"replaces": active})
    third = new | {"name": "Ketiga"}
    draft = (await world.done(MONITOR, "POST /v1/calendars", OPERATOR, json=third))["id"]
    world.places["calendar"] = {"id": str(draft), "active": str(second)}
    recomputation = (await world.done(MONITOR, "GET /v1/recomputations", OPERATOR))["items"][0]["id"]
    world.places["recomputation"] = {"id": str(recomputation)}
    default = await world.done(MONITOR, "GET /v1/policies/ID-SP4N-2018", OPERATOR)
    names = ("name", "legal_basis", "cuti_bersama_off", "new_round", "recipients", "stages", "ladders")
    document = {key: default["document"][key] for key in names if key in default["document"]}
    for code in ("UJI-2030", "UJI-2031"):
        await world.done(MONITOR, "POST /v1/policies", OPERATOR, json=document | {"code": code})
    in_force = {"effective_from": "2030-01-01"}
    await world.done(MONITOR, "POST /v1/policies/UJI-2030/activation", OPERATOR, json=in_force)
    world.places["policy"] = {"code": "UJI-2030"}
    world.policy = document
    asked = {"policy": "UJI-2030", "from": "2026-01-01", "to": "2026-01-31"}
    simulation = await world.done(MONITOR, "POST /v1/simulations", OPERATOR, json=asked)
    world.places["simulation"] = {"id": simulation["id"]}
    put = f"PUT /v1/agencies/{OWN}/limits/first_response"
    await world.done(MONITOR, put, OPERATOR, json={"days": 3})


def _active(listed: Json) -> int:
    return next(int(version["id"]) for version in listed["items"] if version["status"] == "active")


def a_day(date: str) -> Json:
    return {"date": date, "kind": "regional", "province": "64", "name": {"id": "Hari jadi", "en": "Anniversary"}}


def later(days: int) -> datetime:
    return NOON + timedelta(days=days)


async def _proven(world: World) -> None:
    """A picture that is ready: of a reporter, and of the agency of a secret report."""
    added_by = {"assigned": ("reporter", None), "secret": ("liaison_officer:pu-1", OWN)}
    async with world.apps[INTAKE].state.sessions.begin() as session:
        for name, (actor, agency) in added_by.items():
            report_id, evidence_id = UUID(world.places[name]["id"]), uuid4()
            file = StoredFile(
                digest=evidence_id.bytes * 2, size=9, location=evidence_id.hex, wrapped_key=b"k", key_id="k",
                stored_at=world.now,
            )  # fmt: skip
            session.add(file)
            await session.flush()
            kind = {"file_digest": file.digest, "media_type": "image/jpeg"}
            session.add(
                Evidence(
                    id=evidence_id, report_id=report_id, size=9, added_by=actor, agency_code=agency,
                    added_at=world.now, state=EvidenceState.READY, **kind,
                )
            )  # fmt: skip
            await session.flush()
            made = {"variant": Variant.CLEAN, "width": 400, "height": 300, "made_at": world.now}
            session.add(Rendition(evidence_id=evidence_id, **made, **kind))
            world.places[name]["evidence_id"] = str(evidence_id)
