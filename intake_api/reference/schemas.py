from typing import Annotated

from pydantic import Field, StringConstraints

from shared.http.wire import Answer, Bilingual, PageParams, RegionCode, Schema, StoredText


class ReferenceParams(PageParams):
    limit: Annotated[int, Field(ge=1, le=500)] = Field(
        500, description="How many at most; where there are more, `next_cursor` and the header Link lead on."
    )


class RegionParams(ReferenceParams):
    parent: RegionCode | None = Field(None, description="The children of this region; without it, the provinces.")
    q: Annotated[StoredText, StringConstraints(strip_whitespace=True, min_length=3, max_length=100)] | None = Field(
        None, description="Part of a name: regions of every level, with `parent` those below it."
    )


class RegionTreeParams(Schema):
    within: RegionCode | None = Field(
        None, description="This region and all below it; without it, the whole country down to the districts."
    )


class CategoryItem(Answer):
    code: str
    parent: str | None
    label: Bilingual
    needs_evidence: bool = Field(
        description="Whether a report under it must be proven by a file, such as a photo: ask for it in the form."
    )


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


class RegionTree(Answer):
    items: list[RegionItem] = Field(description="By code, so that each stands behind the region that it lies in.")


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
    evidence_refusals: list[CodeItem] = Field(description="Why a file is not taken as evidence: its `reason`.")
    evidence_remarks: list[CodeItem] = Field(description="What a verifier should look at in a file: its `remarks`.")
