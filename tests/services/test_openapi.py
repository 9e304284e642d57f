import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from intake_api import documents as intake
from routing_service import documents as routing
from services import openapi
from services.trouble import CannotRun
from shared.clients import WORKERS, Role, Scope
from shared.domain.wording import Language
from shared.http.door.rules import described
from shared.http.openapi import problems, rights, translated
from shared.http.openapi.common import PROPERTIES
from shared.http.openapi.names import referred
from sla_monitor import documents as sla

TOKEN: dict[str, list[str]] = {"bearer": []}
OAUTH2: dict[str, list[str]] = {"oauth2": []}


def a_document(operation_id: str, *, schemas: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = {"$ref": "#/components/schemas/Report"}
    operation = {"operationId": operation_id, "responses": {"200": {"schema": answer}}}
    return {
        "info": {"title": "A service", "version": "1"},
        "paths": {"/v1/reports": {"get": operation}},
        "components": {"schemas": schemas or {"Report": {"type": "object"}}},
    }


def test_each_service_stands_under_its_own_path() -> None:
    merged = openapi.merged({"intake": a_document("a"), "sla": a_document("b")})

    assert list(merged["paths"]) == ["/intake/v1/reports", "/sla/v1/reports"]
    assert list(merged["components"]["schemas"]) == ["Report"]


def test_an_operation_id_that_occurs_twice_is_refused() -> None:
    with pytest.raises(CannotRun, match="get_report"):
        openapi.merged({"intake": a_document("get_report"), "sla": a_document("get_report")})


def test_schemas_of_the_same_name_and_another_shape_are_kept_apart() -> None:
    other = {"Report": {"type": "string"}}

    merged = openapi.merged({"intake": a_document("a"), "sla": a_document("b", schemas=other)})

    assert merged["components"]["schemas"] == {
        "Report": {"type": "object"},
        "SlaReport": {"type": "string", "title": "SlaReport"},
    }
    used = merged["paths"]["/sla/v1/reports"]["get"]["responses"]["200"]["schema"]["$ref"]
    assert used == "#/components/schemas/SlaReport"


def test_schemas_that_read_alike_and_refer_to_others_are_kept_apart_with_all_above_them() -> None:
    inner = {"type": "object", "properties": {"part": {"$ref": "#/components/schemas/Part"}}}
    outer = {"type": "array", "items": {"$ref": "#/components/schemas/Inner"}}
    one = {"Report": outer, "Inner": inner, "Part": {"type": "string"}}
    other = {"Report": outer, "Inner": inner, "Part": {"type": "integer"}}

    merged = openapi.merged({"intake": a_document("a", schemas=one), "sla": a_document("b", schemas=other)})

    schemas = merged["components"]["schemas"]
    assert set(schemas) == {"Report", "Inner", "Part", "SlaReport", "SlaInner", "SlaPart"}
    assert schemas["Inner"] == inner
    assert schemas["SlaInner"]["properties"]["part"]["$ref"] == "#/components/schemas/SlaPart"
    used = merged["paths"]["/sla/v1/reports"]["get"]["responses"]["200"]["schema"]["$ref"]
    assert used == "#/components/schemas/SlaReport"


def test_schemas_that_refer_to_each_other_and_are_equal_stay_one() -> None:
    ring = {"Report": {"items": {"$ref": "#/components/schemas/Part"}},
            "Part": {"items": {"$ref": "#/components/schemas/Report"}}}  # fmt: skip

    merged = openapi.merged({"intake": a_document("a", schemas=ring), "sla": a_document("b", schemas=ring)})

    assert merged["components"]["schemas"] == ring


def test_a_name_that_is_taken_even_with_the_service_in_front_gets_another() -> None:
    one = {"Report": {"type": "object"}, "SlaReport": {"type": "number"}}
    other = {"Report": {"type": "string"}}

    merged = openapi.merged({"intake": a_document("a", schemas=one), "sla": a_document("b", schemas=other)})

    assert merged["components"]["schemas"]["SlaReport"] == {"type": "number"}
    assert len(merged["components"]["schemas"]) == 3


@pytest.fixture(scope="module")
def everything(documents: dict[str, openapi.Document]) -> openapi.Document:
    return openapi.merged(documents)


#: Words that say nothing outside of the place where they stand in the code.
TOO_SHORT = {
    "Activation", "Answer", "Change", "Feed", "Field", "Item", "Kind", "Label", "Level", "Location", "Mark", "Note",
    "Outcome", "Page", "Part", "Place", "Receipt", "Request", "Response", "Result", "Set", "Sort", "Source", "State",
    "Status", "Type", "Unit", "View",
}  # fmt: skip


def test_names_of_schemas_are_words_of_ours_that_no_other_schema_has(documents: dict[str, openapi.Document]) -> None:
    for document in documents.values():
        schemas = document["components"]["schemas"]
        assert [name for name in schemas if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name)] == []
        assert [name for name, schema in schemas.items() if schema["title"] != name] == []
        assert TOO_SHORT & schemas.keys() == set()


