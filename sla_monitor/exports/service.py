"""The documents that are handed on: the monthly evaluation, the quarter's reprimand, a regent's cases near 60 days.

They are made of figures as `GET /v1/statistics` gives them to whoever asks, and say nothing that those would not.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum, auto

from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client, Role
from shared.domain.dates import day, instant
from shared.domain.lifecycle import Status, status_label
from shared.domain.newer import code
from shared.domain.periods import read_period
from shared.domain.regions import NATIONAL_ZONE, national_day
from shared.domain.wording import Language
from shared.errors import Forbidden, Invalid
from sla_monitor.exports.documents import Bars, Cell, CellKind, Column, Document
from sla_monitor.indicators.catalogue import Catalogue, Dimension
from sla_monitor.reprimands import service as reprimands
from sla_monitor.reprimands.schemas import FIRST_DAY, LAST_DAY, PreviewParams
from sla_monitor.statistics import queries, service
from sla_monitor.statistics.schemas import FigureCase, FigureCaseParams, FigureParams, Figures, FigureValue


class ExportName(StrEnum):
    """Which document."""

    EVALUATION = auto()
    REPRIMAND = auto()
    NEAR_60_DAYS = auto()


#: The columns of the evaluation: indicator, title, how it is shown, and whether the count or the value is.
_EVALUATED: tuple[tuple[str, str, CellKind], ...] = (
    ("received", "Diterima", CellKind.COUNT),
    ("followed_up", "Tindak lanjut", CellKind.COUNT),
    ("followed_up_share", "% tindak lanjut", CellKind.SHARE),
    ("in_process", "Proses", CellKind.COUNT),
    ("closed", "Selesai", CellKind.COUNT),
    ("closed_share", "% selesai", CellKind.SHARE),
    ("archived", "Diarsipkan", CellKind.COUNT),
    ("speed_calendar", "Laju (hari kalender)", CellKind.NUMBER),
    ("speed_working", "Laju (hari kerja)", CellKind.NUMBER),
    ("in_time_share", "% tepat waktu", CellKind.SHARE),
    ("satisfaction", "Kepuasan (1-5)", CellKind.NUMBER),
)
_COLOURS = {"green": "hijau", "yellow": "kuning", "red": "merah", "grey": "abu-abu"}
_MOST_CASES = 5_000
_LIMIT_DAYS = timedelta(days=60)
_ID = Language.ID


async def make_document(
    session: AsyncSession, catalogue: Catalogue, name: ExportName, params: FigureParams, client: Client, *,
    now: datetime,
) -> Document:  # fmt: skip
    """`params`: of its agency, period and instant. Raises what the figures raise."""
    if name is ExportName.EVALUATION:
        return await _evaluation(session, catalogue, params, client, now=now)
    if name is ExportName.NEAR_60_DAYS:
        return await _near_60_days(session, catalogue, params, client, now=now)
    return await _reprimand(session, params, client, now=now)


# --- the monthly evaluation -------------------------------------------------------------------------------------------


async def _evaluation(
    session: AsyncSession, catalogue: Catalogue, params: FigureParams, client: Client, *, now: datetime,
) -> Document:  # fmt: skip
    """Of ten thousand agencies nobody reads a line: by instansi, where that is asked for."""
    by = Dimension.INSTANSI if params.by is Dimension.INSTANSI else Dimension.AGENCY
    found: dict[str, Figures] = {}
    as_of = params.as_of
    for indicator, _, _ in _EVALUATED:
        asked = params.model_copy(update={"indicator": indicator, "by": by, "as_of": as_of})
        found[indicator] = await service.figures(session, catalogue, asked, client, language=_ID, now=now)
        if found[indicator].as_of != now:  # sums are brought to another instant now and then: all lines are of one
            as_of = found[indicator].as_of
    by_agency = {code: {one.key: one for one in one.items} for code, one in found.items()}
    names: dict[str | None, str | None] = {one.key: one.name for figures in found.values() for one in figures.items}
    if params.agency is not None and by is Dimension.AGENCY:  # an agency without a report has its line, too
        known = await service.agencies_of(session, params.agency, client, at=params.as_of or now)
        for key, name in known.items():
            names.setdefault(key, name)
    keys = sorted(names, key=lambda key: (key is None, names[key] or "", key or ""))
    rows = [_evaluated(key, names[key], by_agency) for key in keys]
    whole: dict[str, Mapping[str | None, FigureValue]] = {code: {None: one.total} for code, one in found.items()}
    shown = next(iter(found.values()))
    return Document(
        name=f"evaluasi-{params.agency or 'semua'}-{shown.period.first_day}-{shown.period.last_day}".lower(),
        title="Evaluasi pengelolaan pengaduan",
        lines=_lines(params.agency, names, shown),
        columns=[
            Column("Instansi"), Column("Kode"), *(Column(title, kind) for _, title, kind in _EVALUATED),
            Column("Warna (% selesai)"),
        ],
        rows=[*rows, _evaluated(None, "Jumlah", whole)] if rows else [],
        notes=[f"{one.name.id}: {one.formula.id}" for one in found.values()],
        empty="Tidak ada laporan yang diterima dalam kurun ini.",
        plots=[_bars("Persentase selesai per instansi", by_agency["closed_share"], names)],
    )  # fmt: skip


def _evaluated(
    key: str | None, name: str | None, found: Mapping[str, Mapping[str | None, FigureValue]]
) -> Sequence[Cell]:
    cells: list[Cell] = [name or "Tingkat nasional", key or ""]
    for indicator, _, kind in _EVALUATED:
        one = found[indicator].get(key)
        cells.append((0 if kind is CellKind.COUNT else None) if one is None else one.value)
    closed = found["closed_share"].get(key)
    return [*cells, _COLOURS["grey" if closed is None or closed.colour is None else closed.colour]]


def _bars(title: str, values: Mapping[str | None, FigureValue], names: Mapping[str | None, str | None]) -> Bars:
    known = [(names.get(key) or "Tingkat nasional", one) for key, one in values.items() if one.value is not None]
    known.sort(key=lambda pair: -(pair[1].value or 0))
    return Bars(title, [(name, one.value or 0, one.colour) for name, one in known[:40]])


def _lines(agency: str | None, names: Mapping[str | None, str | None], shown: Figures) -> list[str]:
    whose = "Semua instansi yang Anda lihat" if agency is None else f"{names.get(agency) or agency} beserta jajarannya"
    period = f"{day(shown.period.first_day, _ID)} - {day(shown.period.last_day, _ID)}"
    return [whose, f"Laporan yang diterima {period}", f"Keadaan per {instant(shown.as_of, NATIONAL_ZONE, _ID)}"]


# --- cases near 60 days -----------------------------------------------------------------------------------------------


async def _near_60_days(
    session: AsyncSession, catalogue: Catalogue, params: FigureParams, client: Client, *, now: datetime
) -> Document:
    if params.period is not None:
        raise Invalid(
            "Which cases are near 60 days follows from the day alone; leave the period out, and name as_of for another "
            "day.",
            pointer="query/period",
            code="no_period",
        )
    as_of = params.as_of or now
    last = national_day(as_of)
    whole = {"indicator": "near_60_days", "period": f"{last - timedelta(days=62)}..{last}", "as_of": as_of}
    asked = FigureCaseParams.model_validate({**params.model_dump(exclude={"by", "stage"}), **whole, "limit": 200})
    cases, withheld, more = await _cases(session, catalogue, asked, client, now=now)
    names = await queries.agency_names(session, {one.agency for one in cases if one.agency}, as_of)
    cases.sort(key=lambda one: (one.received_at or as_of, one.tracking_number))
    hidden = [f"{withheld} laporan lain tidak boleh Anda lihat."] if withheld else []
    hidden += [f"Ada {more} laporan lagi yang tidak dimuat di sini; sebutkan satu instansi."] if more else []
    return Document(
        name=f"mendekati-60-hari-{params.agency or 'semua'}-{last}".lower(),
        title="Laporan mendekati 60 hari tanpa tanggapan",
        lines=[
            params.agency or "Semua instansi yang Anda lihat", f"Keadaan per {instant(as_of, NATIONAL_ZONE, _ID)}",
            "Sesudah 60 hari kalender tanpa tanggapan, kepala daerah ditegur.",
        ],
        columns=[
            Column("Nomor laporan"), Column("Instansi"), Column("Status"), Column("Diterima"), Column("Batas 60 hari"),
            Column("Sisa hari", CellKind.COUNT),
        ],
        rows=[_near(one, names, as_of) for one in cases],
        notes=hidden,
        empty="Tidak ada laporan yang mendekati 60 hari.",
    )  # fmt: skip


def _near(case: FigureCase, names: Mapping[str, str], as_of: datetime) -> Sequence[Cell]:
    received_at = case.received_at or as_of
    due_at = received_at + _LIMIT_DAYS
    return [
        case.tracking_number,
        names.get(case.agency or "", case.agency or "Tingkat nasional"),
        status_label(code(Status, case.status))[0] if case.status else "",
        day(national_day(received_at), _ID),
        day(national_day(due_at), _ID),
        max(0, (national_day(due_at) - national_day(as_of)).days),
    ]


async def _cases(
    session: AsyncSession, catalogue: Catalogue, asked: FigureCaseParams, client: Client, *, now: datetime
) -> tuple[list[FigureCase], int, int]:
    """How many may not be seen, and how many are too many for one document."""
    found: list[FigureCase] = []
    while True:
        page = await service.cases(session, catalogue, asked, client, now=now)
        found += page.items
        if page.next_cursor is None or len(found) >= _MOST_CASES:
            return found, page.withheld, page.count - page.withheld - len(found)
        asked = asked.model_copy(update={"cursor": page.next_cursor})


# --- the quarter's reprimand ------------------------------------------------------------------------------------------


async def _reprimand(session: AsyncSession, params: FigureParams, client: Client, *, now: datetime) -> Document:
    """Of one instansi; for those who may read reprimands."""
    if client.role not in (Role.NATIONAL_ADMIN, Role.SUPERVISOR, Role.COORDINATOR):
        raise Forbidden(f"The role {client.role.value} does not read reprimands.")
    if params.as_of is not None:
        raise Invalid(
            "The table of a reprimand is as it would be now; leave as_of out.", pointer="query/as_of", code="no_as_of"
        )
    days = None if params.period is None else read_period(params.period)
    if days is not None and not FIRST_DAY <= days.first_day <= days.last_day <= LAST_DAY:
        raise Invalid(
            f"Reprimands are of days from {FIRST_DAY.year} on and before {LAST_DAY.year}; name another period.",
            pointer="query/period",
            code="reprimand_days",
        )
    asked = PreviewParams(agency=params.agency, first_day=days and days.first_day, last_day=days and days.last_day)
    found = await reprimands.preview_reprimand(session, asked, client, now=now)
    zone = found.time_zone
    return Document(
        name=f"teguran-{found.agency.code}-{found.first_day}-{found.last_day}".lower(),
        title="Teguran triwulanan",
        lines=[
            found.agency.name, f"{day(found.first_day, _ID)} - {day(found.last_day, _ID)}",
            f"Keadaan per {instant(found.as_of, zone, _ID)}",
            "Laporan yang tidak ditanggapi sampai batas pengawasan 60 hari kalender.",
        ],
        columns=[
            Column("Nomor laporan"), Column("Judul"), Column("Instansi yang memegang"), Column("Status"),
            Column("Diterima"), Column("Batas"), Column("Ditanggapi"),
        ],
        rows=[
            [
                one.tracking_number, one.title or "tidak untuk umum", one.holder.name, status_label(one.status)[0],
                instant(one.received_at, zone, _ID), instant(one.due_at, zone, _ID),
                "belum" if one.answered_at is None else instant(one.answered_at, zone, _ID),
            ]
            for one in found.cases
        ],
        empty="Tidak ada laporan yang menjadi alasan teguran dalam kurun ini.",
    )  # fmt: skip
