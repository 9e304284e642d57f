"""Files of every kind, good and hostile, made here: none comes from elsewhere."""

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import pikepdf
import pillow_heif
from PIL import Image, PngImagePlugin

Size = tuple[int, int]
#: Read for whoever looks for it in what was made.
SECRET = "Budi Santoso, Jalan Merdeka 17"


# --- pictures ----------------------------------------------------------------------------------------------


def picture(size: Size = (96, 64), mode: str = "RGB") -> Image.Image:
    """Red above, blue below, green at the left: turned it is another one."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, size[1] // 2, size[0], size[1]))
    image.paste("green", (0, 0, size[0] // 3, size[1]))
    return image.convert(mode)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    if form == "HEIF":
        pillow_heif.register_heif_opener()
    content = io.BytesIO()
    image.save(content, form, **options)
    return content.getvalue()


def exif(
    *, turn: int | None = None, taken: str | None = None, offset: str | None = None,
    place: tuple[float, float] | None = None,
) -> Image.Exif:  # fmt: skip
    tags = Image.Exif()
    tags[0x010F] = SECRET  # Make
    if turn is not None:
        tags[0x0112] = turn
    camera = tags.get_ifd(0x8769)
    if taken is not None:
        camera[0x9003] = taken
    if offset is not None:
        camera[0x9011] = offset
    if place is not None:
        latitude, longitude = place
        tags.get_ifd(0x8825).update(
            {1: "S" if latitude < 0 else "N", 2: (abs(latitude), 0.0, 0.0), 3: "E", 4: (longitude, 0.0, 0.0)}
        )
    return tags


def telling_png() -> bytes:
    """With words in every kind of chunk that takes them."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET)
    info.add_text("Comment", SECRET, zip=True)
    info.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{SECRET}</x:xmpmeta>")
    return saved(picture(), "PNG", pnginfo=info, exif=exif())


def telling_jpeg() -> bytes:
    return saved(
        picture(), "JPEG", comment=SECRET.encode(), exif=exif(taken="2026:03:01 10:11:12"), xmp=SECRET.encode()
    )


def _chunk(type: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + type + data + struct.pack(">I", zlib.crc32(type + data))


def png_of(size: Size, *, rows: bytes) -> bytes:
    """A PNG that claims a size, whatever its data hold."""
    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    data = zlib.compress(rows, 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def png_bomb() -> bytes:
    """20,000 by 20,000 pixels of nothing: 1.2 GB, in a file of a KiB."""
    return png_of((20_000, 20_000), rows=bytes(2**20))


def png_with_inflating_text() -> bytes:
    """64 MiB of text in a chunk of 64 KiB."""
    text = b"Comment\0\0" + zlib.compress(bytes(64 * 2**20), 9)
    content = png_of((8, 8), rows=bytes(8 * 25))
    return content[:33] + _chunk(b"zTXt", text) + content[33:]


def garbled_exif() -> bytes:
    """A directory of tags that points at itself and beyond the end."""
    tags = b"Exif\0\0MM\0*\0\0\0\x08" + b"\xff\xff" + b"\x87\x69\0\x04\0\0\0\x01\0\0\0\x08" * 40
    return saved(picture(), "JPEG", exif=tags)


def page_in_a_comment() -> bytes:
    return saved(picture(), "JPEG", comment=b"*/</style><html><script>alert(document.domain)</script>")


def archive_behind(content: bytes) -> bytes:
    """As a reader of ZIP takes it: it looks at the end."""
    return content + b"PK\x05\x06" + bytes(18)


# --- PDF ---------------------------------------------------------------------------------------------------


def pdf(pages: int = 1) -> pikepdf.Pdf:
    made = pikepdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=(300, 300))
        made.pages[-1].Contents = made.make_stream(b"0 0 1 rg 20 20 100 100 re f")
    return made


def pdf_bytes(made: pikepdf.Pdf, **options: Any) -> bytes:
    content = io.BytesIO()
    made.save(content, **options)
    return content.getvalue()


def acting_pdf() -> bytes:
    """Everything that runs, leads elsewhere, is attached or tells."""
    made = pdf(2)
    name, words = pikepdf.Name, pikepdf.String(SECRET)
    script = pikepdf.Dictionary(S=name.JavaScript, JS=pikepdf.String("app.alert('scripted')"))
    launch = pikepdf.Dictionary(S=name.Launch, F=pikepdf.String("/bin/sh"))
    link = pikepdf.Dictionary(S=name.URI, URI=pikepdf.String("https://elsewhere.example/"))
    made.Root.OpenAction = script
    made.Root.AA = pikepdf.Dictionary(WC=script)
    made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=[pikepdf.String("one"), script]))
    made.Root.AcroForm = pikepdf.Dictionary(Fields=[], XFA=words)
    made.Root.PieceInfo = pikepdf.Dictionary(Us=pikepdf.Dictionary(Private=words))
    made.attachments["secret.txt"] = pikepdf.AttachedFileSpec(made, SECRET.encode(), filename="secret.txt")
    with made.open_metadata() as told:
        told["dc:title"] = SECRET
    made.docinfo["/Author"] = SECRET
    page = made.pages[0]
    page.obj.AA = pikepdf.Dictionary(O=launch)
    page.obj.Metadata = made.make_stream(SECRET.encode())
    box = pikepdf.Array([10, 10, 50, 50])
    page.obj.Annots = pikepdf.Array(
        [
            made.make_indirect(pikepdf.Dictionary(Type=name.Annot, Subtype=name.Link, Rect=box, A=action))
            for action in (script, launch, link)
        ]
    )
    form = made.make_stream(b"1 0 0 rg 0 0 9 9 re f", Type=name.XObject, Subtype=name.Form, BBox=[0, 0, 9, 9])
    form.PieceInfo = pikepdf.Dictionary(Us=words)
    form.Metadata = made.make_stream(SECRET.encode())
    page.obj.Resources = pikepdf.Dictionary(
        XObject=pikepdf.Dictionary(Form=form), Properties=pikepdf.Dictionary(P=words)
    )
    return pdf_bytes(made)


