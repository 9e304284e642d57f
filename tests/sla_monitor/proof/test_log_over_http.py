"""The log as everybody reads it: a checkpoint, tiles and entries, without a token."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import metamorphic_log
import pytest
from fastapi import FastAPI

from shared.database import Sessions
from shared.proof import merkle
from shared.proof.bundles import entries_of
from shared.proof.checkpoints import open_checkpoint
from shared.proof.merkle import leaf_hash
from shared.settings import MonitorSettings
from sla_monitor.app import create_app
from sla_monitor.proof.service import TransparencyLog
from tests.factories import NOON, settings
from tests.sla_monitor.proof.logs import HOUR, ORIGIN, by_hand, grown, reports, verifier_keys
from tests.sla_monitor.ruling import Ruling

FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
async def app(own_database_url: str, tmp_path: Path) -> AsyncIterator[FastAPI]:
    app = create_app(settings(own_database_url, MonitorSettings, log_origin=ORIGIN, home=tmp_path))
    yield app
    await app.state.engine.dispose()
    await app.state.jobs_engine.dispose()


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sla") as client:
        yield client


async def test_a_stranger_reads_the_log_and_finds_that_its_tiles_give_the_signed_root(
    app: FastAPI, http: httpx.AsyncClient, sessions: Sessions
) -> None:
    log: TransparencyLog = app.state.log
    early = await http.get("/v1/log/checkpoint")
    await reports(sessions, 258)
    await grown(log, now=NOON)

    answer = await http.get("/v1/log/checkpoint")
    bundles = [await http.get(f"/v1/log/tile/entries/{number}") for number in ("000", "001.p/2")]
    leaves = [leaf_hash(entry) for bundle in bundles for entry in entries_of(bundle.content)]
    tiles = [await http.get(f"/v1/log/tile/{path}") for path in ("0/000", "0/001.p/2", "1/000.p/1")]

    assert (early.status_code, early.json()["code"]) == (404, "no_checkpoint_yet")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=5"
    metamorphic_log.checkpoint_verify(answer.text, [str(key) for key in verifier_keys()])
    head = open_checkpoint(answer.text, verifier_keys()).head
    assert head.size == len(leaves) == 258
    assert tiles[0].content + tiles[1].content == b"".join(leaves)
    full = tiles[2].content
    assert head.root == merkle.joined([full, merkle.node_hash(*leaves[256:])])
    for one in (*bundles, *tiles):
        assert (one.status_code, one.headers["content-type"]) == (200, "application/octet-stream")
        assert one.headers["cache-control"] == FOREVER
    shorter = await http.get("/v1/log/tile/0/000.p/7")
    assert shorter.content == b"".join(leaves[:7])
    assert entries_of((await http.get("/v1/log/tile/entries/000.p/7")).content) == entries_of(bundles[0].content)[:7]


@pytest.mark.parametrize(
    "path",
    [
        "0/001", "0/001.p/3", "0/002", "0/x001/000", "1/000", "1/000.p/2", "2/000.p/1", "0/000.p/256", "0/0", "0/000/",
        "0/", "0/x000/000", "entries/001", "entries/001.p/3", "entries/x", "entries/", "63/000", "0/..%2f000",
    ],
)  # fmt: skip
async def test_what_the_log_does_not_have_is_not_found(refused: httpx.AsyncClient, path: str) -> None:
    answer = await refused.get(f"/v1/log/tile/{path}")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_tile")


@pytest.mark.parametrize("level", ["-1", "64", "x", "1.5"])
async def test_a_level_is_a_small_number(refused: httpx.AsyncClient, level: str) -> None:
    assert (await refused.get(f"/v1/log/tile/{level}/000")).status_code == 422


async def test_a_tile_takes_no_parameters(refused: httpx.AsyncClient) -> None:
    for path in ("checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1", "tile/0/x001/000"):
        assert (await refused.get(f"/v1/log/{path}?fresh=1")).status_code == 422


@pytest.fixture(scope="module")
def refused(refusing: Ruling) -> httpx.AsyncClient:
    """A log of nothing; what is asked of it is refused anyway."""
    return refusing.client


async def test_a_restored_database_is_not_published(app: FastAPI, http: httpx.AsyncClient, sessions: Sessions) -> None:
    log: TransparencyLog = app.state.log
    await reports(sessions, 1)
    await grown(log, now=NOON)
    await reports(sessions, 1)
    await grown(log, now=NOON + HOUR)

    await by_hand(sessions, "DELETE FROM checkpoints WHERE size > 1")

    answer = await http.get("/v1/log/checkpoint")
    assert (answer.status_code, answer.json()["code"]) == (503, "log_went_back")
    assert "restored" in answer.json()["detail"]
