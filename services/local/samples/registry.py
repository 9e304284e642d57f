"""What operators of the registry act on: an officer, boundaries, drafts of rules."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from services.local.samples.calls import INTAKE, ROUTING, Calls, NoSample
from services.local.samples.past import Past
from shared.clients import Role

_NOWHERE = [[117.3, -0.6], [117.4, -0.6], [117.4, -0.5], [117.3, -0.5], [117.3, -0.6]]

#: Whose token the examples have: it finds them in the registry.
_LIAISON = {
    "role": "liaison_officer", "name": "Contoh", "email": "penghubung@dpupr.example", "subject": "dpupr-officer",
}  # fmt: skip


async def make(call: Calls, before: Past, *, now: datetime) -> dict[str, dict[str, Any]]:
    coming = {"valid_from": str((now + timedelta(days=31)).date())}
    officer = await _officer(call)
    await call(ROUTING, "POST", "/v1/agencies/SAMARINDA-DPUPR/officers", _LIAISON, role=Role.OPERATOR)
    return {
        "routing_rename_agency": {"body": coming},
        "routing_merge_agency": {"body": coming},
        "routing_get_officer": {"parameters": {"id": officer}},
        "routing_change_officer": {"parameters": {"id": officer}},
        "routing_invite_officer": {"parameters": {"id": officer}},
        **await _proofs(call),
        **await _open311(call),
        **await _mapping(call),
        **await _boundaries(call),
        **await _rule_sets(call),
        "routing_activate_model": {"parameters": {"id": before.model}},
    }


async def _officer(call: Calls) -> Any:
    body = {"role": "coordinator", "name": "Contoh", "email": "contoh@samarinda.example"}
    path = "/v1/agencies/SAMARINDA/officers"
    return (await call(ROUTING, "POST", path, body, role=Role.OPERATOR))["id"]


async def _proofs(call: Calls) -> dict[str, dict[str, Any]]:
    """A client with a secret and a key that the examples take away."""
    body = {"name": "Contoh: kanal", "agency": "SAMARINDA", "scopes": ["reports:submit"]}
    made = await call(ROUTING, "POST", "/v1/clients", body, role=Role.OPERATOR)
    path = f"/v1/clients/{made['id']}"
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "2026-a"}
    await call(ROUTING, "POST", f"{path}/keys", {"jwk": jwk}, role=Role.OPERATOR)
    there = {"id": made["id"]}
    return {
        "routing_get_client": {"parameters": there},
        "routing_change_client": {"parameters": there},
        "routing_add_client_secret": {"parameters": there},
        "routing_end_client_secret": {"parameters": there | {"secret_id": made["secrets"][0]["id"]}},
        "routing_add_client_key": {"parameters": there},
        "routing_end_client_key": {"parameters": there | {"kid": "2026-a"}},
    }


async def _open311(call: Calls) -> dict[str, dict[str, Any]]:
    """A client that hands in by Open311, with the key that its form is sent with."""
    body = {"name": "Contoh: Open311", "channels": ["web"], "scopes": ["reports:submit"]}
    made = await call(ROUTING, "POST", "/v1/clients", body, role=Role.OPERATOR)
    form = {
        "api_key": made["secret"], "service_code": "uncategorised", "address_string": "Jalan Merdeka",
        "description": "Contoh: trotoar rusak di Jalan Merdeka",
    }  # fmt: skip
    answer = await call.http.post(f"{call.stack.url(INTAKE)}/open311/v2/requests.json", data=form)
    if not answer.is_success:
        raise NoSample(f"POST /open311/v2/requests.json: {answer.status_code} {answer.text}")
    [receipt] = answer.json()
    there = {"api_key": made["secret"], "service_request_id": receipt["service_request_id"]}
    return {
        "intake_submit_open311_request": {"body": {"api_key": made["secret"]}},
        "intake_post_open311_update": {"body": there},
    }


async def _mapping(call: Calls) -> dict[str, dict[str, Any]]:
    body = {"issuer": "https://sso.example", "claim": "sub", "value": str(uuid4()), "account": "custodian-1"}
    made = await call(ROUTING, "POST", "/v1/claim-mappings", body, role=Role.OPERATOR)
    there = {"parameters": {"id": made["id"]}}
    return {"routing_get_claim_mapping": there, "routing_end_claim_mapping": there}


async def _boundaries(call: Calls) -> dict[str, dict[str, Any]]:
    """Not in force: a square would decide where reports are."""
    feature = {
        "type": "Feature",
        "properties": {"kode": "64.72.01"},
        "geometry": {"type": "Polygon", "coordinates": [_NOWHERE]},
    }
    body = {
        "name": "Contoh: satu persegi",
        "geojson": {"type": "FeatureCollection", "features": [feature]},
        "activate": False,
    }
    made = await call(ROUTING, "POST", "/v1/boundaries/imports", body, role=Role.OPERATOR)
    there = {"parameters": {"id": made["id"]}}
    spot = {"latitude": -0.55, "longitude": 117.35, "boundaries": made["id"]}
    return {
        "routing_find_region": {"parameters": spot},
        **{f"routing_{operation}_boundaries": there for operation in ("get", "activate", "deactivate")},
    }


async def _rule_sets(call: Calls) -> dict[str, dict[str, Any]]:
    listed = await call(ROUTING, "GET", "/v1/rule-sets?state=active", role=Role.OPERATOR)
    active = listed["items"][0]["id"]

    async def draft(name: str) -> int:
        body = {"name": name, "based_on": active}
        return int((await call(ROUTING, "POST", "/v1/rule-sets", body, role=Role.OPERATOR))["id"])

    changed, activated = await draft("Contoh: rancangan"), await draft("Contoh: rancangan yang siap diberlakukan")
    discarded = await draft("Contoh: rancangan yang dibuang")
    return {
        "routing_get_rule_set": {"parameters": {"id": active}},
        **{
            f"routing_{operation}": {"parameters": {"id": changed}}
            for operation in ("replace_rules", "lint_rule_set", "replay_rule_set")
        },
        "routing_activate_rule_set": {"parameters": {"id": activated}, "body": {"replaces": active}},
        "routing_roll_back_rule_set": {"parameters": {"id": activated}},
        "routing_discard_rule_set": {"parameters": {"id": discarded}},
    }
