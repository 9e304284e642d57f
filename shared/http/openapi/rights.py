"""Who may call an operation, read from the very dependencies that refuse others."""

from collections.abc import Mapping, Sequence

from fastapi import FastAPI

from shared.clients import ACTS_FOR_ACCOUNTS, Role, Scope
from shared.domain.wording import Language, Wording
from shared.domain.wording import say as said
from shared.http.door.rules import Operation, described
from shared.http.openapi.walking import Document, operations

BEARER, OAUTH2, ACCESS_CODE = "bearer", "oauth2", "accessCode"

#: What a scope is for, beside the operations that name it in `x-scopes`.
SCOPES: Mapping[Scope, str] = {
    Scope.SUBMIT: "a channel may submit reports",
    Scope.WORK: "a channel works on the reports of its agency, as its officers do",
    Scope.IMPORT: "an import of the past: may say `occurred_at`, and no limit of requests holds",
    Scope.SECRET: "a supervisor also reads what was written in secret reports",
    Scope.MANAGE: "an officer looks after their own instansi in the registry, as its coordinator does",
}

_SCHEMES = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A signed token of an app, a channel or an officer: `Authorization: Bearer <token>`. The "
        "operator of the services issues it (`lapor token --role ...` on an installation of your own). It says the "
        "role, the agency, the scopes and when it expires. The roles whose token an operation takes stand in its "
        "`x-roles`, what a role needs beside itself in its `x-scopes`; what the bearer may do further depends on the "
        f"report. Scopes: {'; '.join(f'`{scope.value}`: {meaning}' for scope, meaning in SCOPES.items())}.",
    },
    ACCESS_CODE: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Access-Code",
        "description": "The code on the receipt of a report, which was shown once. Whoever has it is its reporter.",
    },
}


def _flows(issuer: str) -> Document:
    """The same tokens, got in the page itself."""
    scopes = {scope.value: meaning for scope, meaning in SCOPES.items()}
    token = {"tokenUrl": f"{issuer}/oauth/token", "scopes": scopes}
    return {
        "type": "oauth2",
        "description": "The same token, from the issuer (RFC 8414 metadata: `/.well-known/oauth-authorization-server` "
        "of routing_service). Systems get one for a secret or a signature, officers by logging in; it lives for ten "
        "minutes.",
        "flows": {
            "clientCredentials": token,
            "authorizationCode": {
                **token, "authorizationUrl": f"{issuer}/oauth/authorize", "refreshUrl": f"{issuer}/oauth/token",
            },
        },
    }  # fmt: skip


_EVERYBODY: Wording = ("semua orang", "everybody")
_ANY_TOKEN: Wording = ("siapa pun yang memegang token", "whoever has a token")
_WITH_SCOPE: Wording = ("`{0}` dengan cakupan {1}", "`{0}` with the scope {1}")
_REPORTER: Wording = (
    "pelapor: dengan kode akses, atau dengan token {0} dan akunnya",
    "the reporter: by the access code, or by the token of {0} with the account",
)
_SEES_MORE: Wording = ("semua orang; pelapor melihat lebih banyak ({0})", "everybody; the reporter sees more ({0})")
_WAYS: Wording = ("kode akses, atau token {0} dan akunnya", "access code, or the token of {0} with the account")
_WHO: Wording = ("Yang boleh", "Who may")


def say(document: Document, app: FastAPI) -> None:
    known = {(path, method.lower()): operation for path, method, operation in described(app)}
    for path, method, operation in operations(document):
        if found := known.get((path, method)):
            optional = {} in operation.get("security", ())
            operation["security"] = _security(found, optional=optional)
            _roles(operation, found)
            operation["description"] = with_who(operation, operation.get("description", ""), Language.EN)
    used = {name for _, _, operation in operations(document) for way in operation["security"] for name in way}
    all_schemes: Document = {**_SCHEMES, OAUTH2: _flows(app.state.settings.issuer_url)}
    schemes = {name: scheme for name, scheme in all_schemes.items() if name in used}
    document.setdefault("components", {})["securitySchemes"] = schemes


def _security(operation: Operation, *, optional: bool) -> list[dict[str, list[str]]]:
    """One of these; an empty list: nothing is needed."""
    ways: list[dict[str, list[str]]] = []
    if operation.takes_code:
        ways.append({ACCESS_CODE: []})
    if operation.takes_token:
        ways += [{BEARER: []}, {OAUTH2: []}]
    without = optional or (not operation.needs_token and not operation.takes_code)
    return [*ways, {}] if ways and without else ways


def _roles(operation: Document, found: Operation) -> None:
    """`x-roles`: whose token it takes; `x-scopes`: what a role of these needs beside itself."""
    if not found.takes_token:
        return
    operation["x-roles"] = [ACTS_FOR_ACCOUNTS.value] if found.takes_code else [role.value for role in found.roles]
    if found.needs:
        operation["x-scopes"] = {role.value: [scope.value] for role, scope in sorted(found.needs.items())}


def with_who(operation: Document, description: str, language: Language) -> str:
    return f"{description}\n\n**{said(_WHO, language)}:** {who(operation, language)}.".strip()


def who(operation: Document, language: Language) -> str:
    """In words, as `security`, `x-roles` and `x-scopes` of an operation have it."""
    ways: Sequence[Mapping[str, object]] = operation["security"]
    roles, scopes = operation.get("x-roles", ()), operation.get("x-scopes", {})
    if {ACCESS_CODE: []} in ways:
        apps = ", ".join(f"`{role}`" for role in roles)
        if {} in ways:
            return said(_SEES_MORE, language).format(said(_WAYS, language).format(apps))
        return said(_REPORTER, language).format(apps)
    if not ways:
        return said(_EVERYBODY, language)
    if set(roles) == set(Role):
        return said(_ANY_TOKEN, language)
    plain = [f"`{role}`" for role in roles if role not in scopes]
    scoped = [
        said(_WITH_SCOPE, language).format(role, ", ".join(f"`{scope}`" for scope in needed))
        for role, needed in scopes.items()
    ]
    return ", ".join([*plain, *scoped])
