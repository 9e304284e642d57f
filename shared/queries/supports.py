"""How many people said that a report concerns them as well: its own supporters and those of what is merged into it.

`supports_of` is a function of the database (migrations); asked only where something is merged into the report at all.
"""

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import aliased

from shared.schema import Report, Support

_merged = aliased(Report)
_supports = aliased(Support)

_own = select(func.count()).where(_supports.report_id == Report.id).correlate(Report).scalar_subquery()
_others = exists().where(_merged.merged_into == Report.id).correlate(Report)

#: Of each report that a statement selects.
SUPPORTS: ColumnElement[int] = case((_others, func.supports_of(Report.id)), else_=_own).label("supports")

#: The same for a report `r` in a statement written as text.
SUPPORTS_OF_R = """
    CASE WHEN EXISTS (SELECT FROM reports m WHERE m.merged_into = r.id) THEN supports_of(r.id)
         ELSE (SELECT count(*) FROM report_supports s WHERE s.report_id = r.id) END
"""
