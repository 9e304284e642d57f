from pydantic import AwareDatetime, Field

from shared.http.wire import Schema


class Act(Schema):
    occurred_at: AwareDatetime | None = Field(
        None, description="When it really happened; only for a historical import (scope reports:import)."
    )
