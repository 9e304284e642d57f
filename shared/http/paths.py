"""Which report the path of a request is about."""

import re

from starlette.types import Scope

#: Of the API, and of the pages of officers.
_REPORTS = ("/v1/reports/", "/board/reports/", "/board/deadlines/")
_REPORT = re.compile(r"[A-Za-z0-9-]{1,64}")


def report_of(scope: Scope, route: str) -> str | None:
    """The id or tracking number in it, which has nothing to be escaped."""
    reports = next((one for one in _REPORTS if route.startswith(one + "{")), None)
    if reports is None:
        return None
    named: str = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix(reports).partition("/")[0]
    return named if _REPORT.fullmatch(named) else None
