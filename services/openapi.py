"""One OpenAPI document of the three services, as they stand behind one host under /intake, /routing and /sla."""

import json
from collections import Counter
from typing import Any

from pydantic import SecretStr

import intake_api.app
import routing_service.app
import sla_monitor.app
from services.serve import SERVICES
from services.trouble import CannotRun
from shared.settings import IntakeSettings, MonitorSettings, RoutingSettings

Document = dict[str, Any]

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def documents() -> dict[str, Document]:
    """Each service's own document, by the path it lives under. Nothing is connected to."""
    known: dict[str, Any] = {"database_url": "postgresql://nobody@127.0.0.1/none", "signing_key": SecretStr("x" * 32)}
    return {
        SERVICES["intake_api"]: intake_api.app.create_app(IntakeSettings(**known)).openapi(),
        SERVICES["routing_service"]: routing_service.app.create_app(RoutingSettings(**known)).openapi(),
        SERVICES["sla_monitor"]: sla_monitor.app.create_app(MonitorSettings(**known)).openapi(),
    }


def merged(parts: dict[str, Document]) -> Document:
    """Raises CannotRun if two operations have the same id."""
    paths: Document = {}
    components: dict[str, Document] = {}
    for prefix, document in parts.items():
        renamed = _renamed_apart(document, components, prefix)
        for kind, named in renamed.get("components", {}).items():
            components.setdefault(kind, {}).update(named)
        paths |= {f"/{prefix}{path}": item for path, item in renamed["paths"].items()}
    twice = [name for name, count in Counter(operation_ids(paths)).items() if count > 1]
    if twice:
        raise CannotRun(f"These operation ids occur more than once, rename their functions: {', '.join(twice)}.")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LAPOR!",
            "version": "1",
            "description": "\n\n".join(
                f"**/{prefix}** {document['info']['title']}: {document['info'].get('description', '')}"
                for prefix, document in parts.items()
            ),
        },
        "paths": paths,
        "components": components,
    }


def operation_ids(paths: Document) -> list[str]:
    return [
        operation["operationId"] for item in paths.values() for method, operation in item.items() if method in METHODS
    ]


def _renamed_apart(document: Document, taken: dict[str, Document], prefix: str) -> Document:
    """A component that another service names alike but means otherwise gets the service's name in front."""
    text = json.dumps(document)
    for kind, named in document.get("components", {}).items():
        for name, content in named.items():
            if name in taken.get(kind, {}) and taken[kind][name] != content:
                new = f"{prefix.capitalize()}{name}"
                text = text.replace(f'"#/components/{kind}/{name}"', f'"#/components/{kind}/{new}"')
                text = text.replace(f'"{name}": {json.dumps(content)}', f'"{new}": {json.dumps(content)}')
    renamed: Document = json.loads(text)
    return renamed
