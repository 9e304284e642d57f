"""What is asked of calendar versions and what is answered."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from shared.http.wire import Answer, Bilingual, PageParams, Schema, Sequence32, ShortText, Title
from sla_monitor.calendars import DayKind
from sla_monitor.recomputations.schemas import Preview, RecomputationView

FIRST_YEAR, LAST_YEAR = 1990, 2100
MOST_YEARS = 60

DECREE = "SKB Menag, Menaker, MenPANRB 933/1/3 tahun 2025"


class CalendarStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    SUPERSEDED = "superseded"


def _a_working_week(weekend: list[int]) -> list[int]:
    if not weekend:
        raise ValueError("a week has at least one day off: name it, 1 for Monday to 7 for Sunday")
    if len(set(weekend)) == 7:
        raise ValueError("a week has at least one working day: leave it out")
    if len(set(weekend)) < len(weekend):
        raise ValueError("a day of the week is named twice")
    return sorted(weekend)


Weekend = Annotated[
    list[Annotated[int, Field(strict=True, ge=1, le=7)]],
    Field(max_length=14, description="Days of the week that are off, as ISO 8601 counts them: 6 Saturday, 7 Sunday."),
    AfterValidator(_a_working_week),
]
Year = Annotated[int, Field(strict=True, ge=FIRST_YEAR, le=LAST_YEAR)]


class Years(Schema):
    first: Year
    last: Year

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        if not self.first <= self.last < self.first + MOST_YEARS:
            raise ValueError(f"the last year is not before the first, and they are at most {MOST_YEARS}")
        return self


class CalendarDraft(Schema):
    """A new version, made from another one; drafts change, versions that were activated never do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "2026, as amended in March", "decree": DECREE},
                {"name": "2026-2027 by the package", "years": {"first": 2026, "last": 2027}, "weekend": [6, 7]},
            ]
        }
    )

    name: Title
    decree: Annotated[ShortText | None, Field(description="The number of the joint decree (SKB 3 Menteri).")] = None
    based_on: Annotated[Sequence32 | None, Field(description="The version to copy; the active one if none.")] = None
    years: Annotated[
        Years | None,
        Field(
            description="Take the national days of these years from the installed `holidays` package, adding years "
            "that are missing. Regional days stay."
        ),
    ] = None
    weekend: Weekend | None = None


class DayName(Schema):
    id: ShortText
    en: ShortText


Province = Annotated[
    str | None,
    Field(
        pattern=r"^\d{2}(\.\d{2})?$",
        description="Of a regional day off: the code of a province, regency or city; the others hold everywhere.",
    ),
]


class DayReference(Schema):
    date: date
    kind: DayKind
    province: Province = None


class DayOff(DayReference):
    name: DayName


class DayChanges(Schema):
    """First `remove`, then `add`; all of it or, if a day is wrong, nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "remove": [{"date": "2026-03-20", "kind": "cuti_bersama"}],
                    "add": [
                        {
                            "date": "2026-01-09",
                            "kind": "regional",
                            "province": "64",
                            "name": {"id": "Hari Jadi Kalimantan Timur", "en": "Anniversary of East Kalimantan"},
                        }
                    ],
                }
            ]
        }
    )

    add: Annotated[list[DayOff], Field(max_length=2000, default_factory=list)]
    remove: Annotated[list[DayReference], Field(max_length=2000, default_factory=list)]


class YearView(Answer):
    year: int
    complete: bool = Field(description="False: provisional, so that its deadlines may still move.")
    cuti_bersama: bool = Field(description="Whether its cuti bersama are loaded.")
    estimated: bool = Field(description="Whether some of its feasts are only estimated.")


class DayView(Answer):
    date: date
    kind: DayKind
    province: str | None
    name: Bilingual


class CalendarView(Answer):
    id: int
    name: str
    decree: str | None
    source: str
    status: CalendarStatus
    weekend: list[int]
    years: list[YearView]
    incomplete_years: list[int] = Field(description="Years without cuti bersama, or with feasts only estimated.")
    based_on: int | None
    created_by: str | None
    created_at: datetime
    activated_at: datetime | None
    superseded_at: datetime | None


class CalendarDetail(CalendarView):
    days: list[DayView]


class CalendarParams(PageParams):
    status: CalendarStatus | None = None


class CalendarPreview(Preview):
    """Which clocks would move if this version were active; only reports with an open clock are looked at."""

    calendar: int
    replaces: int | None = Field(description="The active version; name it as `replaces` when you activate this one.")
    incomplete_years: list[int]


class Activation(Schema):
    model_config = ConfigDict(json_schema_extra={"examples": [{"replaces": 1}]})

    replaces: Annotated[
        Sequence32 | None,
        Field(
            description="The version that was active when you looked, as the preview names it; null: none was active."
        ),
    ]


class Activated(Answer):
    calendar: CalendarView
    recomputation: RecomputationView
