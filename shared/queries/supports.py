"""How many people said that a report concerns them as well: its own supporters and those of what is merged into it.

`supports_of` is a function of the database (migrations) with the rights of its owner: whoever reads a public list does
not see what is merged into a report of it, and still counts its supporters.
"""

from sqlalchemy import ColumnElement, func

from shared.schema import Report

#: Of each report that a statement selects.
SUPPORTS: ColumnElement[int] = func.supports_of(Report.id).label("supports")

#: The same for a report `r` in a statement written as text.
SUPPORTS_OF_R = "supports_of(r.id)"
