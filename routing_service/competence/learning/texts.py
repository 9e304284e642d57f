"""Citizens' texts as the model reads them: informal spelling evened out, masks and numbers as one word each. Pure."""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

LONGEST = 4_000  #: characters of a text that are read; what a report is about stands in its beginning

_MASK = re.compile(r"\[([a-z]+(?: [a-z]+)?)(?:_?\d+)?\]")
_ESCAPE = re.compile(r"\\[nrt]")  #: an end of a line that some channel wrote out as two characters
_LINK = re.compile(r"https?://\S+|www\.\S+")
_REPEATED_LETTER = re.compile(r"([a-z])\1{2,}")
_LONG_NUMBER = re.compile(r"\d{5,}")
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_REDUPLICATED = re.compile(r"\b([a-z]{3,}?)2\b")  # orang2, teman2


@cache
def _usual() -> Mapping[str, str]:
    """How people write on a telephone, and what they mean."""
    return {short: meant for meant, shorts in _data()["spellings"].items() for short in shorts}


@cache
def _masked_numbers() -> frozenset[str]:
    """Kinds of masks for what was a number: a model that learned from masks must know it again in a text without."""
    return frozenset(_data()["masked_numbers"])


def _data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (resources.files("routing_service") / "data" / "spellings.json").read_text("utf-8")
    )
    return found


def normal(text: str) -> str:
    """Small letters and digits, single blanks, each word in its usual spelling."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).lower()
    text = _ESCAPE.sub(" ", text)
    text = _MASK.sub(_of_mask, text)
    text = _LINK.sub(" xxlink ", text)
    text = _REPEATED_LETTER.sub(r"\1", text)
    text = _LONG_NUMBER.sub(" xxnumber ", text)
    text = _SEPARATORS.sub(" ", text)
    text = _REDUPLICATED.sub(r"\1", text)
    usual = _usual()
    return " ".join(usual.get(word, word) for word in text.split())


def _of_mask(mask: re.Match[str]) -> str:
    label = mask[1]
    return " xxnumber " if label in _masked_numbers() else f" xx{label.replace(' ', '')} "


def words(text: str) -> list[str]:
    """The words of a normal text and its pairs of words."""
    single = text.split()
    return [*single, *(f"{one} {other}" for one, other in pairwise(single))]


def grams(text: str) -> list[str]:
    """Runs of 3 to 5 characters within the words of a normal text; a blank marks where a word begins and ends."""
    padded = [f" {word} " for word in text.split()]
    return [word[at : at + size] for word in padded for size in (3, 4, 5) for at in range(len(word) - size + 1)]


def squashed(name: str) -> str:
    """A name of a place as people may write it: 'Karang Pilang', 'Karangpilang' and 'KARANG-PILANG' are one."""
    return _SEPARATORS.sub("", name.lower())
