"""A client that behaves as FixMyStreet's does: XML alone, sends again what was not answered, polls tokens, fetches and
sends updates. Written from its behaviour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element

import defusedxml.ElementTree as ET
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.log.events import EventType
from shared.schema import Report
from tests.factories import NOON
from tests.intake_api.channels.open311.forms import as_submitted
from tests.intake_api.channels.open311.test_updates import links_of
from tests.intake_api.helpers import Clock, Submitted, assigned, moved, stored


@dataclass
class FixMyStreet:
    http: httpx.AsyncClient
    api_key: str
    jurisdiction: str
    drops: int = 0  #: so many answers get lost on the way
    known: set[str] = field(default_factory=set)  #: ids of updates that it has

    async def contacts(self) -> dict[str, list[str]]:
        """By code of the service: what it fills in by itself. As `populate-service-list` reads them."""
        listed = await self._get("services.xml")
        found: dict[str, list[str]] = {}
        for service in listed.findall("service"):
            code = service.findtext("service_code") or ""
            found[code] = []
            if service.findtext("metadata") == "true" and len(found) < 4:
                definition = await self._get(f"services/{code}.xml")
                for attribute in definition.iter("attribute"):
                    if attribute.findtext("automated") == "server_set":
                        found[code].append(attribute.findtext("code") or "")
        return found

    async def send_report(self, number: int, service_code: str, **more: Any) -> str:
        """Its external id. Sent again until an answer is read."""
        form = {
            "service_code": service_code, "lat": "-0.5", "long": "117.15", "email": "ani@warga.example",
            "first_name": "Ani", "last_name": "Lestari", "attribute[fixmystreet_id]": str(number),
            "description": f"title: Lampu mati\n\ndetail: Gelap.\n\nurl: https://fms.example/report/{number}\n\n"
            "Submitted via FixMyStreet", **more,
        }  # fmt: skip
        told = (await self._post("requests.xml", form)).find("request")
        assert told is not None
        if number_there := told.findtext("service_request_id"):
            return number_there
        token = told.findtext("token")
        answer = (await self._get(f"tokens/{token}.xml")).find("request")
        assert answer is not None
        return answer.findtext("service_request_id") or ""

    async def send_update(self, external_id: str, number: int, text: str) -> str:
        form = {
            "update_id": str(number), "updated_datetime": "2026-03-02T12:00:00+08:00", "service_request_id_ext": "77",
            "service_request_id": external_id, "status": "OPEN", "email": "ani@warga.example", "description": text,
            "first_name": "Ani", "last_name": "Lestari", "title": "",
        }  # fmt: skip
        told = (await self._post("servicerequestupdates.xml", form)).find("request_update")
        assert told is not None
        return told.findtext("update_id") or ""

    async def fetch_updates(self, now: Any) -> list[tuple[str, str, str]]:
        """Of the last two hours, those that it has not got yet."""
        begin, end = f"{now - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}", f"{now:%Y-%m-%dT%H:%M:%SZ}"
        found = []
        listed = await self._get("servicerequestupdates.xml", start_date=begin, end_date=end)
        for one in listed.findall("request_update"):
            told = {part.tag: part.text or "" for part in one}
            if told["update_id"] in self.known or not begin <= told["updated_datetime"] <= end:
                continue
            self.known.add(told["update_id"])
            found.append((told["service_request_id"], told["status"], told["description"]))
        return found

    async def _get(self, path: str, **query: str) -> Element:
        answer = await self.http.get(f"/open311/v2/{path}", params={"jurisdiction_id": self.jurisdiction, **query})
        assert answer.headers["content-type"] == "text/xml; charset=utf-8", answer.text
        assert answer.is_success, answer.text
        return ET.fromstring(answer.content)

    async def _post(self, path: str, form: Mapping[str, Any]) -> Element:
        sent = {"jurisdiction_id": self.jurisdiction, "api_key": self.api_key, **form}
        while True:
            answer = await self.http.post(f"/open311/v2/{path}", data=sent)
            if self.drops:
                self.drops -= 1
                continue
            assert answer.is_success, answer.text
            return ET.fromstring(answer.content)


@pytest.mark.parametrize("tokens", [False, True])
async def test_a_fixmystreet_installation_uses_us_as_its_back_end(
    client: httpx.AsyncClient, api_key: str, committed: Sessions, app: FastAPI, now: Clock,
    tokens: bool,
) -> None:  # fmt: skip
    settings = app.state.settings
    app.state.settings = settings.model_copy(update={"open311_tokens": tokens})
    try:
        await sends_fetches_and_updates(client, api_key, committed, now)
    finally:
        app.state.settings = settings


async def sends_fetches_and_updates(client: httpx.AsyncClient, api_key: str, committed: Sessions, now: Clock) -> None:
    fms = FixMyStreet(client, api_key, "SAMARINDA", drops=2)
    contacts = await fms.contacts()
    assert contacts["roads.damage"] == ["external_id", "fixmystreet_id"]
    number = uuid4().int % 10**9

    external_id = await fms.send_report(number, "roads.damage", media_url="https://fms.example/photo/1.jpeg")
    again = await fms.send_report(number, "roads.damage")

    assert len(external_id) == 10
    assert again == external_id
    found = await client.get(f"/v1/reports/{external_id}")
    assert found.json()["status_group"] == "belum"
    report = await a_report(committed, external_id)
    assert (await stored(committed, report)).title == "Lampu mati"
    assert [one.url for one in await links_of(committed, report.id)] == ["https://fms.example/photo/1.jpeg"]
    fms.drops = 1
    said = await fms.send_update(external_id, number, "Masih gelap.")
    assert said == await fms.send_update(external_id, number, "Masih gelap.")

    await assigned(committed, report)
    await moved(committed, report, EventType.REPORT_ANSWERED, Status.ANSWERED, said="Lampu sudah diganti.")
    await moved(committed, report, EventType.REPORT_CLOSED, Status.CLOSED)
    now.now = NOON + timedelta(minutes=10)
    updates = [one[1:] for one in await fms.fetch_updates(now.now) if one[0] == external_id]

    assert updates == [
        ("open", "Diteruskan ke instansi yang berwenang."), ("open", "Lampu sudah diganti."),
        ("closed", "Laporan selesai."),
    ]  # fmt: skip
    assert [one for one in await fms.fetch_updates(now.now) if one[0] == external_id] == []


async def a_report(sessions: Sessions, number: str) -> Submitted:
    async with sessions() as session:
        return as_submitted((await session.scalars(select(Report).where(Report.tracking_number == number))).one())
