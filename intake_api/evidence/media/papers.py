"""PDFs: their pages in a new document, without anything that acts or tells. Runs in the child process only.

The new document has what is named here of each page, and nothing else: no scripts, actions, forms, attachments, links
or metadata, whatever they may be called in the next version of PDF. What a form or a note shows is drawn into its page.
"""

import io
import itertools
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream

from intake_api.evidence.media.tasks import FileLimits, FilePart, Looked, Made, Refused
from shared.domain.evidence import Refusal

_PAGE = frozenset({"/Type", "/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents", "/UserUnit", "/Group"})
_RESOURCES = frozenset(
    {"/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/XObject", "/Font", "/ProcSet"}
)  # /Properties names layers and marked content
#: Wherever they stand: what runs, leads elsewhere, is attached, or says who made it with what.
_NOWHERE = (
    "/AA", "/AF", "/Alternates", "/Annots", "/DSS", "/EF", "/JS", "/LastModified", "/Metadata", "/Names", "/OC",
    "/OPI", "/OpenAction", "/PZ", "/PieceInfo", "/Ref", "/StructParent", "/StructParents", "/URI", "/XFA",
)  # fmt: skip
#: The data of a stream may be said to lie in another file.
_OF_STREAMS = ("/F", "/FFilter", "/FDecodeParms")
_MOST_OBJECTS = 200_000
_BLOCK = 2**16


def prepare_child() -> None:
    """What must happen before the child is shut in: the source of random numbers is opened by whoever asks first."""
    with Pdf.new() as pdf:
        pdf.save(io.BytesIO(), encryption=pikepdf.Encryption(owner="", user=""))


def rewrite(source: BinaryIO, output: BinaryIO, limits: FileLimits) -> Looked:
    """Raises Refused, and what pikepdf raises of a damaged file."""
    try:
        opened = Pdf.open(source, suppress_warnings=True, attempt_recovery=True)
    except pikepdf.PasswordError:
        raise Refused(Refusal.PDF_ENCRYPTED) from None
    with opened as pdf, Pdf.new() as clean:
        if len(pdf.objects) > _MOST_OBJECTS:
            raise Refused(Refusal.INFLATES_TOO_MUCH)
        if not 1 <= len(pdf.pages) <= limits.pages:
            raise Refused(Refusal.TOO_MANY_PAGES if len(pdf.pages) else Refusal.DAMAGED)
        _check_streams(pdf, limits)
        _draw_forms(pdf)
        for page in pdf.pages:
            clean.pages.append(_page(pdf, page))
        _strip(clean)
        clean.save(
            output, fix_metadata_version=False, object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
        )  # fmt: skip
        return Looked({FilePart.WHOLE: Made("application/pdf")}, pages=len(clean.pages))


def _draw_forms(pdf: Pdf) -> None:
    """What annotations and fields look like becomes part of the page: the annotations themselves do not go along."""
    try:
        pdf.flatten_annotations("all")
    except (pikepdf.PdfError, ValueError, RuntimeError):
        return  # the pages alone, then


def _page(pdf: Pdf, page: Page) -> Page:
    """With what it inherits from the tree of pages, which does not go along."""
    kept = Dictionary(Type=Name.Page)
    for key in _PAGE - {"/Type"}:
        value = _inherited(page.obj, key)
        if value is not None:
            kept[key] = value
    resources = kept.get("/Resources")
    if isinstance(resources, Dictionary):
        kept["/Resources"] = Dictionary({key: resources[key] for key in _RESOURCES if key in resources})
    return Page(pdf.make_indirect(kept))


def _inherited(page: Any, key: str) -> Any:
    node, steps = page, 0
    while node is not None and steps < 50:
        if key in node:
            return node[key]
        if key in ("/Contents", "/Group", "/UserUnit"):
            return None
        node, steps = node.get("/Parent"), steps + 1
    return None


def _strip(pdf: Pdf) -> None:
    for key in [*pdf.Root.keys()]:
        if key not in ("/Type", "/Pages"):
            del pdf.Root[key]
    for key in [*pdf.trailer.keys()]:
        if key not in ("/Root", "/Size", "/ID"):
            del pdf.trailer[key]
    for one in pdf.objects:
        _strip_object(one)


def _strip_object(one: Object) -> None:
    """And what stands in it, not in objects of their own: they come by themselves."""
    waiting = [one]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Array):
            waiting += list(_within(here))
        elif isinstance(here, (Dictionary, Stream)):
            for key in (*_NOWHERE, *(_OF_STREAMS if isinstance(here, Stream) else ())):
                if key in here:
                    del here[key]
            waiting += [part for _, part in here.items() if _is_within(part)]


def _within(array: Any) -> Iterator[Any]:
    return (part for part in array if _is_within(part))


def _is_within(part: Any) -> bool:
    return isinstance(part, (Dictionary, Array)) and not part.is_indirect


# --- what it becomes when it is opened ---------------------------------------------------------------------


def _check_streams(pdf: Pdf, limits: FileLimits) -> None:
    """Nobody's viewer shall choke on it: all streams are opened once, and counted."""
    left = limits.inflated_bytes
    for one in pdf.objects:
        if not isinstance(one, Stream):
            continue
        if one.get("/Subtype") == Name.Image:
            width, height = int(one.get("/Width", 0)), int(one.get("/Height", 0))
            if width * height > limits.pixels:
                raise Refused(Refusal.TOO_MANY_PIXELS)
        left -= _inflated(one, left)
        if left < 0:
            raise Refused(Refusal.INFLATES_TOO_MUCH)


_LOSSLESS = ("/LZWDecode", "/LZW", "/RunLengthDecode", "/RL", "/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx")
_FLATE = ("/FlateDecode", "/Fl")


def _inflated(stream: Any, most: int) -> int:
    """How many bytes it becomes. Pictures in JPEG and the like count as they are. Raises Refused beyond `most`."""
    raw = stream.read_raw_bytes()
    names = stream.get("/Filter", Array())
    filters = [str(name) for name in (names if isinstance(names, Array) else [names])]
    if filters and filters[0] in _LOSSLESS:
        try:
            return len(stream.read_bytes())  # as far as there is memory
        except (pikepdf.PdfError, RuntimeError):  # a filter that it does not know
            return len(raw)
    blocks: Iterator[bytes] = iter([raw])
    for _ in itertools.takewhile(_FLATE.__contains__, filters):
        blocks = _counted(_inflating(blocks), most)
    return sum(map(len, blocks))


def _inflating(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Block by block: of what inflates too much no more is held than a block."""
    inflater = zlib.decompressobj()
    for block in blocks:
        pending = block
        while pending and not inflater.eof:
            try:
                yield inflater.decompress(pending, _BLOCK)
            except zlib.error:
                return  # a viewer shows as much of it
            pending = inflater.unconsumed_tail


def _counted(blocks: Iterator[bytes], most: int) -> Iterator[bytes]:
    total = 0
    for block in blocks:
        total += len(block)
        if total > most:
            raise Refused(Refusal.INFLATES_TOO_MUCH)
        yield block
