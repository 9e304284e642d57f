from pydantic import Field

from shared.http.wire import Answer, Bilingual, PageParams, RegionCode


class RegionParams(PageParams):
    parent: RegionCode | None = Field(None, description="The children of this region; without it, the provinces.")


class CategoryItem(Answer):
    code: str
    parent: str | None
    label: Bilingual


class RegionItem(Answer):
    code: str
    parent: str | None
    label: Bilingual


class AgencyItem(Answer):
    code: str
    parent: str | None
    label: Bilingual
    short_name: str | None
    kind: str
    region: str | None
    time_zone: str


class CodeItem(Answer):
    code: str
    label: Bilingual


class SubjectItem(CodeItem):
    """What reports are about, in plain words."""

    meaning: Bilingual
    categories: list[str] = Field(description="The categories below it, each with those below that.")


class StatusItem(CodeItem):
    group: CodeItem = Field(description="What the public sees of this status.")


class Codes(Answer):
    statuses: list[StatusItem]
    classifications: list[CodeItem]
    subjects: list[SubjectItem] = Field(description="A citizen picks one; `POST /v1/reports` takes its code.")
    channels: list[CodeItem]
    archive_reasons: list[CodeItem]
    return_reasons: list[CodeItem]
    override_reasons: list[CodeItem] = Field(description="Why a person sends a report elsewhere than was suggested.")
    event_types: list[CodeItem]
    stages: list[CodeItem]
    agency_levels: list[CodeItem]
    duties: list[CodeItem] = Field(description="What agencies answer for; rules call them by it.")
