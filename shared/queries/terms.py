"""Whether an agency, or a category, is in service on a day: shared/domain/terms.py in SQL."""

from datetime import date

from sqlalchemy import ColumnElement, and_, or_

from shared.schema import Agency, Category


def is_in_service(what: type[Agency] | type[Category], day: date | ColumnElement[date]) -> ColumnElement[bool]:
    begun = or_(what.valid_from.is_(None), what.valid_from <= day)
    return and_(what.active, begun, or_(what.valid_until.is_(None), what.valid_until >= day))


def in_service_text(day: str) -> str:
    """The same as text, of the rows that a statement reads; `day` is its name there."""
    return f"(active AND coalesce(valid_from <= {day}, true) AND coalesce(valid_until >= {day}, true))"
