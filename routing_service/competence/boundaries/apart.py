"""Reads outlines in a process of their own: a map of a few kilobytes can take minutes and gigabytes to repair."""

import asyncio
import json
import os
import pickle
import resource
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from routing_service.competence.boundaries import geojson
from routing_service.competence.boundaries.geojson import BoundariesInvalid, Outline
from routing_service.competence.boundaries.overlaps import Overlap, overlaps
from shared.errors import DomainError

MOST_BYTES = 1024**3
#: Below shared.database.REQUEST_IDLE_SECONDS: the transaction of the request waits meanwhile.
MOST_SECONDS = 10
#: All that the child needs of our environment; threads of a linear algebra that it does not use take addresses.
INHERITED = ("PATH", "PYTHONPATH", "LANG", "LC_ALL")

Read = tuple[Sequence[Outline], Sequence[Overlap]]


class TooComplex(DomainError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "boundaries_too_complex"

    def __init__(self) -> None:
        super().__init__(
            f"The outlines cannot be checked within {MOST_SECONDS} seconds; simplify them, or import them with "
            f"`lapor boundaries import`."
        )


async def read_apart(document: Any, known: Mapping[str, str], *, code_property: str | None) -> Read:
    """Raises BoundariesInvalid, TooComplex."""
    asked = await asyncio.to_thread(_question, document, known, code_property)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in INHERITED if name in os.environ} | {"OPENBLAS_NUM_THREADS": "1"},
        cwd=Path(__file__).parents[3],
    )
    try:
        async with asyncio.timeout(MOST_SECONDS):
            answer, _ = await child.communicate(asked)
    except TimeoutError:
        raise TooComplex from None
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    if child.returncode != 0:
        raise TooComplex
    return await asyncio.to_thread(_understood, answer)


def _question(document: Any, known: Mapping[str, str], code_property: str | None) -> bytes:
    return json.dumps([document, dict(known), code_property]).encode()


def _understood(answer: bytes) -> Read:
    """What our own child wrote. Raises BoundariesInvalid."""
    outlines, overlapping, errors = pickle.loads(answer)
    if errors:
        raise BoundariesInvalid(errors)
    return outlines, overlapping


def main() -> None:
    """In the child: any end but a good one tells the parent that it was too much."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    document, known, code_property = json.load(sys.stdin.buffer)
    outlines: Sequence[Outline] = ()
    overlapping: Sequence[Overlap] = ()
    errors: Sequence[Mapping[str, str]] = ()
    try:
        outlines = geojson.read_outlines(document, known=known, code_property=code_property)
        overlapping = overlaps(outlines)
    except BoundariesInvalid as invalid:
        errors = invalid.all
    sys.stdout.buffer.write(pickle.dumps((outlines, overlapping, errors)))


if __name__ == "__main__":
    main()
