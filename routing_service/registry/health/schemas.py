from datetime import datetime

from pydantic import Field

from routing_service.registry.health.sentences import GapCode
from shared.http.wire import Answer, Bilingual, Code, Page, PageParams


class GapView(Answer):
    code: GapCode
    agency: str | None = Field(description="Null: a gap among the categories.")
    subject: str | None = Field(description="What else it is about: a category, a duty, another agency, a rule.")
    count: int | None = Field(description="How many officers, agencies or reports.")
    sentence: Bilingual


class RegistryHealth(Page[GapView]):
    checked_at: datetime
    counts: dict[str, int] = Field(description="How many gaps of each code the whole list has, not this page alone.")


class HealthParams(PageParams):
    code: GapCode | None = None
    agency: Code | None = Field(None, description="The agency and those below it.")
