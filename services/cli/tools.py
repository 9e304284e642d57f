"""Commands to try, measure and describe the services."""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from services.cli.consoles import errors
from services.local.home import Home, RunningStack
from services.trouble import CannotRun
from shared.clients import AGENCY_ROLES, Role, Scope
from shared.http.tokens import SUBJECT

DAY_SECONDS = 86_400


def token(
    role: Annotated[Role, typer.Option(help="What the bearer is.")],
    agency: Annotated[str | None, typer.Option(help="The agency's code, for roles inside an agency.")] = None,
    scope: Annotated[list[Scope] | None, typer.Option(help="May be given several times.")] = None,
    sub: Annotated[str | None, typer.Option(help="Who the bearer is; a registered client for channels.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is good.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print a signed token for development: Authorization: Bearer <token>."""
    if os.environ.get("LAPOR_ENVIRONMENT") == "production":
        raise CannotRun("`lapor token` is for development: in production register a client or invite an officer.")
    if role in AGENCY_ROLES and agency is None:
        raise CannotRun(f"The role {role} stands inside an agency: name it with --agency, e.g. --agency SAMARINDA.")
    sub = sub or f"{role}-{agency or 1}".lower()
    if not SUBJECT.fullmatch(sub):
        raise CannotRun(f"A bearer's name is made of A-Z, a-z, 0-9 and . _ : @ -, at most 128 of them; {sub!r} is not.")
    scopes = [each.value for each in scope or []]
    minted = (
        Home.from_environment()
        .keys.signer()
        .mint(role, sub=sub, agency=agency, scopes=scopes, seconds=days * DAY_SECONDS)
    )
    if as_json:
        typer.echo(
            json.dumps({"token": minted, "role": role, "sub": sub, "agency": agency, "scope": scopes, "days": days})
        )
    else:
        typer.echo(minted)


def require_stack() -> RunningStack:
    home = Home.from_environment()
    stack = home.running_stack()
    if stack is None:
        raise CannotRun(f"Nothing runs from {home.path}: start it with `make run` in another terminal first.")
    return stack


@contextmanager
def of_the_working_copy(command: str) -> Iterator[None]:
    """What is installed runs the services; it does not show them and does not measure them."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != f"services.{command}":
            raise
        raise CannotRun(
            f"lapor {command} is not part of an installation: call it in a working copy of the project."
        ) from None


def demo(
    source: Annotated[Path | None, typer.Option(help="A CSV file with reports to replay.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Submit reports to the running stack, work on them, and show what is where and what is overdue."""
    with of_the_working_copy("demo"):
        from services import demo as demonstration

    if source is not None and not source.is_file():
        raise CannotRun(f"There is no file {source}.")
    stack = require_stack()
    code = asyncio.run(
        demonstration.main(
            intake_url=stack.intake_url,
            routing_url=stack.routing_url,
            sla_url=stack.sla_url,
            source=source,
            signer=Home.from_environment().keys.signer(),
            as_json=as_json,
        )
    )
    raise typer.Exit(code)


def bench(
    only: Annotated[str, typer.Option(help="Letters of what to measure, e.g. ad; default: all.")] = "",
    rows: Annotated[int, typer.Option(min=1, help="Reports stored for the large measurements.")] = 1_000_000,
    small_rows: Annotated[int | None, typer.Option(help="What (c) sweeps; default: a tenth of --rows.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long each thing is measured for.")] = 10,
    out: Annotated[Path | None, typer.Option(help="Where the JSON goes; default: bench.json in LAPOR_HOME.")] = None,
) -> None:
    """Measure submissions, sweeps, look-ups and routing against baselines, on a database of its own."""
    with of_the_working_copy("bench"):
        from services import bench as benchmark

    code = benchmark.main(only=only, rows=rows, small_rows=small_rows, seconds=seconds, out=out)
    raise typer.Exit(code)


def openapi(
    output: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
    base: Annotated[
        str | None, typer.Option(help="The host that the three stand behind, e.g. https://api.example.go.id.")
    ] = None,
    bruno: Annotated[Path | None, typer.Option(help="Write a Bruno collection into this folder instead.")] = None,
) -> None:
    """Print one OpenAPI document of the three services."""
    if bruno is not None:
        errors.print(_collection(bruno, base))
        return
    from services import openapi as documents

    text = json.dumps(documents.merged(documents.documents(), base), indent=2, ensure_ascii=False)
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text + "\n")
        errors.print(f"Written to {output}.")


def _collection(folder: Path, base: str | None) -> str:
    """With the addresses, the examples and the tokens of what runs from LAPOR_HOME, unless a host is named."""
    from services import bruno
    from services import openapi as documents
    from shared.http.openapi import examples

    parts, home = documents.documents(), Home.from_environment()
    running = home.running_stack() if base is None else None
    tokens: dict[str, str] = {}
    if base is not None:
        addresses = {name: f"{base.rstrip('/')}/{name}" for name in parts}
    elif running is not None:
        addresses = {"intake": running.intake_url, "routing": running.routing_url, "sla": running.sla_url}
        parts = {name: examples.on_this_stack(part, home.examples) for name, part in parts.items()}
        tokens = {file.name: file.read_text().strip() for file in home.tokens.glob("*")}
    else:
        addresses = {name: part["servers"][0]["url"] for name, part in parts.items()}
    return f"{bruno.write(folder, parts, addresses, tokens)} requests written to {folder}."
