"""Who may change the rules of the monitor, and who may read them."""

from typing import Annotated

from fastapi import Depends

from shared.clients import MANAGERS, TO_MANAGE, Client, Role
from shared.http.auth import allow

OPERATORS, RULES_READERS = allow(Role.OPERATOR), allow(Role.OPERATOR, Role.NATIONAL_ADMIN, Role.SUPERVISOR)
Operator = Annotated[Client, Depends(OPERATORS)]
RulesReader = Annotated[Client, Depends(RULES_READERS)]
#: The same; and who looks after an instansi, of its own.
LimitsReader = Annotated[Client, Depends(allow(Role.NATIONAL_ADMIN, Role.SUPERVISOR, *MANAGERS, needs=TO_MANAGE))]
