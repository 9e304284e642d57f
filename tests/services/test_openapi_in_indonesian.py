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


def test_the_document_is_shown_in_indonesian_and_stays_as_it_was(documents: dict[str, openapi.Document]) -> None:
    document = documents["intake"]
    before = document["paths"]["/v1/reports"]["post"]["summary"]

    shown = translated.into_indonesian(document, translated.written("intake_api"))

    assert shown["paths"]["/v1/reports"]["post"]["summary"] == "Menyampaikan laporan"
    assert document["paths"]["/v1/reports"]["post"]["summary"] == before
    assert shown["info"]["version"] == document["info"]["version"]
