"""What browsers are told with every answer, and which names and sites a service answers to."""

import ast
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from intake_api.app import create_app
from shared.settings import IntakeSettings
from tests import sources
from tests.factories import settings

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
SITE = "https://lapor.example"
PAGES = ("/", "/docs", "/redoc")


async def asked(path: str, *, scheme: str = "http", method: str = "GET", headers: Any = None, **changes: Any) -> Any:
    app = create_app(settings(NOWHERE, IntakeSettings, **changes))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"{scheme}://127.0.0.1:8001") as client:
        return await client.request(method, path, headers=headers or {})


@pytest.mark.parametrize("path", [*PAGES, "/healthz", "/openapi.json", "/nothing", "/v1/reports/1?x=%00"])
async def test_every_answer_says_that_no_other_site_may_show_it_or_read_it(path: str) -> None:
    said = (await asked(path)).headers

    assert said["x-content-type-options"] == "nosniff"
    assert said["x-frame-options"] == "DENY"
    assert said["referrer-policy"] == "no-referrer"
    assert said["cross-origin-resource-policy"] == "same-origin"
    opens = "same-origin-allow-popups" if path == "/docs" else "same-origin"  # the issuer, to log in
    assert said["cross-origin-opener-policy"] == opens
    policies = said.get_list("content-security-policy")
    assert len(policies) == 1
    assert "default-src 'none'" in policies[0]
    assert "frame-ancestors 'none'" in policies[0]
    assert ("script-src 'self'" in policies[0]) == (path in PAGES)


async def test_browsers_are_bound_to_https_only_in_production_and_where_they_came_by_it() -> None:
    async def bound(**asked_so: Any) -> bool:
        return "strict-transport-security" in (await asked("/healthz", **asked_so)).headers

    assert await bound(scheme="https", environment="production")
    assert not await bound(scheme="http", environment="production")
    assert not await bound(scheme="https", environment="development")


async def test_a_script_of_another_site_reads_only_what_the_settings_open_to_it() -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "X-Access-Code"}
    preflight = {"Origin": SITE} | asks

    closed = await asked("/v1/codes", method="OPTIONS", headers=preflight)
    opened = await asked("/v1/reports", method="OPTIONS", headers=preflight, cors_origins=SITE)
    other = await asked("/healthz", headers={"Origin": "https://other.example"}, cors_origins=SITE)
    same = await asked("/healthz", headers={"Origin": SITE}, cors_origins=SITE)

    assert "access-control-allow-origin" not in closed.headers
    assert opened.status_code == 200
    assert opened.headers["access-control-allow-origin"] == SITE
    assert "access-control-allow-origin" not in other.headers
    assert same.headers["access-control-allow-origin"] == SITE
    assert "RateLimit" in same.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in same.headers


@pytest.mark.parametrize("origins", ["*", "lapor.example", "https://lapor.example/", "null", f"{SITE}, *"])
def test_an_origin_that_is_none_is_refused_at_the_start(origins: str) -> None:
    with pytest.raises(ValidationError, match="origin"):
        settings(NOWHERE, IntakeSettings, cors_origins=origins)


async def test_a_service_answers_to_its_own_names_alone_once_they_are_set() -> None:
    async def status(host: str, path: str = "/v1/none", hosts: str = "lapor.example, *.lapor.example, [::1]") -> int:
        answer = await asked(path, headers={"Host": host}, hosts=hosts)
        return int(answer.status_code)

    for ours in ("lapor.example", "LAPOR.example:443", "api.lapor.example", "lapor.example.", "[::1]:8001"):
        assert await status(ours) == 404, ours
    for foreign in ("evil.example", "lapor.example.evil.example", "notlapor.example", "", "lapor.example@evil.example"):
        assert await status(foreign) == 421, foreign
    assert await status("10.0.0.7:8001", "/healthz") == 200
    assert await status("evil.example", hosts="") == 404


async def test_a_foreign_name_is_refused_with_a_problem_that_says_what_to_do() -> None:
    answer = await asked("/v1/codes", headers={"Host": "evil.example"}, hosts="lapor.example")

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unknown_host"
    assert answer.headers["x-frame-options"] == "DENY"


def compares_a_secret(node: ast.AST) -> bool:
    """By == or !=, a value that was made from a secret; a column of SQL is no value."""
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
        return False
    sides = [side for side in (node.left, node.comparators[0]) if isinstance(side, ast.Attribute | ast.Name)]
    names = [side.attr if isinstance(side, ast.Attribute) else side.id for side in sides]
    columns = [side for side in sides if isinstance(side, ast.Attribute) and ast.unparse(side.value)[0].isupper()]
    secret = ("code_hash", "secret_hash", "token_hash", "reference_hash")
    return not columns and any(name.endswith(secret) for name in names)


def test_nothing_that_was_made_from_a_secret_is_compared_byte_by_byte() -> None:
    packages = ("intake_api", "routing_service", "sla_monitor", "shared", "services")
    files = [file for package in packages for file in Path(package).rglob("*.py")]
    found = [f"{file}:{node.lineno}" for file in files for node in ast.walk(sources.tree(file))
             if compares_a_secret(node) and isinstance(node, ast.Compare)]  # fmt: skip

    assert found == []
    assert compares_a_secret(ast.parse("a.access_code_hash == b", mode="eval").body)
    assert not compares_a_secret(ast.parse("Report.access_code_hash == b", mode="eval").body)
