"""`/metrics` on a port of its own."""

import asyncio

import httpx
import pytest

from intake_api.app import create_app
from services import figures, ports
from services.serve import SERVICES
from shared.settings import IntakeSettings
from tests.factories import settings


async def test_figures_are_told_on_their_own_port_alone(own_database_url: str) -> None:
    port = ports.free_port()
    known = settings(own_database_url, IntakeSettings, metrics_port=port)
    app = figures.set_apart(create_app(known), known, "intake_api")

    async with app.router.lifespan_context(app), httpx.AsyncClient(trust_env=False) as http:
        apart = await http.get(f"http://127.0.0.1:{port}/metrics")
        elsewhere = await http.get(f"http://127.0.0.1:{port}/v1/reports")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as public:
            hidden, alive = await public.get("/metrics"), await public.get("/healthz")

    assert apart.status_code == 200
    assert "lapor_outbox_depth" in apart.text
    assert (elsewhere.status_code, hidden.status_code, alive.status_code) == (404, 404, 200)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


def test_the_services_of_one_environment_take_three_ports() -> None:
    known = settings("postgresql://x/y", metrics_port=9100)

    assert [figures.port_of(known, service) for service in SERVICES] == [9100, 9101, 9102]
