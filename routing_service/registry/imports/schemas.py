from pydantic import Field

from routing_service.registry.imports.columns import ImportKind
from shared.domain.wording import Language
from shared.http.wire import Answer, Bilingual, Schema


class ImportParams(Schema):
    dry_run: bool = Field(False, description="Only say what it would do, and what is wrong.")


class ExportParams(Schema):
    language: Language = Field(Language.ID, description="Of the headings; the import knows both.")


class MistakeView(Answer):
    line: int = Field(description="As a spreadsheet counts: the first line of the file is 1.")
    column: str | None = Field(description="Null: the line as a whole.")
    code: str
    sentence: Bilingual


class ChangeView(Answer):
    """What a line does, or would do: names of columns, never their values."""

    line: int
    about: str = Field(description="The code; of an officer the agency and the role.")
    created: bool
    changed: list[str] = Field(description="Columns that get another value.")
    taken_away: list[str] = Field(description="Columns that have a value now and get none.")


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
    notes: list[MistakeView] = Field(description="Lines that are no mistakes but worth a look; the first thousand.")
    changes: list[ChangeView] = Field(description="What each line does; the first thousand lines.")
    taking_away: int = Field(description="How many lines take a value away.")
