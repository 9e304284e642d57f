"""Who may call an operation, read from the very dependencies that refuse others."""

from fastapi import FastAPI

from shared.http.door.rules import Operation, described
from shared.http.openapi.walking import Document, operations

BEARER, ACCESS_CODE = "bearer", "accessCode"

_SCHEMES = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A signed token of an app, a channel or an officer: `Authorization: Bearer <token>`. The "
        "operator of the services issues it (`lapor token --role ...` on an installation of your own). It says the "
        "role, the agency, the scopes and when it expires. The roles that an operation takes stand in its `x-roles`; "
        "without them any token will do, and what its bearer may do depends on the report.",
    },
    ACCESS_CODE: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Access-Code",
        "description": "The code on the receipt of a report, which was shown once. Whoever has it is its reporter.",
    },
}


def say(document: Document, app: FastAPI) -> None:
    known = {(path, method.lower()): operation for path, method, operation in described(app)}
    for path, method, operation in operations(document):
        if found := known.get((path, method)):
            optional = {} in operation.get("security", ())
            operation["security"] = _security(found, optional=optional)
            _roles(operation, found)
    used = {name for _, _, operation in operations(document) for way in operation["security"] for name in way}
    schemes = {name: scheme for name, scheme in _SCHEMES.items() if name in used}
    document.setdefault("components", {})["securitySchemes"] = schemes


def _security(operation: Operation, *, optional: bool) -> list[dict[str, list[str]]]:
    """One of these; an empty list: nothing is needed."""
    ways: list[dict[str, list[str]]] = []
    if operation.takes_code:
        ways.append({ACCESS_CODE: []})
    if operation.takes_token:
        ways.append({BEARER: []})
    without = optional or (not operation.needs_token and not operation.takes_code)
    return [*ways, {}] if ways and without else ways


def _roles(operation: Document, found: Operation) -> None:
    if not found.allowed and "x-roles" not in operation:
        return
    allowed = [{role.value for role in one.roles} for one in found.allowed]
    roles: list[str] = operation.get("x-roles") or sorted(set.intersection(*allowed))
    operation["x-roles"] = roles
    operation["description"] = f"{operation.get('description', '')}\n\nRoles: {', '.join(roles)}.".strip()
