"""Sentences in the two languages that we speak. Pure."""

from shared.domain.officers import Language

Words = tuple[str, str]  # Indonesian, English


def say(words: Words, language: Language) -> str:
    return words[0 if language is Language.ID else 1]
