from typing import Any

import pytest

from services import openapi
from services.trouble import CannotRun


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

    assert merged["components"]["schemas"] == {"Report": {"type": "object"}, "SlaReport": {"type": "string"}}
    used = merged["paths"]["/sla/v1/reports"]["get"]["responses"]["200"]["schema"]["$ref"]
    assert used == "#/components/schemas/SlaReport"


def test_the_three_services_make_one_document() -> None:
    merged = openapi.merged(openapi.documents())

    prefixes = {path.split("/")[1] for path in merged["paths"]}
    ids = openapi.operation_ids(merged["paths"])
    assert prefixes == {"intake", "routing", "sla"}
    assert len(ids) == len(set(ids))
    assert "/intake/v1/reports" in merged["paths"]
