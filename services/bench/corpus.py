"""Invented reports with the duty that each is about, for what has to be learned, masked and routed.

Made from phrases in an order that depends on the seed alone, so that two runs measure the same. One in four names
somebody, with a number to call.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: A regency and cities of East Kalimantan, each with an invented square to itself: longitude and latitude of its
#: south-west corner.
REGIONS: Mapping[str, tuple[float, float]] = {
    "64.02": (116.5, -0.4), "64.71": (116.8, -1.3), "64.72": (117.0, -0.6), "64.74": (117.4, 0.0),
}  # fmt: skip
SIDE_DEGREES = 0.25
#: The districts of each that are written about.
DISTRICTS = ("01", "02", "03")


@dataclass(frozen=True, slots=True)
class Topic:
    duty: str
    category: str
    title: str
    phrases: Sequence[str]


TOPICS = (
    Topic("public_works", "road_damage", "Jalan rusak", (
        "Aspal di tikungan terkelupas dan berlubang dalam", "Lubang di jalan ini sudah membuat pengendara motor jatuh",
        "Jalan lingkungan kami becek dan bergelombang", "Tambalan yang lalu sudah pecah lagi dilewati truk",
    )),
    Topic("transport", "street_light_out", "Lampu jalan padam", (
        "Lampu penerangan jalan umum mati sejak pekan lalu", "Tiang lampu miring dan kabelnya menjuntai",
        "Kalau malam gelap gulita dan rawan kejahatan", "Enam titik lampu berturut-turut tidak menyala",
    )),
    Topic("environment", "waste_not_collected", "Sampah tidak diangkut", (
        "Tumpukan sampah di tempat pembuangan sementara sudah meluber", "Truk pengangkut sampah tidak datang lima hari",
        "Bau busuk sampah masuk ke rumah warga", "Lalat dan belatung di mana-mana karena sampah menumpuk",
    )),
    Topic("health", "health_centre_service", "Pelayanan puskesmas", (
        "Antrean di puskesmas sangat lama dan dokternya tidak ada", "Obat untuk pasien hipertensi habis terus",
        "Imunisasi balita ditunda tanpa pemberitahuan", "Petugas pendaftaran puskesmas melayani sambil bermain telepon",
    )),
    Topic("education", "basic_school_facilities", "Fasilitas sekolah", (
        "Atap ruang kelas bocor dan siswa belajar di lorong", "Toilet sekolah dasar tidak bisa dipakai",
        "Meja dan kursi murid banyak yang patah", "Guru kelas empat kosong sejak awal semester",
    )),
    Topic("population", "identity_card", "KTP belum jadi", (
        "Rekam KTP elektronik sudah tiga bulan belum dicetak", "Blangko kartu tanda penduduk katanya kosong",
        "Perubahan data kependudukan saya ditolak tanpa alasan", "Loket catatan sipil tutup sebelum waktunya",
    )),
    Topic("water_supply", "pipe_leak", "Air ledeng", (
        "Pipa air bersih bocor di pinggir jalan", "Air ledeng tidak mengalir sejak kemarin malam",
        "Meteran air berputar padahal keran tertutup", "Air yang keluar keruh dan berbau kaporit",
    )),
    Topic("social", "aid_not_received", "Bantuan sosial", (
        "Bantuan sembako tidak pernah sampai kepada lansia", "Nama keluarga kami hilang dari daftar penerima bantuan",
        "Kartu bantuan sosial tidak bisa dicairkan", "Pendataan warga miskin tidak merata",
    )),
)  # fmt: skip
_COMMON = (
    "Sudah kami sampaikan kepada ketua RT tetapi belum ada tanggapan", "Mohon segera ditindaklanjuti",
    "Terima kasih atas perhatiannya", "Kejadian ini sudah berulang sejak tahun lalu", "Warga sangat dirugikan",
    "Kami harus memutar jauh setiap hari", "Foto terlampir", "Tolong petugas datang melihat sendiri",
)  # fmt: skip
_PEOPLE = (
    "Hubungi Pak Budi Santoso di 0812-3456 7890", "Kata bu ani sudah dilaporkan", "Saya Rina Wulandari, warga di sini",
    "Mobil KT 1234 AB selalu parkir di situ", "NIK saya 6472015508950001",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    duty: str
    region: str  #: the regency or city
    district: str
    category: str | None  #: every other one says what it is about
    title: str
    body: str
    longitude: float
    latitude: float

    def submission(self, number: str) -> dict[str, Any]:
        """As intake_api takes it; `number` tells reports with the same words apart."""
        location = {"region_code": self.district, "latitude": self.latitude, "longitude": self.longitude}
        report = {
            "classification": "complaint", "title": f"{self.title} ({number})", "body": self.body, "location": location,
        }  # fmt: skip
        return report | ({} if self.category is None else {"category": self.category})


def written(count: int, *, seed: int) -> Iterator[Written]:
    chance = random.Random(seed)
    for number in range(count):
        topic = chance.choice(TOPICS)
        region, (west, south) = chance.choice(list(REGIONS.items()))
        sentences = chance.sample(topic.phrases, chance.randint(1, 3)) + chance.sample(_COMMON, chance.randint(1, 4))
        if number % 4 == 0:
            sentences.append(chance.choice(_PEOPLE))
        chance.shuffle(sentences)
        yield Written(
            topic.duty, region, f"{region}.{chance.choice(DISTRICTS)}", topic.category if number % 2 else None,
            topic.title, ". ".join(sentences) + ".",
            west + SIDE_DEGREES * chance.uniform(0.1, 0.9), south + SIDE_DEGREES * chance.uniform(0.1, 0.9),
        )  # fmt: skip


def boundaries() -> dict[str, Any]:
    """The squares, as GeoJSON."""
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"code": region}, "geometry": _square(west, south)}
            for region, (west, south) in REGIONS.items()
        ],
    }


def _square(west: float, south: float) -> dict[str, Any]:
    east, north = west + SIDE_DEGREES, south + SIDE_DEGREES
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}
