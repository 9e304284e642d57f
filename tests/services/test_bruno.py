"""The Bruno collection has every public operation, in files that a reader of its format takes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from services import bruno, openapi

ADDRESSES = {"intake": "http://i", "routing": "http://r", "sla": "http://s"}
_BLOCK = re.compile(r"^([a-z:]+) \{\n(.*?)^\}\n", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def parts() -> dict[str, Any]:
    return openapi.documents()


def read(text: str) -> dict[str, str]:
    """Blocks by name. Nothing stands between them."""
    assert _BLOCK.sub("", text).strip() == ""
    return dict(_BLOCK.findall(text))


def values(block: str) -> dict[str, str]:
    parted = [line.strip().partition(":") for line in block.splitlines()]
    return {name: value.strip() for name, _, value in parted}


def test_every_operation_has_a_request_that_can_be_read(parts: dict[str, Any]) -> None:
    files = bruno.files(parts, ADDRESSES)

    for service, document in parts.items():
        for method, path, operation in bruno.operations(document):
            blocks = read(files[f"{service}/{operation['operationId']}.bru"])
            asked = values(blocks[method])
            assert asked["url"] == f"{{{{{service}}}}}" + re.sub(r"\{(\w+)\}", r":\1", path)
            assert set(re.findall(r":(\w+)", path.replace("{", ":"))) == set(values(blocks.get("params:path", "")))
            assert ("Idempotency-Key" in blocks["headers"]) is (method == "post")
            if asked["body"] == "json":
                json.loads(blocks["body:json"])


def test_the_example_of_an_operation_is_its_body(parts: dict[str, Any]) -> None:
    document = {"paths": {"/a/{id}": {"post": {
        "operationId": "x_a", "parameters": [{"name": "id", "in": "path", "example": 7}],
        "requestBody": {"content": {"application/json": {"examples": {"one": {"value": {"title": "Jalan"}}}}}},
    }}}}  # fmt: skip

    blocks = read(bruno.files({"intake": document}, ADDRESSES)["intake/x_a.bru"])

    assert json.loads(blocks["body:json"]) == {"title": "Jalan"}
    assert values(blocks["params:path"]) == {"id": "7"}


def test_it_is_written_into_a_folder(tmp_path: Path, parts: dict[str, Any]) -> None:
    count = bruno.write(tmp_path, parts, ADDRESSES)

    assert count == len(list(tmp_path.rglob("*_*.bru")))
    assert json.loads((tmp_path / "bruno.json").read_text())["type"] == "collection"
    assert "intake: http://i" in (tmp_path / "environments" / "local.bru").read_text()
