"""What becomes of a picture: upright, without a word, in three sizes; and which are refused."""

import asyncio
import io

import pytest
from PIL import Image, ImageCms

from intake_api.evidence.media.tasks import FileLimits, FilePart, Rectangle
from tests.effort import times
from tests.intake_api.evidence.media import files
from tests.intake_api.evidence.media.files import SECRET, exif, picture, saved
from tests.intake_api.evidence.media.looking import look, refusal

FORMS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/jpeg", "HEIF": "image/jpeg"}


def corners(image: Image.Image) -> list[str]:
    """The colours at the top left, top right, bottom left and bottom right."""
    names = {(255, 0, 0): "red", (0, 0, 255): "blue", (0, 128, 0): "green"}
    width, height = image.size
    found = []
    for x, y in ((4, 4), (width - 5, 4), (4, height - 5), (width - 5, height - 5)):
        pixel = image.convert("RGB").getpixel((x, y))
        assert isinstance(pixel, tuple)
        found.append(min(names, key=lambda colour: sum(abs(a - b) for a, b in zip(colour, pixel, strict=True))))
    return [names[colour] for colour in found]


async def test_a_picture_of_every_form_is_written_anew_with_two_thumbnails() -> None:
    outcomes = await asyncio.gather(*(look(saved(picture((400, 300)), form)) for form in FORMS))

    for form, outcome in zip(FORMS, outcomes, strict=True):
        assert outcome.looked.parts[FilePart.WHOLE].media_type == FORMS[form]
        assert outcome.picture.size == (400, 300)
        assert Image.open(io.BytesIO(outcome.contents[FilePart.SMALL])).size == (320, 240)
        assert Image.open(io.BytesIO(outcome.contents[FilePart.LARGE])).size == (400, 300)  # never larger than it was
        assert corners(outcome.picture) == ["green", "red", "green", "blue"]


async def test_a_picture_is_turned_upright_before_its_tags_go() -> None:
    turned = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    lying = [saved(picture().transpose(method), "JPEG", exif=exif(turn=turn)) for turn, method in turned.items()]

    outcomes = await asyncio.gather(*map(look, lying))

    for outcome in outcomes:
        assert outcome.picture.size == (96, 64)
        assert corners(outcome.picture) == ["green", "red", "green", "blue"]
        assert not dict(outcome.picture.getexif())


async def test_nothing_is_left_of_what_a_picture_tells() -> None:
    told = [files.telling_jpeg(), files.telling_png(), saved(picture(), "WEBP", exif=exif(), xmp=SECRET.encode()),
            saved(picture(), "HEIF", exif=exif())]  # fmt: skip
    assert all(b"Budi" in content or form > 1 for form, content in enumerate(told))

    outcomes = await asyncio.gather(*map(look, told))

    for outcome in outcomes:
        for content in outcome.contents.values():
            assert b"Budi" not in content
            assert not {"exif", "icc_profile", "comment", "xmp", "Author"} & Image.open(io.BytesIO(content)).info.keys()


async def test_a_picture_says_when_and_where_it_was_taken() -> None:
    taken = exif(taken="2026:03:01 10:11:12", offset="+08:00", place=(-0.5, 117.0))

    outcome = await look(saved(picture(), "JPEG", exif=taken))

    assert outcome.looked.said.taken_at == "2026-03-01T10:11:12+08:00"
    assert (outcome.looked.said.latitude, outcome.looked.said.longitude) == (-0.5, 117.0)
    assert not outcome.looked.said.is_garbled


async def test_broken_tags_cost_the_picture_its_place_and_no_more() -> None:
    broken = [files.garbled_exif(), saved(picture(), "JPEG", exif=exif(taken="yesterday at noon")),
              saved(picture(), "JPEG", exif=exif(place=(95.0, 117.0)))]  # fmt: skip

    outcomes = await asyncio.gather(*map(look, broken))

    for outcome in outcomes:
        assert outcome.picture.size == (96, 64)
        assert outcome.looked.said.taken_at is None
        assert outcome.looked.said.latitude is None
    assert [outcome.looked.said.is_garbled for outcome in outcomes[1:]] == [True, True]


