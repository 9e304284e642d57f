"""The worked examples of docs/deadlines.md, run: each history, and what is said of its clocks."""

import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.domain.wording import Language
from sla_monitor.explanations import text
from tests.sla_monitor.histories import History, calendar, local, policy

DOCUMENT = Path(__file__).parents[2] / "docs" / "deadlines.md"
_BLOCK = re.compile(r"^```(history|explanation)([^\n]*)\n(.*?)```$", re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"(\w+) (\d{4}-\d\d-\d\d \d\d:\d\d)(?: (\S+))?")
_WANTED = re.compile(r"(\w+)(?: (\d+))? at (\d{4}-\d\d-\d\d \d\d:\d\d)")


@dataclass(frozen=True)
class Wanted:
    arguments: str  # stage, which of its clocks, when it is asked
    text: str


@dataclass
class Example:
    steps: str
    wanted: list[Wanted] = field(default_factory=list)


def examples(document: str) -> list[Example]:
    found: list[Example] = []
    for kind, arguments, content in _BLOCK.findall(document):
        if kind == "history":
            found.append(Example(content))
        else:
            found[-1].wanted.append(Wanted(arguments.strip(), content))
    return found


def explained(example: Example, wanted: Wanted) -> str:
    """As it stands in the document."""
    history = History()
    for step, at, agency in _STEP.findall(example.steps):
        getattr(history, step)(at, *([agency] if agency else []))
    match = _WANTED.fullmatch(wanted.arguments)
    assert match is not None, wanted.arguments
    stage, number, at = match.groups()
    clock = history.all(stage)[int(number or 1) - 1]
    said = text(clock, policy(), calendar(), language=Language.EN, now=local(at))
    return "\n".join(textwrap.wrap(said, 125)) + "\n"


CASES = [(example, wanted) for example in examples(DOCUMENT.read_text(encoding="utf-8")) for wanted in example.wanted]


@pytest.mark.parametrize(("example", "wanted"), CASES, ids=[wanted.arguments for _, wanted in CASES])
def test_what_the_document_says_of_a_clock_is_what_the_clock_says(example: Example, wanted: Wanted) -> None:
    assert explained(example, wanted) == wanted.text


def test_the_three_examples_are_there() -> None:
    headings = re.findall(r"^## Example \d: (.+)$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)

    assert headings == ["Lebaran 2025", "a pause", "a return"]
    assert len(CASES) == 10
