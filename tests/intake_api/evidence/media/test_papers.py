"""What becomes of a PDF: its pages, and nothing that runs, leads elsewhere, is attached or tells."""

import asyncio
import io

import pikepdf
import pytest

from intake_api.evidence.media import papers
from intake_api.evidence.media.tasks import FileLimits, Refused
from tests.intake_api.evidence.media import files
from tests.intake_api.evidence.media.looking import look, refusal


def _opened_up(content: bytes) -> bytes:
    """Every stream of it readable."""
    plain = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.save(
            plain, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.all,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )  # fmt: skip
    return plain.getvalue()


async def test_a_pdf_loses_all_that_acts_is_attached_or_tells() -> None:
    acting = files.acting_pdf()
    before = _opened_up(acting)
    marks = [b"JavaScript", b"/Launch", b"/URI", b"EmbeddedFile", b"/OpenAction", b"/AA", b"/Metadata", b"/PieceInfo",
             b"/XFA", b"/Annots", b"/Author", b"/Names", b"scripted", b"/bin/sh", b"elsewhere", b"Budi"]  # fmt: skip
    assert [mark for mark in marks if mark not in before] == []

    outcome = await look(acting)

    after = _opened_up(outcome.whole)
    assert [mark for mark in marks if mark in after] == []
    assert outcome.looked.pages == 2
    assert b"0 0 1 rg 20 20 100 100 re f" in after
    assert b"1 0 0 rg 0 0 9 9 re f" in after  # what the page draws with


async def test_what_an_annotation_shows_is_drawn_into_its_page() -> None:
    made = files.pdf()
    name = pikepdf.Name
    look_of_it = made.make_stream(b"0 1 0 rg 0 0 40 40 re f", Type=name.XObject, Subtype=name.Form, BBox=[0, 0, 40, 40])
    stamp = pikepdf.Dictionary(
        Type=name.Annot, Subtype=name.Stamp, Rect=[10, 10, 50, 50], F=4, AP=pikepdf.Dictionary(N=look_of_it)
    )
    made.pages[0].obj.Annots = pikepdf.Array([made.make_indirect(stamp)])

    outcome = await look(files.pdf_bytes(made))

    assert b"0 1 0 rg 0 0 40 40 re f" in _opened_up(outcome.whole)
    assert b"/Annots" not in _opened_up(outcome.whole)


async def test_pages_keep_what_they_inherit() -> None:
    made = files.pdf()
    page = made.pages[0].obj
    made.Root.Pages.MediaBox, made.Root.Pages.Rotate = page.MediaBox, 90
    del page["/MediaBox"]

    outcome = await look(files.pdf_bytes(made))

    with pikepdf.open(io.BytesIO(outcome.whole)) as clean:
        assert [int(side) for side in clean.pages[0].mediabox.as_list()] == [0, 0, 300, 300]
        assert int(clean.pages[0].obj.Rotate) == 90


async def test_a_pdf_that_everybody_can_open_is_taken_and_is_no_longer_encrypted() -> None:
    """Scanners of offices set a password for those who would change it; who reads it needs none."""
    outcome = await look(files.encrypted_pdf())

    with pikepdf.open(io.BytesIO(outcome.whole)) as clean:
        assert (len(clean.pages), clean.is_encrypted) == (outcome.looked.pages, False)
        assert b"rg" in clean.pages[0].Contents.read_bytes()


async def test_a_pdf_that_is_locked_broken_or_swells_is_refused_with_a_code() -> None:
    whole = files.pdf_bytes(files.pdf())
    cases = {
        "pdf_encrypted": [files.locked_pdf()],
        "damaged": [b"%PDF-1.7\n" + bytes(300)],
        "too_many_pixels": [files.pdf_with_huge_picture()],
        "too_many_pages": [files.pdf_bytes(files.pdf(101))],
        "two_kinds_at_once": [whole[:9] + b"<html><script>alert(1)\n" + whole[9:], files.archive_behind(whole)],
    }

    for code, contents in cases.items():
        assert await asyncio.gather(*map(refusal, contents)) == [code] * len(contents)


async def test_a_pdf_may_not_swell_beyond_the_limit() -> None:
    bomb = files.pdf_bomb()
    assert len(bomb) < 20_000

    assert await refusal(bomb, limits=FileLimits(inflated_bytes=8 * 2**20 - 1)) == "inflates_too_much"
    assert await refusal(bomb, limits=FileLimits(inflated_bytes=8 * 2**20)) == "taken"
    assert await refusal(files.pdf_bomb(twice=True), limits=FileLimits(inflated_bytes=2**20)) == "inflates_too_much"


@pytest.mark.parametrize(("pages", "code"), [(3, None), (4, "too_many_pages")])
def test_a_pdf_may_have_just_as_many_pages_as_the_limit(pages: int, code: str | None) -> None:
    source, output = io.BytesIO(files.pdf_bytes(files.pdf(pages))), io.BytesIO()

    if code is None:
        assert papers.rewrite(source, output, FileLimits(pages=3)).pages == 3
    else:
        with pytest.raises(Refused, match=code):
            papers.rewrite(source, output, FileLimits(pages=3))


def test_the_same_pdf_is_the_same_file_each_time() -> None:
    made = []
    for _ in range(2):
        output = io.BytesIO()
        papers.rewrite(io.BytesIO(files.pdf_bytes(files.pdf(2))), output, FileLimits())
        made.append(output.getvalue())

    assert made[0] == made[1]
