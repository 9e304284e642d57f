"""Codes as those manage them who look after the registry."""

import io
import re
import zlib
from typing import Any
from uuid import uuid4

import httpx
import pytest
import segno
from PIL import Image
from sqlalchemy import select

from intake_api.channels.qr.printed import pictures
from intake_api.channels.qr.printed.pictures import Card
from shared.clients import Role
from shared.database import Sessions
from shared.schema import QrCode, RegistryEvent
from tests.factories import bearer
from tests.intake_api.channels.qr.helpers import ENGLISH, a_code
from tests.intake_api.helpers import code_of

OPERATOR = bearer(Role.OPERATOR, sub="operator-1")
COORDINATOR = bearer(Role.COORDINATOR, sub="coordinator-1", agency="SAMARINDA")
CSV = {"Content-Type": "text/csv"}


def a_body(**changes: Any) -> dict[str, Any]:
    body = {
        "label": "Lampu jalan 0123", "agency": "SAMARINDA-PU", "reference": f"PJU-{uuid4().hex[:8]}",
        "location": {"text": "Jl. Pahlawan", "region_code": "64.72.01"}, "category": "roads.damage",
    }  # fmt: skip
    return {name: value for name, value in (body | changes).items() if value is not None}


async def created(http: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await http.post("/v1/qr-codes", json=a_body(**changes), headers=COORDINATOR)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def logged(sessions: Sessions, code: str) -> list[tuple[str, Any, Any]]:
    """Who did it, and what of the revocation was before and after."""
    async with sessions() as session:
        found = select(RegistryEvent).where(RegistryEvent.subject == "qr_codes", RegistryEvent.key == code)
        rows = (await session.scalars(found.order_by(RegistryEvent.seq))).all()
    return [
        (row.actor, *(part and part["revoked_by"] for part in (row.data["before"], row.data["after"]))) for row in rows
    ]


async def test_a_code_is_made_read_printed_and_revoked_and_the_log_of_the_registry_says_by_whom(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    made = await created(http)

    scanned = await http.get(f"/v1/qr-codes/{made['code']}")
    page = await http.get(f"/q/{made['code']}")
    revoked = await http.post(f"/v1/qr-codes/{made['code']}/revocation", headers=COORDINATOR)
    again = await http.post(f"/v1/qr-codes/{made['code']}/revocation", headers=OPERATOR)
    gone = await http.get(f"/v1/qr-codes/{made['code']}")

    assert made["address"] == f"HTTP://127.0.0.1:8001/Q/{made['code']}"
    assert (scanned.json()["agency"], scanned.json()["place"]) == ("SAMARINDA-PU", "Jl. Pahlawan")
    assert page.status_code == 200
    assert revoked.json()["revoked_by"] == again.json()["revoked_by"] == "coordinator:coordinator-1"
    assert code_of(gone) == (410, "qr_code_revoked")
    assert await logged(committed, made["code"]) == [
        ("coordinator:coordinator-1", None, None),
        ("coordinator:coordinator-1", None, "coordinator:coordinator-1"),
    ]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"agency": "BALIKPAPAN"}, 403, "outside_of_instansi"),
        ({"category": "nothing.such"}, 422, "unknown_category"),
        ({"location": {"region_code": "99.99"}}, 422, "unknown_region"),
        ({"location": {"latitude": -0.5}}, 422, "invalid"),
        ({"label": " "}, 422, "invalid"),
    ],
)
async def test_a_code_that_says_what_there_is_not_is_refused(
    http: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await http.post("/v1/qr-codes", json=a_body(**changes), headers=COORDINATOR)

    assert answer.status_code == status
    assert code in answer.json()["code"] or status == 422


async def test_what_has_a_code_in_use_gets_no_second_one_until_that_is_revoked(http: httpx.AsyncClient) -> None:
    made = await created(http)

    second = await http.post("/v1/qr-codes", json=a_body(reference=made["reference"]), headers=COORDINATOR)
    await http.post(f"/v1/qr-codes/{made['code']}/revocation", headers=COORDINATOR)
    third = await created(http, reference=made["reference"])

    assert code_of(second) == (409, "qr_reference_in_use")
    assert third["code"] != made["code"]


async def test_an_instansi_sees_prints_and_revokes_its_own_and_nobody_elses(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    own, other = await created(http), await a_code(committed, agency_code="BALIKPAPAN")

    mine = await http.get("/v1/qr-codes?limit=200", headers=COORDINATOR)
    asked = [
        await http.get("/v1/qr-codes?agency=BALIKPAPAN", headers=COORDINATOR),
        await http.get(f"/v1/qr-codes/{other}/picture", headers=COORDINATOR),
        await http.post(f"/v1/qr-codes/{other}/revocation", headers=COORDINATOR),
    ]
    officer = await http.get("/v1/qr-codes", headers=bearer(Role.LIAISON_OFFICER, agency="SAMARINDA-PU"))

    codes = [one["code"] for one in mine.json()["items"]]
    assert own["code"] in codes
    assert other not in codes
    assert [answer.status_code for answer in (*asked, officer)] == [403] * 4


async def test_the_list_is_read_page_by_page(http: httpx.AsyncClient) -> None:
    made = [(await created(http, agency="SAMARINDA"))["code"] for _ in range(3)]

    found: list[str] = []
    cursor = ""
    while True:
        page = (await http.get(f"/v1/qr-codes?limit=2{cursor}", headers=OPERATOR)).json()
        found += [one["code"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert set(made) <= set(found)
    assert len(found) == len(set(found))


async def imported(http: httpx.AsyncClient, text: str | bytes, query: str = "") -> httpx.Response:
    content = text if isinstance(text, bytes) else text.encode()
    return await http.post(f"/v1/qr-codes/imports{query}", content=content, headers=COORDINATOR | CSV | ENGLISH)


async def test_a_list_in_any_shape_becomes_codes_and_sent_again_makes_none(http: httpx.AsyncClient) -> None:
    mark = uuid4().hex[:6]
    text = (
        "\ufeffDaftar lampu;;;;;\nNama;Instansi;Nomor aset;Lintang;Bujur;Kategori\n"
        f"Lampu {mark} satu;SAMARINDA-PU;{mark}-1;-0,49;117,14;roads.damage\n"
        f"Lampu {mark} dua;SAMARINDA-PU;{mark}-2;;;\n"
    )

    tried = await imported(http, text, "?dry_run=true")
    first, again = await imported(http, text), await imported(http, text.replace(";", ","))

    assert (tried.json()["created"], tried.json()["applied"], tried.json()["codes"]) == (2, False, [])
    assert first.status_code == 200, first.text
    assert [(one["label"], one["latitude"]) for one in first.json()["codes"]] == [
        (f"Lampu {mark} satu", -0.49), (f"Lampu {mark} dua", None),
    ]  # fmt: skip
    assert again.status_code in (200, 422)  # a comma is no separator where numbers have one
    assert (await imported(http, text)).json()["known"] == 2


async def test_a_list_with_mistakes_makes_nothing_and_names_each_of_them(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    mark = uuid4().hex[:6]
    text = (
        "nama;instansi;nomor;lintang;wilayah;kategori\n"
        f"Lampu;SAMARINDA-PU;{mark};;;\nLampu;BALIKPAPAN;;;;\nLampu;SAMARINDA-PU;{mark};;99.99;nothing.such\n"
        ";SAMARINDA-PU;;;;\nLampu;SAMARINDA-PU;;-0,49;;\n"
    )

    answer = await imported(http, text)
    tried = await imported(http, text, "?dry_run=true")

    assert code_of(answer) == (422, "import_refused")
    said = {(one["pointer"], one["code"]) for one in answer.json()["errors"]}
    assert said == {
        ("/3/agency", "not_your_agency"), ("/4/reference", "double_line"), ("/4/region", "no_such_region"),
        ("/4/category", "no_such_category"), ("/5/label", "missing_value"), ("/6/longitude", "half_a_point"),
    }  # fmt: skip
    assert len(tried.json()["mistakes"]) == 6
    async with committed() as session:
        assert (await session.scalars(select(QrCode).where(QrCode.reference == mark))).all() == []


def modules_of(png: bytes, size: int) -> list[list[bool]]:
    """What a reader sees: whether the middle of each module is dark."""
    picture = Image.open(io.BytesIO(png)).convert("L")
    step = picture.width / size
    return [
        [picture.getpixel((int((column + 0.5) * step), int((row + 0.5) * step))) < 128 for column in range(size)]  # type: ignore[operator]
        for row in range(size)
    ]


async def test_the_pictures_hold_the_address_in_capitals(http: httpx.AsyncClient) -> None:
    made = await created(http)
    path = f"/v1/qr-codes/{made['code']}/picture"

    png = await http.get(path, headers=COORDINATOR)
    svg = await http.get(f"{path}?format=svg", headers=COORDINATOR)

    expected = segno.make_qr(made["address"], error="m")
    assert expected.mode == "alphanumeric"
    matrix = [[bool(module) for module in row] for row in expected.matrix_iter(scale=1, border=4)]
    assert modules_of(png.content, len(matrix)) == matrix
    assert (png.headers["content-type"], svg.headers["content-type"]) == ("image/png", "image/svg+xml")
    assert b"<svg" in svg.content


@pytest.mark.parametrize(
    ("own_url", "address"),
    [
        ("https://lapor.go.id", "HTTPS://LAPOR.GO.ID/Q/CODE"),
        ("https://lapor.go.id/intake", "https://lapor.go.id/intake/q/CODE"),
    ],
)
def test_an_address_keeps_the_letters_that_count(own_url: str, address: str) -> None:
    assert pictures.address(own_url, "CODE") == address


async def test_a_sheet_has_eight_codes_on_a_page_and_none_that_was_revoked(http: httpx.AsyncClient) -> None:
    made = await created(http)
    await http.post(f"/v1/qr-codes/{(await created(http))['code']}/revocation", headers=COORDINATOR)
    query = f"/v1/qr-codes/sheet?reference={made['reference']}"

    sheet = await http.get(query, headers=COORDINATOR)
    cards = [Card("A" * 24, "HTTPS://X/Q/A", "= [Lampu] #1 $x$ *" * 9, "Jl. _A_ " * 60, "Dinas") for _ in range(9)]

    assert sheet.headers["content-type"] == "application/pdf"
    assert pages_of(sheet.content) == 1
    assert pages_of(pictures.sheet("https://lapor.go.id", cards)) == 2


def pages_of(pdf: bytes) -> int:
    assert pdf.startswith(b"%PDF-")
    found = [pdf, *(inflated(part) for part in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL))]
    return max(len(re.findall(rb"/Type ?/Page\b", part)) for part in found)


def inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""
