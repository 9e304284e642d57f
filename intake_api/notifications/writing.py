"""Templates of news: ours in data/news/, those in their place, and how either is filled in.

Jinja2, but with nothing in it that can run for long or reach anywhere: text, variables, conditions and a few filters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from intake_api.notifications.texting import fits_sms
from shared.domain.news import NewsKind
from shared.domain.wording import Language
from shared.errors import Invalid

#: What stands around the news in a mail and in a text message, and in a chat; and what is said of a secret report
#: whatever has happened.
FRAME, CHAT, SECRET = "mail", "whatsapp", "secret"
FRAMES = frozenset({FRAME, CHAT})
NAMES = (*(kind.value for kind in NewsKind), SECRET, FRAME, CHAT)
#: What a reporter is told in who chose no language, or one that a template does not speak.
USUAL = Language.ID.value
FILTERS = frozenset({"capitalize", "lower", "upper", "default", "trim"})
MOST_LETTERS = 4_000

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.CondExpr, nodes.Const, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter, nodes.Test, nodes.Concat,
)  # fmt: skip


class BadTemplate(Invalid):
    """A template that cannot be used; the sentence says what an operator has to change."""

    code = "bad_template"

    def __init__(self, detail: str, *, pointer: str = "/body") -> None:
        super().__init__(detail, pointer=pointer)


@dataclass(frozen=True, slots=True)
class TemplateWords:
    """A template, in one language. `version`: `0.1` and the like are ours, `1` and on the nation's, `SAMARINDA/1` and
    on an instansi's. `short`: for text messages; none: the one that comes next says it.
    """

    name: str
    language: str
    version: str
    subject: str
    body: str
    short: str | None = None

    @property
    def called(self) -> str:
        return f"{self.name}/{self.language}/{self.version}"


@dataclass(frozen=True, slots=True)
class Written:
    subject: str
    body: str
    short: str | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """What a template is given: what it means, which templates have it, and an example for previews."""

    name: str
    meaning: str
    example: str | bool
    otherwise: object  #: what it may be as well
    given_to: tuple[str, ...] = NAMES

    def is_given_to(self, name: str) -> bool:
        return name in self.given_to


_ALL_NEWS = tuple(name for name in NAMES if name not in (*FRAMES, SECRET))
K = NewsKind
VARIABLES: tuple[Variable, ...] = (
    Variable("number", "The tracking number of the reporter's report.", "1234567897", "1234567897"),
    Variable(
        "at", "When it happened, by the clock of where the report is.", "2 Maret 2026 12.00 WITA",
        "2 Maret 2026 24.00 WITA", _ALL_NEWS,
    ),
    Variable(
        "agency", "The agency that it is about, by its name of that day; none where no agency is known.",
        "Dinas PUPR Kota Samarinda", None, (K.PASSED_ON, K.ANSWERED, K.QUESTION),
    ),
    Variable("final", "Whether it is the final answer.", True, False, (K.ANSWERED,)),
    Variable("corrected", "Whether it puts an earlier answer right.", False, True, (K.ANSWERED,)),
    Variable(
        "until", "The last moment before the report ends by itself, by the clock of where it is.",
        "16 Maret 2026 24.00 WITA", "16 Maret 2026 24.00 WITA", (K.CLOSING_SOON,),
    ),
    Variable(
        "ends", "How it ends then: `close`, or `archive` where it was never completed.", "close", "archive",
        (K.CLOSING_SOON,),
    ),
    Variable(
        "reason", "Why it was archived, or a file refused, in words; none: nobody said.", "Terlalu umum", None,
        (K.ARCHIVED, K.EVIDENCE_REFUSED),
    ),
    Variable(
        "harmful", "Whether the scanner found something in the file.", False, True, (K.EVIDENCE_REFUSED,)
    ),
    Variable("survivor", "The number of the older report; none where that is secret.", "2345678906", None, (K.MERGED,)),
    Variable(
        "followed", "Whether it happened to the report that the reporter's was merged into.", False, True,
        (K.PASSED_ON, K.ANSWERED, K.CLOSED),
    ),
    Variable(
        "link", "Where the report is read, with its access code.", "https://lapor.example/r/1234567897",
        "https://lapor.example/r/1234567897",
    ),
    Variable("news", "What is told: the news, one after the other.", "...", "...", (FRAME, CHAT)),
    Variable(
        "stop", "Where no more mails are asked for.", "https://lapor.example/unsubscribe/...",
        "https://lapor.example/unsubscribe/...", (FRAME,),
    ),
)  # fmt: skip


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False,
        finalize=lambda value: "" if value is None else value,
    )  # fmt: skip
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    made.tests = {"none": made.tests["none"]}
    return made


def _compiled(text: str, name: str, pointer: str) -> Callable[[Mapping[str, object]], str]:
    """Raises BadTemplate."""
    try:
        parsed = _environment().parse(text)
        for node in parsed.find_all(nodes.Node):
            _check_node(node, name, pointer)
        return _environment().from_string(text).render
    except TemplateError as error:
        raise BadTemplate(f"The template cannot be read: {error.message}", pointer=pointer) from None
    except (RecursionError, MemoryError, SyntaxError):
        raise BadTemplate("The template cannot be read: it is nested too deeply.", pointer=pointer) from None


def _check_node(node: nodes.Node, name: str, pointer: str) -> None:
    """Raises BadTemplate."""
    if not isinstance(node, _ALLOWED):
        kind = type(node).__name__
        raise BadTemplate(
            f"A template holds text, variables, conditions and filters; take out what is a {kind}.", pointer=pointer
        )
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        known = ", ".join(sorted(FILTERS))
        raise BadTemplate(f"There is no filter {node.name}; use one of {known}.", pointer=pointer)
    if isinstance(node, nodes.Name) and node.name not in given_to(name):
        known = ", ".join(given_to(name))
        raise BadTemplate(f"There is no variable {node.name} in this template; use one of {known}.", pointer=pointer)


def given_to(name: str) -> dict[str, Variable]:
    """The variables of a template, by their names."""
    return {one.name: one for one in VARIABLES if one.is_given_to(name)}


def fill(words: TemplateWords, values: Mapping[str, object]) -> Written:
    """Raises BadTemplate."""
    subject = " ".join(_filled(words.subject, words.name, values, "/subject").split())
    body = _filled(words.body, words.name, values, "/body").strip()
    return Written(subject, body, None if words.short is None else fill_short(words, values))


def fill_short(words: TemplateWords, values: Mapping[str, object]) -> str:
    """Of a template that has one: a line. Raises BadTemplate."""
    return " ".join(_filled(words.short or "", words.name, values, "/short").split())


def _filled(text: str, name: str, values: Mapping[str, object], pointer: str) -> str:
    try:
        filled = _compiled(text, name, pointer)(values)
    except (TemplateError, TypeError, ValueError) as error:  # what is compared, or put into a filter
        raise BadTemplate(f"The template cannot be filled in: {error}", pointer=pointer) from None
    if not filled.strip():
        raise BadTemplate("A template says something, whatever its conditions leave out.", pointer=pointer)
    return filled


def check_template(words: TemplateWords) -> None:
    """Fills it in with everything that it may be given, and with as little as it may be given. Raises BadTemplate."""
    if words.name == CHAT and words.short is not None:
        raise BadTemplate("What stands around a chat has no short form; leave it out.", pointer="/short")
    variables = given_to(words.name).values()
    for least in (False, True):
        written = fill(words, {one.name: one.otherwise if least else one.example for one in variables})
        if written.short is not None and not fits_sms(_around_short(words, written.short)):
            raise BadTemplate("The short form does not fit into two text messages; say it shorter.", pointer="/short")


def _around_short(words: TemplateWords, short: str) -> str:
    """The whole text message: around the news ours stands, as an operator's is checked by itself."""
    if words.name == FRAME:
        return short
    return fill_short(
        ours()[FRAME, USUAL], {one.name: one.example for one in given_to(FRAME).values()} | {"news": short}
    )


def ours() -> Mapping[tuple[str, str], TemplateWords]:
    """By name and language: a file each, so that another language is another file."""
    return _ours()


@cache
def _ours() -> Mapping[tuple[str, str], TemplateWords]:
    folder = resources.files("intake_api") / "data" / "news"
    found = {}
    for file in folder.iterdir():
        name, language, _ = file.name.split(".")
        found[name, language] = _read(name, language, file.read_text("utf-8"))
    return found


def _read(name: str, language: str, text: str) -> TemplateWords:
    """`version: 1`, `subject: ...`, `short: ...`, an empty line, and the body."""
    head, _, body = text.partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return TemplateWords(name, language, f"0.{fields['version']}", fields["subject"], body, fields.get("short"))
