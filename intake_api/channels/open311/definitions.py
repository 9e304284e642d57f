"""What a report can say beside the fixed fields, by its category."""

from collections.abc import Iterator

from intake_api.channels.open311 import words
from intake_api.channels.open311.reading import REFERENCES
from intake_api.channels.open311.schemas import Open311Attribute, Open311Value
from shared.domain.codes import CLASSIFICATIONS
from shared.domain.wording import Language, Wording, say


def attributes_of(*, needs_evidence: bool, language: Language) -> list[Open311Attribute]:
    return [
        one.model_copy(update={"order": place})
        for place, one in enumerate(_attributes(needs_evidence, language), start=1)
    ]


def _attributes(needs_evidence: bool, language: Language) -> Iterator[Open311Attribute]:
    yes_no = [("true", words.YES), ("false", words.NO)]
    if needs_evidence:
        yield _attribute("evidence", "string", words.EVIDENCE, language, variable=False)
    yield _attribute("title", "string", words.TITLE, language)
    yield _attribute("classification", "singlevaluelist", words.CLASSIFICATION, language, list(CLASSIFICATIONS.items()))
    yield _attribute("occurred_on", "datetime", words.OCCURRED_ON, language, written=words.AS_A_DATE)
    yield _attribute("region_code", "string", words.REGION, language)
    yield _attribute("anonymous", "singlevaluelist", words.ANONYMOUS, language, yes_no)
    yield _attribute("secret", "singlevaluelist", words.SECRET, language, yes_no)
    for name in REFERENCES:
        yield _attribute(name, "string", words.REFERENCE, language, automated=True)


def _attribute(
    code: str, datatype: str, asked: Wording, language: Language, values: list[tuple[str, Wording]] | None = None, *,
    variable: bool = True, written: Wording | None = None, automated: bool = False,
) -> Open311Attribute:  # fmt: skip
    return Open311Attribute.model_validate(
        {
            "variable": variable,
            "code": code,
            "datatype": datatype,
            "required": False,
            "datatype_description": written and say(written, language),
            "order": 0,
            "description": say(asked, language),
            "values": [Open311Value(key=key, name=say(label, language)) for key, label in values or ()],
            "automated": "server_set" if automated else None,
        }
    )
