"""An instansi keeps its own part of the registry, as a hostile one would try to keep more."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries as accounts
from shared.clients import Role
from shared.domain.lifecycle import Level
from shared.domain.officers import OfficerRole
from shared.schema import Account, Agency, Officer
from tests.accounts import an_officer, an_officer_with_account
from tests.factories import bearer
from tests.routing_service.driving import COORDINATOR, OFFICER, OPERATOR, OTHER_COORDINATOR, Office
from tests.waiting import until_somebody_waits

NAMED = bearer(Role.AGENCY_HEAD, sub="kepala", agency="SAMARINDA-DINKES", scopes=("registry:manage",))
NEW = {"code": "SAMARINDA-PERKIM", "name": "Dinas Perumahan", "kind": "dinas", "parent": "SAMARINDA", "region": "64.72"}
SARI = {"role": "liaison_officer", "name": "Sari", "email": "sari@samarinda.example"}
HOLDERS = (COORDINATOR, NAMED)


async def call(office: Office, method: str, path: str, headers: Any, body: Any = None, **sent: Any) -> tuple[int, Any]:
    answer = await office.http.request(method, path, json=body, headers=headers, **sent)
    return answer.status_code, answer.json()


async def refused(office: Office, method: str, path: str, headers: Any, body: Any = None) -> Any:
    status, problem = await call(office, method, path, headers, body)
    assert 400 <= status < 500, problem
    return problem["code"]


async def imported(office: Office, kind: str, *lines: str, headers: Any = COORDINATOR, **params: Any) -> Any:
    sent = headers | {"Content-Type": "text/csv"}
    answer = await office.http.post(
        f"/v1/registry/imports/{kind}", content="\n".join(lines), params=params, headers=sent
    )
    return answer.json()


def codes(problem: Any) -> list[tuple[str, str]]:
    return [(one["pointer"], one["code"]) for one in problem["errors"]]


@pytest.mark.parametrize("headers", HOLDERS)
async def test_an_instansi_creates_changes_moves_renames_and_ends_what_is_below_it(
    office: Office, headers: Any
) -> None:
    path = "/v1/agencies/SAMARINDA-PERKIM"
    made = await call(office, "POST", "/v1/agencies", headers, NEW)
    changed = await call(office, "PATCH", path, headers, {"duties": ["housing"], "parent": "SAMARINDA-PU"})
    renamed = await call(office, "POST", f"{path}/names", headers, {"name": "Perkim", "valid_from": "2026-03-02"})
    ended = await call(
        office, "POST", f"{path}/merger", headers, {"successor": "SAMARINDA-PU", "valid_from": "2026-03-02"}
    )
    own = await call(office, "PATCH", "/v1/agencies/SAMARINDA", headers, {"contacts": {"phone": "112"}, "name": "Kota"})

    assert [made[0], changed[0], renamed[0], ended[0], own[0]] == [201, 200, 201, 200, 200]
    assert (changed[1]["parent"], ended[1]["agency"]["successor"]) == ("SAMARINDA-PU", "SAMARINDA-PU")


@pytest.mark.parametrize("headers", HOLDERS)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"parent": "BALIKPAPAN"}, "outside_of_instansi"),
        ({"parent": None}, "outside_of_instansi"),
        ({"parent": "KALTIM"}, "outside_of_instansi"),
        ({"code": "PLN-KALTIMRA"}, "code_of_instansi"),
        ({"code": "SAMARINDAX"}, "code_of_instansi"),
        ({"region": "64.71"}, "region_of_instansi"),
        ({"region": "64"}, "region_of_instansi"),
        ({"region": None}, "region_of_instansi"),
        ({"kind": "city"}, "below_instansi"),
        ({"level": "province"}, "below_instansi"),
        ({"time_zone": "Asia/Jakarta"}, "zone_of_instansi"),
        ({"own_verification": True}, "not_an_instansi"),
    ],
)
async def test_a_new_agency_takes_nothing_of_others(office: Office, headers: Any, changes: Any, code: str) -> None:
    assert await refused(office, "POST", "/v1/agencies", headers, NEW | changes) == code


@pytest.mark.parametrize(
    ("code", "change", "expected"),
    [
        ("BALIKPAPAN-PU", {"name": "X"}, "outside_of_instansi"),
        ("BALIKPAPAN-PU", {"parent": "SAMARINDA"}, "outside_of_instansi"),
        ("KALTIM", {"name": "X"}, "outside_of_instansi"),
        ("SAMARINDA-PU", {"parent": "BALIKPAPAN"}, "outside_of_instansi"),
        ("SAMARINDA-PU", {"parent": None}, "outside_of_instansi"),
        ("SAMARINDA-PU", {"parent": "SAMARINDA-PU-JALAN"}, "agency_cycle"),
        ("SAMARINDA-PU", {"region": "64.71"}, "region_of_instansi"),
        ("SAMARINDA-PU", {"region": None}, "region_of_instansi"),
        ("SAMARINDA-PU", {"kind": "province"}, "below_instansi"),
        ("SAMARINDA-PU", {"level": "national"}, "below_instansi"),
        ("SAMARINDA-PU", {"time_zone": "Asia/Jakarta"}, "zone_of_instansi"),
        ("SAMARINDA", {"parent": "KALTIM"}, "agency_holds_reports"),
        ("SAMARINDA", {"level": "province"}, "instansi_of_operators"),
        ("SAMARINDA", {"kind": "ministry"}, "instansi_of_operators"),
        ("SAMARINDA", {"region": "64"}, "instansi_of_operators"),
        ("SAMARINDA", {"region": None}, "instansi_of_operators"),
        ("SAMARINDA", {"time_zone": "Asia/Jakarta"}, "instansi_of_operators"),
        ("SAMARINDA", {"active": False}, "instansi_of_operators"),
        ("SAMARINDA", {"valid_until": "2026-12-31"}, "instansi_of_operators"),
        ("SAMARINDA", {"own_verification": True}, "instansi_of_operators"),
        ("SAMARINDA", {"automatic_assignment": True}, "instansi_of_operators"),
    ],
)
async def test_no_change_reaches_beyond_ones_own(office: Office, code: str, change: Any, expected: str) -> None:
    for headers in HOLDERS:
        assert await refused(office, "PATCH", f"/v1/agencies/{code}", headers, change) == expected


async def test_nothing_is_renamed_or_ended_beyond_ones_own(office: Office) -> None:
    day = {"valid_from": "2026-04-01"}
    for path, body, code in (
        ("BALIKPAPAN-PU/names", {"name": "X"}, "outside_of_instansi"),
        ("BALIKPAPAN-PU/merger", {"successor": "SAMARINDA-PU"}, "outside_of_instansi"),
        ("SAMARINDA-PU-JALAN/merger", {"successor": "BALIKPAPAN-PU"}, "outside_of_instansi"),
        ("SAMARINDA/merger", {"successor": "SAMARINDA-PU"}, "instansi_of_operators"),
    ):
        assert await refused(office, "POST", f"/v1/agencies/{path}", COORDINATOR, body | day) == code, path


@pytest.mark.parametrize("headers", HOLDERS)
async def test_an_instansi_registers_changes_and_ends_its_officers(office: Office, headers: Any) -> None:
    status, made = await call(office, "POST", "/v1/agencies/SAMARINDA-PU/officers", headers, SARI)
    path = f"/v1/officers/{made['id']}"
    changed, _ = await call(office, "PATCH", path, headers, {"email": "sari.w@samarinda.example"})
    ended, gone = await call(office, "PATCH", path, headers, {"active": False})

    assert (status, changed, ended, gone["active"]) == (201, 200, 200, False)
    assert made["id"] in str(await office.get("/v1/agencies/SAMARINDA-PU/officers", headers))
    assert await refused(office, "PATCH", path, OTHER_COORDINATOR, {"active": True}) == "not_found"
    assert await refused(office, "GET", path, bearer(Role.AGENCY_HEAD, agency="SAMARINDA-PU")) == "missing_scope"


@pytest.mark.parametrize("headers", HOLDERS)
async def test_who_hears_of_what_a_coordinator_leaves_undone_is_not_theirs_to_say(
    office: Office, session: AsyncSession, headers: Any
) -> None:
    path = "/v1/agencies/SAMARINDA/officers"
    for role in ("coordinator", "regional_head", "inspectorate", "regional_secretary"):
        assert await refused(office, "POST", path, headers, SARI | {"role": role}) == "officer_of_operators"
        watcher = await an_officer(session, OfficerRole(role), "SAMARINDA")
        for change in ({"active": False}, {"email": "x@x.example"}):
            problem = await refused(office, "PATCH", f"/v1/officers/{watcher}", headers, change)
            assert problem == "officer_of_operators"


async def test_nobody_becomes_somebody_else_or_somewhere_else(office: Office, session: AsyncSession) -> None:
    officers = "/v1/agencies/{}/officers"
    foreign = await an_officer(session, agency="BALIKPAPAN-PU")
    national = await an_officer(session, OfficerRole.NATIONAL_ADMIN, None)
    own = await an_officer_with_account(session)
    oneself = await an_officer(session, OfficerRole.AGENCY_HEAD, "SAMARINDA-DINKES", subject="kepala")

    for method, path, headers, body, code in (
        ("POST", officers.format("BALIKPAPAN-PU"), COORDINATOR, SARI, "outside_of_instansi"),
        ("POST", officers.format("SAMARINDA-PU"), COORDINATOR, SARI | {"subject": "op"}, "subject_of_operators"),
        ("POST", officers.format("SAMARINDA-PU"), COORDINATOR, SARI | {"role": "supervisor"}, "officer_of_operators"),
        ("POST", "/v1/officers", COORDINATOR, {"name": "A", "email": "a@x.example"}, "forbidden"),
        ("PATCH", f"/v1/officers/{foreign}", COORDINATOR, {"active": False}, "not_found"),
        ("PATCH", f"/v1/officers/{national}", COORDINATOR, {"active": False}, "not_found"),
        ("PATCH", f"/v1/officers/{own.officer_id}", COORDINATOR, {"subject": "x"}, "subject_of_operators"),
        ("PATCH", f"/v1/officers/{own.officer_id}", COORDINATOR, {"email": "me@x.example"}, "address_of_account"),
        ("PATCH", f"/v1/officers/{oneself}", NAMED, {"name": "X"}, "yourself"),
    ):  # fmt: skip
        assert await refused(office, method, path, headers, body) == code, (method, path, body)


async def test_a_file_with_one_foreign_line_writes_nothing(office: Office, session: AsyncSession) -> None:
    heading = "code,name,kind,parent,region,successor,valid_until"
    await session.execute(update(Agency).where(Agency.code == "BALIKPAPAN-PU").values(name="Dinas Lama"))

    problem = await imported(
        office, "agencies", heading,
        "SAMARINDA-A,Dinas A,dinas,SAMARINDA,64.72,,",
        "SAMARINDA-B,Dinas B,unit,SAMARINDA-A,64.72,,",
        "BALIKPAPAN-PU,Dinas Lama,dinas,BALIKPAPAN,64.71,,",
        "SAMARINDA-C,Dinas C,dinas,BALIKPAPAN,64.71,,",
        "SAMARINDA-PU-JALAN,Jalan,unit,SAMARINDA-PU,64.72,BALIKPAPAN-PU,2026-12-31",
        "SAMARINDA,Kota,city,KALTIM,64.72,,",
        "PLN,PLN,company,SAMARINDA,64.72,,",
    )  # fmt: skip

    assert codes(problem) == [
        ("/4/code", "outside_of_instansi"), ("/5/parent", "outside_of_instansi"), ("/5/region", "region_of_instansi"),
        ("/6/successor", "outside_of_instansi"), ("/7/parent", "instansi_of_operators"),
        ("/8/code", "code_of_instansi"),
    ]  # fmt: skip
    assert await session.scalar(select(Agency.code).where(Agency.code == "SAMARINDA-A")) is None


async def test_a_file_of_ones_own_is_taken_and_exported(office: Office, session: AsyncSession) -> None:
    for headers in HOLDERS:
        report = await imported(
            office, "agencies", "code,name,kind,parent,region", "SAMARINDA-A,Dinas A,dinas,SAMARINDA,64.72",
            "SAMARINDA-B,Dinas B,unit,SAMARINDA-A,64.72.01", headers=headers,
        )  # fmt: skip
        assert report["applied"], report
    await an_officer(session, agency="BALIKPAPAN-PU", email="rahasia@balikpapan.example")
    await an_officer(session, agency="SAMARINDA-PU", email="pu@samarinda.example")

    agencies = (await office.http.get("/v1/registry/exports/agencies", headers=COORDINATOR)).text
    officers = (await office.http.get("/v1/registry/exports/officers", headers=NAMED)).text

    assert "SAMARINDA-B" in agencies
    assert "BALIKPAPAN" not in agencies + officers
    assert "pu@samarinda.example" in officers
    assert (await imported(office, "categories", "code,parent,label_id,label_en"))["code"] == "national_categories"


async def test_a_file_tells_nobody_what_is_registered_elsewhere(office: Office, session: AsyncSession) -> None:
    await an_officer(session, agency="BALIKPAPAN-PU", email="ada@balikpapan.example", name="Ada")
    await an_officer(session, OfficerRole.NATIONAL_ADMIN, None, email="pusat@x.example", name="Ada")
    await office.report(holder_level=Level.COORDINATOR, holder_agency_code="BALIKPAPAN")
    heading = "agency,role,name,email"

    tried = [
        await imported(office, "officers", heading, f"{agency},{role},Ada,{email}", dry_run=True)
        for agency, role, email in (
            ("BALIKPAPAN-PU", "liaison_officer", "ada@balikpapan.example"),
            ("BALIKPAPAN-PU", "liaison_officer", "tidak.ada@balikpapan.example"),
            ("", "national_admin", "pusat@x.example"),
            ("", "national_admin", "tidak.ada@x.example"),
        )
    ]
    moved = await imported(office, "agencies", "code,parent", "BALIKPAPAN,SAMARINDA", "KALTIM,SAMARINDA", dry_run=True)

    assert tried[0] == tried[1]
    assert tried[2] == tried[3]
    assert [one["code"] for one in moved["errors"]] == ["outside_of_instansi"] * 2


async def test_a_file_registers_no_watcher_and_no_subject(office: Office, session: AsyncSession) -> None:
    own = await an_officer_with_account(session, email="pu@samarinda.example")

    problem = await imported(
        office, "officers", "agency,role,name,email,subject",
        "SAMARINDA,coordinator,Budi,budi@x.example,",
        "SAMARINDA-PU,liaison_officer,Sari,sari@x.example,operator-1",
        "SAMARINDA-PU,liaison_officer,Sari,PU@samarinda.example,",
    )  # fmt: skip
    taken = await imported(
        office, "officers", "agency,role,name,email", "SAMARINDA-PU,liaison_officer,Sari W,pu@samarinda.example"
    )

    assert codes(problem) == [
        ("/2/role", "officer_of_operators"), ("/3/subject", "subject_of_operators"),
        ("/4/subject", "subject_of_operators"),
    ]  # fmt: skip
    assert taken["updated"] == 1
    assert await session.scalar(select(Officer.subject).where(Officer.id == own.officer_id)) == own.id


async def test_who_is_named_and_unnamed_is_so_at_once(office: Office, session: AsyncSession) -> None:
    head = await an_officer_with_account(session, OfficerRole.AGENCY_HEAD, "SAMARINDA-DINKES", subject="kepala")
    path = f"/v1/accounts/{head.id}"

    before = await refused(office, "POST", "/v1/agencies", NAMED, NEW)
    await call(office, "PATCH", path, COORDINATOR, {"scopes": ["registry:manage"]})
    named = await call(office, "POST", "/v1/agencies", NAMED, NEW)
    await call(office, "PATCH", path, COORDINATOR, {"scopes": []})
    unnamed = await refused(office, "PATCH", "/v1/agencies/SAMARINDA-PERKIM", NAMED, {"name": "X"})

    assert (before, named[0], unnamed) == ("not_any_more", 201, "not_any_more")
    assert await refused(office, "POST", "/v1/agencies", OFFICER, NEW) == "missing_scope"


async def test_a_dismissed_coordinator_with_a_good_token_does_nothing_more(
    office: Office, session: AsyncSession
) -> None:
    await an_officer_with_account(session, OfficerRole.COORDINATOR, "SAMARINDA", subject="samarinda-1")
    assert (await call(office, "POST", "/v1/agencies", COORDINATOR, NEW))[0] == 201

    await session.execute(update(Officer).where(Officer.subject == "samarinda-1").values(active=False))

    change = ("PATCH", "/v1/agencies/SAMARINDA-PERKIM", COORDINATOR, {"name": "X"})
    assert await refused(office, *change) == "not_any_more"
    assert (await imported(office, "agencies", "code,name", "SAMARINDA-PU,X"))["code"] == "not_any_more"


@pytest.mark.parametrize("by_file", [False, True])
async def test_who_was_named_is_not_so_in_another_instansi(
    office: Office, session: AsyncSession, by_file: bool
) -> None:
    """Else a move would hand the whole of another instansi to them."""
    head = await an_officer_with_account(session, OfficerRole.AGENCY_HEAD, "SAMARINDA-PU-JALAN")
    stays = await an_officer_with_account(session, OfficerRole.AGENCY_HEAD, "SAMARINDA-DINKES")
    for one in (head, stays):
        await accounts.change_account(session, one.id, {"scopes": ["registry:manage", "reports:secret"]})

    if by_file:
        await imported(office, "agencies", "code,parent", "SAMARINDA-PU,KALTIM-DISDIK", headers=OPERATOR)
    else:
        await call(office, "PATCH", "/v1/agencies/SAMARINDA-PU", OPERATOR, {"parent": "KALTIM-DISDIK"})

    scopes = dict((await session.execute(select(Account.id, Account.scopes))).tuples().all())
    assert (scopes[head.id], scopes[stays.id]) == (["reports:secret"], ["registry:manage", "reports:secret"])


async def test_a_coordinator_whose_instansi_was_put_below_another_keeps_their_own_alone(
    office: Office, session: AsyncSession
) -> None:
    await session.execute(update(Agency).where(Agency.code == "BALIKPAPAN").values(parent_code="SAMARINDA"))

    assert await refused(office, "PATCH", "/v1/agencies/SAMARINDA-PU", OTHER_COORDINATOR, {"name": "X"}) == (
        "outside_of_instansi"
    )
    assert (await call(office, "PATCH", "/v1/agencies/BALIKPAPAN-PU", OTHER_COORDINATOR, {"name": "X"}))[0] == 200


async def test_what_is_moved_out_meanwhile_is_not_moved_any_further(busy: Office) -> None:
    """A coordinator's move waits for that of an operator, and finds the agency gone."""
    async with busy.transaction() as session:
        await session.execute(select(Agency.code).where(Agency.code == "SAMARINDA-PU-JALAN").with_for_update())
        moving = asyncio.create_task(
            call(busy, "PATCH", "/v1/agencies/SAMARINDA-PU-JALAN", OPERATOR, {"parent": "BALIKPAPAN-PU"})
        )
        await until_somebody_waits(busy.scalar, many=1)
        following = asyncio.create_task(
            call(busy, "PATCH", "/v1/agencies/SAMARINDA-PU-JALAN", COORDINATOR, {"parent": "SAMARINDA-DINKES"})
        )
        await until_somebody_waits(busy.scalar, many=2)

    assert (await moving)[0] == 200
    assert ((await following)[0], (await following)[1]["code"]) == (403, "outside_of_instansi")
