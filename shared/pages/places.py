"""Which pages there are, which service has each, and for whom. Pure.

A service adds a line for a page that the bar at the top leads to; every page of officers lies below `/board`. Those for
everybody lie beside it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.actors import INTAKE, MONITOR, ROUTING
from shared.clients import OFFICERS, TO_MANAGE, Client, Needs, Role
from shared.domain.wording import Wording

ROOT = "/board"
#: For everybody, without a log-in: the service of each.
MAP, PERFORMANCE = "/map", "/performance"
FOR_ALL = {MAP: INTAKE, PERFORMANCE: MONITOR}
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
    needs: Needs = field(default_factory=dict)  #: what a role needs beside itself
    room: str | None = None  #: the page of the bar that leads to this one; None: the bar does so itself

    def is_for(self, client: Client) -> bool:
        return client.role in self.roles and client.has_what_it_needs(self.needs)


_WATCHERS = OFFICERS | {Role.SUPERVISOR}
#: Found by links alone.
_NOBODY: frozenset[Role] = frozenset()
#: Who reads the rules of deadlines; and of those by which reports find their agency, an instansi its own, too.
_RULES_READERS = frozenset({Role.NATIONAL_ADMIN, Role.SUPERVISOR, Role.OPERATOR})
_RULES = f"{ROOT}/rules"

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
    Destination(ROUTING, _RULES, ("Aturan", "Rules"), _RULES_READERS | set(TO_MANAGE) | {Role.COORDINATOR}, TO_MANAGE),
    Destination(MONITOR, f"{ROOT}/calendars", ("Kalender", "Calendars"), _RULES_READERS, room=_RULES),
    Destination(MONITOR, f"{ROOT}/policies", ("Kebijakan", "Policies"), _RULES_READERS, room=_RULES),
    Destination(MONITOR, f"{ROOT}/simulations", ("Simulasi", "Simulations"), _RULES_READERS, room=_RULES),
    Destination(MONITOR, f"{ROOT}/exports", ("Dokumen", "Documents"), _NOBODY),
    Destination(MONITOR, f"{ROOT}/cases", ("Daftar", "List"), _NOBODY),
    Destination(MONITOR, f"{ROOT}/moves", ("Yang bergerak", "What moved"), _NOBODY),
    Destination(MONITOR, f"{ROOT}/ladder", ("Eskalasi", "Escalations"), _NOBODY),
    Destination(MONITOR, f"{ROOT}/deadlines", ("Tenggat", "Deadlines"), _NOBODY),
)


def service_of(path: str) -> str:
    """Whose page it is; the first part below the root says so."""
    for place in PLACES:
        if _lies_in(path, place):
            return place.service
    return ROUTING


def room_of(path: str) -> Sequence[Destination]:
    """A page of the bar with those that it leads to beside itself, if the path lies in one of them; else nothing."""
    room = next((place.room or place.path for place in PLACES if _lies_in(path, place)), None)
    found = [place for place in PLACES if room is not None and room in (place.path, place.room)]
    return found if len(found) > 1 else ()


def _lies_in(path: str, place: Destination) -> bool:
    return path == place.path or path.startswith(f"{place.path}/")


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
        if any(_lies_at(path, before + one) for one in (ROOT, *FOR_ALL)):
            return before
    return None


def home_of(path: str) -> str:
    """Where a page leads back to: that of everybody which it belongs to, or the board."""
    return next((one for one in FOR_ALL if _lies_at(path, one)), ROOT)


def _lies_at(path: str, page: str) -> bool:
    return path == page or path.startswith(f"{page}/")
