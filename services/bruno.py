"""A Bruno collection (https://www.usebruno.com) of every public operation, with the examples of its OpenAPI document.

Nothing of it is kept: it is written anew where it is wanted, and so is never older than the services. Requests stand in
the order of a report's life; each says itself whether it succeeded, so that `bru run -r --env local` tries them all.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from services.local import private
from services.serve import SERVICES
from shared.clients import Role
from shared.http.openapi import examples

Document = Mapping[str, Any]
Operation = tuple[str, str, Mapping[str, Any]]

#: Roles whose tokens are handed out; the services make their own.
HOLDERS = tuple(role for role in Role if role is not Role.SERVICE)
METHODS = ("get", "post", "put", "patch", "delete")
SECRETS = ".env"
FORM = "application/x-www-form-urlencoded"
#: How Bruno calls the kind of a body where a request chooses it.
_CHOSEN = {"form-urlencoded": "formUrlEncoded"}
_ENVIRONMENT = "environments/local.bru"
_ACCESS_CODE = "LAPOR_ACCESS_CODE"


def variable(role: str) -> str:
    """Of `.env`: where the token of a role stands."""
    return f"LAPOR_TOKEN_{role.upper()}"


def files(parts: Mapping[str, Document], addresses: Mapping[str, str]) -> dict[str, str]:
    """By path in the collection's folder. `parts` and `addresses` by service."""
    secrets = {"access_code": f"{{{{process.env.{_ACCESS_CODE}}}}}"}
    secrets |= {f"token_{role}": f"{{{{process.env.{variable(role)}}}}}" for role in HOLDERS}
    found = {
        "bruno.json": json.dumps({"version": "1", "name": "lapor", "type": "collection"}, indent=2) + "\n",
        ".gitignore": SECRETS + "\n",
        _ENVIRONMENT: _block("vars", {**addresses, **secrets}),
    }
    for place, (service, document) in enumerate(parts.items(), 1):
        found[f"{service}/folder.bru"] = _block("meta", {"name": document["info"]["title"], "seq": place})
        for number, (method, path, operation) in enumerate(_in_order(service, document), 1):
            found[f"{service}/{operation['operationId']}.bru"] = _request(service, number, method, path, operation)
    return found


def write(
    folder: Path, parts: Mapping[str, Document], addresses: Mapping[str, str], tokens: Mapping[str, str] | None = None
) -> int:
    """How many requests. `tokens` by role; a `.env` that is there already keeps what it says unless some are given."""
    for name, text in files(parts, addresses).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    if tokens or not (folder / SECRETS).exists():
        known = {variable(role): (tokens or {}).get(role, "") for role in HOLDERS}
        private.write(
            folder / SECRETS, "".join(f"{name}={text}\n" for name, text in {**known, _ACCESS_CODE: ""}.items())
        )
    return sum(1 for document in parts.values() for _ in operations(document))


def operations(document: Document) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        yield from ((method, path, item[method]) for method in METHODS if method in item)


def _in_order(service: str, document: Document) -> list[Operation]:
    """That of the service's examples; an operation without one comes last."""
    package = next(package for package, name in SERVICES.items() if name == service)
    place = {id: number for number, id in enumerate(examples.written(package))}
    return sorted(operations(document), key=lambda one: place.get(one[2]["operationId"], len(place)))


def _request(service: str, number: int, method: str, path: str, operation: Mapping[str, Any]) -> str:
    parameters = operation.get("parameters", [])
    kind, media, body = _body(operation)
    role = operation.get(examples.SENT_AS, Role.REPORTER_APP)
    url = f"{{{{{service}}}}}" + re.sub(r"\{(\w+)\}", r":\1", path)
    queries = _parameters(parameters, "query")
    sent = "&".join(f"{name}={value}" for name, value in queries.items() if not name.startswith("~"))
    blocks = [
        _block("meta", {"name": operation.get("summary", operation["operationId"]), "type": "http", "seq": number}),
        _block(method, {"url": f"{url}?{sent}" if sent else url, "body": _CHOSEN.get(kind, kind), "auth": "bearer"}),
        _block("params:query", queries),
        _block("params:path", _parameters(parameters, "path")),
        _block("headers", _headers(parameters, media)),
        _block("auth:bearer", {"token": f"{{{{token_{role}}}}}"}),
        "" if kind == "none" else f"body:{kind} {{\n" + "".join(f"  {line}\n" for line in body.split("\n")) + "}\n",
        _block("assert", _asserted(operation)),
    ]
    return "\n".join(block for block in blocks if block)


def _asserted(operation: Mapping[str, Any]) -> dict[str, str]:
    refused = operation.get(examples.REFUSED)
    return {"res.status": "lt 300"} if refused is None else {"res.body.code": f"eq {refused}"}


def _parameters(parameters: list[Mapping[str, Any]], place: str) -> dict[str, str]:
    """As the pages do: sent with its example, else switched off, which ~ says. No path goes without a value."""
    return {
        one["name"] if place == "path" or "example" in one else f"~{one['name']}": _example(one)
        for one in parameters
        if one["in"] == place
    }


def _headers(parameters: list[Mapping[str, Any]], media: str | None) -> dict[str, str]:
    described = {one["name"]: one for one in parameters if one["in"] == "header"}
    found = {"Accept-Language": "en"}
    if media:
        found["Content-Type"] = media
    if "Idempotency-Key" in described:
        found["Idempotency-Key"] = "{{$guid}}"
    if "X-Access-Code" in described and "example" not in described["X-Access-Code"]:
        found["~X-Access-Code"] = "{{access_code}}"
    others = [one for name, one in described.items() if name not in found and f"~{name}" not in found]
    return found | _parameters(others, "header")


def _body(operation: Mapping[str, Any]) -> tuple[str, str | None, str]:
    """Bruno's word for its kind, its media type and its text."""
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return "none", None, ""
    media, described = next(iter(content.items()))
    if media == FORM:
        return (
            "form-urlencoded",
            media,
            "\n".join(f"{name}: {_line(value)}" for name, value in _shown(described).items()),
        )
    if media != "application/json":
        return "text", media, str(described.get("example", "")).rstrip("\n")
    return "json", media, json.dumps(_shown(described), indent=2, ensure_ascii=False)


def _line(value: str) -> str:
    """A value ends with its line."""
    return " ".join(value.split())


def _shown(described: Mapping[str, Any]) -> Any:
    if "example" in described:
        return described["example"]
    for one in described.get("examples", {}).values():
        return one.get("value", {})
    return next(iter(described.get("schema", {}).get("examples", [])), {})


def _example(parameter: Mapping[str, Any]) -> str:
    schema = parameter.get("schema", {})
    for one in parameter.get("examples", {}).values():
        return _text(one.get("value"))
    return _text(parameter.get("example", next(iter(schema.get("examples", [])), schema.get("default"))))


def _text(value: Any) -> str:
    """As it stands in an address."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, list | dict) else str(value)


def _block(name: str, values: Mapping[str, Any]) -> str:
    if not values:
        return ""
    return name + " {\n" + "".join(f"  {key}: {value!s}\n" for key, value in values.items()) + "}\n"
