"""What is asked of exports."""

from pydantic import Field

from shared.http.wire import Code, Instant, Schema
from sla_monitor.exports.writing import ExportFormat
from sla_monitor.statistics.schemas import PeriodText


class ExportParams(Schema):
    format: ExportFormat = Field(ExportFormat.XLSX, description="How it is written: `csv`, `xlsx` or `pdf`.")
    agency: Code | None = Field(None, description="This agency and all below it.")
    period: PeriodText | None = Field(
        None,
        description="When the reports were received, as in `GET /v1/statistics`; of the reprimand the quarter that is "
        "meant, without it the one that runs.",
    )
    as_of: Instant | None = Field(None, description="As everything was at this instant; without it now.")
