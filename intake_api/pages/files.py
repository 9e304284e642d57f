"""Files of a report, for the pages of officers: a log-in leads to the signed address, which lasts some minutes."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from intake_api.evidence.addresses import Address, Addresses, Audience
from intake_api.reporters.access import Credentials
from intake_api.uploads import reading
from shared.database import Session
from shared.domain.evidence import Variant
from shared.errors import NotFound
from shared.http import hardening, reads
from shared.http.web import Now
from shared.pages import places
from shared.pages.look import see
from shared.pages.seat import Seated

EVIDENCE = f"{places.ROOT}/evidence/{{tracking_number}}/{{evidence_id}}/{{variant}}"

router = APIRouter(include_in_schema=False)


@router.get(EVIDENCE)
async def lead_to_file(
    tracking_number: str, evidence_id: UUID, variant: Variant, seat: Seated, session: Session, request: Request,
    now: Now,
) -> Response:  # fmt: skip
    """To the signed address of a file, for those who work on the report. Raises NotFound."""
    who = Credentials(seat.client, None, None, request.app.state.keys)
    report, audience = await reading.may_see(session, tracking_number, who)
    if audience is not Audience.WORK:
        raise NotFound(f"This report has no evidence {evidence_id}.", code="unknown_evidence")
    reads.shows(request, tracking_number)
    addresses: Addresses = request.app.state.addresses
    until = int(addresses.until(now).timestamp())
    root: str = request.scope.get("root_path", "")
    answer = see(addresses.make(Address(evidence_id, variant, audience, until), report, root_path=root))
    production = request.app.state.settings.environment == "production"
    answer.headers.update(hardening.shown_within_site(production=production))
    return answer
