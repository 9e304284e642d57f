"""Uploads and evidence in the world: one under way, one that has arrived, one that can be fetched."""

from uuid import UUID

import httpx
from obstore.store import MemoryStore
from sqlalchemy import update

from intake_api.evidence.addresses import Address, Audience
from intake_api.evidence.store import Store
from shared.domain.evidence import EvidenceState, Variant
from shared.schema import Evidence, Report
from tests.access.callers import ACCOUNT, Headers
from tests.access.world import APP, INTAKE, World

TUS = {"Tus-Resumable": "1.0.0"}
PHOTO = "\xff\xd8\xff\xe0 a photo of a hole in the road".encode("latin-1")
BYTES = {"Content-Type": "application/offset+octet-stream", "Upload-Length": str(len(PHOTO))}
OWNED = {**APP, "X-Reporter-Reference": ACCOUNT}


async def prepare(world: World) -> None:
    app = world.apps[INTAKE]
    app.state.files.store = Store(MemoryStore)
    world.places["begun"] = {"upload_id": await _upload(world, OWNED, b"")}
    world.places["arrived"] = {"upload_id": await _upload(world, {}, PHOTO)}
    report = world.places["assigned"]
    body = {"uploads": [await _upload(world, {}, PHOTO + b".")]}
    path = f"POST /v1/reports/{report['tracking_number']}/evidence"
    added = await world.done(INTAKE, path, {"X-Access-Code": report["code"]}, json=body)
    evidence_id = UUID(added["items"][0]["id"])
    async with app.state.sessions.begin() as session:
        values = {"state": EvidenceState.READY}
        await session.execute(update(Evidence).where(Evidence.id == evidence_id).values(values))
        stored = await session.get(Report, UUID(report["id"]))
        assert stored is not None
        until = int(app.state.addresses.until(world.now).timestamp())
        address = Address(evidence_id, Variant.ORIGINAL, Audience.OWN, until)
        href = app.state.addresses.make(address, stored, root_path="")
    query = href.partition("?")[2]
    number = report["tracking_number"]
    world.places["fetched"] = {"evidence_id": str(evidence_id), "query": query, "tracking_number": number}


async def _upload(world: World, headers: Headers, content: bytes) -> str:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.apps[INTAKE]), base_url="http://intake") as http:
        length = {"Upload-Length": str(len(content or PHOTO))}
        answer = await http.post("/v1/uploads", headers={**TUS, **BYTES, **length, **headers}, content=content)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"].rpartition("/")[2]
