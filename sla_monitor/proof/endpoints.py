"""The log as c2sp.org/tlog-tiles has it: a few static resources, for everybody."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from shared.database import Session
from shared.errors import NotFound
from shared.http import web
from shared.http.raising import raises
from shared.proof.bundles import bundled, entries_of
from shared.proof.merkle import HASH_BYTES
from shared.proof.tiles import HIGHEST_LEVEL, WIDTH, Piece, Tile, read_path
from shared.queries import proofs
from sla_monitor.proof import queries
from sla_monitor.proof.service import TransparencyLog

router = APIRouter(prefix="/v1/log", tags=["transparency log"])

TEXT = "text/plain; charset=utf-8"
BINARY = "application/octet-stream"
#: What is there never changes.
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_SECONDS = {"Cache-Control": "public, max-age=5"}

TilePath = Annotated[
    str,
    Path(
        alias="number",
        max_length=60,
        description="The number of the tile as c2sp.org/tlog-tiles writes it: `000`, `x001/234`; `.p/8` behind it asks "
        "for its first 8.",
    ),
]


def _answers(media: str, what: str) -> dict[int | str, dict[str, Any]]:
    schema = {"type": "string", "format": "binary"} if media == BINARY else {"type": "string"}
    content = {media.partition(";")[0]: {"schema": schema}}
    return web.errors_of(needs_token=False, reads=True) | {
        HTTPStatus.OK.value: {"content": content, "description": what}
    }


@router.get(
    "/checkpoint", response_class=Response, responses=_answers(TEXT, "A signed note, as c2sp.org/tlog-checkpoint.")
)
@raises(404, "no_checkpoint_yet")
@raises(503, "log_went_back", "log_replaced", "log_renamed", "log_torn", "log_memory_unreadable")
async def get_checkpoint(request: Request, session: Session) -> Response:
    """The last checkpoint of the transparency log, with the signatures of the log and of its witnesses.

    Keep those that you have seen: `lapor audit verify --checkpoints` compares the database with them.
    """
    log: TransparencyLog = request.app.state.log
    published = await log.published(session)
    return Response(published.note, media_type=TEXT, headers=_SECONDS)


@router.get(
    "/tile/entries/{number:path}",
    response_class=Response,
    responses=_answers(BINARY, "Entries, each with its length in two bytes before it."),
)
@raises(404, "unknown_tile")
async def get_log_entries(number: TilePath, session: Session) -> Response:
    """Up to 256 entries of the log: what was hashed into its leaves."""
    piece = _piece(number)
    entries = entries_of(await queries.read_bundle(session, piece.number) or b"")
    if len(entries) < piece.width:
        raise _missing()
    return Response(bundled(entries[: piece.width]), media_type=BINARY, headers=_FOREVER)


@router.get(
    "/tile/{level}/{number:path}",
    response_class=Response,
    responses=_answers(BINARY, "Hashes of 32 bytes, one behind the other."),
)
@raises(404, "unknown_tile")
async def get_log_tile(
    level: Annotated[int, Path(ge=0, le=HIGHEST_LEVEL, description="0: the hashes of leaves; above it, of tiles.")],
    number: TilePath,
    session: Session,
) -> Response:
    """Up to 256 hashes of one level of the log's tree, from which every proof can be made."""
    piece = _piece(number)
    content = await proofs.read_tile(session, Tile(level, piece.number)) or b""
    if len(content) < piece.width * HASH_BYTES:
        raise _missing()
    return Response(content[: piece.width * HASH_BYTES], media_type=BINARY, headers=_FOREVER)


def _piece(number: str) -> Piece:
    piece = read_path(number)
    if piece is None:
        raise _missing()
    return piece


def _missing() -> NotFound:
    return NotFound(
        f"The log has no such tile, or it is not so long yet; a checkpoint says how long it is, and a full tile has "
        f"{WIDTH}.",
        code="unknown_tile",
    )
