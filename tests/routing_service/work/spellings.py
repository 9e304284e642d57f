"""Ways in which people write what singles somebody out: pasted, dictated, and on purpose. All people are invented."""

# ruff: noqa: RUF001, E501

from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain.folding import fold

NIK = ("6472", "0155", "0895", "0001")
PHONE = ("0812", "3456", "7890")
ACCOUNT = ("1234", "567", "890")

SPACES = (
    " \t\n\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u202f\u205f\u3000\u2800"
)
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d\u2043\u02d7\u30fc\u2500\u058a\u2796"
SIGNS = ".·•∙・_/:,;*+|~'\"=#°…→📞"
UNSEEN = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\u2063\ufeff\u034f\u061c\u180e\u3164\u115f\uffa0\ufe0f"
    "\U000e0030\U000e0101"
)
#: The zero of a script whose digits follow each other, or of a shape.
ZEROS = "٠۰०০༠᠐០๐０𝟎𝟘𝟢𝟬𝟶🯰"
SHAPES = {
    "keycaps": "".join(f"{digit}\ufe0f\u20e3" for digit in range(10)),
    "circled": "⓪①②③④⑤⑥⑦⑧⑨",
    "negative circled": "⓿❶❷❸❹❺❻❼❽❾",
    "double circled": "⓪⓵⓶⓷⓸⓹⓺⓻⓼⓽",
    "with a full stop": "🄀⒈⒉⒊⒋⒌⒍⒎⒏⒐",
    "in brackets": "0⑴⑵⑶⑷⑸⑹⑺⑻⑼",
    "superscript": "⁰¹²³⁴⁵⁶⁷⁸⁹",
    "subscript": "₀₁₂₃₄₅₆₇₈₉",
    "Chinese": "〇一二三四五六七八九",
}


@dataclass(frozen=True, slots=True)
class Spelling:
    """`label`: what has to stand in its place; `hidden`: what nobody may read afterwards, as it is folded."""

    name: str
    text: str
    label: str
    hidden: tuple[str, ...]

    def is_masked(self, public: str) -> bool:
        left = fold(public).text.lower()
        joined = "".join(filter(str.isalnum, left))
        return self.label in public and not any(word in left or word in joined for word in self.hidden)


def _numbers(name: str, part: str) -> Iterator[Spelling]:
    """The three numbers with something in between."""
    yield Spelling(f"NIK, {name}", f"NIK saya {part.join(NIK)} tolong", "[nik]", ("0155", "0895", "0001"))
    yield Spelling(f"phone, {name}", f"bisa ke {part.join(PHONE)} ya", "[telepon]", ("3456", "7890"))


def _shaped(name: str, digits: list[str]) -> Iterator[Spelling]:
    for what, parts, label in (
        ("NIK", NIK, "[nik]"),
        ("phone", PHONE, "[telepon]"),
        ("account", ACCOUNT, "[rekening]"),
    ):
        written = "".join(digits[int(digit)] for digit in "".join(parts))
        called = {"NIK": "nik", "phone": "nomor", "account": "rek BCA"}[what]
        yield Spelling(f"{what}, {name} digits", f"{called} {written} ya", label, (parts[1],))


def numbers() -> Iterator[Spelling]:
    for character in SPACES + DASHES + SIGNS:
        yield from _numbers(f"parted by U+{ord(character):04X}", character)
    for character in SPACES[3:12] + DASHES[1:9]:
        part = character.join(ACCOUNT)
        yield Spelling(f"account, U+{ord(character):04X}", f"rekening BRI {part}", "[rekening]", ("567", "890"))
    for part in (
        " - ",
        " \u2013 ",
        "\u00a0\u2011\u00a0",
        "  ",
        " . ",
        " / ",
        ")(",
        "] [",
        "\r\n",
        "\u200b \u200b",
        ", ",
        "<br>",
        "&nbsp;",
    ):
        yield from _numbers(f"parted by {part!r}", part)
    for zero in ZEROS:
        yield from _shaped(f"U+{ord(zero):04X}", [chr(ord(zero) + digit) for digit in range(10)])
    for name, digits in SHAPES.items():
        size = len(digits) // 10
        yield from _shaped(name, [digits[at : at + size] for at in range(0, len(digits), size)])
    for character in UNSEEN:
        yield from _numbers(f"parted by U+{ord(character):04X}, not seen", character)
        everywhere = character.join("".join(PHONE))
        yield Spelling(f"phone, U+{ord(character):04X} everywhere", f"wa {everywhere}", "[telepon]", ("3456",))


