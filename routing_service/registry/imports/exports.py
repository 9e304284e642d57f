"""What is in the registry as a file that the import takes again."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.imports import queries
from routing_service.registry.imports.columns import OF_KIND, ImportKind
from shared.clients import Client
from shared.domain.sheets import cells
from shared.domain.wording import Language
from shared.queries.managed import managed_by

_BYTE_ORDER_MARK = "\ufeff"  # else Excel takes UTF-8 for Windows-1252
_SEPARATOR = ";"  # what Excel in Indonesian expects
_STORED_AS = {"parent": "parent_code", "region": "region_code", "successor": "successor_code", "agency": "agency_code"}


async def exported_csv(session: AsyncSession, kind: ImportKind, language: Language, client: Client) -> str:
    """A CSV file with all columns, headed in this language, of what they look after. Raises Forbidden."""
    managed = await managed_by(session, client)
    columns, _ = OF_KIND[kind]
    page = io.StringIO(newline="")
    writer = csv.writer(page, delimiter=_SEPARATOR)
    names = [(name, column.names[0] if language is Language.ID else name) for name, column in columns.items()]
    writer.writerow([heading for _, heading in names])
    for row in await queries.everything(session, kind, of=managed.codes):
        writer.writerow([cells.guarded(_cell(row, name, language)) for name, _ in names])
    return _BYTE_ORDER_MARK + page.getvalue()


def _cell(row: Mapping[str, Any], name: str, language: Language) -> str:
    value = row.get(_STORED_AS.get(name, name))
    if value is None:
        value = row.get("contacts", {}).get(name)
    match value:
        case None:
            return ""
        case bool():
            return {Language.ID: ("tidak", "ya"), Language.EN: ("no", "yes")}[language][value]
        case list():
            return " ".join(value)
        case _:
            return str(value)
