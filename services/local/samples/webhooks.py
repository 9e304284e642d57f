"""Webhooks of the channel, at a port of this machine where nobody listens."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from services.local.samples.calls import ROUTING, Calls
from shared.clients import Role

#: A host that `Stack` lets webhooks have; port 9 is for what is thrown away.
URL = "http://localhost:9/lapor"
#: Of all that happens it is not told: nothing is to be tried for days in vain.
SELDOM = "policy.migrated"


async def make_webhooks(call: Calls, *, now: datetime) -> dict[str, dict[str, Any]]:
    shown, tested, removed = await asyncio.gather(*(_webhook(call, name) for name in ("log", "uji", "hapus")))
    ping = await call(ROUTING, "POST", f"/v1/webhooks/{shown['id']}/ping", role=Role.CHANNEL)
    message = {"id": shown["id"], "delivery": ping["delivery"]}
    return {
        "routing_create_webhook": {"body": {"url": URL}},
        **{f"routing_{operation}": {"parameters": {"id": shown["id"]}} for operation in _READ},
        **{f"routing_{operation}": {"parameters": message} for operation in _OF_A_MESSAGE},
        **{f"routing_{operation}": {"parameters": {"id": tested["id"]}} for operation in _CHANGED},
        "routing_replay_webhook_period": {
            "parameters": {"id": tested["id"]}, "body": {"since": (now - timedelta(days=1)).isoformat()}
        },
        "routing_remove_webhook": {"parameters": {"id": removed["id"]}},
    }  # fmt: skip


_READ = ("get_webhook", "list_webhook_deliveries", "list_webhook_replays")
_OF_A_MESSAGE = ("get_webhook_delivery", "replay_webhook_delivery")
_CHANGED = ("change_webhook", "rotate_webhook_secret", "ping_webhook")


async def _webhook(call: Calls, name: str) -> Any:
    body = {"name": f"Contoh: {name}", "url": URL, "types": [SELDOM]}
    return await call(ROUTING, "POST", "/v1/webhooks", body, role=Role.CHANNEL)
