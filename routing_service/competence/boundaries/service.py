"""Sets of boundaries: import, activation, and going back to an earlier one."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.boundaries import apart, geojson, queries
from routing_service.competence.boundaries.geojson import Outline, Progress, silent
from routing_service.competence.boundaries.overlaps import Overlap, overlaps, square_metres
from routing_service.competence.boundaries.schemas import (
    MOST_OVERLAPS,
    BoundariesChange,
    Imported,
    Level,
    OverlapView,
    Repair,
    SetDetail,
    SetParams,
    SetView,
)
from routing_service.competence.place import queries as jurisdiction
from routing_service.registry.directory import common
from shared.domain.regions import parent_of
from shared.errors import Conflict, NotFound
from shared.http.wire import Page, Sequence32
from shared.schema import BoundarySet

LEVELS: Mapping[int, Level] = {1: "province", 2: "regency_city", 3: "district", 4: "village"}
UNNAMED_SOURCE = "not said"

#: What is being done, for a progress bar: its name, and what counts it.
Steps = Callable[[str], Progress]


def no_steps(_name: str) -> Progress:
    return silent


@dataclass(frozen=True)
class Prepared:
    """A file that can be imported."""

    outlines: Sequence[Outline]
    overlaps: Sequence[Overlap]

    @property
    def depth(self) -> int:
        return self.outlines[0].region.count(".") + 1

    @property
    def area(self) -> str | None:
        """The smallest region around all of them; None: the country."""
        return common(parent_of(one.region) or "" for one in self.outlines) or None

    @property
    def repairs(self) -> list[Repair]:
        found = [(one.region, one.fault) for one in self.outlines if one.fault is not None]
        return [Repair(region=region, fault=fault) for region, fault in sorted(found)]

    def digest(self) -> bytes:
        hashed = hashlib.sha256()
        for outline in sorted(self.outlines, key=lambda one: one.region):
            hashed.update(outline.region.encode() + b"\0" + shapely.to_wkb(outline.shape))
        return hashed.digest()


def prepare(
    document: Any, known: Mapping[str, str], *, code_property: str | None = None, steps: Steps = no_steps
) -> Prepared:
    """Read, check, repair and compare: seconds of CPU for a country. Raises BoundariesInvalid."""
    outlines = geojson.read_outlines(document, known=known, code_property=code_property, progress=steps("Reading"))
    return Prepared(outlines, overlaps(outlines, progress=steps("Looking for overlaps")))


async def import_set(
    session: AsyncSession,
    document: Any,
    *,
    name: str,
    source: str | None,
    actor: str,
    now: datetime,
    code_property: str | None = None,
    activate: bool = True,
    dry_run: bool = False,
    steps: Steps | None = None,
) -> Imported:
    """All of it or nothing; in a dry run nothing. Raises BoundariesInvalid, Conflict if it was imported before.

    With `steps` somebody watches, who has given a file of their own: it may take as long as it takes. Without, the
    outlines are read in a process apart, and TooComplex is raised for what takes too much.
    """
    known = dict(await jurisdiction.names(session))
    if steps is not None:
        prepared = await asyncio.to_thread(prepare, document, known, code_property=code_property, steps=steps)
    else:
        prepared = Prepared(*await apart.read_apart(document, known, code_property=code_property))
    digest = await asyncio.to_thread(prepared.digest)
    await queries.lock_boundaries(session)
    if (there := await queries.with_digest(session, digest)) is not None:
        raise Conflict(f"These boundaries are set {there} already; activate that one.", code="already_imported")
    replaces = await queries.active_with(session, [one.region for one in prepared.outlines]) if activate else []
    expected = await queries.regions_in(session, prepared.area, prepared.depth)
    missing = expected - len(prepared.outlines)
    id = None
    if not dry_run:
        id = await _store(session, prepared, missing, name, source, digest, actor=actor, now=now)
        if activate:
            await _switch(session, on=[id], off=replaces, actor=actor, now=now)
    return _imported(prepared, id, missing=missing, active=activate and not dry_run, replaces=replaces)


async def _store(
    session: AsyncSession, prepared: Prepared, missing: int, name: str, source: str | None, digest: bytes,
    *, actor: str, now: datetime,
) -> int:  # fmt: skip
    id = await queries.add_boundary_set(
        session,
        {
            "name": name,
            "source": source or UNNAMED_SOURCE,
            "level": prepared.depth,
            "area_code": prepared.area,
            "regions": len(prepared.outlines),
            "missing": missing,
            "repaired": len(prepared.repairs),
            "overlaps": len(prepared.overlaps),
            "digest": digest,
            "imported_by": actor,
            "imported_at": now,
        },
    )
    rows = [(one.region, shapely.to_wkb(one.shape), square_metres(one.shape), one.fault) for one in prepared.outlines]
    await queries.add_boundaries(session, id, rows)
    await queries.add_overlaps(session, id, prepared.overlaps)
    return id


def _imported(prepared: Prepared, id: int | None, *, missing: int, active: bool, replaces: Sequence[int]) -> Imported:
    largest = prepared.overlaps[:MOST_OVERLAPS]
    return Imported(
        id=id,
        dry_run=id is None,
        level=LEVELS[prepared.depth],
        area=prepared.area,
        regions=len(prepared.outlines),
        missing=missing,
        repairs=prepared.repairs,
        overlaps=len(prepared.overlaps),
        largest_overlaps=[OverlapView.model_validate(one) for one in largest],
        active=active,
        replaces=list(replaces),
    )


async def page_of_boundary_sets(session: AsyncSession, params: SetParams) -> Page[SetView]:
    """The newest first."""
    params = params.in_list("boundaries")
    before = params.key(tuple[Sequence32])
    found = await queries.page_of_boundary_sets(session, active=params.active, before=before, limit=params.rows)
    shown, next_cursor = params.cut(found, lambda one: (one.id,))
    return Page(items=[SetView.model_validate(_view(one)) for one in shown], next_cursor=next_cursor)


async def get_boundary_set(session: AsyncSession, id: int) -> SetDetail:
    found = await _known(session, id)
    overlapping = await queries.largest_overlaps(session, id, limit=MOST_OVERLAPS)
    return SetDetail(
        **_view(found),
        repairs=[Repair.model_validate(one) for one in await queries.repairs(session, id)],
        largest_overlaps=[OverlapView.model_validate(one) for one in overlapping],
        changes=[BoundariesChange.model_validate(one) for one in await queries.changes(session, id)],
    )


async def activate_boundary_set(session: AsyncSession, id: int, *, actor: str, now: datetime) -> SetDetail:
    """Put it in force, in the place of active sets with polygons of the same regions. Twice is once."""
    await queries.lock_boundaries(session)
    if not (await _known(session, id)).active:
        replaces = await queries.active_with(session, await queries.regions_of(session, id))
        await _switch(session, on=[id], off=replaces, actor=actor, now=now)
    return await get_boundary_set(session, id)


async def deactivate(session: AsyncSession, id: int, *, actor: str, now: datetime) -> SetDetail:
    """Take it out of force; nothing takes its place. Twice is once."""
    await queries.lock_boundaries(session)
    if (await _known(session, id)).active:
        await _switch(session, on=[], off=[id], actor=actor, now=now)
    return await get_boundary_set(session, id)


async def _switch(session: AsyncSession, *, on: Sequence[int], off: Sequence[int], actor: str, now: datetime) -> None:
    """Under the lock."""
    changed: list[dict[str, Any]] = []
    for ids, active in ((off, False), (on, True)):
        if ids:
            version = await queries.put_in_force(session, ids, active=active)
            common = {"active": active, "version": version, "changed_by": actor, "changed_at": now}
            changed += [{"set_id": id, **common} for id in ids]
    await queries.record(session, changed)


async def _known(session: AsyncSession, id: int) -> BoundarySet:
    found = await queries.get_boundary_set(session, id)
    if found is None:
        raise NotFound(f"There is no set of boundaries {id}.")
    return found


def _view(found: BoundarySet) -> dict[str, Any]:
    names = ("id", "name", "source", "regions", "missing", "repaired", "overlaps", "active", "imported_by",
             "imported_at")  # fmt: skip
    return {
        **{name: getattr(found, name) for name in names},
        "level": LEVELS[found.level],
        "area": found.area_code,
    }
