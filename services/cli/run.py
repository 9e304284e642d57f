"""Commands that run services."""

from typing import Annotated

import typer

from services import serve as serving
from services.cli.consoles import output
from services.startup import check_database, read_settings
from services.trouble import CannotRun
from shared.settings import Settings


def up(
    free_ports: Annotated[bool, typer.Option(help="Choose ports that are free, not 8001-8003.")] = False,
    copies: Annotated[int, typer.Option(min=1, help="Copies of each service; more than one on free ports.")] = 1,
    fast: Annotated[bool, typer.Option(help="Give up the durability of the embedded database for speed.")] = False,
) -> None:
    """Start the database and the three services on this machine, until Ctrl-C."""
    from services.local import up as stack

    stack.run_stack(output, free_ports=free_ports, copies=copies, fast=fast)


def serve(
    service: Annotated[str, typer.Argument(help=", ".join(serving.SERVICES))],
    port: Annotated[int | None, typer.Option(help="Default: LAPOR_..._PORT, else 8001, 8002, 8003.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    stop_with: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run one service alone; LAPOR_DATABASE_URL tells it where, LAPOR_KEYS_FILE with which keys."""
    if service not in serving.SERVICES:
        raise CannotRun(f"There is no service {service}: choose one of {', '.join(serving.SERVICES)}.")
    if stop_with is not None:
        serving.stop_with(stop_with)
    settings = read_settings(Settings)
    if workers > 1:
        check_database(settings)  # uvicorn would start a worker that cannot start again and again
    port = port or serving.port_of(settings, service)
    serving.run(service, settings, host=host, port=port, workers=workers)
