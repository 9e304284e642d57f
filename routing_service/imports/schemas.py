from pydantic import Field

from routing_service.imports.columns import ImportKind
from routing_service.registry.schemas import Bilingual
from shared.wire import Answer, Schema


class ImportParams(Schema):
    dry_run: bool = Field(False, description="Only say what it would do, and what is wrong.")


class MistakeView(Answer):
    line: int = Field(description="The first line of the file, with the names of the columns, is 1.")
    column: str | None = Field(description="Null: the line as a whole.")
    code: str
    sentence: Bilingual


class ImportReport(Answer):
    """What a file did to the registry, or would do."""

    kind: ImportKind
    dry_run: bool
    applied: bool = Field(description="Whether anything was written: not in a dry run, and not with a single mistake.")
    lines: int
    created: int
    updated: int
    unchanged: int
    mistakes: int
    errors: list[MistakeView] = Field(description="Line by line; the first thousand.")
