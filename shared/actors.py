"""How the logs name the person or system that did something: the role, and who in it. Pure."""

import re
from collections.abc import Mapping
from types import MappingProxyType

#: The services, as the logs and the outbox name them.
INTAKE, ROUTING, MONITOR = "intake_api", "routing_service", "sla_monitor"
#: By how their addresses and their operations begin.
SERVICES: Mapping[str, str] = MappingProxyType({"intake": INTAKE, "routing": ROUTING, "sla": MONITOR})

_ACTOR = re.compile(r"[a-z_]+(:[A-Za-z0-9._:@-]{1,200})?")


def is_actor(actor: str) -> bool:
    """Nothing in it could be taken for anything else."""
    return _ACTOR.fullmatch(actor) is not None
