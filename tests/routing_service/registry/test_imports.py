"""Agencies, officers and categories from CSV files."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.imports import parents
from shared.domain.lifecycle import Level
from shared.schema import Agency
from tests.routing_service.driving import ADMIN, OPERATOR, Office

AGENCIES = "code,name,kind,parent,region,duties"
OFFICERS = "agency,role,name,email,subject"
CATEGORIES = "code,parent,label_id,label_en"


async def post(
    office: Office, kind: str, heading: str, lines: Iterable[str], headers: Any = OPERATOR, **params: Any
) -> Any:
    content = "\n".join([heading, *lines, ""])
    return await office.http.post(
        f"/v1/registry/imports/{kind}", content=content, params=params, headers=headers | {"Content-Type": "text/csv"}
    )


async def done(office: Office, kind: str, heading: str, *lines: str, **params: Any) -> Any:
    response = await post(office, kind, heading, lines, **params)
    assert response.status_code == 200, response.text
    return response.json()


async def mistakes(office: Office, kind: str, heading: str, *lines: str) -> list[tuple[int, str | None, str]]:
    """Of a dry run; the real one refuses with the same, and writes nothing."""
    tried = await done(office, kind, heading, *lines, dry_run=True)
    before = await office.scalar("SELECT number FROM versions WHERE subject = 'registry'")
    refused = await post(office, kind, heading, lines)
    found = [(one["line"], one["column"], one["code"]) for one in tried["errors"]]
    if found:
        assert (refused.status_code, refused.json()["code"]) == (422, "import_refused")
        pointers = [f"/{line}/{column}" if column else f"/{line}" for line, column, _ in found]
        assert [one["pointer"] for one in refused.json()["errors"]] == pointers
        assert [one["code"] for one in refused.json()["errors"]] == [code for _, _, code in found]
        assert all("{" not in one["sentence"]["id"] + one["sentence"]["en"] for one in tried["errors"])
        assert await office.scalar("SELECT number FROM versions WHERE subject = 'registry'") == before
    return found


async def test_agencies_are_added_whatever_their_order(office: Office) -> None:
    lines = [
        "KUTIM-PU-JALAN,Bidang Jalan,unit,KUTIM-PU,,",
        "KUTIM-PU,Dinas PU,dinas,KUTIM,64.72,public_works spatial_planning",
        "KUTIM,Pemkab Kutai Timur,regency,,64.72,",
    ]

    report = await done(office, "agencies", AGENCIES, *lines)

    assert {key: report[key] for key in ("applied", "lines", "created", "updated", "unchanged", "errors")} == {
        "applied": True, "lines": 3, "created": 3, "updated": 0, "unchanged": 0, "errors": [],
    }  # fmt: skip
    unit = await office.get("/v1/agencies/KUTIM-PU-JALAN", ADMIN)
    assert (unit["level"], unit["time_zone"], unit["region"]) == ("unit", "Asia/Makassar", None)
    agency = await office.get("/v1/agencies/KUTIM-PU", ADMIN)
    assert (agency["parent"], agency["duties"]) == ("KUTIM", ["public_works", "spatial_planning"])


async def test_a_line_changes_what_the_file_has_columns_for(office: Office) -> None:
    office_of = {"phone": "(0541) 123", "email": "pu@samarinda.example"}
    change = {"short_name": "DPU", "duties": ["public_works"], "contacts": office_of}
    await office.http.patch("/v1/agencies/SAMARINDA-PU", json=change, headers=OPERATOR)
    before = await office.get("/v1/agencies/SAMARINDA-PU", ADMIN)

    report = await done(office, "agencies", "code,short_name,phone", "SAMARINDA-PU,,112", "SAMARINDA-DINKES,,")

    assert (report["created"], report["updated"], report["unchanged"]) == (0, 1, 1)
    after = await office.get("/v1/agencies/SAMARINDA-PU", ADMIN)
    assert after == before | {"short_name": None, "contacts": {"phone": "112", "email": "pu@samarinda.example"}}


async def test_the_same_file_again_changes_nothing(office: Office) -> None:
    lines = ["A,Dinas A,dinas,SAMARINDA,64.72,health|social"]
    await done(office, "agencies", AGENCIES, *lines)
    version = await office.scalar("SELECT number FROM versions WHERE subject = 'registry'")

    report = await done(office, "agencies", AGENCIES, *lines)

    assert (report["unchanged"], report["updated"]) == (1, 0)
    assert await office.scalar("SELECT number FROM versions WHERE subject = 'registry'") == version


async def test_an_agency_may_end_in_one_that_comes_later_in_the_file(office: Office) -> None:
    heading = "code,name,kind,parent,valid_from,valid_until,successor,active,website,level"
    lines = [
        "OLD,Dinas Lama,dinas,SAMARINDA,2020-01-01,2026-12-31,NEW,ya,https://lama.samarinda.example/a,",
        "NEW,Dinas Baru,dinas,SAMARINDA,2027-01-01,,,tidak,,unit",
    ]

    await done(office, "agencies", heading, *lines)

    old, new = await office.get("/v1/agencies/OLD", ADMIN), await office.get("/v1/agencies/NEW", ADMIN)
    assert (old["successor"], old["valid_until"], old["active"], old["level"]) == ("NEW", "2026-12-31", True, "agency")
    assert (new["valid_from"], new["active"], new["level"]) == ("2027-01-01", False, "unit")
    assert old["contacts"] == {"website": "https://lama.samarinda.example/a"}


async def test_a_dry_run_says_what_would_be_and_writes_nothing(office: Office) -> None:
    report = await done(office, "agencies", AGENCIES, "A,Dinas A,dinas,SAMARINDA,64.72,", dry_run=True)

    assert (report["dry_run"], report["applied"], report["created"]) == (True, False, 1)
    assert (await office.http.get("/v1/agencies/A", headers=ADMIN)).status_code == 404


async def test_every_mistake_of_a_file_is_named_and_nothing_is_written(office: Office) -> None:
    found = await mistakes(
        office, "agencies", AGENCIES,
        "GOOD,Dinas Baik,dinas,SAMARINDA,64.72,",
        "bad code,Dinas,dinas,SAMARINDA,,",
        "A,,castle,SAMARINDA,64.72,magic",
        "B,Dinas B,dinas,NOWHERE,99,",
        "C,Dinas C,dinas,D,,",
        "D,Dinas D,dinas,C,,",
        "BELOW-A,Unit,unit,A,,",
        "GOOD,Dinas Baik,dinas,SAMARINDA,64.72,",
        "E,too,few",
        "SAMARINDA,Pemkot,city,SAMARINDA-PU,64.72,",
    )  # fmt: skip

    assert found == [
        (3, "code", "invalid_value"),
        (4, "duties", "invalid_value"),
        (4, "kind", "invalid_value"),
        (4, "name", "missing_value"),
        (5, "parent", "unknown_agency"),
        (5, "region", "unknown_region"),
        (6, "parent", "agency_cycle"),
        (7, "parent", "agency_cycle"),
        (9, "code", "double_line"),
        (10, None, "wrong_number_of_cells"),
        (11, "parent", "agency_cycle"),
    ]
    assert (await office.http.get("/v1/agencies/GOOD", headers=ADMIN)).status_code == 404


@pytest.mark.parametrize(
    ("heading", "line", "column", "code"),
    [
        ("code,name", "X,Dinas", "kind", "missing_value"),
        ("code,valid_from,valid_until", "SAMARINDA-PU,2026-02-02,2026-02-01", "valid_until", "validity_reversed"),
        ("code,valid_from", "SAMARINDA-PU,20260202", "valid_from", "invalid_value"),
        ("code,valid_from", "SAMARINDA-PU,2026-02-30", "valid_from", "invalid_value"),
        ("code,valid_from", "SAMARINDA-PU,1066-02-02", "valid_from", "invalid_value"),
        ("code,successor", "SAMARINDA-PU,SAMARINDA-DINKES", "successor", "successor_needs_end"),
        ("code,successor", "SAMARINDA-PU,NOWHERE", "successor", "unknown_agency"),
        ("code,valid_until,successor", "SAMARINDA-PU,2026-02-02,SAMARINDA-PU", "successor", "successor_cycle"),
        ("code,active", "SAMARINDA-PU,perhaps", "active", "invalid_value"),
        ("code,phone", "SAMARINDA-PU,call me", "phone", "invalid_value"),
        ("code,email", "SAMARINDA-PU,nobody", "email", "invalid_value"),
        ("code,website", "SAMARINDA-PU,javascript:alert(1)", "website", "invalid_value"),
        ("code,level", "SAMARINDA-PU,king", "level", "invalid_value"),
        ("code,time_zone", "SAMARINDA-PU,Europe/Berlin", "time_zone", "invalid_value"),
        ("code,short_name", f"SAMARINDA-PU,{'x' * 61}", "short_name", "invalid_value"),
    ],
)
async def test_a_value_that_cannot_be_is_named(office: Office, heading: str, line: str, column: str, code: str) -> None:
    assert await mistakes(office, "agencies", heading, line) == [(2, column, code)]


@pytest.mark.parametrize(
    ("heading", "lines", "expected"),
    [
        ("code,name,kind", [], (1, None, "empty_file")),
        ("code,colour", ["A,red"], (1, None, "unknown_column")),
        ("colour,size", ["red,2"], (1, None, "no_heading")),
        ("code,code", ["A,A"], (1, "code", "double_column")),
        ("name,kind", ["A,dinas"], (1, "code", "missing_column")),
        ("code,name,kind", ['A,"Dinas,dinas'], (2, None, "unreadable_line")),
        ("code,name,kind", ["", ",,", ""], (1, None, "empty_file")),
        ("", [], (1, None, "empty_file")),
    ],
)
async def test_a_file_that_cannot_be_read_says_why(
    office: Office, heading: str, lines: list[str], expected: Any
) -> None:
    assert await mistakes(office, "agencies", heading, *lines) == [expected]


async def test_a_file_that_is_no_table_says_what_to_do(office: Office) -> None:
    response = await office.http.post("/v1/registry/imports/agencies", content=b"%PDF-1.7 code,name", headers=OPERATOR)

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/1", "not_a_table")
    assert "save it as XLSX or CSV UTF-8" in error["message"]


async def test_a_file_of_a_spreadsheet_is_taken(office: Office) -> None:
    """With a byte order mark, semicolons, lines that end in CRLF, and a cell of two lines."""
    rows = [
        "\ufeffCode;Name;Kind;Parent;Address", 'A;"Dinas; ""A""";dinas;SAMARINDA;"Jalan 1\r\nSamarinda"', ";;;;",
        "B;B;x;;", "",
    ]  # fmt: skip
    content = "\r\n".join(rows)

    tried = await office.http.post(
        "/v1/registry/imports/agencies", params={"dry_run": True}, content=content, headers=OPERATOR
    )
    written = await office.http.post(
        "/v1/registry/imports/agencies", content=content.replace("B;B;x;;\r\n", ""), headers=OPERATOR
    )

    assert [(one["line"], one["column"]) for one in tried.json()["errors"]] == [(5, "kind")]
    assert written.status_code == 200, written.text
    agency = await office.get("/v1/agencies/A", ADMIN)
    assert (agency["name"], agency["contacts"]) == ('Dinas; "A"', {"address": "Jalan 1\r\nSamarinda"})


