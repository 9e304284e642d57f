"""Whose words somebody reads and writes: the nation's, or those of an instansi for the reports that it holds."""

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.notifications.texts import queries
from intake_api.notifications.writing import CHAT, FRAME, SECRET
from shared.clients import Client
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
