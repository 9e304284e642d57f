"""Real answers of a running stack, each with where the documents describe it."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from services.local.stack import Stack
from services.openapi import Document
from services.serve import SERVICES
from shared.clients import Role
from shared.http.openapi.examples import written
from tests.stack.driving import INTAKE, MONITOR, ROUTING, a_submission
from tests.stack.test_every_example import by_id, sent, token

PERSON = "person-1"
CODES = {"agencies": "SAMARINDA", "categories": "road_damage", "policies": "ID-SP4N-2018"}
ROLES = (None, Role.REPORTER_APP, Role.NATIONAL_ADMIN, Role.OPERATOR)


@dataclass(frozen=True)
class Answer:
    service: str
    method: str
    path: str
    status: int
    media: str
    body: Any

    def path_in(self, name: str) -> str:
        """Its path in the document of that name; the merged one has the services' names in front."""
        return f"/{SERVICES[self.service]}{self.path}" if name == "merged" else self.path

    def schema(self, name: str, document: Document) -> str | None:
        """The name of the schema that describes it; with a discriminator, of the one that its property names."""
        operation = document["paths"][self.path_in(name)][self.method]
        described = operation["responses"][str(self.status)]["content"][self.media]["schema"]
        while "$ref" in described:
            found = described["$ref"].rsplit("/", 1)[1]
            described = document["components"]["schemas"][found]
            if "discriminator" in described:
                told_by = described["discriminator"]
                described = {"$ref": told_by["mapping"][self.body[told_by["propertyName"]]]}
            else:
                return str(found)
        return None


class Collector:
    """Asks every GET operation that it can fill in, as each role: what is read, and how it is refused."""

    def __init__(self, stack: Stack, http: httpx.AsyncClient) -> None:
        self._stack = stack
        self._http = http
        self._receipt: dict[str, Any] = {}
        self.answers: dict[tuple[Any, ...], Answer] = {}

    async def _ask(
        self, service: str, method: str, path: str, filled: str, role: Role | None, *, json: Any = None,
        headers: dict[str, str] | None = None, params: dict[str, str] | None = None,
    ) -> Any:  # fmt: skip
        sent = {"Authorization": f"Bearer {self._stack.token(role, sub='mobile-app')}"} if role else {}
        response = await self._http.request(
            method, self._stack.url(service) + filled, json=json, headers=sent | (headers or {}), params=params
        )
        return self._keep((role if response.is_success else None,), service, method, path, response)

    def _keep(self, key: tuple[Any, ...], service: str, method: str, path: str, response: httpx.Response) -> Any:
        """Its body, unless that is no JSON."""
        media = response.headers.get("content-type", "").split(";")[0]
        if media not in ("application/json", "application/problem+json"):
            return None
        body = response.json()
        view = body.get("view") if isinstance(body, dict) else None
        status = response.status_code
        self.answers[service, method, path, status, view, *key] = Answer(service, method, path, status, media, body)
        return body

    async def submit(self) -> None:
        body = a_submission(occurred_on="2026-01-05") | {"reporter": {"name": "Ani", "email": "ani@example.org"}}
        body["reporter_reference"] = PERSON
        path = "/v1/reports"
        self._receipt = await self._ask(INTAKE, "post", path, path, Role.REPORTER_APP, json=body)
        assert "access_code" in self._receipt, self._receipt
        await self._ask(INTAKE, "post", path, path, Role.REPORTER_APP, json=body | {"category": 1})
        await self._ask(INTAKE, "post", path, path, None, json=body)

    async def read_everything(self) -> None:
        number = self._receipt["tracking_number"]
        code = {"X-Access-Code": self._receipt["access_code"]}
        for service in (INTAKE, ROUTING, MONITOR):
            document = (await self._http.get(f"{self._stack.url(service)}/openapi.json")).json()
            for path in (path for path, item in document["paths"].items() if "get" in item):
                for role in ROLES:
                    if filled := await self._filled(service, path, role):
                        await self._ask(service, "get", path, filled, role)
                if path.startswith("/v1/reports/{tracking_number}"):
                    own = path.replace("{tracking_number}", number)
                    await self._ask(service, "get", path, own, None, headers=code)
        for service in (INTAKE, ROUTING):
            await self._ask(service, "get", "/v1/reports", "/v1/reports", Role.NATIONAL_ADMIN, params={"limit": "0"})
        gone = "/v1/reports/{tracking_number}"
        await self._ask(INTAKE, "get", gone, gone.format(tracking_number="2000000000"), None)

    async def try_every_example(self) -> None:
        """What the operations that change something answer, too. Each example has a report of its own."""
        for service in (INTAKE, ROUTING, MONITOR):
            document = (await self._http.get(f"{self._stack.url(service)}/openapi.json")).json()
            operations = by_id(document)
            for id in written(service):
                method, path, operation = operations[id]
                url = self._stack.url(service)
                response = await sent(self._http, partial(token, self._stack), url, method, path, operation)
                self._keep((service, id), service, method, path, response)

    async def _filled(self, service: str, path: str, role: Role | None) -> str | None:
        """With the values of things that are there; None if there are none."""
        if path.startswith("/v1/reports/{id}"):
            path = path.replace("{id}", self._receipt["id"])
        noun = path.split("/")[2]
        path = path.replace("{tracking_number}", self._receipt["tracking_number"])
        path = path.replace("{reporter_reference}", PERSON).replace("{code}", CODES.get(noun, "{code}"))
        if path == f"/v1/{noun}/{{id}}" and role:
            listed = await self._ask(service, "get", f"/v1/{noun}", f"/v1/{noun}", role)
            if items := (listed or {}).get("items"):
                path = path.replace("{id}", str(items[0]["id"]))
        return None if "{" in path else path