def encrypted_pdf() -> bytes:
    return pdf_bytes(pdf(), encryption=pikepdf.Encryption(owner="owner", user=""))


def locked_pdf() -> bytes:
    return pdf_bytes(pdf(), encryption=pikepdf.Encryption(owner="owner", user="user"))


def pdf_bomb(*, twice: bool = False) -> bytes:
    """A page of 8 MiB of spaces, in a file of 8 KiB, or of a few hundred bytes."""
    made = pdf()
    packed = zlib.compress(b" " * (8 * 2**20), 9)
    filters: Any = pikepdf.Name.FlateDecode
    if twice:
        packed, filters = zlib.compress(packed, 9), pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
    stream = pikepdf.Stream(made, packed)
    stream.Filter = filters
    made.pages[0].Contents = stream
    raw = {"recompress_flate": False, "compress_streams": False}
    return pdf_bytes(made, stream_decode_level=pikepdf.StreamDecodeLevel.none, **raw)


def pdf_with_huge_picture() -> bytes:
    made = pdf()
    image = made.make_stream(b"\0", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=60_000, Height=60_000)
    made.pages[0].obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Image=image))
    return pdf_bytes(made)


# --- videos ------------------------------------------------------------------------------------------------


def box(type: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + type + body


def _full(type: bytes, *parts: bytes) -> bytes:
    return box(type, bytes(4), *parts)


def _track(
    handler: bytes, codec: bytes, samples: Sequence[int], offset: int, *, seconds: int, more: bytes = b""
) -> bytes:
    """All of its samples in one chunk. `samples`: their sizes."""
    times = struct.pack(">II", 3_800_000_000, 3_800_000_000)
    table = box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1), box(codec, bytes(78))),
        _full(b"stts", struct.pack(">III", 1, len(samples), 1)),
        _full(b"stsc", struct.pack(">IIII", 1, 1, len(samples), 1)),
        _full(b"stsz", struct.pack(">II", 0, len(samples)), struct.pack(f">{len(samples)}I", *samples)),
        _full(b"stco", struct.pack(">II", 1, offset)),
    )
    media = box(
        b"mdia",
        _full(b"mdhd", times, struct.pack(">IIHH", 1000, seconds * 1000, 0, 0)),
        _full(b"hdlr", bytes(4), handler, bytes(12), b"Phone of " + SECRET.encode() + b"\0"),
        box(b"minf", _full(b"vmhd", bytes(8)), table),
    )
    return box(b"trak", _full(b"tkhd", times, bytes(72)), media, more)


def film(
    *, seconds: int = 5, brand: bytes = b"isom", codec: bytes = b"avc1", place: str = "-00.5022+117.1536/",
    extra: Mapping[bytes, bytes] = {}, picture_track: bool = True,
) -> bytes:  # fmt: skip
    """Pictures, sound, and a third track of places, as action cameras write it; names and places in every corner."""
    head = box(b"ftyp", brand, bytes(4), b"isom", b"mp42")
    pictures, sound, places = b"PICTURE." * 40, b"SOUND..." * 10, f"GPS {SECRET}".encode()
    start = len(head) + 8
    offsets = [start, start + len(pictures), start + len(pictures) + len(sound)]
    said = place.encode()
    tracks = [
        _track(b"soun", b"mp4a", [len(sound)], offsets[1], seconds=seconds),
        _track(b"meta", b"gpmd", [len(places)], offsets[2], seconds=seconds),
    ]
    if picture_track:
        half = len(pictures) // 2
        mine = box(b"udta", box(b"name", SECRET.encode()))
        tracks.insert(0, _track(b"vide", codec, [half, half], offsets[0], seconds=seconds, more=mine))
    moov = box(
        b"moov",
        _full(b"mvhd", struct.pack(">IIII", 3_800_000_000, 0, 1000, seconds * 1000), bytes(80)),
        *tracks,
        box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(said), 0x15C7), said), box(b"\xa9too", SECRET.encode())),
        _full(b"meta", SECRET.encode()),
        *(box(type, content) for type, content in extra.items() if type == b"mvex"),
    )
    others = (box(type, content) for type, content in extra.items() if type != b"mvex")
    return (
        head
        + box(b"mdat", pictures, sound, places, SECRET.encode())
        + moov
        + b"".join([box(b"uuid", bytes(16), SECRET.encode()), box(b"free", SECRET.encode()), *others])
    )
