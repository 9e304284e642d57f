"""In which language commands speak: `lapor --language id ...` or LAPOR_LANGUAGE. Sentences are written in English."""

import json
import os
import re
from contextvars import ContextVar
from functools import cache
from importlib import resources
from typing import Any

from rich.console import Console, RenderableType
from rich.status import Status
from rich.table import Table

from services.progress import Waiting
from shared.domain.wording import Language
from shared.http import translating
from shared.http.translating import Catalogue

_asked: ContextVar[Language] = ContextVar("language", default=Language.EN)
#: What stands in front of a sentence in a list of mistakes: the field.
_FIELD = re.compile(r"(\s*/\S*: )?(.*)", re.DOTALL)


def speak(language: Language) -> None:
    _asked.set(language)


def called() -> str:
    """How the user called the command, for what they are told to call next."""
    return os.environ.get("LAPOR_CALLED", "lapor")


def language() -> Language:
    return _asked.get()


def in_words(text: str) -> str:
    """In the language that was asked for; line by line where there are several."""
    return text if language() is Language.EN else in_indonesian(text)


def in_indonesian(text: str) -> str:
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    found = _FIELD.fullmatch(line)
    assert found is not None  # it matches anything
    field, sentence = found[1] or "", found[2]
    said = catalogue().translated(sentence)
    return field + (said if said != sentence else translating.indonesian(sentence))


@cache
def catalogue() -> Catalogue:
    document = json.loads((resources.files("services") / "data" / "commands_id.json").read_text("utf-8"))
    return Catalogue.of(document["sentences"], document["words"])


class SpeakingConsole(Console):
    """Prints sentences and the headings of tables in the language that was asked for."""

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(_spoken(one) for one in objects), **options)

    def status(self, status: RenderableType, **options: Any) -> Status:
        return Waiting(_spoken(status), console=self)


def _spoken(one: Any) -> Any:
    if isinstance(one, str):
        return in_words(one)
    if isinstance(one, Table) and language() is Language.ID:
        for column in one.columns:
            if isinstance(column.header, str):
                column.header = in_words(column.header)
    return one
