"""Words that somebody put in the place of ours, and which of them count for a report. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from intake_api.notifications.writing import USUAL, TemplateWords, ours

#: Name and language.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Version:
    """`words` None: they were taken back. `agency` None: they are the nation's."""

    key: Key
    words: TemplateWords | None
    changed_by: str
    changed_at: datetime
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What is in force in the place of ours: everywhere, and in an instansi."""

    everywhere: Mapping[Key, TemplateWords]
    of_instansi: Mapping[tuple[str | None, str, str], TemplateWords]

    @property
    def languages(self) -> set[str]:
        return {language for *_, language in (*self.everywhere, *self.of_instansi) if language is not None}

    def chosen(self, name: str, language: str, instansi: str | None) -> Sequence[TemplateWords]:
        """In that language those of the instansi, the nation's, ours; then so in the usual one. The last is ours."""
        found = []
        for spoken in dict.fromkeys((language, USUAL)):
            key = (name, spoken)
            found += [self.of_instansi.get((instansi, *key)), self.everywhere.get(key), ours().get(key)]
        return [words for words in found if words is not None]
