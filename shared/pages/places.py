"""Which pages there are, which service has each, and for whom. Pure.

A service adds a line for a page that the bar at the top leads to; every page lies below `/board`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.actors import INTAKE, MONITOR, ROUTING
from shared.clients import OFFICERS, Role
from shared.domain.wording import Wording

ROOT = "/board"
#: Of routing_service, and no page of the board.
LOG_IN = "/oauth/login"
#: Where the three stand behind one host.
PREFIXES = {INTAKE: "/intake", ROUTING: "/routing", MONITOR: "/sla"}
_PATH = re.compile(r"/board(/[A-Za-z0-9._-]+)*")


@dataclass(frozen=True, slots=True)
class Destination:
    service: str
    path: str
    name: Wording
    roles: frozenset[Role]


_WATCHERS = OFFICERS | {Role.SUPERVISOR}
#: Found by links alone.
_NOBODY: frozenset[Role] = frozenset()

PLACES: tuple[Destination, ...] = (
    Destination(ROUTING, f"{ROOT}/inbox", ("Kotak masuk", "Inbox"), OFFICERS),
    Destination(ROUTING, f"{ROOT}/work", ("Daftar kerja", "Work list"), _WATCHERS),
    Destination(INTAKE, f"{ROOT}/counter", ("Loket", "Counter"), OFFICERS),
    Destination(INTAKE, f"{ROOT}/evidence", ("Bukti", "Evidence"), _NOBODY),
    Destination(MONITOR, f"{ROOT}/today", ("Hari ini", "Today"), _WATCHERS),
    Destination(MONITOR, f"{ROOT}/agencies", ("Instansi", "Agencies"), _WATCHERS),
    Destination(MONITOR, f"{ROOT}/figures", ("Angka", "Figures"), _NOBODY),
    Destination(ROUTING, f"{ROOT}/identities", ("Identitas", "Identities"), frozenset({Role.IDENTITY_CUSTODIAN})),
    Destination(MONITOR, f"{ROOT}/health", ("Kesehatan sistem", "Health"), frozenset({Role.OPERATOR})),
    Destination(MONITOR, f"{ROOT}/cases", ("Daftar", "List"), _NOBODY),
    Destination(MONITOR, f"{ROOT}/moves", ("Yang bergerak", "What moved"), _NOBODY),
    Destination(MONITOR, f"{ROOT}/ladder", ("Eskalasi", "Escalations"), _NOBODY),
    Destination(MONITOR, f"{ROOT}/deadlines", ("Tenggat", "Deadlines"), _NOBODY),
)


def service_of(path: str) -> str:
    """Whose page it is; the first part below the root says so."""
    for place in PLACES:
        if path == place.path or path.startswith(f"{place.path}/"):
            return place.service
    return ROUTING


def is_page(target: str) -> bool:
    """Whether an address, path and query, is one of a page of ours and can be nothing else."""
    path, _, _ = target.partition("?")
    plain = target.isascii() and target.isprintable() and not set(target) & set('\\#<>"` ')
    return plain and _PATH.fullmatch(path) is not None and ".." not in path


def root_of(scope: Mapping[str, Any]) -> str | None:
    """What stands before the root of the pages in the path of a request; None: it lies elsewhere."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    for before in {root, *PREFIXES.values(), ""}:
        if path == before + ROOT or path.startswith(f"{before}{ROOT}/"):
            return before
    return None