async def test_an_instansi_whose_coordinator_holds_open_reports_gets_no_parent(office: Office) -> None:
    await office.report(holder_level=Level.COORDINATOR, holder_agency_code="BALIKPAPAN")
    lines = ["BALIKPAPAN,KALTIM", "SAMARINDA-DINKES,SAMARINDA-PU"]

    assert await mistakes(office, "agencies", "code,parent", *lines) == [(2, "parent", "agency_holds_reports")]


async def test_officers_are_added_and_changed(office: Office) -> None:
    lines = [
        "SAMARINDA-PU,liaison_officer,Sari,sari@samarinda.example,pu-1",
        "SAMARINDA,coordinator,Budi,budi@samarinda.example,",
        ",national_admin,Ani,ani@pusat.example,pusat-1",
    ]
    first = await done(office, "officers", OFFICERS, *lines)
    before = (await office.get("/v1/agencies/SAMARINDA-PU/officers", ADMIN))["items"]

    again = await done(office, "officers", OFFICERS, *lines[1:], lines[0].replace("sari@", "SARI@"))

    assert (first["created"], again["created"], again["updated"], again["unchanged"]) == (3, 0, 1, 2)
    after = (await office.get("/v1/agencies/SAMARINDA-PU/officers", ADMIN))["items"]
    assert after == [before[0] | {"email": "SARI@samarinda.example"}]
    assert [one["subject"] for one in (await office.get("/v1/officers", ADMIN))["items"]] == ["pusat-1"]


