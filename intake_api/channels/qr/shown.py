"""What a code says to whoever scans it. Pure."""

from typing import NamedTuple

from shared.domain.wording import Wording


class ScannedCode(NamedTuple):
    """`agency` is whom it is meant for now: a successor where the first one has ended, and null where nobody took over.
    A category that is out of service is null, too.
    """

    code: str
    label: str
    place: str | None
    latitude: float | None
    longitude: float | None
    region: str | None
    region_name: str | None
    agency: str | None
    agency_name: str | None
    category: str | None
    category_label: Wording | None
    is_revoked: bool

    @property
    def where(self) -> str:
        """In words, as a form shows it and a report keeps it."""
        return ", ".join(part for part in (self.label, self.place) if part)
