"""Whoever is shut out by one process is refused by the others, which read it in the database: two real processes."""

import asyncio
import os
import time
from pathlib import Path

import httpx
import pytest

from services.database import engine_for
from shared.clients import Role
from shared.database import create_sessions
from shared.http.tokens import Signer
from shared.keys.purposes import KeyPurpose
from tests.accounts import a_person
from tests.forks import ForkedStack
from tests.stack.driving import MONITOR, ROUTING

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_THOROUGH" not in os.environ, reason="starts processes: `make faults` runs it"),
]

PROMISED_SECONDS = 30


async def test_who_is_deactivated_at_one_process_is_refused_by_another_within_thirty_seconds(
    database_url: str, home: Path
) -> None:
    stack = ForkedStack(database_url, home=home)
    try:
        for service in (ROUTING, MONITOR):
            await stack.start_service(service)
        keys = stack.keys.held_by(ROUTING)
        signer = Signer(lambda: keys.current(KeyPurpose.TOKENS), issuer=stack.url(ROUTING))
        engine = engine_for(database_url)
        async with create_sessions(engine).begin() as session:
            person = await a_person(session)
        await engine.dispose()
        bearer = {"Authorization": f"Bearer {signer.mint(Role.OPERATOR, sub=person.id, epoch=person.epoch)}"}
        operator = {"Authorization": f"Bearer {stack.token(Role.OPERATOR, sub='another')}"}

        async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
            asked = f"{stack.url(MONITOR)}/v1/policies"
            before = await http.get(asked, headers=bearer)
            shut = await http.patch(
                f"{stack.url(ROUTING)}/v1/accounts/{person.id}", headers=operator, json={"state": "deactivated"}
            )
            began = time.monotonic()
            while (after := await http.get(asked, headers=bearer)).is_success:
                assert time.monotonic() - began < PROMISED_SECONDS
                await asyncio.sleep(0.1)

        assert (before.status_code, shut.status_code) == (200, 200)
        assert (after.status_code, after.json()["code"]) == (401, "token_revoked")
    finally:
        await stack.stop()