async def test_every_mistake_about_officers_is_named_without_their_names(office: Office) -> None:
    lines = [
        ",liaison_officer,Sari,sari@samarinda.example,",
        "NOWHERE,liaison_officer,Sari,sari@samarinda.example,",
        "SAMARINDA-PU-JALAN,inspectorate,Sari,sari@samarinda.example,",
        "SAMARINDA,national_admin,Sari,sari@samarinda.example,",
        "SAMARINDA,mayor,,no address,",
        "SAMARINDA-PU,agency_head,Sari,a@b.example,",
        "SAMARINDA-PU,agency_head,Sari,A@B.example,",
    ]

    assert await mistakes(office, "officers", OFFICERS, *lines) == [
        (2, "agency", "role_needs_agency"),
        (3, "agency", "unknown_agency"),
        (4, "role", "role_of_instansi"),
        (5, "agency", "role_is_national"),
        (6, "email", "invalid_value"),
        (6, "name", "missing_value"),
        (6, "role", "invalid_value"),
        (8, "email", "double_line"),
    ]
    refused = await post(office, "officers", OFFICERS, lines)
    assert "Sari" not in refused.text
    assert "samarinda.example" not in refused.text


async def test_categories_are_added_and_changed(office: Office) -> None:
    lines = ["roads.marks.old,roads.marks,Marka lama,Old markings", "roads.marks,roads,Marka,Markings"]
    first = await done(office, "categories", CATEGORIES, *lines)

    second = await done(office, "categories", "code,valid_until", "roads.marks,2026-12-31", "health,")

    assert (first["created"], second["updated"], second["unchanged"]) == (2, 1, 1)
    shown = await office.get("/v1/categories/roads.marks", ADMIN)
    assert (shown["label"], shown["valid_until"]) == ({"id": "Marka", "en": "Markings"}, "2026-12-31")


