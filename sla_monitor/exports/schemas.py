"""What is asked of exports."""

from enum import StrEnum, auto

from pydantic import Field

from shared.http.wire import Code, Instant, Schema
from sla_monitor.exports.writing import ExportFormat
from sla_monitor.statistics.schemas import PeriodText


class EvaluatedBy(StrEnum):
    """What a line of the evaluation is of."""

    AGENCY = auto()
    INSTANSI = auto()


class ExportParams(Schema):
    format: ExportFormat = Field(ExportFormat.XLSX, description="How it is written: `csv`, `xlsx` or `pdf`.")
    agency: Code | None = Field(None, description="This agency and all below it.")
    by: EvaluatedBy = Field(
        EvaluatedBy.AGENCY,
        description="Of the evaluation: a line for each `agency`, or for each `instansi` with all below it.",
    )
    period: PeriodText | None = Field(
        None,
        description="When the reports were received, as in `GET /v1/statistics`; of the reprimand the quarter that is "
        "meant, without it the one that runs; not of the cases near 60 days.",
    )
    as_of: Instant | None = Field(None, description="As everything was at this instant; without it now.")
