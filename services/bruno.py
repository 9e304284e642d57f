"""A Bruno collection (https://www.usebruno.com) of every public operation, with the examples of its OpenAPI document.

Nothing of it is kept: it is written anew where it is wanted, and so is never older than the services.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
_ENVIRONMENT = "environments/local.bru"


def files(parts: Mapping[str, Document], addresses: Mapping[str, str]) -> dict[str, str]:
    """By path in the collection's folder. `parts` and `addresses` by service."""
    found = {
        "bruno.json": json.dumps({"version": "1", "name": "lapor", "type": "collection"}, indent=2) + "\n",
        _ENVIRONMENT: _block("vars", {**addresses, "token": "", "access_code": ""}),
    }
    for service, document in parts.items():
        for number, (method, path, operation) in enumerate(operations(document), 1):
            found[f"{service}/{operation['operationId']}.bru"] = _request(service, number, method, path, operation)
    return found


def write(folder: Path, parts: Mapping[str, Document], addresses: Mapping[str, str]) -> int:
    """How many requests."""
    written = files(parts, addresses)
    for name, text in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return len(written) - 2


def operations(document: Document) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in document["paths"].items():
        yield from ((method, path, item[method]) for method in METHODS if method in item)


def _request(service: str, number: int, method: str, path: str, operation: Mapping[str, Any]) -> str:
    parameters = operation.get("parameters", [])
    in_path = {one["name"]: _example(one) for one in parameters if one["in"] == "path"}
    queries = {f"~{one['name']}": _example(one) for one in parameters if one["in"] == "query"}
    body = _body(operation)
    url = f"{{{{{service}}}}}" + re.sub(r"\{(\w+)\}", r":\1", path)
    blocks = [
        _block("meta", {"name": operation.get("summary", operation["operationId"]), "type": "http", "seq": number}),
        _block(method, {"url": url, "body": "none" if body is None else "json", "auth": "bearer"}),
        _block("params:query", queries),
        _block("params:path", in_path),
        _block("headers", _headers(parameters)),
        _block("auth:bearer", {"token": "{{token}}"}),
    ]
    if body is not None:
        text = json.dumps(body, indent=2, ensure_ascii=False)
        blocks.append("body:json {\n" + "".join(f"  {line}\n" for line in text.split("\n")) + "}\n")
    return "\n".join(block for block in blocks if block)


def _headers(parameters: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Those that are switched off begin with ~."""
    taken = {one["name"] for one in parameters if one["in"] == "header"}
    found = {"Accept-Language": "en", "Idempotency-Key": "{{$guid}}", "~X-Access-Code": "{{access_code}}"}
    return {name: value for name, value in found.items() if name == "Accept-Language" or name.lstrip("~") in taken}


def _body(operation: Mapping[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    if "example" in content:
        return content["example"]
    for one in content.get("examples", {}).values():
        return one.get("value", {})
    return next(iter(content.get("schema", {}).get("examples", [])), {})


def _example(parameter: Mapping[str, Any]) -> Any:
    schema = parameter.get("schema", {})
    for one in parameter.get("examples", {}).values():
        return one.get("value", "")
    found = parameter.get("example", next(iter(schema.get("examples", [])), schema.get("default", "")))
    return "" if found is None or isinstance(found, list) else found


def _block(name: str, values: Mapping[str, Any]) -> str:
    if not values:
        return ""
    return name + " {\n" + "".join(f"  {key}: {value!s}\n" for key, value in values.items()) + "}\n"
