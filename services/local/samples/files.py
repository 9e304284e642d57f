"""A small photo on a report, so that what is done with files can be tried: by its reporter, and by an officer."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from intake_api.evidence.addresses import Address, Addresses, Audience
from services.local.examples import TOKEN_DAYS
from services.local.samples.calls import INTAKE, PATIENCE_SECONDS, PAUSE_SECONDS, ROUTING, NoSample
from services.local.samples.reports import APP, OFFICER, Lives, Living, Sample
from shared.actors import INTAKE as HOLDER
from shared.clients import Role
from shared.domain.evidence import Variant
from shared.schema import Report

_DATE_TIME, _IFD = 0x0132, 0x8769
_TAKEN_AT = 0x9003


async def make_files(lives: Lives) -> dict[str, Sample]:
    shown, listed = await asyncio.gather(lives.assigned(), lives.assigned())
    own, officers = await asyncio.gather(_ready(shown, APP), _ready(listed, OFFICER))
    named = {"tracking_number": shown.number, "X-Reporter-Reference": shown.account, "evidence_id": own}
    return {
        "intake_get_taken": {"parameters": named},
        "intake_choose_what_is_told": {"parameters": named},
        "intake_list_evidence": shown.own(),
        "intake_fetch_evidence": {"parameters": _signed(lives, own)},
        "routing_list_report_evidence": listed.officers(),
        "routing_review_report_evidence": listed.officers(evidence_id=officers),
    }


async def _ready(report: Living, role: Role) -> str:
    """The id of the evidence once it was looked through."""
    call = report.call
    headers = {"Authorization": f"Bearer {call.tokens[role]}"}
    if role is APP:
        headers["X-Access-Code"] = report.code or ""
    url = f"{call.stack.url(INTAKE)}/v1/reports/{report.number}/uploads"
    content = {"file": ("foto.jpg", await asyncio.to_thread(a_photo), "image/jpeg")}
    answer = await call.http.post(url, headers=headers, files=content)
    if not answer.is_success:
        raise NoSample(f"POST {url}: {answer.status_code} {answer.text}")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            path = f"/v1/reports/{report.number}/evidence"
            (one,) = (await call(ROUTING, "GET", path, role=OFFICER))["items"]
            if one["state"] != "waiting":
                return str(one["id"])
            await asyncio.sleep(PAUSE_SECONDS)


def a_photo() -> bytes:
    """Of nothing, that says when it was taken."""
    from PIL import Image  # here, since nothing else that is loaded with the command needs it

    picture = Image.linear_gradient("L").convert("RGB").resize((320, 240))
    exif = Image.Exif()
    taken = (datetime.now(UTC) - timedelta(hours=2)).strftime("%Y:%m:%d %H:%M:%S")
    exif[_DATE_TIME] = taken
    exif.get_ifd(_IFD)[_TAKEN_AT] = taken
    written = io.BytesIO()
    picture.save(written, "JPEG", exif=exif)
    return written.getvalue()


def _signed(lives: Lives, evidence_id: str) -> dict[str, Any]:
    """Good for as long as the tokens, on this machine; the addresses that people get are for minutes."""
    addresses = Addresses(lives.call.stack.keys.held_by(HOLDER), seconds=0)
    expires = int((datetime.now(UTC) + timedelta(days=TOKEN_DAYS)).timestamp())
    address = Address(UUID(evidence_id), Variant.SMALL, Audience.OWN, expires)
    query = dict(parse_qsl(urlsplit(addresses.make(address, Report(), root_path="")).query))
    return {"evidence_id": evidence_id, "variant": Variant.SMALL.value, **query}
