"""What is logged of an exception tells where and what, and nobody's name."""

import json
import logging

import pytest
from pydantic import BaseModel
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Report
from tests.factories import a_registry, report_values
from tests.shared.test_logs import configured

PHONE = "wa:+6281555000111"


class Asked(BaseModel):
    year: int


def logged(error: BaseException, capsys: pytest.CaptureFixture[str]) -> str:
    with configured():
        logging.getLogger("somewhere").error("unexpected error", exc_info=error)
    return capsys.readouterr().out


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


async def test_a_violated_key_is_named_and_its_values_are_not(
    session: AsyncSession, capsys: pytest.CaptureFixture[str]
) -> None:
    await a_registry(session)
    report = insert(Report)
    await session.execute(report.values(report_values(external_reference=PHONE)))
    with pytest.raises(IntegrityError) as caught:
        await session.execute(report.values(report_values(external_reference=PHONE)))

    text = logged(caught.value, capsys)

    assert PHONE in str(caught.value)
    assert PHONE not in text
    assert "DETAIL" not in text
    first = json.loads(text)["exception"][0]
    assert first["exc_type"] == "IntegrityError"
    assert first["sqlstate"] == "23505"
    assert first["constraint_name"] == "reports_client_id_external_reference_key"
    assert [frame["name"] for frame in first["frames"]]


def test_no_exception_repeats_what_it_was_about(capsys: pytest.CaptureFixture[str]) -> None:
    def chained() -> Exception:
        try:
            try:
                raise KeyError(PHONE)
            except KeyError as error:
                raise ValueError(f"no such {PHONE}") from error
        except ValueError as error:
            error.add_note(PHONE)
            return error

    with pytest.raises(ValueError, match=PHONE[:2]) as invalid:
        Asked.model_validate({"year": PHONE})
    group = ExceptionGroup(PHONE, [raised(RuntimeError(PHONE)), chained()])
    for one in (chained(), invalid.value, raised(RuntimeError(PHONE)), raised(group)):
        text = logged(one, capsys)
        assert PHONE not in text
        assert type(one).__name__ in text


def test_what_is_wrong_with_the_code_is_still_said(capsys: pytest.CaptureFixture[str]) -> None:
    text = logged(raised(TypeError("f() takes 1 positional argument but 2 were given")), capsys)

    assert "takes 1 positional argument" in text
