"""The operations on boundaries, each driven to success."""

from shared.clients import Role
from tests.stack.driving import ROUTING
from tests.stack.operations_of_rules import Call

OPERATOR = Role.OPERATOR
_SQUARE = [[117.1, -0.6], [117.2, -0.6], [117.2, -0.5], [117.1, -0.5], [117.1, -0.6]]


async def boundaries(call: Call) -> None:
    feature = {
        "type": "Feature",
        "properties": {"kode": "64.72.01"},
        "geometry": {"type": "Polygon", "coordinates": [_SQUARE]},
    }
    body = {"name": "Uji", "geojson": {"type": "FeatureCollection", "features": [feature]}, "activate": False}
    made = await call(ROUTING, "POST /v1/boundaries/imports", role=OPERATOR, json=body)
    there = {"role": OPERATOR, "id": str(made["id"])}
    await call(ROUTING, "GET /v1/boundaries", role=OPERATOR)
    await call(ROUTING, "GET /v1/boundaries/{id}", **there)
    await call(ROUTING, "POST /v1/boundaries/{id}/activation", **there)
    inside = {"latitude": -0.55, "longitude": 117.15}
    await call(ROUTING, "GET /v1/boundaries/at", role=OPERATOR, params=inside)
    await call(ROUTING, "POST /v1/boundaries/{id}/deactivation", **there)
