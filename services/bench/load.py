"""Runs the load generator in a process of its own."""

import asyncio
import json
import sys
from dataclasses import asdict
from uuid import UUID

from services.bench.generator import Job, Result
from services.database import PROJECT
from services.trouble import CannotRun


async def submit(job: Job) -> tuple[Result, dict[UUID, float]]:
    """Submissions to the whole stack, and when each report was answered. Raises CannotRun if one was refused."""
    result = await run(job)
    try:
        result.require_only(201)
    except ValueError as error:
        raise CannotRun(f"Submissions to the whole stack: {error}.") from None
    return result, {UUID(json.loads(body)["id"]): at for at, body in result.answers}


async def run(job: Job) -> Result:
    """Raises CannotRun when the generator fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.bench.generator",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=PROJECT,
    )  # fmt: skip
    try:
        output, errors = await process.communicate(json.dumps(asdict(job)).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        lines = errors.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise CannotRun(f"The load generator ended with exit code {process.returncode}: {lines[-1]}")
    result = Result(**json.loads(output))
    if not result.latencies_ms:
        raise CannotRun(f"Nothing answered on port {job.port} within {job.seconds:g} seconds.")
    return result
