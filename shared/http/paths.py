"""Which report the path of a request is about."""

import re

from starlette.types import Scope

_REPORTS = "/v1/reports/"
_OF_A_REPORT = _REPORTS + "{"
_REPORT = re.compile(r"[A-Za-z0-9-]{1,64}")


def report_of(scope: Scope, route: str) -> str | None:
    """The id or tracking number in it, which has nothing to be escaped."""
    if not route.startswith(_OF_A_REPORT):
        return None
    named: str = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix(_REPORTS).partition("/")[0]
    return named if _REPORT.fullmatch(named) else None
