"""Open311 as clients and schemas that nobody here wrote see it."""

import asyncio
import json
import os
import random
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from tests.contract import tools
from tests.forks import ForkedStack
from tests.stack.driving import INTAKE

#: A folder with the JSON schemas of the open311 organisation for GeoReport v2.
SCHEMAS = "LAPOR_TEST_OPEN311_SCHEMAS"
SCRIPT = Path(__file__).with_name("open311_georeport.py")
ROOT = "/open311/v2"
REQUESTS = 500

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_GENERATORS" not in os.environ, reason="`make contract` installs the client"),
]


def sample_of(stack: ForkedStack, operation: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stack.examples.read_text())[operation]
    return found


async def test_georeport_reads_services_definitions_and_requests_in_both_formats(fresh: ForkedStack) -> None:
    number = sample_of(fresh, "intake_get_open311_request")["parameters"]["service_request_id"]
    python = tools.python() / "python"

    said = await asyncio.to_thread(tools.succeed, python, SCRIPT, fresh.url(INTAKE) + ROOT, number)

    found = json.loads(said)
    as_json, as_xml = found["json"], found["xml"]
    assert as_json["services"] == as_xml["services"]
    assert {"road_damage", "uncategorised"} <= set(as_json["services"])
    assert as_json["definition"] == as_xml["definition"] == "road_damage"
    assert as_json["listed"] == as_xml["listed"]
    assert number in as_json["listed"]
    assert as_json["narrowed"] == as_xml["narrowed"] == number
    for name, value in as_json["one"].items():
        shown = as_xml["one"][name]
        assert shown == (None if value is None else str(value)), name


async def test_every_answer_to_generated_requests_is_as_the_schemas_of_the_organisation_say(fresh: ForkedStack) -> None:
    folder = Path(os.environ.get(SCHEMAS, ""))
    if not (folder / "requests.json").is_file():
        pytest.skip(f"{SCHEMAS} names no folder with the JSON schemas of the open311 organisation.")
    known = {name: validator_of(folder, name) for name in ("services", "service-definition", "requests")}
    key = sample_of(fresh, "intake_submit_open311_request")["body"]["api_key"]
    draw = random.Random(311)
    async with httpx.AsyncClient(base_url=fresh.url(INTAKE) + ROOT, trust_env=False, timeout=20) as http:
        codes = [one["service_code"] for one in (await http.get("/services.json")).json()]
        numbers = [one["service_request_id"] for one in (await http.get("/requests.json")).json()]
        assert numbers
        for number in range(REQUESTS):
            name, answer = await one_of(http, draw, codes, numbers, key, number)
            found = answer.json()
            assert answer.status_code in (200, 400, 404), answer.text
            if answer.status_code != 200:
                assert all(set(one) == {"code", "description"} for one in found), answer.text
            elif name is not None:
                wrong = [str(error) for error in known[name].iter_errors(found)]
                assert not wrong, (answer.url, wrong)


def validator_of(folder: Path, name: str) -> Any:
    """With what it refers to in its place."""
    schema = json.loads((folder / f"{name}.json").read_text())
    if "$ref" in schema.get("items", {}):
        schema["items"] = json.loads((folder / schema["items"]["$ref"]).read_text())
    return jsonschema_rs.validator_for(schema, validate_formats=True)


async def one_of(
    http: httpx.AsyncClient, draw: random.Random, codes: list[str], numbers: list[str], key: str, number: int
) -> tuple[str | None, httpx.Response]:
    """Some request, and the schema of its answer."""
    kind = draw.choice(("services", "definition", "list", "list", "list", "one", "post"))
    if kind == "services":
        return "services", await http.get("/services.json", headers={"Accept-Language": draw.choice(("id", "en"))})
    if kind == "definition":
        return "service-definition", await http.get(f"/services/{draw.choice([*codes, 'nothing'])}.json")
    if kind == "one":
        return "requests", await http.get(f"/requests/{draw.choice([*numbers, '1000000013'])}.json")
    if kind == "post":
        form = {
            "api_key": key, "service_code": draw.choice(codes), "description": f"Contoh {number}: lampu jalan mati",
            "lat": f"{draw.uniform(-12, 8):.5f}", "long": f"{draw.uniform(94, 142):.5f}",
        }  # fmt: skip
        return None, await http.post("/requests.json", data=form)
    query = {
        "service_code": ",".join(draw.sample(codes, draw.randint(1, 3))),
        "status": draw.choice(("open", "closed", "open,closed", "ajar")),
        "start_date": draw.choice(("2026-01-01T00:00:00Z", "2026-11-01T00:00:00+07:00", "2026-11-01")),
        "page_size": str(draw.randint(0, 60)), "page": str(draw.randint(1, 3)),
        "extensions": draw.choice(("true", "false")), "jurisdiction_id": draw.choice(("SAMARINDA", "KALTIM", "NOBODY")),
        "service_request_id": ",".join(draw.sample(numbers, draw.randint(1, len(numbers)))),
    }  # fmt: skip
    return "requests", await http.get(
        "/requests.json", params={name: query[name] for name in draw.sample(sorted(query), draw.randint(0, 3))}
    )
