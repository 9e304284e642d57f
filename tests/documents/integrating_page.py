"""The tables of docs/integrating.md, made from what enforces them. `python -m tests.documents.integrating_page`."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from routing_service.registry.delegation.part import SENTENCES as OF_PARTS
from routing_service.registry.imports.mistakes import SENTENCES as OF_FILES
from services.openapi import apps
from services.serve import SERVICES
from shared.domain.wording import Language
from shared.errors import DomainError
from shared.http.field_errors import CODES
from shared.http.openapi import rights, walking
from shared.http.openapi.walking import Document
from shared.http.problems import KEY_MISSING
from shared.http.translating import indonesian
from shared.pooler import FORGETFUL_POOLER
from sla_monitor.ombudsman.service import WITHOUT_CONSENT
from sla_monitor.proof import trouble
from tests.sentences import raised

PAGE = Path(__file__).parents[2] / "docs" / "integrating.md"

#: What is raised by other means than an error with its sentence beside it: status and sentence.
_OTHERS: Mapping[str, tuple[int, str]] = {
    "invalid": (422, "{0} fields are not as they should be; see `errors`."),
    "malformed_json": (400, "The body is not JSON; check quotes, commas and brackets."),
    "malformed_body": (400, "The body cannot be read; send JSON in UTF-8."),
    "method_not_allowed": (405, "The address is right and the method is not; `Allow` names those that are."),
    "http_error": (400, "Another error of HTTP; the status says which."),
    "internal_error": (500, "Something went wrong on our side; it has been logged under the request id."),
    "statements_forgotten": (503, FORGETFUL_POOLER),
    "key_missing": (503, KEY_MISSING),
    "too_slow": (503, "This request takes too long; ask for less (more filters, a longer word), or try later."),
}
PARTS = {"unknown_{0}": ("unknown_region", "unknown_category", "unknown_agency")}
_MOST_SENTENCES = 3


def page() -> str:
    text = PAGE.read_text("utf-8")
    for name, lines in {"operations": _operations(), "problems": _problems(), "fields": _fields()}.items():
        block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        assert block.search(text), f"docs/integrating.md has no table {name}"
        table = "\n".join(lines)
        text = block.sub(lambda found, table=table: f"{found[1]}\n{table}\n\n{found[2]}", text)  # type: ignore[misc]
    return text


def operations() -> Iterator[tuple[str, str, str, Document]]:
    """Service, method, path and operation, as the documents have them."""
    for name, app in apps().items():
        service = SERVICES[name]
        for path, method, operation in sorted(walking.operations(app.openapi()), key=lambda one: one[:2]):
            yield service, method.upper(), path, operation


def _operations() -> Iterator[str]:
    yield "| service | operation | who |"
    yield "| --- | --- | --- |"
    for service, method, path, operation in operations():
        yield f"| {service} | `{method} {path}` | {rights.who(operation, Language.EN)} |"


_SOMETHING: Any = "{0}"
_OF_THE_LOG = (
    trouble.went_back(_SOMETHING, _SOMETHING), trouble.replaced(_SOMETHING), trouble.renamed(_SOMETHING),
    trouble.torn(_SOMETHING), trouble.unreadable(_SOMETHING),
)  # fmt: skip


def problems() -> dict[str, tuple[list[int], list[str]]]:
    """By code: statuses, and sentences."""
    classes = {one.__name__: one for one in _derived(DomainError)}
    found: dict[str, tuple[set[int], dict[str, None]]] = defaultdict(lambda: (set(), {}))
    for name, code, sentence in raised():
        if name in classes:
            for one in PARTS.get(code or "", (code or classes[name].code,)):
                if "{" in one:  # of places, which name themselves
                    continue
                found[one][0].add(int(classes[name].status))
                found[one][1][sentence] = None
        elif code is not None and code not in _OTHERS:  # a problem that is written at once: the database is away
            found[code][0].add(503)
            found[code][1][sentence] = None
    beyond = {code: (403, re.sub(r"\{\w+\}", "{0}", said[1])) for code, said in OF_PARTS.items()}
    beyond |= {code: (409, sentence) for code, sentence in WITHOUT_CONSENT.values()}
    beyond |= {one.code: (503, re.sub(r"\{\w+\}", "{0}", one.sentence)) for one in _OF_THE_LOG}
    for code, (status, sentence) in {**_OTHERS, **beyond, **dict(_of_places())}.items():
        found[code] = ({status}, {sentence: None})
    return {code: (sorted(found[code][0]), list(found[code][1])) for code in sorted(found)}


def _of_places() -> Iterator[tuple[str, tuple[int, str]]]:
    for app in apps().values():
        for rule in app.state.rules.values():
            if rule.places is not None:
                refusal = rule.places.refusal()
                yield refusal.code, (int(refusal.status), refusal.detail)


def _derived(above: type[DomainError]) -> Iterator[type[DomainError]]:
    yield above
    for below in above.__subclasses__():
        yield from _derived(below)


def _problems() -> Iterator[str]:
    yield "| code | status | what it says, and what to do | in Indonesian |"
    yield "| --- | --- | --- | --- |"
    for code, (statuses, sentences) in problems().items():
        told = [_cell(sentence) for sentence in sentences[:_MOST_SENTENCES]]
        said = [_cell(indonesian(sentence)) for sentence in sentences[:_MOST_SENTENCES]]
        yield f"| `{code}` | {', '.join(map(str, statuses))} | {'<br>'.join(told)} | {'<br>'.join(said)} |"


def _cell(sentence: str) -> str:
    return re.sub(r"\{\d+\}", "…", sentence).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _fields() -> Iterator[str]:
    yield "| code | meaning |"
    yield "| --- | --- |"
    yield from (f"| `{code}` | {meaning} |" for code, meaning in CODES.items())
    yield from (f"| `{code}` | In a file: {_cell(_plain(said[1]))} |" for code, said in sorted(OF_FILES.items()))


def _plain(sentence: str) -> str:
    return re.sub(r"\{\w+\}", "…", sentence)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
