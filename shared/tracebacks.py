"""What a log says of an exception: what it is and where, never the values that it was about.

A violated key names the telephone number that is there twice, an invalid model repeats its input, a KeyError its key.
"""

from collections.abc import Iterator
from typing import Any

from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import ExcInfo

#: Their messages are about code.
_SAFE = (TypeError, AttributeError, NameError, ImportError, RecursionError, NotImplementedError)


class Traceback(ExceptionDictTransformer):
    def __init__(self) -> None:
        super().__init__(show_locals=False)  # locals would show what citizens wrote

    def __call__(self, exc_info: ExcInfo) -> list[dict[str, Any]]:
        stacks = super().__call__(exc_info)
        said = list(_chain(exc_info[1]))
        for place, stack in enumerate(stacks):
            error = said[place] if place < len(said) else None
            _keep_silent(stack, error)
        return stacks


def _keep_silent(stack: dict[str, Any], error: BaseException | None) -> None:
    if not isinstance(error, _SAFE):
        stack["exc_value"] = ""
    stack["exc_notes"] = []
    stack |= of_database(error)
    for group in stack.get("exceptions") or ():
        for one in group:
            _keep_silent(one, None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """In the order in which structlog tells them: each with what caused it, or what it happened in."""
    while error is not None:
        yield error
        suppressed = error.__suppress_context__
        error = error.__cause__ if error.__cause__ is not None else None if suppressed else error.__context__


def of_database(error: BaseException | None) -> dict[str, str]:
    """SQLSTATE, and the name of what was violated. SQLAlchemy wraps the adapter's error, which wraps asyncpg's."""
    found: dict[str, str] = {}
    for one in (error, getattr(error, "orig", None), getattr(getattr(error, "orig", None), "__cause__", None)):
        for name in ("sqlstate", "constraint_name"):
            value = getattr(one, name, None)
            if isinstance(value, str):
                found.setdefault(name, value)
    return found
