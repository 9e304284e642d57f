"""What reports are about: the tree of categories, each in service from a day to a day."""

from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.categories import queries
from routing_service.registry.categories.schemas import CategoryCreate, CategoryParams, CategoryPatch, CategoryView
from shared.errors import Conflict, Invalid, NotFound
from shared.http.wire import Bilingual, Page, StoredText
from shared.schema import Category


async def list_categories(session: AsyncSession, params: CategoryParams) -> Page[CategoryView]:
    params = params.in_list("categories")
    after = params.key(tuple[StoredText]) or ""
    rows = await queries.page_of_categories(
        session, parent=params.parent, active=params.active, in_service_on=params.in_service_on, after=after,
        limit=params.rows,
    )  # fmt: skip
    shown, next_cursor = params.cut(rows, lambda row: (row.code,))
    return Page(items=[_view(row) for row in shown], next_cursor=next_cursor)


async def get_category(session: AsyncSession, code: str) -> CategoryView:
    row = await queries.category(session, code)
    if row is None:
        raise NotFound(f"There is no category {code}.")
    return _view(row)


async def create_category(session: AsyncSession, body: CategoryCreate) -> CategoryView:
    _check_validity(body.valid_from, body.valid_until)
    await _check_parent(session, body.code, body.parent)
    values = {
        "code": body.code,
        "parent_code": body.parent,
        "label_id": body.label.id,
        "label_en": body.label.en,
        "needs_evidence": body.needs_evidence,
        "valid_from": body.valid_from,
        "valid_until": body.valid_until,
    }
    if not await queries.add_category(session, values):
        raise Conflict(f"There is a category {body.code} already; change it with PATCH.", code="category_exists")
    return await get_category(session, body.code)


async def change_category(session: AsyncSession, code: str, body: CategoryPatch) -> CategoryView:
    given = body.model_dump(exclude_unset=True)
    if "parent" in given:
        await queries.lock_shape(session)
    stored = await get_category(session, code)
    if "parent" in given:
        await _check_parent(session, code, given["parent"])
    _check_validity(given.get("valid_from", stored.valid_from), given.get("valid_until", stored.valid_until))
    plain = ("needs_evidence", "valid_from", "valid_until", "active")
    values: dict[str, Any] = {name: given[name] for name in plain if name in given}
    if "parent" in given:
        values["parent_code"] = given["parent"]
    if body.label is not None:
        values |= {"label_id": body.label.id, "label_en": body.label.en}
    if values:
        await queries.change_category(session, code, values)
    return await get_category(session, code)


def _view(row: Category) -> CategoryView:
    return CategoryView(
        code=row.code,
        parent=row.parent_code,
        label=Bilingual(id=row.label_id, en=row.label_en),
        needs_evidence=row.needs_evidence,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        active=row.active,
    )


def _check_validity(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and last < first:
        detail = f"The last day, {last}, lies before the first, {first}."
        raise Invalid(detail, pointer="/valid_until", code="validity_reversed")


async def _check_parent(session: AsyncSession, code: str, parent: str | None) -> None:
    if parent is None:
        return
    line = await queries.line(session, parent)
    if parent != code and not line:
        raise Invalid(f"There is no category {parent}.", pointer="/parent", code="unknown_category")
    if parent == code or code in line:
        raise Invalid(f"{parent} is {code} itself or below it.", pointer="/parent", code="category_cycle")
