"""An action that the status does not take is refused with those that it does."""

import re

import pytest

from shared.domain.lifecycle import Action, Status, check, is_taken
from shared.errors import IllegalTransition
from tests.routing_service.driving import ADMIN, COORDINATOR, OFFICER, Headers, Office

_NOW = re.compile(r"what you can do now: (.+)\.")


async def refused(office: Office, status: Status, action: str, headers: Headers, language: str = "en") -> str:
    answer = await office.http.post(
        f"/v1/reports/{office.reports[status]}/{action}", headers=headers | {"Accept-Language": language}, json={}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition"), answer.text
    return str(answer.json()["detail"])


@pytest.mark.parametrize(
    ("status", "action", "headers", "instead"),
    [
        (Status.ASSIGNED, "resumption", OFFICER, "return, hold, respond, respond_final"),
        (Status.ASSIGNED, "resumption", COORDINATOR,
         "redirect, return, hold, respond, respond_final, correct, merge"),
        (Status.ASSIGNED, "verification", ADMIN, "correct, merge"),
        (Status.ANSWERED, "resumption", OFFICER, "put_right"),
        (Status.AWAITING_REPORTER, "unmerge", COORDINATOR, "resume, correct, merge"),
    ],
)  # fmt: skip
async def test_it_names_what_whoever_asked_can_do_instead(
    office: Office, status: Status, action: str, headers: Headers, instead: str
) -> None:
    found = _NOW.search(await refused(office, status, action, headers))

    assert found is not None
    assert found[1] == instead


async def test_where_nothing_can_be_done_it_says_so(office: Office) -> None:
    assert "no other one of yours; a note can be written" in await refused(office, Status.CLOSED, "resumption", OFFICER)


async def test_it_is_said_in_indonesian(office: Office) -> None:
    said = await refused(office, Status.ASSIGNED, "resumption", OFFICER, language="id")

    assert said == (
        "Laporan berstatus belum ditindaklanjuti tidak menerima tindakan melanjutkan; yang dapat Anda lakukan "
        "sekarang: mengembalikan, menunda, tindak lanjut, tindak lanjut akhir."
    )


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("action", Action)
def test_what_is_named_is_taken(action: Action, status: Status) -> None:
    if is_taken(action, status):
        check(action, status)
        return
    with pytest.raises(IllegalTransition) as refusal:
        check(action, status)
    names = _NOW.search(refusal.value.detail)
    for name in [] if names is None else names[1].split(", "):
        if name in ("reply", "rate"):
            assert status not in (Status.WITHDRAWN, Status.ARCHIVED, Status.CLOSED)
        else:
            assert is_taken(Action(name), status)