@pytest.mark.parametrize("missing", ["agency", "role", "email", "name"])
async def test_officers_without_a_column_are_told_which(office: Office, missing: str) -> None:
    cells = {"agency": "SAMARINDA", "role": "coordinator", "name": "Sari", "email": "sari@samarinda.example"}
    del cells[missing]
    expected = (2, "name", "missing_value") if missing == "name" else (1, missing, "missing_column")

    assert await mistakes(office, "officers", ",".join(cells), ",".join(cells.values())) == [expected]


async def test_every_mistake_about_categories_is_named(office: Office) -> None:
    assert await mistakes(
        office, "categories", CATEGORIES,
        "new,nowhere,Baru,New", "roads,roads.damage,Jalan,Roads", "other,,,Other", "new,,Baru,New",
        "leaf,other,Daun,Leaf",
    ) == [
        (2, "parent", "unknown_category"),
        (3, "parent", "category_cycle"),
        (4, "label_id", "missing_value"),
        (5, "code", "double_line"),
    ]  # fmt: skip
    found = await mistakes(office, "categories", "code,valid_from,valid_until", "roads,2026-02-02,2026-02-01", "x,,")
    assert found == [
        (2, "valid_until", "validity_reversed"),
        (3, "label_en", "missing_value"),
        (3, "label_id", "missing_value"),
    ]


async def test_a_file_says_which_categories_need_evidence_and_the_export_says_it_again(office: Office) -> None:
    made = await post(office, "categories", "kode;nama;nama inggris;perlu bukti", ["pothole;Lubang;Pothole;ya"])
    kept = await post(office, "categories", "code,label_en,needs_evidence", ["pothole,Potholes,", "roads,Roads,no"])
    exported = await office.http.get("/v1/registry/exports/categories", headers=OPERATOR)

    assert (made.json()["created"], kept.json()["updated"]) == (1, 2)
    assert (await office.get("/v1/categories/pothole", OPERATOR))["needs_evidence"] is True  # an empty cell leaves it
    assert "pothole;;Lubang;Potholes;ya;;;ya" in exported.text
    assert await mistakes(office, "categories", "code,needs_evidence", "roads,maybe") == [
        (2, "needs_evidence", "invalid_value")
    ]


async def test_the_same_file_twice_with_its_key_is_one_import_and_a_dry_run_is_none(office: Office) -> None:
    headers = OPERATOR | {"Idempotency-Key": "import:1"}
    line = ["A,Dinas A,dinas,SAMARINDA,64.72,"]

    dry = await post(office, "agencies", AGENCIES, line, headers, dry_run=True)
    first = await post(office, "agencies", AGENCIES, line, headers)
    again = await post(office, "agencies", AGENCIES, line, headers)

    assert [one.json()["applied"] for one in (dry, first, again)] == [False, True, True]
    assert again.json() == first.json()


