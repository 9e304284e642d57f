"""Pictures: turned upright, with nothing but their pixels, and two thumbnails. Runs in the child process only."""

import io
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageCms, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

from intake_api.evidence.kinds import HEIC, JPEG, PNG, WEBP
from intake_api.evidence.media.tasks import CameraSaid, FileLimits, FilePart, Looked, Made, Rectangle, Refused
from shared.domain.evidence import Refusal

#: The longer side of a thumbnail, in pixels.
THUMBNAILS: Mapping[FilePart, int] = {FilePart.LARGE: 1280, FilePart.SMALL: 320}
_QUALITY = {FilePart.WHOLE: 85, FilePart.LARGE: 80, FilePart.SMALL: 75}
_FORMS: Mapping[str, str] = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", HEIC: "HEIF"}
#: Named, since they are loaded to be registered: the child may open nothing any more once it reads.
_PLUGINS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)
_SRGB = ImageCms.createProfile("sRGB")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def prepare_child(kind: str) -> None:
    """What must happen before the child is shut in."""
    Image.preinit()  # what saving would load
    if kind == HEIC:
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
    Image.MAX_IMAGE_PIXELS = None  # `_check_size` is stricter, and refuses instead of warning


def rewrite(
    kind: str, source: BinaryIO, outputs: Mapping[FilePart, BinaryIO], limits: FileLimits, covered: Sequence[Rectangle]
) -> Looked:
    """Raises Refused, and what decoders raise of a damaged file."""
    open_form, _ = Image.OPEN[_FORMS[kind]]  # Image.open would try, and load, all that there are
    image: Image.Image
    with open_form(source, "") as image:
        _check_size(image.width, image.height, limits)
        image.load()
        _check_size(image.width, image.height, limits)  # a decoder may have turned it, or found another one
        tags, garbled = _tags(image)
        upright = _coloured(_turned(image, tags))
    for one in covered:
        upright.paste("black", (one.left, one.top, one.left + one.width, one.top + one.height))
    parts = {FilePart.WHOLE: _whole(kind, upright, outputs[FilePart.WHOLE])}
    for part, side in THUMBNAILS.items():
        parts[part] = _thumbnail(upright, side, outputs[part], _QUALITY[part])
    return Looked(parts, _said(tags, garbled))


def _check_size(width: int, height: int, limits: FileLimits) -> None:
    if width < 1 or height < 1:
        raise Refused(Refusal.DAMAGED)
    if min(width, height) < limits.narrow or max(width, height) > limits.side:
        raise Refused(Refusal.ODD_PROPORTIONS)
    if width * height > limits.pixels:
        raise Refused(Refusal.TOO_MANY_PIXELS)


# --- pixels ------------------------------------------------------------------------------------------------


def _turned(image: Image.Image, tags: Mapping[int, Any]) -> Image.Image:
    turn = tags.get(ExifTags.Base.Orientation)
    method = _TURNS.get(turn) if isinstance(turn, int) else None
    return image if method is None else image.transpose(method)


def _coloured(image: Image.Image) -> Image.Image:
    """In grey, RGB or RGBA, in the colours of the web, with nothing beside its pixels."""
    profile = image.info.get("icc_profile")
    transparent = image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits of grey
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode in ("1", "L") and not transparent:
        image = image.convert("L")
    else:
        image = _in_srgb(image, profile, "RGBA" if transparent else "RGB")
    image.info = {}
    return image


def _in_srgb(image: Image.Image, profile: bytes | None, mode: str) -> Image.Image:
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" not in ImageCms.getProfileDescription(given).lower():
                as_mode = "RGB" if image.mode == "CMYK" else mode
                made = ImageCms.profileToProfile(image, given, _SRGB, outputMode=as_mode)
                image = image if made is None else made
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # colours a little off, as most viewers would show it
    return image if image.mode == mode else image.convert(mode)


def _whole(kind: str, image: Image.Image, output: BinaryIO) -> Made:
    if image.mode == "RGBA" or kind == PNG:
        image.save(output, "PNG", compress_level=3)
        return Made("image/png", image.width, image.height)
    image.save(output, "JPEG", quality=_QUALITY[FilePart.WHOLE])
    return Made("image/jpeg", image.width, image.height)


def _thumbnail(image: Image.Image, side: int, output: BinaryIO, quality: int) -> Made:
    scale = min(1.0, side / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = image if size == image.size else image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    if small.mode == "RGBA":
        paper = Image.new("RGB", small.size, "white")
        paper.paste(small, mask=small.getchannel("A"))
        small = paper
    small.save(output, "JPEG", quality=quality)
    return Made("image/jpeg", small.width, small.height)


# --- what it says of itself --------------------------------------------------------------------------------


def _tags(image: Image.Image) -> tuple[Mapping[int, Any], bool]:
    """The tags of EXIF, those of its parts among them; and whether something was there that cannot be read."""
    try:
        exif = image.getexif()
        tags: dict[int, Any] = dict(exif)
        tags |= exif.get_ifd(ExifTags.IFD.Exif)
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # whatever a parser does of bytes that somebody made up
        return {}, True
    if gps:
        tags[ExifTags.IFD.GPSInfo] = gps
    return tags, False


def _said(tags: Mapping[int, Any], garbled: bool) -> CameraSaid:
    try:
        taken_at = _instant(tags)
        place = _place(tags.get(ExifTags.IFD.GPSInfo))
    except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        return CameraSaid(is_garbled=True)
    latitude, longitude = place or (None, None)
    return CameraSaid(taken_at, latitude, longitude, garbled)


def _instant(tags: Mapping[int, Any]) -> str | None:
    text = tags.get(ExifTags.Base.DateTimeOriginal) or tags.get(ExifTags.Base.DateTimeDigitized)
    if text is None or not str(text).strip(" :0\0"):
        return None
    day, time = str(text).strip(" \0")[:19].split()
    offset = str(tags.get(ExifTags.Base.OffsetTimeOriginal) or "").strip(" \0")
    return datetime.fromisoformat(f"{day.replace(':', '-')}T{time}{offset}").isoformat()


def _place(gps: Any) -> tuple[float, float] | None:
    if not gps or ExifTags.GPS.GPSLatitude not in gps or ExifTags.GPS.GPSLongitude not in gps:
        return None
    latitude = _degrees(gps[ExifTags.GPS.GPSLatitude], gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
    longitude = _degrees(gps[ExifTags.GPS.GPSLongitude], gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    if latitude == longitude == 0:  # what cameras write that have found no satellite
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError("no place on earth")
    return latitude, longitude


def _degrees(parts: Any, side: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        raise ValueError("no number")
    return -value if str(side).strip("\0 ").upper() == negative else value
