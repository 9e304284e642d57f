"""In which language to answer: Indonesian (the default) or English."""

from typing import Annotated

from fastapi import Depends, Header, Request

from shared.domain.wording import Language

#: In the scope of a request that is answered in the language that its caller asked for.
ANSWERED_IN = "lapor.language"


def preferred(accept_language: str | None) -> Language:
    """The first of the languages in an Accept-Language header, by their weight, that we speak; else Indonesian."""
    return _first_known(accept_language) or Language.ID


def _first_known(accept_language: str | None) -> Language | None:
    asked: list[tuple[float, int, str]] = []
    for place, one in enumerate((accept_language or "").split(",")):
        tag, _, weight = one.partition(";q=")
        try:
            asked.append((-float(weight or 1), place, tag.strip().lower().partition("-")[0]))
        except ValueError:
            continue
    for _, _, tag in sorted(asked):
        if tag in ("id", "en"):
            return Language(tag)
    return None


def of_page(request: Request) -> Language:
    """Of a page: what its link asks for (`?lang=`), else what the browser prefers. Whoever reads neither language, and
    says so, gets English.
    """
    asked, accepted = request.query_params.get("lang"), request.headers.get("accept-language")
    if asked in set(Language):
        return Language(asked)
    named = {one.partition(";")[0].strip() for one in (accepted or "").split(",")} - {"", "*"}
    return _first_known(accepted) or (Language.EN if named else Language.ID)


async def _language(
    request: Request,
    accept_language: Annotated[
        str | None, Header(alias="Accept-Language", max_length=200, description="`id` (the default) or `en`.")
    ] = None,
) -> Language:
    language = preferred(accept_language)
    request.scope[ANSWERED_IN] = language
    return language


AskedLanguage = Annotated[Language, Depends(_language)]
