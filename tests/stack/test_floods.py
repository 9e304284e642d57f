"""Nobody is stopped by one client: sockets of every hostile kind beside ordinary submissions, none of which fails."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from services import ports
from services.bench import load
from services.bench.generator import Job, Result
from services.bench.measurements import percentile
from services.local.processes import ServiceProcess
from services.serve import SERVICES
from shared.clients import Role, Scope
from tests.factories import SIGNER, environment_of_keys
from tests.forks import ForkedService
from tests.stack.floods import ATTACKS, Attack, Target, allow_sockets, flood

pytestmark = pytest.mark.slow

#: `make faults` opens 10, 100 and 3,000 of each kind.
SOCKETS = [int(count) for count in os.environ.get("LAPOR_TEST_SOCKETS", "").split(",") if count]
SECONDS = 5.0
A_SECOND = 20.0
CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Intake:
    process: ServiceProcess
    target: Target

    @property
    def memory_mib(self) -> float:
        assert self.process.pid is not None
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20

    async def ordinary(self, seconds: float, first_number: int) -> Result:
        """Submissions at an even pace, from a process of their own, over connections that stay open."""
        job = Job(
            port=self.process.port, seconds=seconds, connections=CONNECTIONS, rate=A_SECOND, warm_up_seconds=0,
            token=self.target.token, first_number=first_number,
        )  # fmt: skip
        return await load.run(job)

    async def newcomer(self) -> int:
        """One more submission, over a connection that it opens amid the flood."""
        report = {"classification": "complaint", "title": "Lubang", "body": "Lubang besar."}
        headers = {"Authorization": f"Bearer {self.target.token}"}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            url = f"http://127.0.0.1:{self.process.port}/v1/reports"
            return (await http.post(url, json=report, headers=headers)).status_code


@pytest.fixture
async def intake(database_url: str, home: Path) -> AsyncIterator[Intake]:
    chosen = {short: ports.free_port() for short in SERVICES.values()}
    environment = {
        "LAPOR_DATABASE_URL": database_url,
        **environment_of_keys(),
        "LAPOR_HOME": str(home),
        **{f"LAPOR_{short.upper()}_PORT": str(port) for short, port in chosen.items()},
    }
    process = ForkedService("intake_api", 0, chosen["intake"], home / "intake.jsonl", environment)
    token = SIGNER.mint(Role.REPORTER_APP, sub="ordinary", scopes=(Scope.SUBMIT,))
    await process.start()
    try:
        await process.wait_until_ready()
        yield Intake(process, Target(process.port, token, "1234567897"))
    finally:
        await process.stop()


async def failed_beside(intake: Intake, attack: Attack, sockets: int, *, seconds: float, number: int) -> list[str]:
    """What was answered but 201, during the flood; a line of the table is printed."""
    async with flood(attack, intake.target, sockets):
        submitting = asyncio.create_task(intake.ordinary(seconds, first_number=number * 100_000))
        newcomers = await asyncio.gather(*(intake.newcomer() for _ in range(5)))
        ordinary = await submitting
    wrong = [f"{count} x {status}" for status, count in ordinary.statuses.items() if status != "201"]
    wrong += [f"newcomer: {status}" for status in newcomers if status != 201]
    failed = len(ordinary.latencies_ms) - ordinary.statuses.get("201", 0) + sum(each != 201 for each in newcomers)
    p50, p99 = (percentile(ordinary.latencies_ms, share) for share in (0.5, 0.99))
    print(  # noqa: T201
        f"{attack.__name__:24} {sockets:6} {len(ordinary.latencies_ms) + len(newcomers):9} {failed:7} "
        f"{p50:8.1f} {p99:8.1f} {intake.memory_mib:8.0f}"
    )
    return wrong


async def test_ten_sockets_of_every_kind_at_once_fail_nobody(intake: Intake) -> None:
    async def beside(kinds: tuple[Attack, ...]) -> Result:
        if not kinds:
            return await intake.ordinary(2.0, first_number=1)
        async with flood(kinds[0], intake.target, 10):
            return await beside(kinds[1:])

    result = await beside(ATTACKS)

    assert result.statuses == {"201": 40}
    assert await intake.newcomer() == 201


@pytest.mark.skipif(not SOCKETS, reason="LAPOR_TEST_SOCKETS says how many sockets to open; `make faults` sets it.")
async def test_any_number_of_sockets_of_any_kind_fails_no_ordinary_submission(
    intake: Intake, capsys: pytest.CaptureFixture[str]
) -> None:
    allow_sockets(max(SOCKETS))
    wrong: dict[str, list[str]] = {}
    with capsys.disabled():
        print(f"\n{'kind':24} sockets  ordinary  failed   p50 ms   p99 ms  RSS MiB")  # noqa: T201
        number = 0
        for sockets in SOCKETS:
            for attack in ATTACKS:
                number += 1
                if found := await failed_beside(intake, attack, sockets, seconds=SECONDS, number=number):
                    wrong[f"{sockets} x {attack.__name__}"] = found

    assert wrong == {}
