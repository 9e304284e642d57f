"""Has a file looked through as the worker does, by a real child."""

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from intake_api.evidence.kinds import HEAD_BYTES, kind_of
from intake_api.evidence.media.children import CHILD, rendering
from intake_api.evidence.media.tasks import FileLimits, FilePart, Looked, Rectangle, Refused


@dataclass(frozen=True, slots=True)
class Outcome:
    looked: Looked
    contents: dict[FilePart, bytes]

    @property
    def whole(self) -> bytes:
        return self.contents[FilePart.WHOLE]

    @property
    def picture(self) -> Image.Image:
        return Image.open(io.BytesIO(self.whole))


async def look(
    content: bytes, *, kind: str | None = None, limits: FileLimits | None = None, covered: Sequence[Rectangle] = (),
    child: str = CHILD,
) -> Outcome:  # fmt: skip
    """Raises Refused, ChildLost."""
    with tempfile.TemporaryFile() as source:
        source.write(content)
        source.flush()
        kind = kind or kind_of(content[:HEAD_BYTES]) or "nothing"
        async with rendering(kind, source, limits or FileLimits(), covered=covered, child=child) as rendered:
            return Outcome(rendered.looked, {part: file.read() for part, file in rendered.files.items()})


async def refusal(content: bytes, *, kind: str | None = None, limits: FileLimits | None = None) -> str:
    try:
        await look(content, kind=kind, limits=limits)
    except Refused as refused:
        return refused.refusal.value
    return "taken"