async def test_rectangles_are_black_in_the_picture_and_in_its_thumbnails() -> None:
    lying = saved(picture((400, 300)).transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif(turn=6))

    outcome = await look(lying, covered=[Rectangle(200, 0, 200, 150), Rectangle(390, 290, 500, 500)])

    for size, (width, height) in {FilePart.WHOLE: (400, 300), FilePart.SMALL: (320, 240)}.items():
        shown = Image.open(io.BytesIO(outcome.contents[size])).convert("L")
        assert shown.size == (width, height)
        assert all(value < 30 for value in _values(shown.crop((width * 11 // 20, 5, width - 5, height * 9 // 20))))
        assert all(value > 40 for value in _values(shown.crop((5, 5, width // 4, height - 5))))


def _values(grey: Image.Image) -> bytes:
    return grey.tobytes()


async def test_colours_of_another_space_are_turned_into_those_of_the_web() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    good = saved(picture(), "JPEG", icc_profile=lab)
    bad = saved(picture(), "JPEG", icc_profile=b"no profile at all" * 20)
    pressed = saved(picture().convert("CMYK"), "JPEG")

    outcomes = await asyncio.gather(*map(look, (good, bad, pressed)))

    for outcome in outcomes:
        assert outcome.picture.mode == "RGB"
        assert "icc_profile" not in outcome.picture.info


async def test_grey_transparent_and_deep_pictures_stay_what_they_show() -> None:
    grey = saved(picture().convert("L"), "PNG")
    clear = saved(Image.new("RGBA", (40, 40), (255, 0, 0, 0)), "PNG")
    deep = saved(Image.new("I;16", (40, 40), 40_000), "PNG")
    few = saved(picture().convert("P"), "PNG")

    outcomes = await asyncio.gather(*map(look, (grey, clear, deep, few)))

    assert [outcome.picture.mode for outcome in outcomes] == ["L", "RGBA", "L", "RGB"]
    assert Image.open(io.BytesIO(outcomes[1].contents[FilePart.SMALL])).getpixel((5, 5)) == (255, 255, 255)  # on paper
    assert outcomes[2].picture.getpixel((5, 5)) == 156


async def test_what_only_looks_like_a_picture_is_refused_with_a_code() -> None:
    whole = saved(picture((400, 300)), "JPEG")
    cases = {
        "damaged": [whole[: len(whole) // 2], saved(picture(), "HEIF")[:400], b"\xff\xd8\xff" + b"\0" * 200,
                    b"\x89PNG\r\n\x1a\n" + b"\0" * 100, files.png_with_inflating_text()],
        "too_many_pixels": [files.png_bomb()],
        "odd_proportions": [saved(Image.new("L", (1, 65_500)), "JPEG"), saved(Image.new("L", (7, 64)), "PNG")],
        "two_kinds_at_once": [files.page_in_a_comment(), files.archive_behind(whole), whole + b"<html><body>hello",
                              whole[:2] + b"\xff\xfe\0\x20%PDF-1.4" + bytes(22) + whole[2:]],
    }  # fmt: skip

    for code, contents in cases.items():
        assert await asyncio.gather(*map(refusal, contents)) == [code] * len(contents)


async def test_a_picture_may_have_just_as_many_pixels_as_the_limit() -> None:
    content = saved(picture((100, 50)), "PNG")

    assert await refusal(content, limits=FileLimits(pixels=5000)) == "taken"
    assert await refusal(content, limits=FileLimits(pixels=4999)) == "too_many_pixels"
    assert await refusal(content, limits=FileLimits(side=99)) == "odd_proportions"


async def test_a_file_that_is_not_what_it_was_taken_for_is_refused() -> None:
    assert await refusal(saved(picture(), "PNG"), kind="image/jpeg") == "unknown_kind"


@pytest.mark.parametrize("form", ["HEIF", "WEBP"])
async def test_whatever_bytes_are_changed_the_answer_is_a_picture_or_a_code(form: str) -> None:
    """A crash of the decoder would be `decoder_failed`: a code as well."""
    content = bytearray(saved(picture((200, 150)), form))
    spoiled = []
    for turn in range(times(3, 200)):
        for at in range(40 + turn * 7, len(content), 61):
            content[at] = (content[at] * 31 + turn + 7) % 256
        spoiled.append(bytes(content))

    codes = [await refusal(one, kind={"HEIF": "image/heic", "WEBP": "image/webp"}[form]) for one in spoiled]

    assert set(codes) <= {"taken", "damaged", "decoder_failed", "unknown_kind", "odd_proportions", "too_many_pixels"}