_WRITTEN_PHONES = (
    "O812-3456-789O", "08l2 3456 7890", "0812 34S6 7890", "o8i2.3456.7B90", "0812E4567890"[:4] + "34567890",
    "+62812\u20113456\u20117890", "62 812 3456 7890", "0062 812 3456 7890", "(0812) 3456 7890", "(0812)(3456)(7890)",
    "[0812] 3456-7890", "0812 - 3456 - 7890", "0 8 1 2 3 4 5 6 7 8 9 0", "0-8-1-2-3-4-5-6-7-8-9-0", "0,8,1,2,3,4,5,6,7,8,9,0",
    "08 12 34 56 78 90", "081 234 567 890", "08123 45678 90", "0812*3456*7890", "0812~3456~7890",
    "nol delapan satu dua tiga empat lima enam tujuh delapan sembilan nol", "0812 tiga empat lima enam 7890",
    "kosong delapan satu dua, tiga empat lima enam, tujuh lapan sembilan nol", "nol wolu siji loro telu papat limo enem pitu wolu songo nol",
    "0812 strip 3456 strip 7890", "nol-delapan-satu-dua-tiga-empat-lima-enam-tujuh-delapan-sembilan-nol",
    "https://wa.me/6281234567890", "hp:081234567890", "WA081234567890", "wa 8123 456 7890", "0812\n3456\n7890",
    "0812\r\n3456\r\n7890", "0812 (spasi) 3456 7890"[:4] + " 3456 7890", "0812\u00a0-\u00a03456\u00a0-\u00a07890",
    "\u202a+62 812\u20113456\u20117890\u202c", "０８１２－３４５６－７８９０", "O8I2 З456 789О", "0812&#45;3456&#45;7890",
    "0812%203456%207890", "0812x3456x7890", "0812 a 3456 b 7890", "0812<b>3456</b>7890", "noldelapansatuduatigaempatlimaenamtujuhdelapansembilannol",
)  # fmt: skip
_WRITTEN_NIKS = (
    "647201\n550895\n0001", "6472,0155,0895,0001", "64 72 01 55 08 95 00 01", "647201-550895-0001", "64.72.01.550895.0001",
    "6472O155O895OOO1", "6 4 7 2 0 1 5 5 0 8 9 5 0 0 0 1", "6472:0155:0895:0001", "6472 0155\u00a00895\u20110001",
    "enam empat tujuh dua nol satu lima lima nol delapan sembilan lima nol nol nol satu", "6472\u20090155\u20090895\u20090001",
)  # fmt: skip


def phrases() -> Iterator[Spelling]:
    for written in _WRITTEN_PHONES:
        yield Spelling(f"phone, {written!r}", f"hubungi {written} ya", "[telepon]", ("3456", "7890", "tigaempat"))
    for written in _WRITTEN_NIKS:
        yield Spelling(f"NIK, {written!r}", f"NIK saya: {written}.", "[nik]", ("0155", "0895", "0001"))
    for written in (
        "0541\u2011741234",
        "(0541)\u00a0741234",
        "0541 – 741 234",
        "０５４１－７４１２３４",
        "021\u2009555\u20091234",
    ):
        yield Spelling(f"phone, {written!r}", f"telepon {written}", "[telepon]", ("741234", "5551234"))
    for written in (
        "KT\u00a01234\u00a0AB",
        "KT\u20111234\u2011AB",
        "КТ 1234 АВ",
        "ＫＴ １２３４ ＡＢ",
        "K\u200bT 12\u200b34 AB",
    ):
        yield Spelling(f"plate, {written!r}", f"mobil {written} parkir", "[nomor kendaraan]", ("1234",))
    for written in (
        "12.345.678.9\u2011012.000",
        "12 345 678 9 012 000",
        "12\u00a0345\u00a0678\u00a09\u00a0012\u00a0000",
        "１２.３４５.６７８.９-０１２.０００",
    ):
        yield Spelling(f"NPWP, {written!r}", f"NPWP {written}", "[npwp]", ("345678",))
    for written in ("3578\u00a00155\u00a00895\u00a00001", "3578\u20110155\u20110895\u20110001"):
        yield Spelling(f"KK, {written!r}", f"nomor KK {written}", "[kartu keluarga]", ("0155",))
    for written in ("36\u200b.72.215.104", "３６.７２.２１５.１０４", "36。72。215。104"):
        yield Spelling(f"IP, {written!r}", f"dari IP {written}", "[alamat ip]", ("215",))


