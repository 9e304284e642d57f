"""Figures that are handed on: the same numbers as a sheet, a file and a page. The database is rolled back."""

import csv
import io
import re
from datetime import UTC, date, datetime
from typing import Any

import httpx
import openpyxl
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client, Role
from shared.errors import Forbidden, Invalid
from shared.schema import Agency
from sla_monitor.exports import service, writing
from sla_monitor.exports.documents import Bars, CellKind, Column, Document
from sla_monitor.exports.printing import Printing, PrintingBusy
from sla_monitor.exports.service import ExportName
from sla_monitor.statistics.schemas import FigureParams
from tests.factories import a_registry, bearer
from tests.sla_monitor.histories import History
from tests.sla_monitor.statistics.counting import ADMIN, CATALOGUE, counted, many_counted
from tests.sla_monitor.statistics.test_figures import DINKES, NOW, PU, given_to

MEAN = Document(
    name="uji",
    title="Uji",
    lines=["=1+1 adalah teks"],
    columns=[
        Column("Instansi"), Column("Diterima", CellKind.COUNT), Column("%", CellKind.SHARE),
        Column("Laju", CellKind.NUMBER),
    ],
    rows=[["=HYPERLINK(\"http://x\")", 1234, 0.414, 0.1], ["#import \"x\" *tebal* _miring_ $x$ @a", 0, None, None]],
    notes=["+62 bukan rumus"],
    plots=[Bars("Selesai", [("@dinas", 1.0, "green"), ("-dinas", 0.0, None)])],
)  # fmt: skip


def test_no_cell_of_a_csv_is_a_formula_and_numbers_have_a_comma() -> None:
    rows = list(csv.reader(io.StringIO(writing.as_csv(MEAN).decode("utf-8-sig")), delimiter=";"))

    assert rows == [
        ["Instansi", "Diterima", "%", "Laju"],
        ['\'=HYPERLINK("http://x")', "1234", "0,4140", "0,1000"],
        ['#import "x" *tebal* _miring_ $x$ @a', "0", "", ""],
    ]


def test_no_cell_of_a_sheet_is_a_formula_and_numbers_are_numbers() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(writing.as_xlsx(MEAN))).active

    assert sheet is not None
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert cells['=HYPERLINK("http://x")'].data_type == "s"
    assert (cells[1234].data_type, cells[0.414].number_format) == ("n", "0.0%")


def test_a_page_to_print_shows_words_as_they_are_and_runs_none_of_them() -> None:
    made = writing.as_pdf(MEAN)

    assert made.startswith(b"%PDF-")
    assert writing.as_pdf(Document("leer", "Kosong", [], [Column("A")], [])).startswith(b"%PDF-")


async def document(session: AsyncSession, name: ExportName, *, client: Client = ADMIN, **asked: Any) -> Document:
    params = FigureParams(indicator="received", **asked)
    return await service.make_document(session, CATALOGUE, name, params, client, now=NOW)


async def test_the_evaluation_has_a_line_for_each_agency_and_their_sum(session: AsyncSession) -> None:
    await a_registry(session)
    await many_counted(
        session,
        {
            given_to(PU).answered("2026-03-03 10:00").closed("2026-03-04"): 9,
            given_to(PU): 1,
            given_to(DINKES).responded("2026-03-03 10:00"): 2,
        },
    )

    made = await document(session, ExportName.EVALUATION, agency="SAMARINDA", period="2026-03")

    titles = [column.title for column in made.columns]
    lines = {row[1] or row[0]: dict(zip(titles, row, strict=True)) for row in made.rows}
    assert (lines[PU]["Diterima"], lines[PU]["Selesai"], lines[PU]["% selesai"]) == (10, 9, 0.9)
    assert (lines[PU]["Warna (% selesai)"], lines[DINKES]["Warna (% selesai)"]) == ("hijau", "abu-abu")
    assert (lines[DINKES]["Diterima"], lines[DINKES]["% selesai"]) == (2, None)
    assert (lines["SAMARINDA-PU-JALAN"]["Diterima"], lines["Jumlah"]["Diterima"]) == (0, 12)
    assert any("0,1 hari = 2,4 jam" in note for note in made.notes)
    assert writing.as_pdf(made).startswith(b"%PDF-")


