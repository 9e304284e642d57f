"""The documents in Indonesian: each operation has a summary and a description in the catalogue of its service."""

import pytest

from services import openapi
from services.serve import SERVICES
from shared.http.openapi import examples, translated


@pytest.fixture(scope="module")
def documents() -> dict[str, openapi.Document]:
    return openapi.documents()


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_has_a_summary_and_a_description(service: str, documents: dict[str, openapi.Document]) -> None:
    words = translated.written(service)["operations"]
    ids = {operation["operationId"] for operation in examples.operations(documents[SERVICES[service]])}

    assert {id for id in ids if not (words.get(id, {}).get("summary") and words[id].get("description"))} == set()
    assert words.keys() - ids == set(), "words of operations that are gone"


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_has_an_example(service: str, documents: dict[str, openapi.Document]) -> None:
    """That it works is tried in tests/stack/test_every_example.py."""
    written = examples.written(service)
    ids = {operation["operationId"] for operation in examples.operations(documents[SERVICES[service]])}

    assert written.keys() == ids


@pytest.mark.parametrize("service", SERVICES)
def test_every_tag_is_described(service: str, documents: dict[str, openapi.Document]) -> None:
    used = {tag for one in examples.operations(documents[SERVICES[service]]) for tag in one["tags"]}

    assert used - translated.written(service)["tags"].keys() == set()


def described(document: openapi.Document) -> set[str]:
    """What is said in English of parameters and properties."""
    parameters = {one["description"] for each in examples.operations(document) for one in each.get("parameters", ())}
    schemas = document["components"]["schemas"].values()
    return parameters | {one["description"] for schema in schemas for one in schema.get("properties", {}).values()}


def test_every_parameter_and_every_property_is_described(documents: dict[str, openapi.Document]) -> None:
    english = {one for document in documents.values() for one in described(document)}
    words = translated.descriptions()

    assert english - words.keys() == set(), "write these in shared/data/descriptions_id.json"
    assert words.keys() - english == set(), "words of what is gone"
    assert [one for one, said in words.items() if not said.strip() or said == one] == []


def test_a_property_and_a_parameter_are_shown_in_indonesian(documents: dict[str, openapi.Document]) -> None:
    shown = translated.into_indonesian(documents["sla"], translated.written("sla_monitor"))

    assert shown["components"]["schemas"]["ClockView"]["properties"]["policy"]["description"] == "Kode kebijakan."
    [limit] = [one for one in shown["paths"]["/v1/overdue"]["get"]["parameters"] if one["name"] == "limit"]
    assert limit["description"].startswith("Banyaknya baris")


def test_the_document_is_shown_in_indonesian_and_stays_as_it_was(documents: dict[str, openapi.Document]) -> None:
    document = documents["intake"]
    before = document["paths"]["/v1/reports"]["post"]["summary"]

    shown = translated.into_indonesian(document, translated.written("intake_api"))

    assert shown["paths"]["/v1/reports"]["post"]["summary"] == "Menyampaikan laporan"
    assert document["paths"]["/v1/reports"]["post"]["summary"] == before
    assert shown["info"]["version"] == document["info"]["version"]
