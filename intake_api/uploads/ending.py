"""What the requests end with that bring a file: it is evidence, or whoever sent it has gone."""

from datetime import datetime
from http import HTTPStatus

from fastapi import Request, Response

from intake_api.uploads import proving
from intake_api.uploads.proving import Adding
from intake_api.uploads.service import For, Uploads
from shared.http.door.door import DISCONNECTED
from shared.schema import Upload
from shared.settings import IntakeSettings


async def add_at_once(request: Request, row: Upload, wanted: For, now: datetime) -> None:
    """What was created for a report is evidence of it as soon as it is whole. Raises Conflict."""
    if row.report_id is None or row.file_digest is None or row.evidence_id is not None:
        return
    uploads: Uploads = request.app.state.uploads
    settings: IntakeSettings = request.app.state.settings
    async with uploads.steps(row.id)() as session:
        (one,) = await proving.add_uploads(
            session, row.report_id, Adding.of_upload(row, wanted), [row.id], uploader=None,
            most=settings.evidence_per_report, now=now,
        )  # fmt: skip
    row.evidence_id = one.id
    request.app.state.wake()


def gone(request: Request) -> Response:
    request.scope[DISCONNECTED] = True
    return Response(status_code=HTTPStatus.NO_CONTENT)
