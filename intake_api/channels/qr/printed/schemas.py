"""A printed code as those who manage it write and read it, and as an app reads what it says."""

from datetime import datetime
from enum import StrEnum, auto

from pydantic import ConfigDict, Field

from shared.http.locations import GivenLocation
from shared.http.wire import Answer, Bilingual, Code, PageParams, Schema, ShortText, Title

_KIND = "What it hangs on: an `agency`, a `desk`, or an `asset` such as a lamp post or a class room."
_LABEL = "What people read above the form, such as `Lampu jalan 0123`."
_REFERENCE = "Your own number of what it hangs on, once among the agency's codes that are in use."
_AGENCY = "Whom reports are meant for; a wish, for routing decides."
_CATEGORY = "What reports are about, of GET /v1/categories."


class QrCodeKind(StrEnum):
    AGENCY = auto()
    DESK = auto()
    ASSET = auto()


class QrCodeLocation(GivenLocation):
    """Where it hangs; its reports lie there."""

    text: ShortText | None = Field(None, description="The place in words: street, building, village.")


class QrCodeCreate(Schema):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "asset",
                    "label": "Lampu jalan 0123",
                    "reference": "PJU-0123",
                    "agency": "SAMARINDA-DPUPR",
                    "location": {"text": "Jl. Pahlawan", "region_code": "64.72.03"},
                    "category": "street_light_out",
                }
            ]
        }
    )

    kind: QrCodeKind = Field(QrCodeKind.ASSET, description=_KIND)
    label: Title = Field(description=_LABEL)
    reference: Code | None = Field(None, description=_REFERENCE)
    agency: Code = Field(description=_AGENCY)
    location: QrCodeLocation | None = Field(None, description="Where it hangs.")
    category: Code | None = Field(None, description=_CATEGORY)


class QrCodeView(Answer):
    code: str = Field(description="The code itself, as it is printed.")
    address: str = Field(description="What the picture holds: the page that it leads to.")
    kind: str = Field(description=_KIND)
    label: str = Field(description=_LABEL)
    reference: str | None = Field(description=_REFERENCE)
    agency: str = Field(description=_AGENCY)
    place: str | None = Field(description="The place in words; null: not given.")
    latitude: float | None = Field(description="Of the place; null: not given.")
    longitude: float | None = Field(description="Of the place; null: not given.")
    region: str | None = Field(description="The Kemendagri code of the place; null: not given.")
    category: str | None = Field(description=_CATEGORY)
    created_at: datetime = Field(description="When it was made.")
    created_by: str = Field(description="Who made it, as the log of the registry names them.")
    revoked_at: datetime | None = Field(
        description="Since when it leads to the page without a code; null: it is in use."
    )
    revoked_by: str | None = Field(description="Who revoked it; null: it is in use.")


class QrCodeScan(Answer):
    """What a code fills in before somebody reports."""

    code: str = Field(description="The code as it is printed.")
    label: str = Field(description=_LABEL)
    place: str | None = Field(description="The place in words; null: not given.")
    latitude: float | None = Field(description="Of the place; null: not given.")
    longitude: float | None = Field(description="Of the place; null: not given.")
    region: str | None = Field(description="The Kemendagri code of the place; null: not given.")
    agency: str | None = Field(
        description="Whom it is meant for now: where the first one has ended its successor; null: nobody took over."
    )
    agency_name: str | None = Field(description="The name of that agency; null: there is none.")
    category: str | None = Field(description="What it is about; null: not given, or out of service.")
    category_label: Bilingual | None = Field(description="The category in words; null: there is none.")


class QrCodeParams(PageParams):
    agency: Code | None = Field(None, description="Only the codes of this agency and of those below it.")
    kind: QrCodeKind | None = Field(None, description="Only codes that hang on such things.")
    revoked: bool | None = Field(None, description="`true`: only revoked ones; `false`: only those in use.")
    reference: Code | None = Field(None, description="Only the codes with this number of yours.")


class QrImportParams(Schema):
    dry_run: bool = Field(False, description="Say what the file would do, and do nothing.")


class QrImportMistake(Answer):
    line: int = Field(description="As the spreadsheet counts.")
    column: str | None = Field(description="Which column; null: the line, or the file as a whole.")
    code: str = Field(description="What is wrong, for programs.")
    message: Bilingual = Field(description="What is wrong, in words.")


class QrImportReport(Answer):
    lines: int = Field(description="How many lines of data the file has.")
    created: int = Field(description="How many codes were made, or would be.")
    known: int = Field(description="How many lines name what has a code already, by agency and reference.")
    applied: bool = Field(description="Whether the codes were made; all of them, or none.")
    mistakes: list[QrImportMistake] = Field(description="What has to be put right first.")
    codes: list[QrCodeView] = Field(description="Those that were made, in the order of the file.")
