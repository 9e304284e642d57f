"""What is refused, in words for people at pages: they know no fields, no codes and no operations. Pure.

The catalogue (`data/pages/sentences.json`) has the sentences that a program is told otherwise, each as a page says it
in both languages. All others are told as the API tells them.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from shared.clients import Role
from shared.domain.lifecycle import Action, Status, status_label
from shared.domain.wording import Language, say
from shared.http.translating import Catalogue, catalogue


def on_pages(sentence: str, language: Language) -> str:
    if language is Language.EN:
        return _english().translated(sentence)
    said = _indonesian().translated(sentence)
    return said if said != sentence else catalogue().translated(sentence)


def _said() -> Mapping[str, tuple[str, str]]:
    found: Mapping[str, tuple[str, str]] = json.loads(
        (resources.files("shared") / "data" / "pages" / "sentences.json").read_text("utf-8")
    )
    return found


@cache
def _indonesian() -> Catalogue:
    return Catalogue.of({english: said[0] for english, said in _said().items()}, catalogue().words)


@cache
def _english() -> Catalogue:
    """Codes of statuses, actions and roles are words there, too."""
    words = {one.value: one.value.replace("_", " ") for one in (*Action, *Role)}
    words |= {status.value: say(status_label(status), Language.EN).lower() for status in Status}
    return Catalogue.of({english: said[1] for english, said in _said().items()}, words)
