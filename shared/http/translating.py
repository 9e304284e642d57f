"""Problems in Indonesian. What is wrong is said in English where it is found, and translated when it is sent. Pure.

The catalogue (`data/sentences_id.json`) has a sentence for each that can be raised, `{0}`, `{1}` for its values in the
order of the English one, and words for values that are codes. A test finds sentences that it lacks. What is not in it
stays English.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

_PLACE = re.compile(r"\{(\d+)\}")


@dataclass(frozen=True, slots=True)
class _Template:
    english: re.Pattern[str]
    begins: str
    indonesian: str
    literal: int  #: characters that are no value: of several templates that fit, the one with most of them is meant


@dataclass(frozen=True, slots=True)
class Catalogue:
    plain: Mapping[str, str]
    templates: tuple[_Template, ...]
    words: Mapping[str, str]

    @classmethod
    def of(cls, sentences: Mapping[str, str], words: Mapping[str, str]) -> "Catalogue":
        plain = {english: said for english, said in sentences.items() if not _PLACE.search(english)}
        templates = [_template(english, said) for english, said in sentences.items() if english not in plain]
        return cls(plain, tuple(sorted(templates, key=lambda one: -one.literal)), words)

    def translated(self, sentence: str) -> str:
        """The same sentence where there is no translation."""
        if sentence in self.plain:
            return self.plain[sentence]
        for template in self.templates:
            if sentence.startswith(template.begins) and (found := template.english.fullmatch(sentence)):
                return self._filled(template.indonesian, found)
        return sentence

    def _filled(self, said: str, values: re.Match[str]) -> str:
        return _PLACE.sub(lambda place: self._word(values[f"p{place[1]}"]), said)

    def _word(self, value: str) -> str:
        """A code, a list of codes, or a sentence inside a sentence; a single word that is no code stays as it is."""
        if said := self.words.get(value):
            return said
        for between, indonesian in ((" or ", " atau "), (", ", ", ")):
            if all(part in self.words for part in value.split(between)):
                return indonesian.join(self.words[part] for part in value.split(between))
        return self.translated(value) if " " in value else value


def _template(english: str, indonesian: str) -> _Template:
    parts = _PLACE.split(english)  # text and numbers by turns
    pattern = "".join(f"(?P<p{part}>.+?)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts))
    literal = sum(len(part) for part in parts[::2])
    return _Template(re.compile(pattern, re.DOTALL), parts[0], indonesian, literal)


@cache
def catalogue() -> Catalogue:
    document = json.loads((resources.files("shared") / "data" / "sentences_id.json").read_text("utf-8"))
    return Catalogue.of(document["sentences"], document["words"])


def indonesian(sentence: str) -> str:
    return catalogue().translated(sentence)
