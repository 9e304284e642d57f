"""What is sent to each operation, so that whoever may call it succeeds. One that is not named here is sent nothing.

The fields of its path come from the thing that the row of the table names after an @, or from what stands here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pyotp

from intake_api.channels.qr import tokens
from intake_api.notifications.tokens import token_of
from shared.clock import utc_now
from shared.keys.purposes import KeyPurpose
from tests.access import people
from tests.access.callers import ACCOUNT, COORDINATION, FOREIGN_AGENCY, OWN
from tests.access.world import INTAKE, MONITOR, ROUTING, TWO, WEBHOOK, WORDS, World, a_day, later, outlines
from tests.factories import RING
from tests.routing_service.access.browser import BACK, CHALLENGE, EMAIL, PASSWORD, SECRET
from tests.routing_service.access.systems import FORM, basic
from tests.routing_service.access.systems import SECRET as KEY

Json = dict[str, Any]
CSV = {"Content-Type": "text/csv"}


@dataclass(frozen=True, slots=True)
class Ask:
    json: Any = None
    of: str | None = None  #: what fills the path, where the row names nothing
    path: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    content: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)  #: of the service, while it is asked


#: Made for the world, and for what the row of the table names.
Asking = Callable[[World, str], Ask]

#: What fills a path that nothing else fills.
PATH = {
    "code": OWN, "reporter_reference": ACCOUNT, "stage": "first_response", "kind": "officers", "name": "masking.md",
    "path": "elsewhere", "level": "0", "number": "000.p/1", "gateway": "kannel",
}  # fmt: skip

#: What a report can be merged into.
SURVIVORS = {"assigned": "older", "secret": "late-secret"}

SUBMISSION = WORDS | {
    "classification": "complaint", "category": "roads.damage", "location": {"region_code": "64.72.01"},
}  # fmt: skip
OFFICER = {"name": "Budi", "email": "budi@samarinda.example"}
NEXT_MONTH = str(later(31).date())
PREVIEW = {key: SUBMISSION[key] for key in ("classification", "title", "body", "category", "location")}
LAMPS = {"conditions": {"category": ["roads"], "words": {"any": ["lampu"]}}, "result": {"agency": OWN}}

EVENT = {
    "specversion": "1.0", "id": "019a0000-0000-7000-8000-000000000001", "source": "urn:lapor:test",
    "type": "report.received", "subject": "none", "time": "2026-03-02T04:00:00Z",
    "data": {"report_id": "019a0000-0000-7000-8000-000000000000", "seq": 1},
}  # fmt: skip

NEWS = {"subject": "Laporan {{ number }}", "body": "Laporan {{ number }} selesai."}
TEMPLATE = {"name": "closed", "language": "id"}


def _token(report_id: str) -> str:
    return token_of(RING.current(KeyPurpose.UNSUBSCRIBING).text, UUID(report_id))


TUS = {"Tus-Resumable": "1.0.0"}
_APPENDING = {
    **TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH",
}  # fmt: skip


def _page(code: str) -> Ask:
    """What a browser sends from the page of a code."""
    token = tokens.new_token(RING.current(KeyPurpose.QR_CODES).text, code, utc_now())
    words = {"once": token, "body": "Lampunya mati."}
    parts = (f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{said}' for name, said in words.items())
    return Ask(content="\r\n".join((*parts, "--x--\r\n")), headers={"Content-Type": "multipart/form-data; boundary=x"})


_SUBMITTING: Mapping[str, Ask | Asking] = {
    "POST /v1/reports": Ask(SUBMISSION),
    "POST /v1/reports/similar": Ask(WORDS),
    "POST /v1/reports/{tracking_number}/replies": Ask({"body": "Di depan pasar."}),
    "POST /v1/reports/{tracking_number}/ratings": Ask({"score": 5, "resolved": True}),
    "PUT /v1/reports/{tracking_number}/evidence/{evidence_id}/taken": Ask({"time": False, "place": False}),
    "POST /v1/reports/{tracking_number}/consents": Ask({"purpose": "ombudsman", "granted": True}),
    "POST /internal/identity": lambda world, of: Ask({"report_id": world.places[of]["id"], "actor": "operator:uji"}),
    "POST /v1/reports/{tracking_number}/erasure": Ask({"cause": "request"}),
    "POST /v1/reports/{tracking_number}/supports": Ask({"reporter_reference": "account-2"}),
    #: Only the code in the form counts, whoever sends it.
    "POST /r/{tracking_number}": lambda world, of: Ask(
        content=f"code={world.places[of]['code']}", headers={"Content-Type": FORM}
    ),
    "POST /r/{tracking_number}/file": lambda world, of: Ask(
        content=f'--x\r\nContent-Disposition: form-data; name="code"\r\n\r\n{world.places[of]["code"]}\r\n--x\r\n'
        'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n%PDF-1.7\n%uji\r\n--x--\r\n',
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    ),
    "POST /q": lambda world, of: _page(""),
    **dict.fromkeys(("POST /q/{code}", "POST /Q/{code}"), lambda world, of: _page(world.places[of]["code"])),
    "POST /v1/qr-codes": Ask({"label": "Lampu jalan 2", "agency": OWN}),
    "POST /v1/qr-codes/imports": Ask(
        content="nama;instansi\nLampu jalan 3;SAMARINDA-PU\n",
        headers=CSV,
        query="dry_run=true",  # whose a line is, is a mistake of the file
    ),
    "POST /v1/limits/lifts": Ask({"limit": "submissions-client", "name": "mobile-app"}),
    "PUT /v1/reports/{tracking_number}/notifications": Ask({"channel": "none"}),
    "PUT /v1/news-templates/{name}/{language}": Ask(NEWS, path=TEMPLATE),
    "DELETE /v1/news-templates/{name}/{language}": Ask(path={"name": "closed", "language": "jv"}),
    "POST /v1/news-templates/{name}/{language}/preview": Ask({}, path=TEMPLATE),
    "GET /unsubscribe/{token}": lambda world, of: Ask(path={"token": _token(world.places[of]["id"])}),
    "POST /unsubscribe/{token}": lambda world, of: Ask(path={"token": _token(world.places[of]["id"])}),
    **dict.fromkeys(
        ("POST /v1/uploads", "POST /v1/uploads/", "POST /v1/reports/{tracking_number}/uploads"),
        Ask(headers={**TUS, "Upload-Length": "10"}),
    ),
    "GET /v1/uploads/{upload_id}": Ask(of="begun"),
    "PATCH /v1/uploads/{upload_id}": Ask(of="begun", content="\x89PNG", headers=_APPENDING),
    "POST /v1/uploads/{upload_id}": Ask(of="begun", content="\x89PNG", headers=_APPENDING),
    "DELETE /v1/uploads/{upload_id}": Ask(of="begun", headers=TUS),
    "POST /v1/reports/{tracking_number}/evidence": lambda world, of: Ask(
        {"uploads": [world.places["arrived"]["upload_id"]]}
    ),
    "GET /board/evidence/{tracking_number}/{evidence_id}/{variant}": Ask(path={"variant": "original"}),
    "GET /v1/evidence/{evidence_id}/{variant}": lambda world, of: Ask(
        of="fetched", path={"variant": "original"}, query=world.places["fetched"]["query"]
    ),
}


def _token_of(world: World, _of: str) -> Ask:
    return Ask(path={"token": UUID(world.places["received"]["id"]).hex})


def _request(world: World, of: str) -> Ask:
    return Ask(path={"service_request_id": world.places[of]["tracking_number"]})


OPEN311 = {
    "api_key": KEY,
    "service_code": "roads.damage",
    "description": "Jalan berlubang",
    "lat": "-0.5",
    "long": "117.1",
}


def _update(world: World, of: str) -> Ask:
    """Of a report that another client brought."""
    form = {"api_key": KEY, "service_request_id": world.places[of]["tracking_number"], "description": "Masih rusak."}
    return Ask(content=urlencode(form), headers={"Content-Type": FORM})


_BY_OPEN311: Mapping[str, Ask | Asking] = {
    f"{method} /open311/v2/{path}.{end}": asked
    for end in ("json", "xml")
    for method, path, asked in (
        ("POST", "requests", Ask(content=urlencode(OPEN311), headers={"Content-Type": FORM})),
        ("POST", "servicerequestupdates", _update),
        ("GET", "services/{service_code}", Ask(path={"service_code": "roads.damage"})),
        ("GET", "tokens/{token}", _token_of),
        ("GET", "requests/{service_request_id}", _request),
    )
}
_WORKING: Mapping[str, Ask | Asking] = {
    "POST /v1/reports/{id}/identity": Ask({"reason": "Permintaan pengadilan nomor 12."}),
    "POST /v1/reports/{id}/identity-requests": Ask({"reason": "Permintaan pengadilan nomor 12."}, settings=TWO),
    "GET /v1/identity-requests": Ask(settings=TWO),
    "POST /v1/reports/{id}/identity-requests/{request}/approval": Ask(settings=TWO),
    "POST /v1/reports/{id}/correction": Ask({"supervisory": True}),
    "POST /v1/reports/{id}/forwarding": Ask({"agency": "BALIKPAPAN"}),
    "POST /v1/reports/{id}/disposition": Ask({"agency": OWN}),
    "POST /v1/reports/{id}/redirection": Ask({"agency": FOREIGN_AGENCY}),
    "POST /v1/reports/{id}/answer": Ask({"body": "Kantor buka pukul delapan."}),
    "POST /v1/reports/{id}/archive": Ask({"reason": "too_general"}),
    "POST /v1/reports/{id}/merge": lambda world, of: Ask({"into": world.places[SURVIVORS[of]]["tracking_number"]}),
    "POST /v1/reports/{id}/returns": Ask({"reason": "not_our_authority"}),
    "POST /v1/reports/{id}/hold": Ask({"question": "Di jalan yang mana?"}),
    "POST /v1/reports/{id}/responses": Ask({"body": "Tim kami datang besok.", "final": False}),
    "POST /v1/reports/{id}/corrections": lambda world, of: Ask(
        {"message": world.places[of]["message_id"], "body": "Ralat: ditambal hari ini."}
    ),
    "POST /v1/reports/{id}/notes": Ask({"body": "Sudah ditelepon."}),
    "PUT /v1/reports/{id}/evidence/{evidence_id}/review": Ask(
        {"covered": [{"left": 1, "top": 1, "width": 9, "height": 9}]}
    ),
    "PUT /v1/reports/{id}/public-text": Ask({"words": ["pasar"]}),
    "PUT /v1/reports/{id}/messages/{message_id}/public-text": Ask({"words": ["kemarin"]}),
    "POST /v1/routing/preview": Ask(PREVIEW),
    "POST /v1/webhooks": Ask(WEBHOOK),
    "PATCH /v1/webhooks/{id}": Ask({"name": "Tiket DPUPR"}),
    "POST /v1/webhooks/{id}/secrets": Ask({"overlap_hours": 1}),
    "POST /v1/webhooks/{id}/replays": Ask({"since": "2026-03-01T00:00:00Z"}),
}
_KEEPING: Mapping[str, Ask | Asking] = {
    "POST /v1/agencies": Ask(
        {"code": "SAMARINDA-UJI", "name": "Dinas Uji", "kind": "dinas", "parent": COORDINATION, "region": "64.72"}
    ),
    "PATCH /v1/agencies/{code}": Ask({"name": "Dinas PU"}),
    "POST /v1/agencies/{code}/names": Ask({"name": "Dinas Tetap", "valid_from": NEXT_MONTH}),
    "POST /v1/agencies/{code}/merger": Ask({"successor": OWN, "valid_from": NEXT_MONTH}, path={"code": FOREIGN_AGENCY}),
    "POST /v1/categories": Ask({"code": "marks", "parent": "roads", "label": {"id": "Marka", "en": "Markings"}}),
    "GET /v1/categories/{code}": Ask(path={"code": "roads"}),
    "PATCH /v1/categories/{code}": Ask({"valid_until": NEXT_MONTH}, path={"code": "health"}),
    "POST /v1/registry/imports/{kind}": Ask(
        content="agency,role,name,email\nSAMARINDA-PU,liaison_officer,Budi,budi@samarinda.example\n",
        headers=CSV,
        query="dry_run=true",  # whose a line is, is a mistake of the file
    ),
    "POST /v1/agencies/{code}/officers": Ask(OFFICER | {"role": "liaison_officer"}),
    "POST /v1/officers": Ask(OFFICER),
    "POST /v1/clients": Ask({"name": "Kanal baru", "agency": COORDINATION, "scopes": ["reports:submit"]}),
    "PATCH /v1/clients/{id}": Ask({"name": "Kanal lain"}),
    "POST /v1/clients/{id}/secrets": Ask({}),
    "POST /v1/clients/{id}/keys": Ask(
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}
    ),
    "POST /v1/accounts": Ask({"name": "Eka", "email": "eka@pusat.example", "role": "operator"}),
    "PATCH /v1/accounts/{id}": Ask({"scopes": []}),
    "PUT /v1/officers/me/news": Ask({"news": "digest"}),
    "GET /v1/officers/{id}": Ask(of="officer"),
    "PATCH /v1/officers/{id}": Ask({"language": "en"}, of="officer"),
    "POST /v1/boundaries/imports": Ask({"name": "Uji", "geojson": outlines(), "activate": False}),
    "GET /v1/boundaries/at": Ask(query="latitude=-0.55&longitude=117.25"),
    "GET /v1/boundaries/{id}": Ask(of="boundaries"),
    "POST /v1/boundaries/{id}/activation": Ask(of="boundaries"),
    "POST /v1/boundaries/{id}/deactivation": Ask(of="active-boundaries"),
}
_RULING: Mapping[str, Ask | Asking] = {
    "POST /v1/rule-sets": Ask({"name": "Uji"}),
    "GET /v1/rule-sets/{id}": Ask(of="rule-set"),
    "PUT /v1/rule-sets/{id}/rules": Ask({"rules": [LAMPS]}, of="rule-set"),
    "POST /v1/rule-sets/{id}/lint": Ask(of="rule-set"),
    "POST /v1/rule-sets/{id}/replay": Ask({"last": 5}, of="rule-set"),
    "POST /v1/rule-sets/{id}/activation": lambda world, of: Ask(
        {"replaces": int(world.places[of or "rule-set"]["active"])}, of="rule-set"
    ),
    "DELETE /v1/rule-sets/{id}": Ask(of="rule-set"),
    **{
        f"{asked}": Ask(of="rule-set")
        for asked in (
            "GET /board/rules/{id}",
            "GET /board/rules/{id}/file",
            "POST /board/rules/{id}",
            "POST /board/rules/{id}/trial",
        )
    },
    "POST /v1/rule-sets/{id}/rollback": Ask(of="active-rule-set"),
    "POST /v1/routing/models/{id}/activation": Ask(of="model"),
    "POST /internal/events": Ask([EVENT]),
    #: Only the code in the form counts, whoever sends it.
    "POST /r/{tracking_number}": lambda world, of: Ask(
        content=f"code={world.places[of]['code']}", headers={"Content-Type": FORM}
    ),
    "POST /v1/limits/lifts": Ask({"limit": "log-ins-account", "name": "somebody"}),
    "POST /v1/claim-mappings": lambda world, _of: Ask(
        {"issuer": "https://sso.example", "claim": "sub", "value": "u-2", "account": world.places["mapping"]["account"]}
    ),
    "GET /v1/claim-mappings/{id}": Ask(of="mapping"),
    "DELETE /v1/claim-mappings/{id}": Ask(of="mapping"),
}


def _filled(world: World, of: str, **fields: str) -> Ask:
    content, headers = people.filled(world.places[of], **fields)
    return Ask(of=of, content=content, headers=headers)


def _code(world: World) -> str:
    return pyotp.TOTP(SECRET).at(world.now)


_CHOSEN = {"password": "lima kata yang lebih panjang", "again": "lima kata yang lebih panjang"}
_PROVEN = {**basic(), "Content-Type": FORM}
_ENTERING: Mapping[str, Ask | Asking] = {
    "POST /oauth/token": Ask(content="grant_type=client_credentials", headers=_PROVEN),
    "POST /oauth/revoke": Ask(content="token=unknown", headers=_PROVEN),
    "POST /oauth/introspect": lambda _world, of: Ask(
        content="token=unknown", headers=_PROVEN if of == "proven-client" else {"Content-Type": FORM}
    ),
    "GET /oauth/authorize": Ask(
        query=urlencode(
            {"response_type": "code", "client_id": "app", "redirect_uri": BACK, "code_challenge": CHALLENGE,
             "code_challenge_method": "S256"}
        )
    ),
    "POST /oauth/login": lambda world, _of: _filled(world, "nothing", email=EMAIL, password=PASSWORD),
    "GET /oauth/login/second": lambda world, _of: Ask(headers=people.seen(world.places["half-way"])),
    "POST /oauth/login/second": lambda world, _of: _filled(world, "half-way", code=_code(world)),
    "GET /oauth/invitations/{token}": Ask(of="invitation"),
    "POST /oauth/invitations/{token}": lambda world, _of: _filled(world, "invitation", **_CHOSEN),
    "GET /oauth/proofs": lambda world, _of: Ask(headers=people.seen(world.places["inside"])),
    "POST /oauth/proofs": lambda world, _of: _filled(
        world, "inside", code=_code(world), secret=world.places["inside"]["secret"]
    ),
    "POST /oauth/logout": lambda world, _of: _filled(world, "inside"),
}  # fmt: skip
_WATCHING: Mapping[str, Ask | Asking] = {
    "GET /board/figures": Ask(query="indicator=received"),
    "GET /board/moves": Ask(query="type=report.assigned"),
    "GET /v1/statistics": Ask(query="indicator=received"),
    "GET /board/exports/{export}": Ask(path={"export": "evaluation"}, query="format=csv"),
    "GET /v1/statistics/exports/{export}": Ask(path={"export": "evaluation"}, query="format=csv"),
    "GET /v1/statistics/cases": Ask(query="indicator=received"),
    "GET /v1/escalations/{id}": lambda world, _of: Ask(path={"id": world.places["late"]["escalation"]}),
    "POST /v1/escalations/{id}/acknowledgement": lambda world, _of: Ask(
        {"note": "Sudah dihubungi."}, path={"id": world.places["late"]["escalation"]}
    ),
    "POST /v1/reprimands": Ask({"agency": COORDINATION, "first_day": "2025-12-01", "last_day": "2026-02-27"}),
    "GET /v1/reprimands/preview": Ask(query=f"agency={COORDINATION}"),
    "POST /v1/calendars": Ask({"name": "Uji", "decree": "SKB 1/2026"}),
    "GET /v1/calendars/{id}": Ask(of="calendar"),
    **{
        asked: Ask(of="calendar")
        for asked in ("GET /board/calendars/{id}", "POST /board/calendars/{id}", "POST /board/calendars/{id}/preview")
    },
    "POST /v1/calendars/{id}/days": Ask({"add": [a_day("2026-01-12")]}, of="calendar"),
    "POST /v1/calendars/{id}/days/csv": Ask(
        content="action,date,kind,province,name_id,name_en\nadd,2026-01-12,regional,64,Uji,Test\n",
        headers=CSV,
        of="calendar",
    ),
    "POST /v1/calendars/{id}/preview": Ask(of="calendar"),
    "POST /v1/calendars/{id}/activation": lambda world, _of: Ask(
        {"replaces": int(world.places["calendar"]["active"])}, of="calendar"
    ),
    "POST /v1/policies": lambda world, _of: Ask(world.policy | {"code": "UJI-2032"}),
    "GET /performance/{agency}": Ask(path={"agency": OWN}),
    "GET /v1/policies/{code}": Ask(of="policy"),
    "POST /v1/policies/{code}/activation": Ask({"effective_from": "2031-01-01"}, path={"code": "UJI-2031"}),
    "POST /v1/policies/{code}/migration/preview": Ask({"filter": {"policy": "ID-SP4N-2018"}}, of="policy"),
    "POST /v1/policies/{code}/migration": Ask({"filter": {"policy": "ID-SP4N-2018"}}, of="policy"),
    "PUT /v1/agencies/{code}/limits/{stage}": Ask({"days": 2}),
    "GET /v1/recomputations/{id}": Ask(of="recomputation"),
    "POST /v1/simulations": Ask({"policy": "UJI-2030", "from": "2026-01-01", "to": "2026-01-31"}),
    "GET /v1/simulations/{id}": Ask(of="simulation"),
    "GET /board/simulations/{id}": Ask(of="simulation"),
    "POST /internal/events": Ask([EVENT]),
}
ASKS: Mapping[str, Mapping[str, Ask | Asking]] = {
    INTAKE: {**_SUBMITTING, **_BY_OPEN311},
    ROUTING: {**_WORKING, **_KEEPING, **_RULING, **_ENTERING},
    MONITOR: _WATCHING,
}


def ask_for(world: World, service: str, operation: str, of: str) -> Ask:
    found = ASKS[service].get(operation, Ask())
    return found(world, of) if callable(found) else found
