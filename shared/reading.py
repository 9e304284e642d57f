"""By which roles and settings of PostgreSQL a request is told what it may see: row-level security reads them. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

#: The roles that logins of services read by; services/grants/ makes both.
READERS: Mapping[str, str] = MappingProxyType(
    {login: f"{login}_reader" for login in ("lapor_intake", "lapor_routing", "lapor_monitor")}
)
#: What the policies of the database read, as arrays: agencies whose reports are seen, agencies of which only those are
#: seen that the agency itself holds, and agencies of which those are seen that are not secret.
REACH, REACH_AT_WORK, REACH_OPEN = "lapor.reach", "lapor.reach_at_work", "lapor.reach_open"
