"""What the event log says of what it must not hold: salted digests of the columns of a report.

`salt` goes with the reporter's words into a package for the Ombudsman; `private_salt` never leaves the house, and
covers what stays there.
"""

from collections.abc import Mapping
from typing import Any

from shared.ids import salted_digest


def of_words(report: Mapping[str, Any]) -> str:
    """What a reporter wrote; the Ombudsman computes it again."""
    return salted_digest(report["salt"], report["title"], report["body"])


def of_access_code(private_salt: bytes, access_code_hash: bytes) -> str:
    return salted_digest(private_salt, "access_code", access_code_hash.hex())


def of_verified_title(salt: bytes, title: str | None) -> str | None:
    return None if title is None else salted_digest(salt, "title", title)


def of_report(report: Mapping[str, Any]) -> dict[str, str | None]:
    """By columns of `reports`, and the sealed ones of `reporters` if it has a contact: what `report.received` says of
    them.

    A later event says of one of them what it became, under the same name.
    """
    salt = report["private_salt"]
    return {
        "access_code": of_access_code(salt, report["access_code_hash"]),
        "account": _of_account(salt, report["reporter_reference_hash"]),
        "origin": salted_digest(
            salt, "origin", report["tracking_number"], report["client_id"], report["external_reference"],
            report["entered_by"],
        ),
        "place": _of_place(salt, report),
        "identity": _of_identity(salt, report),
    }  # fmt: skip


def _of_account(salt: bytes, reference_hash: bytes | None) -> str | None:
    return None if reference_hash is None else salted_digest(salt, "account", reference_hash.hex())


def _of_place(salt: bytes, report: Mapping[str, Any]) -> str:
    """When and where it happened, and whom the reporter thinks competent."""
    on, latitude, longitude = report["occurred_on"], report["latitude"], report["longitude"]
    return salted_digest(
        salt, "place", on and on.isoformat(), report["location_text"], _exactly(latitude), _exactly(longitude),
        report["target_agency_code"],
    )  # fmt: skip


def _exactly(coordinate: float | None) -> str | None:
    return None if coordinate is None else repr(float(coordinate))


def _of_identity(salt: bytes, report: Mapping[str, Any]) -> str | None:
    """Of what is sealed, and not of what it says: whoever reads log and salt could guess a phone from a digest of it.

    The wrapped key is not in it: that is wrapped anew with each new key of the ring.
    """
    if report["reporter_id"] is None:
        return None
    sealed = (report[f"sealed_{name}"] for name in ("name", "phone", "email", "national_id"))
    return salted_digest(salt, "identity", str(report["reporter_id"]), *(one and one.hex() for one in sealed))


def of_reporter_in_clear(report: Mapping[str, Any]) -> str | None:
    """What `report.received` said, as `reporter`, before names were sealed."""
    if report["reporter_id"] is None:
        return None
    contact = (report["name"], report["phone"], report["email"], report["national_id"])
    return salted_digest(report["private_salt"], "reporter", str(report["reporter_id"]), *contact)
