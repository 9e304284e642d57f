"""Whose words somebody reads and writes: the nation's, or those of an instansi for the reports that it holds."""

import re

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.notifications.texts import queries
from intake_api.notifications.writing import CHAT, FRAME, SECRET, BadTemplate, TemplateWords, fill, given_to
from shared.clients import Client
from shared.domain import folding
from shared.domain.news import NewsKind
from shared.errors import Forbidden, Invalid
from shared.queries.managed import managed_by

#: What no instansi words. Of a secret report, words of its own would tell who works on it; and what reporters hear of a
#: delay, of an end that they can stop or of a look at who they are, is not for those to word who were late or looked.
OF_NATION = frozenset(
    {
        FRAME,
        CHAT,
        SECRET,
        NewsKind.CLOSING_SOON.value,
        NewsKind.ARCHIVED.value,
        NewsKind.ESCALATED.value,
        NewsKind.CONSENT_ASKED.value,
        NewsKind.IDENTITY_VIEWED.value,
    }
)


async def owner_of_words(session: AsyncSession, agency: str | None, client: Client) -> str | None:
    """The instansi, which alone is theirs who look after one; None: the nation. Raises Forbidden, Invalid."""
    managed = await managed_by(session, client)
    owner = agency if managed.everything else agency or managed.root
    if owner is None:
        return None
    managed.check(owner)
    parents = await queries.parent_of(session, owner)
    if not parents:
        raise Invalid(f"There is no agency {owner}.", pointer="/agency", code="unknown_agency")
    if parents[0] is not None:
        raise Invalid(
            f"{owner} is not an instansi; name the one at the top, whose words are those of all agencies below it.",
            pointer="/agency",
            code="not_an_instansi",
        )
    return owner


def check_own(name: str, owner: str | None) -> None:
    """Raises Forbidden."""
    if owner is not None and name in OF_NATION:
        raise Forbidden(
            "These words are the same in the whole country; ask an operator to change them.",
            code="template_of_nation",
        )


#: What a mail program or a phone makes a link of, with or without `https://` in front of it; after that any host, such
#: as a number or one of other letters.
_ADDRESS = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}|(?<=//)[^\s/?#]+", re.IGNORECASE)
#: Only the government registers below them.
_GOVERNMENT = (".go.id", ".desa.id")


def check_links(words: TemplateWords, owner: str | None) -> None:
    """The words of an instansi lead nowhere but to the government: they go out in the nation's name, to people who
    cannot tell who wrote them. Raises BadTemplate.
    """
    if owner is None:
        return
    values = {one.name: "" if one.name == "link" else one.example for one in given_to(words.name).values()}
    filled = fill(words, values)  # an address may be put together from pieces
    for name in ("subject", "body", "short"):
        for text in (getattr(words, name), getattr(filled, name)):
            _check_links_of(text or "", f"/{name}")


def _check_links_of(text: str, pointer: str) -> None:
    """Raises BadTemplate."""
    for found in _ADDRESS.finditer(folding.fold(text).text):
        if not f".{found[0].lower()}".endswith(_GOVERNMENT):
            raise BadTemplate(
                f"The words of an instansi hold no address but those below go.id and desa.id; take out {found[0]}. "
                "{{ link }} leads to the report.",
                pointer=pointer,
            )
