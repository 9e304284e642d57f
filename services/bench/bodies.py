"""The requests that the load generator sends, each of them different: complete HTTP messages, ready to be written."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

from services.bench import corpus

#: From a line to a page, as citizens write.
_WORDS = (
    "Saluran di depan rumah kami tersumbat sejak hujan pekan lalu dan airnya masuk ke halaman setiap sore. ",
    "Kami sudah menyampaikannya kepada ketua RT, namun sampai hari ini belum ada petugas yang datang melihat. ",
    "Anak-anak harus memutar cukup jauh untuk sampai ke sekolah karena jalannya tidak dapat dilewati. ",
    "Mohon segera diperiksa dan diperbaiki sebelum ada warga yang celaka. Terima kasih atas perhatiannya. ",
)
_SENTENCES = (2, 3, 4, 4, 6, 8, 12, 20)
_KINDS = (
    ("complaint", "drainage_blocked", "64.72.03", "Saluran air tersumbat"),
    ("complaint", "road_damage", "64.71.01", "Jalan rusak di depan pasar"),
    ("complaint", "street_light_out", "64.02", "Lampu jalan padam"),
    ("aspiration", "park_maintenance", "64.72", "Usul perbaikan taman kota"),
    ("information_request", "identity_card", "64.09", "Syarat mengganti kartu tanda penduduk"),
)
#: Stands for the number of the request: always nine digits, so that the length of a message does not change.
_NUMBER = "@#@#@#@#@"
#: The same where it is not to be escaped.
_PLAIN = "NNNNNNNNN"


@dataclass(frozen=True, slots=True)
class Target:
    port: int
    token: str | None = None


def submissions(target: Target, *, path: str = "/v1/reports", keyed: bool = False) -> Callable[[int], bytes]:
    """The n-th submission: the same reports for every target, with an Idempotency-Key if `keyed`."""
    reports = [_report(kind, sentences) for sentences in _SENTENCES for kind in _KINDS]
    return _numbered([_message(target, path, report, keyed=keyed) for report in reports])


def forms(target: Target, path: str, api_key: str) -> Callable[[int], bytes]:
    """The same reports as Open311 sends them, each with a number of its own."""
    host = f"Host: 127.0.0.1:{target.port}"
    messages = []
    for report in (_report(kind, sentences) for sentences in _SENTENCES for kind in _KINDS):
        fields = {
            "api_key": api_key, "service_code": report["category"], "attribute[external_id]": _PLAIN,
            "attribute[title]": report["title"], "attribute[classification]": report["classification"],
            "description": report["body"], "lat": "-0.4948", "long": "117.1436",
            "address_string": "Jalan Pangeran Antasari, sebelum jembatan", "attribute[occurred_on]": "2025-03-03",
        }  # fmt: skip
        content = urlencode(fields).replace(quote_plus(_NUMBER), _NUMBER).replace(_PLAIN, _NUMBER).encode()
        kind = "Content-Type: application/x-www-form-urlencoded"
        head = [f"POST {path} HTTP/1.1", host, kind, f"Content-Length: {len(content)}"]
        messages.append("\r\n".join([*head, "", ""]).encode() + content)
    return _numbered(messages)


def asked(target: Target, paths: Sequence[str]) -> Callable[[int], bytes]:
    """Asks for one path after the other, and begins anew after the last."""
    messages = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n\r\n".encode() for path in paths]
    return lambda number: messages[number % len(messages)]


def invented(target: Target, count: int) -> Callable[[int], bytes]:
    """The n-th of so many reports that the model can have learned from."""
    reports = [report.submission(_NUMBER) for report in corpus.written(count, seed=3)]
    return _numbered([_message(target, "/v1/reports", report, keyed=False) for report in reports])


def _numbered(messages: Sequence[bytes]) -> Callable[[int], bytes]:
    templates = [message.split(_NUMBER.encode()) for message in messages]

    def request(number: int) -> bytes:
        return f"{number:09d}".encode().join(templates[number % len(templates)])

    return request


def lookups(target: Target, tracking_numbers: Sequence[str]) -> Callable[[int], bytes]:
    """Asks for one report after the other, and begins anew after the last."""
    return asked(target, [f"/v1/reports/{number}" for number in tracking_numbers])


def _message(target: Target, path: str, report: Mapping[str, object], *, keyed: bool) -> bytes:
    content = json.dumps(report, ensure_ascii=False).encode()
    headers = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{target.port}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    ]
    if target.token is not None:
        headers.append(f"Authorization: Bearer {target.token}")
    if keyed:
        headers.append(f"Idempotency-Key: bench-{_NUMBER}")
    return "\r\n".join([*headers, "", ""]).encode() + content


def _report(kind: tuple[str, ...], sentences: int) -> dict[str, object]:
    classification, category, region, title = kind
    words = "".join(_WORDS[n % len(_WORDS)] for n in range(sentences))
    return {
        "classification": classification,
        "title": f"{title} ({_NUMBER})",
        "body": f"Laporan {_NUMBER}. {words}".strip(),
        "occurred_on": "2025-03-03",
        "location": {
            "text": "Jalan Pangeran Antasari, sebelum jembatan",
            "latitude": -0.4948,
            "longitude": 117.1436,
            "region_code": region,
        },
        "category": category,
        "anonymous": False,
        "secret": False,
        "reporter_reference": f"account-{_NUMBER}",
    }
