"""The words of the pages: each name once, in both languages, with the same places for values."""

import json
import string
from importlib import resources

import pytest

PACKAGES = ("routing_service", "sla_monitor")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("package", PACKAGES)
def test_each_word_stands_once_in_both_languages(package: str) -> None:
    files = [(resources.files("shared") / "data" / "pages" / "words.json")]
    files += [one for one in (resources.files(package) / "data" / "board").iterdir() if one.name.startswith("words")]
    seen: dict[str, str] = {}
    wrong = []
    for file in files:
        for name, said in json.loads(file.read_text("utf-8"), object_pairs_hook=list):
            if name in seen:
                wrong.append(f"{name} stands in {seen[name]} and in {file.name}")
            if len(said) != 2 or not all(said) or places(said[0]) != places(said[1]):
                wrong.append(f"{name} is not the same in both languages")
            seen[name] = file.name

    assert wrong == []
