"""Citizens' texts as the model reads them: informal spelling evened out, masks and numbers as one word each. Pure."""

import re
import unicodedata
from itertools import pairwise

LONGEST = 4_000  #: characters of a text that are read; what a report is about stands in its beginning

_MASK = re.compile(r"\[([a-z]+(?: [a-z]+)?)(?:_?\d+)?\]")
#: What stands in a text before it is masked is a number; a model that learned from masks must know it again.
_MASKED_NUMBERS = frozenset(
    (
        "nik", "kartu keluarga", "npwp", "paspor", "sim", "nip", "bpjs", "nisn", "akta", "telepon", "rekening",
        "kartu", "nomor",
    )
)  # fmt: skip
_ESCAPE = re.compile(r"\\[nrt]")  #: an end of a line that some channel wrote out as two characters
_LINK = re.compile(r"https?://\S+|www\.\S+")
_REPEATED_LETTER = re.compile(r"([a-z])\1{2,}")
_LONG_NUMBER = re.compile(r"\d{5,}")
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_REDUPLICATED = re.compile(r"\b([a-z]{3,}?)2\b")  # orang2, teman2

#: How people write on a telephone, and what they mean.
_SPELLINGS = """
    atau: ato atw; bagaimana: bgmn gimana gmn gmna; banyak: bnyk byk; bapak: bpk pak; belum: belom blm blom;
    bisa: bs bsa; bukan: bkn; bulan: bln; dalam: dlm; dapat: dpt; dari: dr dri; dengan: dg dgn; gang: gg; harus: hrs;
    jalan: jl jln; juga: jg; kalau: kalo kl klo; karena: karna krn krna; kecamatan: kec; kelurahan: kel;
    kemarin: kmrn; kepada: kpd; lagi: lg; lampu: lmp; masih: msh; mohon: mhn mohn; nomor: nmr no; orang: org;
    pada: pd; rumah: rmh; saja: aj aja sj; sampai: sampe smpe; saya: aq sy sya; sekarang: skr skrg;
    seperti: sprti spt; sudah: sdah sdh udah udh; tahun: th thn; tanggal: tgl; tempat: tmpt;
    terima kasih: makasih terimakasih thx tks trimakasih trims; tersebut: tsb; terus: trs trus;
    tidak: ga gak gk ndak ngga nggak tak tdk; tolong: tlg tlng; untuk: unt utk; yang: yg
"""
_MEANT = {
    short: meant.strip()
    for meant, shorts in (entry.split(":") for entry in _SPELLINGS.split(";"))
    for short in shorts.split()
}


def normal(text: str) -> str:
    """Small letters and digits, single blanks, each word in its usual spelling."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).lower()
    text = _ESCAPE.sub(" ", text)
    text = _MASK.sub(_of_mask, text)
    text = _LINK.sub(" xxlink ", text)
    text = _REPEATED_LETTER.sub(r"\1", text)
    text = _LONG_NUMBER.sub(" xxnumber ", text)
    text = _SEPARATORS.sub(" ", text)
    text = _REDUPLICATED.sub(r"\1", text)
    return " ".join(_MEANT.get(word, word) for word in text.split())


def _of_mask(mask: re.Match[str]) -> str:
    label = mask[1]
    return " xxnumber " if label in _MASKED_NUMBERS else f" xx{label.replace(' ', '')} "


def words(text: str) -> list[str]:
    """The words of a normal text and its pairs of words."""
    single = text.split()
    return [*single, *(f"{one} {other}" for one, other in pairwise(single))]


def grams(text: str) -> list[str]:
    """Runs of 3 to 5 characters within the words of a normal text; a blank marks where a word begins and ends."""
    padded = [f" {word} " for word in text.split()]
    return [word[at : at + size] for word in padded for size in (3, 4, 5) for at in range(len(word) - size + 1)]


def squashed(name: str) -> str:
    """A name of a place as people may write it: 'Karang Pilang', 'Karangpilang' and 'KARANG-PILANG' are one."""
    return _SEPARATORS.sub("", name.lower())
