"""The problems that each operation answers with: what follows from what it takes, and what its code declares."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.domain.wording import Language, Wording
from shared.domain.wording import say as said
from shared.http.door.rules import Operation, Rules
from shared.http.field_errors import CODES as FIELD_CODES
from shared.http.openapi.walking import Document, operations
from shared.http.problems import MEDIA_TYPE

#: Values of a text to which others may come.
LISTED = "x-extensible-enum"
#: Beside an answer: the codes of its problem.
LISTED = "x-codes"
#: Of the document: what any request may be answered with before an operation has seen it, by status.
EVERYWHERE = "x-problems-everywhere"

#: By status: what it means, and the codes that it has in every operation that can answer so.
_COMMON: Mapping[str, tuple[Wording, Sequence[str]]] = {
    "400": (
        (
            "Permintaan tidak dapat dibaca: isinya bukan JSON, atau alamatnya rusak.",
            "The request cannot be read: the body is no JSON, or the address is broken.",
        ),
        ("malformed_json", "malformed_body", "nul_character", "too_many_parameters"),
    ),
    "401": (
        (
            "Tidak ada token (atau kode akses), atau sudah tidak berlaku.",
            "There is no token (or access code), or it is not valid any more.",
        ),
        ("unauthenticated", "invalid_token", "token_expired", "token_revoked"),
    ),
    "403": (
        ("Pemegang token tidak boleh melakukan ini.", "The bearer may not do this."),
        ("forbidden", "missing_scope"),
    ),
    "404": (
        ("Tidak ada, atau tidak untuk yang bertanya.", "It does not exist, or not for whoever asks."),
        ("not_found",),
    ),
    "408": (
        (
            "Yang sedang dikirim tidak datang lagi: lanjutkan, atau kirim sekali lagi.",
            "What was being sent did not come on: go on, or send it again.",
        ),
        ("body_too_slow",),
    ),
    "409": (
        (
            "Tidak mungkin dalam keadaan sekarang; `code` dan `detail` menyebutkan sebabnya.",
            "It is not possible as things stand now; `code` and `detail` say why.",
        ),
        (),
    ),
    "410": (("Pernah ada, dan tidak digunakan lagi.", "It was there, and is no longer in use."), ()),
    "412": (
        (
            "Sudah berubah sejak Anda membacanya: baca sekali lagi, lalu putuskan lagi.",
            "It has changed since you read it: read it again, and decide again.",
        ),
        ("version_mismatch",),
    ),
    "413": (
        ("Isi permintaan terlalu besar.", "The body is too large."),
        ("body_too_large",),
    ),
    "415": (
        (
            "Dikirim sebagai jenis yang tidak diterima di sini.",
            "It was sent as something that is not taken here.",
        ),
        ("unsupported_content_encoding",),
    ),
    "416": (("Bagian yang diminta tidak ada.", "What is asked for has no such part."), ()),
    "422": (
        (
            "Ada kolom yang tidak sebagaimana mestinya; `errors` menyebutkan masing-masing.",
            "A field is not as it should be; `errors` names each.",
        ),
        ("invalid",),
    ),
    "429": (
        (
            "Terlalu banyak permintaan: tunggu selama yang disebut Retry-After.",
            "Too many requests: wait as long as Retry-After says.",
        ),
        ("too_many_requests",),
    ),
    "460": (
        ("Yang tiba bukan yang dikirim: kirim sekali lagi.", "What arrived is not what was sent: send it again."),
        (),
    ),
    "503": (
        (
            "Saat ini tidak mungkin: tunggu selama yang disebut Retry-After, lalu kirim yang sama sekali lagi.",
            "Not possible just now: wait as long as Retry-After says, and send the same again.",
        ),
        ("unavailable", "too_busy", "too_slow", "database_unavailable", "statements_forgotten", "key_missing"),
    ),
}
_CODES_ARE: Wording = ("Kode", "Codes")

#: What an operation answers beside this because it has a parameter of this name.
_OF_PARAMETER: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Idempotency-Key": {
        "409": ("idempotency_key_in_use", "idempotency_answer_lost"),
        "422": ("idempotency_key_reused",),
    },
    "cursor": {"422": ("bad_cursor",)},
    "tracking_number": {"404": ("unknown_report",)},
    "X-Access-Code": {"429": ("limit_reached",)},
}
_OF_TOKEN: Mapping[str, Sequence[str]] = {"503": ("accounts_unread",)}
_OF_BODY: Mapping[str, Sequence[str]] = {"422": ("too_many_values", "too_deep")}

_EVERYWHERE: Mapping[str, Sequence[str]] = {
    "404": ("not_found",),
    "405": ("method_not_allowed",),
    "408": ("body_too_slow",),
    "414": ("query_too_long",),
    "415": ("unsupported_content_encoding",),
    "421": ("unknown_host",),
    "431": ("too_many_headers",),
    "500": ("internal_error",),
}


def say(document: Document, known: Mapping[tuple[str, str], Operation], rules: Rules) -> None:
    """`known`: by path and method, in small letters; `rules`: those of the door."""
    used = {code for codes in _EVERYWHERE.values() for code in codes}
    for path, method, operation in operations(document):
        answers = operation["responses"]
        found = known.get((path, method))
        declared = {str(status): codes for status, codes in found.raises.items()} if found else {}
        rule = rules.get((method.upper(), path))
        follows = [*_follows(operation, found), {"429": (rule.places.refusal().code,)} if rule and rule.places else {}]
        for status in sorted(declared.keys() - answers.keys()):
            answers[status] = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        operation["responses"] = dict(sorted(answers.items()))
        for status, answer in operation["responses"].items():
            if status in _COMMON:
                own = [code for each in follows for code in each.get(status, ())]
                answer[LISTED] = list(dict.fromkeys([*_COMMON[status][1], *own, *declared.get(status, ())]))
                answer["description"] = described(status, answer[LISTED], Language.EN)
                used.update(answer[LISTED])
    document[EVERYWHERE] = {status: list(codes) for status, codes in _EVERYWHERE.items()}
    list_codes(document, used)


def _follows(operation: Document, found: Operation | None) -> Iterator[Mapping[str, Sequence[str]]]:
    """From what it takes."""
    if found and found.takes_token:
        yield _OF_TOKEN
    for parameter in operation.get("parameters", ()):
        yield _OF_PARAMETER.get(parameter["name"], {})
    if "requestBody" in operation:
        yield _OF_BODY


def described(status: str, codes: Sequence[str], language: Language) -> str:
    named = ", ".join(f"`{code}`" for code in codes)
    return f"{said(_COMMON[status][0], language)} {said(_CODES_ARE, language)}: {named}."


def listed(document: Document) -> Sequence[str]:
    """The codes of all problems of a document."""
    problem = document.get("components", {}).get("schemas", {}).get("Problem", {})
    codes: Sequence[str] = problem.get("properties", {}).get("code", {}).get(LISTED, ())
    return codes


def list_codes(document: Document, codes: Iterable[str]) -> None:
    """As a list that may grow, beside the type: of an enum, or of an enum or text, some generated clients read no code
    that they do not know, and others none at all.
    """
    schemas = document["components"]["schemas"]
    schemas["Problem"]["properties"]["code"][LISTED] = sorted(codes)
    schemas["FieldError"]["properties"]["code"][LISTED] = list(FIELD_CODES)
