import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.reference import queries
from shared.domain.codes import ArchiveReason, Channel, OverrideReason, ReturnReason
from shared.domain.lifecycle import Classification, Status
from shared.domain.subjects import subjects
from shared.log.events import EventType
from tests.factories import AGENCIES, CATEGORIES
from tests.intake_api.helpers import code_of


async def items(client: httpx.AsyncClient, path: str) -> list[dict[str, object]]:
    answer = await client.get(path)
    assert answer.status_code == 200
    found: list[dict[str, object]] = answer.json()["items"]
    return found


async def test_regions_are_walked_from_the_provinces_down(client: httpx.AsyncClient) -> None:
    assert [one["code"] for one in await items(client, "/v1/regions")] == ["35", "64"]
    assert [one["code"] for one in await items(client, "/v1/regions?parent=64")] == ["64.71", "64.72"]
    assert await items(client, "/v1/regions?parent=64.72") == [
        {"code": "64.72.01", "parent": "64.72", "label": {"id": "Palaran", "en": "Palaran"}}
    ]
    assert await items(client, "/v1/regions?parent=99") == []


async def test_categories_and_agencies_are_listed_with_their_parents(client: httpx.AsyncClient) -> None:
    categories = await items(client, "/v1/categories")
    agencies = await items(client, "/v1/agencies")

    assert {one["code"]: one["parent"] for one in categories} == CATEGORIES
    assert {one["code"]: one["parent"] for one in agencies} == {code: up for code, (_, up, _) in AGENCIES.items()}
    assert agencies[0] == {
        "code": "BALIKPAPAN", "parent": None, "label": {"id": "Balikpapan", "en": "Balikpapan"}, "short_name": None,
        "kind": "city", "region": "64.71", "time_zone": "Asia/Makassar",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/agencies", "/v1/categories", "/v1/regions"])
async def test_lists_come_in_pages(client: httpx.AsyncClient, path: str) -> None:
    everything = [one["code"] for one in await items(client, path)]
    seen, cursor = [], ""

    while True:
        page = (await client.get(f"{path}?limit=1{cursor}")).json()
        seen += [one["code"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == everything


async def test_all_codes_have_labels_in_both_languages(client: httpx.AsyncClient) -> None:
    codes = (await client.get("/v1/codes")).json()

    assert set(codes) == {
        "statuses", "classifications", "subjects", "channels", "archive_reasons", "return_reasons", "override_reasons",
        "evidence_refusals", "evidence_remarks", "event_types", "stages", "agency_levels", "duties",
    }  # fmt: skip
    assert all(one["label"]["id"] and one["label"]["en"] for entries in codes.values() for one in entries)
    assert [one["code"] for one in codes["statuses"]] == list(Status)
    assert {one["code"] for one in codes["event_types"]} == set(EventType)
    assert {one["code"] for one in codes["channels"]} == set(Channel)
    assert {one["code"] for one in codes["classifications"]} == set(Classification)
    assert {one["code"] for one in codes["archive_reasons"]} == set(ArchiveReason)
    assert {one["code"] for one in codes["return_reasons"]} == set(ReturnReason)
    assert {one["code"] for one in codes["override_reasons"]} == set(OverrideReason)
    assert [one["code"] for one in codes["subjects"]] == list(subjects())
    assert all(one["meaning"]["id"] and one["meaning"]["en"] and one["categories"] for one in codes["subjects"])
    closed = next(one for one in codes["statuses"] if one["code"] == "closed")
    assert closed == {
        "code": "closed",
        "label": {"id": "Selesai", "en": "Closed"},
        "group": {"code": "selesai", "label": {"id": "Selesai", "en": "Finished"}},
    }


@pytest.mark.parametrize(
    "path", ["/v1/regions?parent=x", "/v1/regions?depth=2", "/v1/agencies?cursor=W10", "/v1/categories?limit=999"]
)
async def test_a_wrong_parameter_is_refused(client: httpx.AsyncClient, path: str) -> None:
    assert code_of(await client.get(path))[0] == 422


async def test_a_part_of_a_name_is_looked_up_by_an_index_in_a_registry_as_large_as_the_countrys(
    session: AsyncSession,
) -> None:
    await session.execute(
        text(
            "INSERT INTO regions (code, name, parent_code) SELECT 'z' || lpad(n::text, 9, '0'), md5(n::text), NULL"
            " FROM generate_series(1, 91599) AS n"
        )
    )
    await session.execute(text("ANALYZE regions"))
    statement = queries.statement_of_regions(parent=None, named="Wonokromo", after="", limit=51)
    literal = statement.compile(dialect=session.get_bind().dialect, compile_kwargs={"literal_binds": True})

    plan = "\n".join((await session.scalars(text(f"EXPLAIN {literal}".replace("%%", "%").replace(":", "\\:")))).all())

    assert "regions_name_idx" in plan
