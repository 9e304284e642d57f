"""The table of settings in README.md, made from the classes. `python -m tests.documents.settings_table` writes it."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePath

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from shared.settings import IntakeSettings, MonitorSettings, RoutingSettings, Settings

README = Path(__file__).parents[2] / "README.md"
HEAD = "| variable | default | meaning |\n| --- | --- | --- |\n"
#: Read by the command, not by a service.
OF_THE_COMMAND = (
    "| `LAPOR_LANGUAGE` | `en` | `id`: commands speak Indonesian (so do problems, to a client that sends "
    "`Accept-Language: id`). |\n"
)
_TABLE = re.compile(re.escape(HEAD) + r"(?:\|.*\n)*")


def table() -> str:
    return HEAD + "".join(_row(name, field) for name, field in _fields()) + OF_THE_COMMAND


def in_readme() -> str:
    found = _TABLE.search(README.read_text("utf-8"))
    assert found is not None, "README.md has no table of settings"
    return found[0]


def _fields() -> Iterator[tuple[str, FieldInfo]]:
    seen: set[str] = set()
    for settings in (Settings, IntakeSettings, RoutingSettings, MonitorSettings):
        yield from ((name, field) for name, field in settings.model_fields.items() if name not in seen)
        seen |= settings.model_fields.keys()


def _row(name: str, field: FieldInfo) -> str:
    return f"| `LAPOR_{name.upper()}` | {_default(field)} | {field.description or ''} |\n"


def _default(field: FieldInfo) -> str:
    value = "" if field.is_required() else field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str | PurePath):
        return f"`{value}`" if str(value) else ""
    return f"{value:g}" if isinstance(value, float) else f"{value}"


if __name__ == "__main__":
    README.write_text(_TABLE.sub(lambda _: table(), README.read_text("utf-8")), "utf-8")
