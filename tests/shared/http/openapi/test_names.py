from typing import Any

from shared.http.openapi.names import name_enum_values


def named(*values: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "enum": list(values)}
    name_enum_values({"components": {"schemas": {"MaskKind": schema}}})
    return schema


def test_values_that_every_enum_of_kotlin_has_as_properties_get_a_name_of_their_own() -> None:
    assert named("name", "phone", "ordinal")["x-enum-varnames"] == ["name_", "phone", "ordinal_"]


def test_the_values_themselves_stay_as_they_are_sent() -> None:
    assert named("name", "phone")["enum"] == ["name", "phone"]


def test_an_enum_without_such_values_and_a_schema_that_is_none_stay_as_they_are() -> None:
    assert named("names", "phone") == {"type": "string", "enum": ["names", "phone"]}
    document: dict[str, Any] = {"components": {"schemas": {"Report": {"type": "object"}}}}

    name_enum_values(document)

    assert document == {"components": {"schemas": {"Report": {"type": "object"}}}}


def test_a_document_without_schemas_is_left_alone() -> None:
    document: dict[str, Any] = {"paths": {}}

    name_enum_values(document)

    assert document == {"paths": {}}