def test_no_schema_of_one_service_has_the_name_of_another_that_differs(
    documents: dict[str, openapi.Document], everything: openapi.Document
) -> None:
    names = {name for document in documents.values() for name in document["components"]["schemas"]}

    assert everything["components"]["schemas"].keys() == names


def with_all_it_refers_to(part: Any, components: openapi.Document, above: tuple[str, ...] = ()) -> Any:
    """The same with the schemas themselves for references to them; a ring ends where it began."""
    if isinstance(part, dict) and isinstance(ref := part.get("$ref"), str):
        if ref in above:
            return {"ring": above.index(ref) - len(above)}
        _, _, kind, name = ref.split("/")
        return with_all_it_refers_to(components[kind][name], components, (*above, ref))
    if isinstance(part, dict):
        return {key: with_all_it_refers_to(one, components, above) for key, one in part.items()}
    if isinstance(part, list):
        return [with_all_it_refers_to(one, components, above) for one in part]
    return part


def operations(document: openapi.Document) -> Iterator[tuple[str, str, openapi.Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in openapi.METHODS:
                yield path, method, operation


def test_every_reference_leads_to_a_schema(everything: openapi.Document) -> None:
    assert referred(everything) <= everything["components"]["schemas"].keys()


def test_an_operation_means_the_same_in_the_document_of_all_three(
    documents: dict[str, openapi.Document], everything: openapi.Document
) -> None:
    for prefix, document in documents.items():
        problem = {"Problem": everything["components"]["schemas"]["Problem"]}
        schemas = document["components"]["schemas"] | problem  # its list of codes is that of all three
        components = document["components"] | {"schemas": schemas}
        for path, method, operation in operations(document):
            there = everything["paths"][f"/{prefix}{path}"][method]
            assert with_all_it_refers_to(there, everything["components"]) == with_all_it_refers_to(
                operation, components
            ), operation["operationId"]


def test_the_codes_of_problems_are_a_list_that_may_grow_and_in_the_document_of_all_three_those_of_all(
    documents: dict[str, openapi.Document], everything: openapi.Document
) -> None:
    code = everything["components"]["schemas"]["Problem"]["properties"]["code"]

    assert code["type"] == "string"
    assert set(problems.listed(everything)) == {one for each in documents.values() for one in problems.listed(each)}
    assert {"already_rated", "ring_must_keep", "policy_overlaps"} <= set(problems.listed(everything))
    assert "policy_overlaps" not in problems.listed(documents["intake"])


def test_every_path_of_the_document_of_all_three_has_the_address_of_its_service(
    documents: dict[str, openapi.Document], everything: openapi.Document
) -> None:
    for path, item in everything["paths"].items():
        assert item["servers"] == documents[path.split("/")[1]]["servers"]
        assert item["servers"][0]["url"].startswith("http")


def test_behind_one_host_every_path_is_there(documents: dict[str, openapi.Document]) -> None:
    merged = openapi.merged(documents, "https://api.example/")

    assert merged["servers"] == [{"url": "https://api.example"}]
    assert not any("servers" in item for item in merged["paths"].values())


def test_what_services_say_to_each_other_and_to_operators_is_in_no_document(everything: openapi.Document) -> None:
    inside = ("/internal", "/healthz", "/readyz", "/metrics")
    assert not [path for path in everything["paths"] if any(part in path for part in inside)]


def test_an_answer_that_has_several_forms_says_in_one_property_which(documents: dict[str, openapi.Document]) -> None:
    for document in documents.values():
        for path, method, operation in operations(document):
            for status, answer in operation["responses"].items():
                schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
                assert not schema.keys() & {"anyOf", "oneOf"}, (method, path, status)
        for name, schema in document["components"]["schemas"].items():
            if "oneOf" in schema:
                told = schema["discriminator"]
                for value, ref in told["mapping"].items():
                    form = document["components"]["schemas"][ref.rpartition("/")[2]]
                    assert form["properties"][told["propertyName"]]["const"] == value, name
                    assert told["propertyName"] in form["required"]


def test_the_three_services_make_one_document() -> None:
    merged = openapi.merged(openapi.documents())

    prefixes = {path.split("/")[1] for path in merged["paths"]}
    ids = openapi.operation_ids(merged["paths"])
    assert prefixes == {"intake", "routing", "sla"}
    assert len(ids) == len(set(ids))
    assert "/intake/v1/reports" in merged["paths"]


def test_headers_and_queries_cannot_be_null_and_numbers_have_a_format(everything: openapi.Document) -> None:
    for path, method, operation in operations(everything):
        for parameter in operation.get("parameters", ()):
            assert '"null"' not in json.dumps(parameter["schema"]), (method, path, parameter["name"])
    assert '"type": "number"}' not in json.dumps(everything)


def test_every_operation_says_what_it_needs_and_its_tag_is_described(everything: openapi.Document) -> None:
    described = {tag["name"] for tag in everything["tags"] if tag["description"]}
    for path, method, operation in operations(everything):
        assert set(operation["tags"]) <= described, (method, path)
        for way in operation["security"]:
            assert way.keys() <= everything["components"]["securitySchemes"].keys(), (method, path)


@pytest.mark.parametrize(
    ("operation", "ways"),
    [
        ("intake_list_reports", []),
        ("intake_list_codes", []),
        ("intake_submit_report", [TOKEN, OAUTH2]),
        ("intake_get_report", [{"accessCode": []}, TOKEN, OAUTH2, {}]),
        ("intake_list_timeline", [{"accessCode": []}, TOKEN, OAUTH2]),
        ("intake_rate_answer", [{"accessCode": []}, TOKEN, OAUTH2]),
        ("sla_list_limits", [TOKEN, OAUTH2]),
    ],
)
def test_what_an_operation_needs_is_a_token_or_an_access_code_or_nothing(
    everything: openapi.Document, operation: str, ways: list[dict[str, list[str]]]
) -> None:
    found = {one["operationId"]: one["security"] for _, _, one in operations(everything)}

    assert found[operation] == ways


def test_the_roles_that_an_operation_takes_are_those_that_the_door_lets_in(everything: openapi.Document) -> None:
    found = {one["operationId"]: one for _, _, one in operations(everything)}

    assert found["intake_support_report"]["x-roles"] == ["reporter_app"]
    assert found["routing_import_boundaries"]["x-roles"] == ["operator"]
    assert "channel" in found["intake_submit_report"]["x-roles"]
    assert found["intake_submit_report"]["x-scopes"] == {"channel": ["reports:submit"]}
    assert found["routing_verify_report"]["x-roles"] == ["coordinator", "national_admin"]
    assert found["routing_list_reports"]["x-scopes"] == {"channel": ["reports:work"]}
    assert found["intake_rate_answer"]["x-roles"] == ["reporter_app"]
    assert found["sla_list_overdue"]["x-roles"] == sorted([*WORKERS, Role.SERVICE])


def test_every_operation_says_who_may_call_it(everything: openapi.Document) -> None:
    for path, method, operation in operations(everything):
        asks = {"bearer": []} in operation["security"]
        assert bool(operation.get("x-roles")) == asks, (method, path)
        assert operation["description"].endswith(f"**Who may:** {rights.who(operation, Language.EN)}.")
        assert operation.get("x-scopes", {}).keys() <= set(operation.get("x-roles", ()))


def test_every_scope_is_explained_where_tokens_are(everything: openapi.Document) -> None:
    assert rights.SCOPES.keys() == set(Scope)
    told = everything["components"]["securitySchemes"]["bearer"]["description"]
    assert all(f"`{scope.value}`" in told for scope in Scope)


def test_the_words_about_who_may_are_in_the_language_of_the_page(documents: dict[str, openapi.Document]) -> None:
    shown = translated.into_indonesian(documents["routing"], translated.written("routing_service"))

    said = shown["paths"]["/v1/reports/{id}/notes"]["post"]["description"]
    assert said.endswith(
        "**Yang boleh:** `agency_head`, `coordinator`, `liaison_officer`, `national_admin`, "
        "`channel` dengan cakupan `reports:work`."
    )


def test_every_answer_has_its_headers_and_every_problem_its_codes(everything: openapi.Document) -> None:
    known = set(problems.listed(everything))
    for path, method, operation in operations(everything):
        for status, answer in operation["responses"].items():
            assert "X-Request-Id" in answer["headers"], (method, path, status)
            assert answer["description"] not in {"Successful Response", ""}
            if int(status) >= 400 and "/open311/" not in path:  # its errors are no problems
                assert answer["x-codes"], (method, path, status)
                assert set(answer["x-codes"]) <= known
        assert "Retry-After" in operation["responses"]["429"]["headers"]
        assert operation["summary"]


def test_a_list_of_codes_says_that_it_may_grow(everything: openapi.Document) -> None:
    listed = {name: schema for name, schema in everything["components"]["schemas"].items() if "enum" in schema}

    assert listed
    assert all("More values may be added" in schema["description"] for schema in listed.values())


def test_what_is_answered_has_one_type_or_says_which_of_several(everything: openapi.Document) -> None:
    """Clients for Kotlin and Java read no property that is one thing or another."""
    schemas = everything["components"]["schemas"]
    answered: set[str] = set()
    coming = {
        name
        for _, _, operation in operations(everything)
        for answer in operation["responses"].values()
        for name in referred(answer.get("content", {}))
    }
    while coming:
        answered |= coming
        coming = {name for one in coming for name in referred(schemas[one])} - answered

    assert [
        f"{name}.{field}"
        for name in sorted(answered)
        for field, content in schemas[name].get("properties", {}).items()
        if len([one for one in content.get("anyOf", ()) if one.get("type") != "null"]) > 1
    ] == []


def test_every_parameter_and_every_property_is_described(everything: openapi.Document) -> None:
    schemas = everything["components"]["schemas"]

    assert [
        f"{operation['operationId']} {parameter['name']}"
        for _, _, operation in operations(everything)
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ] == []
    assert [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, content in schema.get("properties", {}).items()
        if not content.get("description")
    ] == []


def test_every_example_and_every_default_is_what_its_schema_allows(everything: openapi.Document) -> None:
    """A generated client sends a default for what was left out."""
    shown = [
        (f"{operation['operationId']} {parameter['name']}", parameter["schema"], parameter["example"])
        for _, _, operation in operations(everything)
        for parameter in operation.get("parameters", ())
        if "example" in parameter
    ]
    shown += [
        (f"{name}.{field}", content, content["default"])
        for name, schema in everything["components"]["schemas"].items()
        for field, content in schema.get("properties", {}).items()
        if "default" in content
    ]

    assert len(shown) > 100
    assert [place for place, schema, value in shown if not _allows(everything, schema, value)] == []


def _allows(document: openapi.Document, schema: dict[str, Any], value: object) -> bool:
    whole = {**schema, "components": document["components"]}
    return bool(jsonschema_rs.Draft202012Validator(whole).is_valid(value))


def test_what_is_said_of_a_property_is_said_of_one_that_is_there(documents: dict[str, openapi.Document]) -> None:
    fields = {
        f"{name}.{field}"
        for document in documents.values()
        for name, schema in document["components"]["schemas"].items()
        for field in schema.get("properties", {})
    }
    said = {key for each in (intake.SAID, routing.SAID, sla.SAID) for key in each.properties}
    of_all = {field.partition(".")[2] for field in fields}

    assert {key for key in said | PROPERTIES.keys() if key not in fields | of_all} == set()


def test_summaries_and_headers_are_said_of_operations_that_are_there(everything: openapi.Document) -> None:
    known = {operation["operationId"] for _, _, operation in operations(everything)}

    for each in (intake.SAID, routing.SAID, sla.SAID):
        assert each.summaries.keys() | each.headers.keys() <= known


def test_what_makes_a_thing_says_where_it_can_be_read(everything: openapi.Document) -> None:
    for _, _, operation in operations(everything):
        for status, answer in operation["responses"].items():
            assert ("Location" in answer["headers"]) == (status in ("201", "202")), operation["operationId"]


def test_what_is_made_is_read_by_an_operation_that_there_is() -> None:
    for app in openapi.apps().values():
        reads = {path for path, method, _ in described(app) if method == "GET"}
        made = [operation.makes.path for _, _, operation in described(app) if operation.makes]

        assert made
        for path in made:
            assert re.sub(r"\w+\[(\w+)\]", r"\1", path) in reads