def names() -> Iterator[Spelling]:
    hidden = ("budi", "santoso")
    for character in SPACES[1:]:
        text = f"kata Pak{character}Budi{character}Santoso tadi"
        yield Spelling(f"name, parted by U+{ord(character):04X}", text, "[nama]", hidden)
    for character in DASHES[1:8] + "._/":
        text = f"kata Pak Budi{character}Santoso tadi"
        yield Spelling(f"name, parted by U+{ord(character):04X}", text, "[nama]", hidden)
    for character in UNSEEN:
        text = f"kata Pak Bu{character}di San{character}toso tadi"
        yield Spelling(f"name, U+{ord(character):04X} within", text, "[nama]", hidden)
        text = f"kata Pak{character} {character}Budi Santoso tadi"
        yield Spelling(f"name, U+{ord(character):04X} between", text, "[nama]", hidden)
    written = (
        "Pak Вudi Sаntоsо", "Pаk Вυԁі Sаntоsо", "Рак Budi", "Pak Ｂｕｄｉ Ｓａｎｔｏｓｏ", "Pak 𝐁𝐮𝐝𝐢 𝐒𝐚𝐧𝐭𝐨𝐬𝐨", "Pak 𝓑𝓾𝓭𝓲", "Pak 𝔅𝔲𝔡𝔦",
        "Pak 𝙱𝚞𝚍𝚒", "Pak ⓑⓤⓓⓘ", "Pak 🅱🅤🅓🅘", "Pak 🇧​🇺​🇩​🇮", "Pak ʙᴜᴅɪ", "Pak ᴮᵘᵈⁱ", "Pak Búdì Sântöso", "Pak Bu\u0301di\u0300",
        "Pak B̶u̶d̶i̶", "Pak Bŭđı", "Pak B u d i", "Pak B.u.d.i", "Pak B-u-d-i S-a-n-t-o-s-o", "P a k  B u d i", "PakBudi", "Pak-Budi",
        "Pak_Budi_Santoso", "Pak.Budi.Santoso", "Pak\nBudi\nSantoso", "Pak Bud1 S4ntos0", "pAk bUdI", "Pak ᏴᴜᎠᎥ", "Pak ꓐuꓓi",
        "Pak Budi\u200dSantoso", "Pak&nbsp;Budi&nbsp;Santoso", "Pak Budi\u00a0\u00a0Santoso", "Pak <b>Budi</b>", "Bapak\u3000Budi",
        "Ｐａｋ　Ｂｕｄｉ", "Pak Budi2", "Pak (Budi)", "Pak *Budi*", "Pak “Budi”", "Pak Budi🙏Santoso",
    )  # fmt: skip
    for text in written:
        yield Spelling(f"name, {text!r}", f"kata {text} tadi pagi", "[nama]", hidden)


def addresses() -> Iterator[Spelling]:
    written = (
        "budi.santoso @ gmail.com", "budi.santoso＠gmail.com", "budi.santoso﹫gmail.com", "budi．santoso＠gmail．com", "budi.santoso@gmail。com",
        "budi.santoso\u200b@gmail.com", "bu\u00addi.santoso@gmail.com", "budi.santoso@gm\u200bail.com", "budi.santoso(at)gmail(dot)com",
        "budi.santoso [at] gmail [dot] com", "budi.santoso at gmail dot com", "budi.santoso at gmail titik com", "budi . santoso @ gmail . com",
        "budi.santoso@gmail,com", "budi.santoso@\u00a0gmail.com", "budi.santoso\u00a0@\u00a0gmail.com", "budi.santoso@gmail .com",
        "ｂｕｄｉ.ｓａｎｔｏｓｏ@ｇｍａｉｌ.ｃｏｍ", "budi.santoso&#64;gmail.com", "budi.santoso%40gmail.com", "budi.santoso@gmail․com", "budi\u2011santoso@gmail.com",
        "budi_santoso@\ngmail.com", "budi.sаntоsо@gmаil.cоm", "𝐛𝐮𝐝𝐢.𝐬𝐚𝐧𝐭𝐨𝐬𝐨@𝐠𝐦𝐚𝐢𝐥.𝐜𝐨𝐦", "budi.santoso<at>yahoo.co.id", "budi.santoso {at} yahoo {dot} co {dot} id",
        "budi.santoso ⓐ gmail.com", "budi.santoso@gmail", "BUDI.SANTOSO @GMAIL.COM",
    )  # fmt: skip
    for text in written:
        yield Spelling(f"e-mail, {text!r}", f"tulis ke {text} saja", "[surel]", ("santoso",))


def parted() -> Iterator[Spelling]:
    """Words, rows of dots, tags and comments between the parts, and what a browser hides in them."""
    marks = (
        " lalu ",
        " dan ",
        ", terus ",
        " ..... ",
        " —— —— ",
        "<!-- -->",
        "<s>",
        "<span class='a'>",
        "<b\nid=x>",
        "\U0001f468\u200d\U0001f469",
        "\\",
        "^",
        "][",
    )
    for part in marks:
        yield from _numbers(f"parted by {part!r}", part)
    hidden = (
        "<a href='https://wa.me/6281234567890'>obrolan</a>", "<b 081234567890>", "<!-- 0812 3456 7890 -->",
        "<img alt='0812-3456-7890'>", "nol delapan satu dua dobel tiga empat lima enam tujuh delapan", "WA 00 44 7911 345678",
    )  # fmt: skip
    for text in hidden:
        yield Spelling(f"phone, {text!r}", f"hubungi {text} ya", "[telepon]", ("34567", "3456", "345678", "empat"))
    for text in (
        "pak.budi.santoso",
        "<mark title='Pak Budi'>Pak Budi</mark> Santoso",
        "pk budi santoso",
        "Pa' Budi Santoso",
    ):
        yield Spelling(f"name, {text!r}", f"kata {text} tadi", "[nama]", ("budi", "santoso"))
    for text in ('"budi santoso"@gmail.com', "budi.santoso a keong gmail titik com"):
        yield Spelling(f"e-mail, {text!r}", f"tulis ke {text} saja", "[surel]", ("santoso",))


SPELLINGS = (*numbers(), *phrases(), *names(), *addresses(), *parted())
