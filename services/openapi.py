"""One OpenAPI document of the three services. Each answers below its own name, too: /intake, /routing and /sla."""

from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr

import intake_api.app
import routing_service.app
import sla_monitor.app
from services.serve import SERVICES
from services.trouble import CannotRun
from shared.clock import utc_now
from shared.http.openapi import names, problems
from shared.keys.public import PublicKeys
from shared.keys.purposes import HELD
from shared.keys.ring import Ring
from shared.settings import IntakeSettings, MonitorSettings, RoutingSettings

Document = dict[str, Any]

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


@cache
def apps() -> dict[str, FastAPI]:
    """By service. Nothing is connected to. Describing them takes a second: whoever changes a document copies it."""
    ring = Ring.make(set().union(*HELD.values()), now=utc_now())
    known: dict[str, Any] = {
        "database_url": "postgresql://nobody@127.0.0.1/none",
        "keys": SecretStr(ring.as_text()),
        "public_keys": PublicKeys([]).as_text(),
    }
    return {
        "intake_api": intake_api.app.create_app(IntakeSettings(**known)),
        "routing_service": routing_service.app.create_app(RoutingSettings(**known)),
        "sla_monitor": sla_monitor.app.create_app(MonitorSettings(**known)),
    }


def documents() -> dict[str, Document]:
    """Each service's own document, by the path it lives under, with the address that the others find it at."""
    return {
        SERVICES[service]: app.openapi() | {"servers": [{"url": app.state.settings.url_of(service)}]}
        for service, app in apps().items()
    }


def merged(parts: Mapping[str, Document], base: str | None = None) -> Document:
    """The documents as one. With `base` all paths are behind this host, else each is at the address of its service.

    Raises CannotRun if two operations have the same id.
    """
    paths: Document = {}
    components: dict[str, Document] = {}
    tags: dict[str, list[str]] = {}
    codes = {code for part in parts.values() for code in problems.listed(part)}
    for prefix, original in parts.items():
        document = deepcopy(original)
        if problems.listed(document):
            problems.list_codes(document, codes)
        document = _renamed_apart(document, components.get("schemas", {}), prefix)
        for kind, named in document.get("components", {}).items():
            components.setdefault(kind, {}).update(named)
        address = {"servers": document["servers"]} if base is None and "servers" in document else {}
        paths |= {f"/{prefix}{path}": item | address for path, item in document["paths"].items()}
        for tag in document.get("tags", ()):
            tags.setdefault(tag["name"], []).append(tag["description"])
    twice = [name for name, count in Counter(operation_ids(paths)).items() if count > 1]
    if twice:
        raise CannotRun(f"These operation ids occur more than once, rename their functions: {', '.join(twice)}.")
    addresses = [one for part in parts.values() for one in part.get("servers", ())]
    return {
        "openapi": "3.1.0",
        "info": _info(parts),
        "servers": [{"url": base.rstrip("/")}] if base else addresses,
        "tags": [{"name": name, "description": " ".join(said)} for name, said in tags.items()],
        "paths": paths,
        "components": components,
        problems.EVERYWHERE: next(iter(parts.values()), {}).get(problems.EVERYWHERE, {}),
    }


def _info(parts: Mapping[str, Document]) -> Document:
    infos = {prefix: document["info"] for prefix, document in parts.items()}
    said = "\n\n".join(
        f"**/{prefix}** {info['title']}: {info.get('description', '')}" for prefix, info in infos.items()
    )
    first: Document = next(iter(infos.values()))
    return first | {"title": "LAPOR!", "version": "1", "description": said}


def operation_ids(paths: Document) -> list[str]:
    return [
        operation["operationId"] for item in paths.values() for method, operation in item.items() if method in METHODS
    ]


def _renamed_apart(document: Document, taken: Document, prefix: str) -> Document:
    """A schema that another service names alike but means otherwise gets the service's name in front."""
    schemas = document.get("components", {}).get("schemas", {})
    new: dict[str, str] = {}
    for name in sorted(_meant_otherwise(schemas, taken)):
        new[name] = f"{prefix.capitalize()}{name}"
        while new[name] in taken or new[name] in schemas:
            new[name] += "_"
    if new:
        document["components"]["schemas"] = {
            new.get(name, name): schema | ({"title": new[name]} if name in new else {})
            for name, schema in schemas.items()
        }
        names.refer(document, new)
    return document


def _meant_otherwise(schemas: Document, taken: Document) -> set[str]:
    """Two schemas of one name are equal only if all that they refer to is equal, however far down."""
    shared = schemas.keys() & taken.keys()
    other = {name for name in shared if schemas[name] != taken[name]}
    while further := {name for name in shared - other if names.referred(schemas[name]) & other}:
        other |= further
    return other