async def test_the_evaluation_has_no_line_for_agencies_out_of_service_or_out_of_reach(session: AsyncSession) -> None:
    await a_registry(session)
    await counted(session, given_to(DINKES))
    await session.execute(
        update(Agency).where(Agency.code.in_([DINKES, "SAMARINDA-PU-JALAN"])).values(valid_until=date(2026, 2, 28))
    )
    asked: dict[str, Any] = {"agency": "SAMARINDA", "period": "2026-03"}

    whole = await document(session, ExportName.EVALUATION, **asked)
    before = await document(session, ExportName.EVALUATION, **asked, as_of=datetime(2026, 2, 28, 3, tzinfo=UTC))
    own = await document(session, ExportName.EVALUATION, client=Client("x", Role.LIAISON_OFFICER, "SAMARINDA"), **asked)

    assert {DINKES, PU} <= {row[1] for row in whole.rows}  # its report of before still counts
    assert "SAMARINDA-PU-JALAN" not in {row[1] for row in whole.rows}
    assert "SAMARINDA-PU-JALAN" in {row[1] for row in before.rows}
    assert [row[1] for row in own.rows] == ["SAMARINDA", ""]


async def test_a_regent_sees_which_cases_come_near_60_days(session: AsyncSession) -> None:
    await a_registry(session)
    for received in ("2026-01-11 12:00", "2026-01-12 12:00", "2026-01-25 10:00", "2026-01-27 10:00"):
        await counted(session, History().received(received).verified(received).assigned(received, PU))

    made = await document(session, ExportName.NEAR_60_DAYS, agency="SAMARINDA")  # at 23:00 of 12 March in the capital

    assert [(row[1], row[4], row[5]) for row in made.rows] == [
        ("Samarinda-Pu", "12 Maret 2026", 0), ("Samarinda-Pu", "13 Maret 2026", 1),
        ("Samarinda-Pu", "26 Maret 2026", 14),
    ]  # fmt: skip


async def test_the_table_of_reprimands_is_for_those_who_read_reprimands(session: AsyncSession) -> None:
    await a_registry(session)

    made = await document(session, ExportName.REPRIMAND, agency="SAMARINDA", period="2026-Q1")

    assert (made.rows, made.name) == ([], "teguran-samarinda-2026-01-01-2026-03-31")
    with pytest.raises(Forbidden):
        await document(session, ExportName.REPRIMAND, client=Client("x", Role.LIAISON_OFFICER, PU))


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"as_of": NOW}, "no_as_of"), ({"period": "1999"}, "reprimand_days"), ({"period": "2200"}, "reprimand_days")],
)
async def test_a_reprimand_of_then_or_of_no_such_days_is_refused(
    session: AsyncSession, asked: dict[str, Any], code: str
) -> None:
    await a_registry(session)

    with pytest.raises(Invalid) as refused:
        await document(session, ExportName.REPRIMAND, agency="SAMARINDA", **asked)

    assert refused.value.code == code


@pytest.mark.parametrize("wanted", ["csv", "xlsx", "pdf"])
async def test_a_document_comes_as_a_file_with_a_name(
    client: httpx.AsyncClient, session: AsyncSession, wanted: str
) -> None:
    answer = await client.get(
        f"/v1/statistics/exports/near_60_days?format={wanted}", headers=bearer(Role.NATIONAL_ADMIN)
    )

    assert answer.status_code == 200
    name = f"mendekati-60-hari-semua-2026-03-12.{wanted}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert re.match(rb"%PDF-|PK|\xef\xbb\xbf", answer.content)


async def test_the_evaluation_of_a_country_has_a_line_for_each_instansi(session: AsyncSession) -> None:
    await a_registry(session)
    await many_counted(session, {given_to(PU): 1, given_to(DINKES): 2, given_to("BALIKPAPAN-PU"): 1})

    made = await document(session, ExportName.EVALUATION, by="instansi", period="2026-03")

    received = [(row[1], row[2]) for row in made.rows if row[0] != "Tingkat nasional"]  # it has deadlines of its own
    assert received == [("BALIKPAPAN", 1), ("SAMARINDA", 3), ("", 4)]


async def test_cases_near_60_days_have_no_period(session: AsyncSession) -> None:
    with pytest.raises(Invalid) as refused:
        await document(session, ExportName.NEAR_60_DAYS, period="2026-03")

    assert refused.value.code == "no_period"


def test_so_many_pages_are_printed_at_once_and_others_are_asked_to_wait() -> None:
    printing = Printing()

    with printing.place(), printing.place(), pytest.raises(PrintingBusy) as refused, printing.place():
        pass
    with printing.place():
        assert refused.value.headers == {"Retry-After": "5"}
