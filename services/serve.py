"""One service in this process, as `lapor up` and `lapor serve` start it."""

import ctypes
import os
import signal
import sys
from importlib import import_module

import uvicorn

from services import ports
from services.connections import guarded
from services.loading import loading
from services.trouble import CannotRun
from shared.settings import Settings

#: The services, and the middle of the names of their settings: LAPOR_INTAKE_PORT, LAPOR_INTAKE_URL.
SERVICES = {"intake_api": "intake", "routing_service": "routing", "sla_monitor": "sla"}
GRACE_SECONDS = 10
KEEP_ALIVE_SECONDS = 60
PR_SET_PDEATHSIG = 1


def port_variable(service: str) -> str:
    return f"LAPOR_{SERVICES[service].upper()}_PORT"


def port_of(settings: Settings, service: str) -> int:
    port: int = getattr(settings, f"{SERVICES[service]}_port")
    return port


def require_free(service: str, port: int, host: str = "127.0.0.1") -> None:
    if not ports.is_free(port, host):
        raise CannotRun(
            f"Port {port} of {service} is taken: stop what uses it, or choose another with "
            f"{port_variable(service)}, or any that is free with `make run ARGS=--free-ports`."
        )


def run(service: str, settings: Settings, *, host: str, port: int, workers: int = 1) -> None:
    require_free(service, port, host)
    with loading():
        import_module(f"services.{service}")
    uvicorn.run(
        f"services.{service}:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http=guarded(settings),
        ws="none",
        proxy_headers=bool(settings.proxies),  # else whoever calls says where they come from
        forwarded_allow_ips=settings.proxies,
        access_log=False,  # shared/http/web.py logs requests, with their id
        server_header=False,
        log_config=None,  # shared/logs.py decides what a log line looks like
        timeout_keep_alive=KEEP_ALIVE_SECONDS,  # services/connections.py closes before, unless it is itself held up
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def stop_with(parent: int) -> None:
    """Ask the kernel to stop us when the process that started us is gone, even by `kill -9`. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            raise SystemExit("The process that started this one is gone.")
