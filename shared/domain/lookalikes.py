"""Characters that people read as others: letters of other alphabets, dashes, bullets, points. Pure data."""

# ruff: noqa: RUF001

from collections.abc import Mapping
from types import MappingProxyType

#: What looks like an ASCII letter, by alphabet; each pair is written the same length.
_LETTERS = (
    # Cyrillic
    ("АВСЕНІЇЈКМОРЅТУХԌԚԜҮЅ", "ABCEHIIJKMOPSTYXGQWYS"),
    ("авсеёһіїјкмнопрѕтугухѵԁԛԝьиϲӏɡ", "abceehiijkmhonpstyryxvdqwbuclg"),
    # Greek
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "ABEZHIKMNOPTYXC"),
    ("αβγεηικμνορστυχωςϲ", "abyenikuvopotuxwsc"),
    # Armenian
    ("աբգզհլյոսցօքՏՍՕԼ", "wpqqhljnugopSUOL"),
    # Cherokee
    ("ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᏃᎩ", "ABCDEGHIJKLMPRSTVWZY"),
    # Lisu
    ("ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "ABCDEFGHIJKLMNOPRSTUVWXYZ"),
    # Coptic
    ("ⲀⲂⲈⲎⲒⲔⲘⲚⲞⲢⲤⲦⲨⲬ", "ABEHIKMNOPCTYX"),
    ("ⲁⲃⲉⲏⲓⲕⲙⲛⲟⲣⲥⲧⲩⲭ", "abehikmnopctyx"),
    # Latin letters that their names do not tell, and signs
    ("ɑɛɩʋɪℓℹ℮ŋɴɾʟꞮ∂Ꞵꞵ", "aeiuilienNrlIdBb"),
)
#: Each of these is written as its first character.
_SIGNS = (
    "-‐‑‒–—―−﹣－˗─━┄┅╌╍⎯–⸺⸻﹘֊־᐀᠆〜～〰゠ー⁓∼∽➖•‣⁃∙⋅·●○▪▫◦・･⦁⬤◼◾■□▬",
    ".。․۔܂꓿",
    ",，、﹐،٫٬‚ꓹ",
    ":：﹕∶ː˸։׃܃꞉ꓽ",
    "/／⁄∕⧸╱⟋",
    "\\＼﹨∖⧵",
    "|｜│┃ǀ∣❘ㅣ",
    "_＿‿⁀﹍﹎﹏",
    "+＋﬩⁺₊➕﹢",
    "'‘’‛ʼʹ′＇`´ʻ",
    '"“”„‟″＂',
    "(❨⟮﹙⁽",
    ")❩⟯﹚⁾",
    "*＊∗⁎✱✳✴",
    " \u2800",  # a pattern of Braille without dots
    "\n\r\v\f\x85\u2028\u2029",
)
#: Signs that stand for more than one character.
_LONGER = {
    "…": ".",
    "‥": ".",
    "🔟": "10",
    "З": "3",
    "з": "3",
    "⚀": "1",
    "⚁": "2",
    "⚂": "3",
    "⚃": "4",
    "⚄": "5",
    "⚅": "6",
}


LETTERS: Mapping[str, str] = MappingProxyType(
    {letter: read for strange, plain in _LETTERS for letter, read in zip(strange, plain, strict=True)}
)
LOOKALIKES: Mapping[str, str] = MappingProxyType(
    {sign: signs[0] for signs in _SIGNS for sign in signs[1:]} | _LONGER | dict(LETTERS)
)
