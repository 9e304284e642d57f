"""The documents in Indonesian: each operation has a summary and a description in the catalogue of its service."""

import pytest

from services import openapi
from services.serve import SERVICES
from shared.http.openapi import examples, translated


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


def test_whatever_is_described_is_described_in_both_languages(documents: dict[str, openapi.Document]) -> None:
    english = {one for document in documents.values() for one in translated.english(document)} - {""}
    words = translated.descriptions()

    assert english - words.keys() == set(), "write these in shared/data/descriptions_id.json"
    assert words.keys() - english == set(), "words of what is gone"
    assert [one for one, said in words.items() if not said.strip() or said == one] == []


def test_a_property_and_a_parameter_are_shown_in_indonesian(documents: dict[str, openapi.Document]) -> None:
    shown = translated.into_indonesian(documents["sla"], translated.written("sla_monitor"))

    assert shown["components"]["schemas"]["ClockView"]["properties"]["policy"]["description"] == "Kode kebijakan."
    [limit] = [one for one in shown["paths"]["/v1/overdue"]["get"]["parameters"] if one["name"] == "limit"]
    assert limit["description"].startswith("Banyaknya baris")


def test_schemas_answers_headers_and_lists_of_codes_are_shown_in_indonesian(
    documents: dict[str, openapi.Document],
) -> None:
    shown = translated.into_indonesian(documents["intake"], translated.written("intake_api"))

    parts = shown["components"]
    assert parts["schemas"]["PublicGroup"]["description"].startswith("Yang dilihat masyarakat")
    assert parts["schemas"]["PublicGroup"]["description"].endswith("bukan sebagai kesalahan.")
    assert parts["headers"]["Retry-After"]["description"].startswith("Banyaknya detik")
    assert parts["securitySchemes"]["accessCode"]["description"].startswith("Kode pada tanda terima")
    refused = shown["paths"]["/v1/reports"]["post"]["responses"]["422"]
    assert refused["description"].startswith("Ada kolom yang tidak sebagaimana mestinya")
    assert "`occurred_in_future`" in refused["description"]


def test_the_document_is_shown_in_indonesian_and_stays_as_it_was(documents: dict[str, openapi.Document]) -> None:
    document = documents["intake"]
    before = document["paths"]["/v1/reports"]["post"]["summary"]

    shown = translated.into_indonesian(document, translated.written("intake_api"))

    assert shown["paths"]["/v1/reports"]["post"]["summary"] == "Menyampaikan laporan"
    assert document["paths"]["/v1/reports"]["post"]["summary"] == before
    assert shown["info"]["version"] == document["info"]["version"]
