"""What becomes of a video: pictures and sound as they were, and not a byte of anything else."""

import struct

import pytest

from intake_api.evidence.media import videos
from intake_api.evidence.media.tasks import FileLimits, Refused
from tests.effort import times
from tests.intake_api.evidence.media.files import box, film
from tests.intake_api.evidence.media.looking import look


def _clean(content: bytes, limits: FileLimits | None = None) -> videos.Cleaned:
    def read(offset: int, count: int) -> bytes:
        return content[offset : offset + max(0, count)]

    return videos.clean(read, len(content), limits or FileLimits())


def _refusal(content: bytes, limits: FileLimits | None = None) -> str | None:
    try:
        _clean(content, limits)
    except Refused as refused:
        return refused.refusal.value
    return None


@pytest.mark.parametrize(("brand", "media_type"), [(b"isom", "video/mp4"), (b"3gp5", "video/3gpp")])
async def test_a_video_keeps_pictures_and_sound_and_nothing_that_tells(brand: bytes, media_type: str) -> None:
    content = film(brand=brand, seconds=7)

    outcome = await look(content)

    clean = outcome.whole
    assert len(clean) == len(content)  # so that all offsets hold
    assert b"PICTURE." * 40 + b"SOUND..." * 10 in clean
    made_at = struct.pack(">I", 3_800_000_000)
    for trace in (b"Budi", b"GPS", b"-00.5022", b"xyz", b"gpmd", b"Phone of", b"uuid", made_at):
        assert trace in content
        assert trace not in clean
    assert outcome.looked.seconds == 7.0
    assert next(iter(outcome.looked.parts.values())).media_type == media_type
    assert _refusal(clean) is None


def test_a_video_says_when_and_where_it_was_taken() -> None:
    said = _clean(film(place="-00.5022+117.1536/")).said

    assert (said.latitude, said.longitude) == (-0.5022, 117.1536)
    assert said.taken_at == "2024-05-31T11:33:20+00:00"


def test_a_place_that_is_none_is_left_out() -> None:
    assert _clean(film(place="+95.0000+117.1536/")).said.is_garbled
    assert _clean(film(place="somewhere")).said.latitude is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (film(seconds=180), None),
        (film(seconds=181), "video_too_long"),
        (film(picture_track=False), "video_without_picture"),
        (film(codec=b"xxxx"), "unknown_codec"),
        (film(extra={b"moof": b""}), "video_in_fragments"),
        (film(extra={b"mvex": b""}), "video_in_fragments"),
        (film()[:-40], "damaged"),
        (film() + b"\xff" * 9, "damaged"),
        (film()[:200], "damaged"),
        (film().replace(b"stco", b"stcx"), "damaged"),
        (film().replace(b"mdat", b"free"), "damaged"),
        (film() + box(b"moov"), "damaged"),
    ],
)
def test_a_video_is_refused_with_a_code(content: bytes, code: str | None) -> None:
    assert _refusal(content) == code


def test_tables_that_claim_too_much_are_refused_and_not_read() -> None:
    content = film()
    for table in (b"stsz", b"stco", b"stsc"):
        at = content.index(table) + 8
        place = at + 4 if table == b"stsz" else at

        assert _refusal(content[:place] + b"\xff\xff\xff\xff" + content[place + 4 :]) == "damaged"


def test_whatever_bytes_are_changed_the_answer_is_a_video_or_a_code() -> None:
    content = film()
    for turn in range(times(2, 60)):
        for at in range(16 + turn, len(content), times(7, 1)):
            spoiled = bytearray(content)
            spoiled[at] = (spoiled[at] + 1 + turn * 37) % 256

            assert _refusal(bytes(spoiled)) in (
                None, "damaged", "unknown_codec", "video_too_long", "video_without_picture", "video_in_fragments"
            )  # fmt: skip
