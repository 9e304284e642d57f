"""The Bruno collection has every public operation, in files that a reader of its format takes."""

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from services import bruno
from shared.http.openapi.examples import written

ADDRESSES = {"intake": "http://i", "routing": "http://r", "sla": "http://s"}
_BLOCK = re.compile(r"^([a-z:-]+) \{\n(.*?)^\}\n", re.DOTALL | re.MULTILINE)


@pytest.fixture
def parts(documents: dict[str, Any]) -> dict[str, Any]:
    return documents


def read(text: str) -> dict[str, str]:
    """Blocks by name. Nothing stands between them."""
    assert _BLOCK.sub("", text).strip() == ""
    return dict(_BLOCK.findall(text))


def values(block: str) -> dict[str, str]:
    parted = [line.strip().partition(":") for line in block.splitlines()]
    return {name: value.strip() for name, _, value in parted}


def a_document(method: str, operation: dict[str, Any], *, path: str = "/a") -> dict[str, Any]:
    return {"info": {"title": "A service"}, "paths": {path: {method: {"operationId": "x_a", **operation}}}}


def test_every_operation_has_a_request_that_can_be_read(parts: dict[str, Any]) -> None:
    files = bruno.files(parts, ADDRESSES)

    for service, document in parts.items():
        for method, path, operation in bruno.operations(document):
            blocks = read(files[f"{service}/{operation['operationId']}.bru"])
            asked = values(blocks[method])
            assert asked["url"].partition("?")[0] == f"{{{{{service}}}}}" + re.sub(r"\{(\w+)\}", r":\1", path)
            assert set(re.findall(r":(\w+)", path.replace("{", ":"))) == set(values(blocks.get("params:path", "")))
            takes_key = any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
            assert ("Idempotency-Key" in blocks["headers"]) is takes_key
            if asked["body"] == "json":
                json.loads(blocks["body:json"])


def test_the_example_of_an_operation_is_its_body(parts: dict[str, Any]) -> None:
    document = a_document("post", {
        "parameters": [{"name": "id", "in": "path", "example": 7}],
        "requestBody": {"content": {"application/json": {"examples": {"one": {"value": {"title": "Jalan"}}}}}},
    }, path="/a/{id}")  # fmt: skip

    blocks = read(bruno.files({"intake": document}, ADDRESSES)["intake/x_a.bru"])

    assert json.loads(blocks["body:json"]) == {"title": "Jalan"}
    assert values(blocks["params:path"]) == {"id": "7"}


def test_what_has_an_example_is_sent_and_the_rest_is_switched_off() -> None:
    document = a_document("get", {"parameters": [
        {"name": "latitude", "in": "query", "required": True, "example": -0.5},
        {"name": "asset", "in": "query", "example": True},
        {"name": "limit", "in": "query", "schema": {"default": 50}},
        {"name": "X-Reporter-Reference", "in": "header", "example": "akun-contoh"},
        {"name": "If-Match", "in": "header"},
    ]})  # fmt: skip

    blocks = read(bruno.files({"intake": document}, ADDRESSES)["intake/x_a.bru"])

    assert values(blocks["get"])["url"] == "{{intake}}/a?latitude=-0.5&asset=true"
    assert values(blocks["params:query"]) == {"latitude": "-0.5", "asset": "true", "~limit": "50"}
    assert values(blocks["headers"]).items() >= {"X-Reporter-Reference": "akun-contoh", "~If-Match": ""}.items()


def test_a_code_that_has_an_example_is_sent_and_else_the_readers_own_is_kept_ready() -> None:
    code = {"name": "X-Access-Code", "in": "header"}
    kinds = {"with": {**code, "example": "MZXW6"}, "without": code}

    sent: dict[str, dict[str, str]] = {}
    for kind, parameter in kinds.items():
        files = bruno.files({"intake": a_document("get", {"parameters": [parameter]})}, ADDRESSES)
        sent[kind] = values(read(files["intake/x_a.bru"])["headers"])

    assert sent["with"]["X-Access-Code"] == "MZXW6"
    assert sent["without"]["~X-Access-Code"] == "{{access_code}}"


def test_a_table_is_sent_as_it_stands_with_its_media_type() -> None:
    content = {"text/csv": {"example": "code,name\nA,B\n"}}
    document = a_document("post", {"requestBody": {"content": content}, "x-example-as": "operator"})

    blocks = read(bruno.files({"intake": document}, ADDRESSES)["intake/x_a.bru"])

    assert blocks["body:text"] == "  code,name\n  A,B\n"
    assert values(blocks["headers"])["Content-Type"] == "text/csv"
    assert values(blocks["auth:bearer"]) == {"token": "{{token_operator}}"}


def test_an_example_of_what_is_switched_off_expects_its_refusal() -> None:
    document = a_document("post", {"x-example-refused": "two_custodians_off"})

    blocks = read(bruno.files({"intake": document}, ADDRESSES)["intake/x_a.bru"])

    assert values(blocks["assert"]) == {"res.body.code": "eq two_custodians_off"}


def test_requests_stand_in_the_order_of_the_examples(parts: dict[str, Any]) -> None:
    files = bruno.files(parts, ADDRESSES)
    for service, package in (("intake", "intake_api"), ("routing", "routing_service"), ("sla", "sla_monitor")):
        places = {
            name.removeprefix(f"{service}/").removesuffix(".bru"): int(values(read(text)["meta"])["seq"])
            for name, text in files.items()
            if name.startswith(f"{service}/{service}_")
        }

        assert sorted(places, key=places.__getitem__) == list(written(package))


def test_a_request_reads_its_roles_token_from_the_private_file(tmp_path: Path, parts: dict[str, Any]) -> None:
    bruno.write(tmp_path, parts, ADDRESSES, {"operator": "its-token"})
    file = tmp_path / ".env"

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "LAPOR_TOKEN_OPERATOR=its-token\nLAPOR_ACCESS_CODE=\n" in file.read_text()
    assert "token_operator: {{process.env.LAPOR_TOKEN_OPERATOR}}" in (tmp_path / "environments/local.bru").read_text()
    assert (tmp_path / ".gitignore").read_text() == ".env\n"

    bruno.write(tmp_path, parts, ADDRESSES)
    assert "its-token" in file.read_text()


def test_it_is_written_into_a_folder(tmp_path: Path, parts: dict[str, Any]) -> None:
    count = bruno.write(tmp_path, parts, ADDRESSES)

    assert count == len(list(tmp_path.rglob("*_*.bru")))
    assert json.loads((tmp_path / "bruno.json").read_text())["type"] == "collection"
    assert "intake: http://i" in (tmp_path / "environments" / "local.bru").read_text()