async def test_two_files_at_once_never_make_a_loop(busy: Office) -> None:
    answers = await asyncio.gather(
        post(busy, "agencies", "code,parent", ["SAMARINDA,BALIKPAPAN"]),
        post(busy, "agencies", "code,parent", ["BALIKPAPAN,SAMARINDA"]),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_only_operators_import_and_only_what_is_known(office: Office) -> None:
    assert (await post(office, "agencies", AGENCIES, ["A,A,dinas,,,"], ADMIN)).status_code == 403
    assert (await post(office, "kings", AGENCIES, [])).status_code == 422
    assert (await post(office, "agencies", AGENCIES, [], colour="red")).status_code == 422


def test_looking_for_loops_takes_time_by_the_number_of_agencies() -> None:
    """A hundred thousand in one line, and a loop at its end: done at once, or never."""
    chain: dict[str, str | None] = {str(number): str(number + 1) for number in range(100_000)}

    assert parents.in_loops(chain) == frozenset()
    assert parents.in_loops(chain | {"100000": "99998"}) == {"99998", "99999", "100000"}
    assert parents.downwards(("0", "99999"), chain | {"100000": None}) == ["99999", "0"]


async def test_a_file_of_several_chunks_is_written_whole(office: Office) -> None:
    def above(number: int) -> str:
        return f"D{number // 2}" if number else ""

    lines = [f"D{number},Desa {number},village,{above(number)},64.72," for number in range(1_100)]

    report = await done(office, "agencies", AGENCIES, *reversed(lines))

    assert (report["created"], await office.scalar("SELECT count(*) FROM agencies WHERE kind = 'village'")) == (
        1_100,
    ) * 2


async def test_a_clerk_writes_indonesian(office: Office) -> None:
    agencies = [
        "PPU;Pemkab Penajam Paser Utara;Kabupaten;;64,72;WITA;;Ya;01/01/2017",
        "PPU-SETDA;Sekretariat Daerah;SETDA;PPU;64.72;wita;Urusan umum|legal;ya;1 Januari 2017",
        "PPU-NENANG;Kelurahan Nenang;Kelurahan;PPU;;;Pekerjaan umum: jalan, jembatan, drainase;TIDAK;2017-01-01",
    ]
    heading = "KODE;Nama OPD;Jenis;Induk;Wilayah;Zona waktu;Urusan;Aktif;Berlaku sejak"

    report = await done(office, "agencies", heading, *agencies)
    officers = await done(
        office, "officers", "Kode OPD;Peran;Nama;Surel;Bahasa", "PPU;Bupati;Sari;s@ppu.example;Indonesia"
    )

    assert (report["created"], officers["created"]) == (3, 1)
    shown = await office.get("/v1/agencies/PPU-SETDA", ADMIN)
    assert (shown["kind"], shown["parent"], shown["region"], shown["time_zone"]) == (
        "unit", "PPU", "64.72", "Asia/Makassar",
    )  # fmt: skip
    assert (shown["duties"], shown["active"], shown["valid_from"]) == (["general_affairs", "legal"], True, "2017-01-01")
    village = await office.get("/v1/agencies/PPU-NENANG", ADMIN)
    assert (village["kind"], village["duties"], village["active"]) == ("village", ["public_works"], False)
    [head] = (await office.get("/v1/agencies/PPU/officers", ADMIN))["items"]
    assert (head["role"], head["language"]) == ("regional_head", "id")


async def test_an_empty_cell_brings_nobody_back(office: Office) -> None:
    heading = "agency,role,name,email,language,active"
    await done(office, "officers", heading, "SAMARINDA-PU,liaison_officer,Sari,s@a.example,en,tidak")
    await done(office, "agencies", "code,active", "SAMARINDA-PU,tidak")

    officers = await done(office, "officers", heading, "SAMARINDA-PU,liaison_officer,Sari,s@a.example,,")
    agencies = await done(office, "agencies", "code,active", "SAMARINDA-PU,")

    assert (officers["unchanged"], agencies["unchanged"]) == (1, 1)
    shown = (await office.get("/v1/agencies/SAMARINDA-PU/officers", ADMIN))["items"]
    assert [(one["active"], one["language"]) for one in shown] == [(False, "en")]


async def test_a_dry_run_says_which_lines_change_what_and_take_what_away(office: Office) -> None:
    contacts = {"contacts": {"phone": "112", "email": "pu@samarinda.example"}, "duties": ["public_works"]}
    await office.http.patch("/v1/agencies/SAMARINDA-PU", json=contacts, headers=OPERATOR)
    heading = "code,name,kind,parent,duties,phone,email"
    lines = [
        "A,Dinas A,dinas,SAMARINDA,,,",
        "SAMARINDA-PU,Dinas PU baru,dinas,SAMARINDA,,113,",
        "SAMARINDA-DINKES,Dinas Kesehatan Kota Samarinda,dinas,SAMARINDA,,,",
    ]
    await office.execute("UPDATE agencies SET name = 'Dinas Kesehatan Kota Samarinda' WHERE code = 'SAMARINDA-DINKES'")

    report = await done(office, "agencies", heading, *lines, dry_run=True)

    assert report["changes"] == [
        {"line": 2, "about": "A", "created": True, "changed": [], "taken_away": []},
        {"line": 3, "about": "SAMARINDA-PU", "created": False, "changed": ["name", "phone"],
         "taken_away": ["duties", "email"]},
    ]  # fmt: skip
    assert (report["unchanged"], report["taking_away"]) == (1, 1)


async def test_what_looks_alike_is_noted_and_taken(office: Office) -> None:
    lines = [
        "samarinda-pu,Dinas lain,dinas,SAMARINDA,,", "B,Dinas B,dinas,SAMARINDA,,", "C,DINAS B.,dinas,SAMARINDA,,",
    ]  # fmt: skip

    report = await done(office, "agencies", AGENCIES, *lines)

    assert [(one["line"], one["column"], one["code"]) for one in report["notes"]] == [
        (2, "code", "code_looks_alike"),
        (4, "name", "name_is_taken"),
    ]
    assert "SAMARINDA-PU" in report["notes"][0]["sentence"]["id"]
    assert report["created"] == 3


async def test_a_line_named_twice_is_told_beside_all_other_mistakes(office: Office) -> None:
    lines = ["A,Dinas A,castle,SAMARINDA,,", "A,Dinas A,dinas,NOWHERE,,", "A,Dinas A,dinas,SAMARINDA,,"]

    assert await mistakes(office, "agencies", AGENCIES, *lines) == [
        (2, "kind", "invalid_value"),
        (3, "code", "double_line"),
        (4, "code", "double_line"),
    ]


async def test_duties_in_another_order_are_the_same_and_change_nothing(office: Office, session: AsyncSession) -> None:
    agency = update(Agency).where(Agency.code == "SAMARINDA-PU")
    await session.execute(agency.values(duties=["transport", "public_works"]))

    report = await done(office, "agencies", "code,duties", "SAMARINDA-PU,public_works transport")

    assert (report["updated"], report["unchanged"], report["changes"]) == (0, 1, [])


async def test_what_was_exported_is_taken_again_and_changes_nothing(office: Office) -> None:
    contacts = {"contacts": {"phone": "+62 541 123", "address": 'Jalan "Satu"; lantai 2'}, "valid_from": "2020-01-01"}
    await office.http.patch("/v1/agencies/SAMARINDA-PU", json=contacts, headers=OPERATOR)
    await done(
        office, "officers", OFFICERS, "SAMARINDA-PU,liaison_officer,Sari,s@a.example,", ",national_admin,A,a@b.example,"
    )

    for kind in ("agencies", "officers", "categories"):
        for language in ("id", "en"):
            shown = await office.http.get(
                f"/v1/registry/exports/{kind}", params={"language": language}, headers=OPERATOR
            )
            assert shown.headers["content-type"].startswith("text/csv")
            again = await office.http.post(f"/v1/registry/imports/{kind}", content=shown.content, headers=OPERATOR)
            assert again.status_code == 200, again.text
            report = again.json()
            assert (report["created"], report["updated"], report["mistakes"]) == (0, 0, 0)
            assert report["unchanged"] > 0
    assert "'+62 541 123" in (await office.http.get("/v1/registry/exports/agencies", headers=OPERATOR)).text


async def test_only_operators_export(office: Office) -> None:
    assert (await office.http.get("/v1/registry/exports/officers", headers=ADMIN)).status_code == 403
