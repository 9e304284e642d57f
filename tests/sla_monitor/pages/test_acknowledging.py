"""An officer says at the page of escalations that they know of one."""

import re

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Role
from shared.http.kinds import SESSION
from tests.factories import SIGNER
from tests.sla_monitor.pages.conftest import Open
from tests.sla_monitor.stored import rows
from tests.sla_monitor.test_acknowledgements import NOTE, an_escalation


async def test_a_step_is_acknowledged_by_its_form_and_once(
    client: httpx.AsyncClient, session: AsyncSession, open_page: Open
) -> None:
    escalation, _ = await an_escalation(session)
    cookie = SIGNER.mint(Role.LIAISON_OFFICER, sub="sari", agency="SAMARINDA-PU", kind=SESSION)
    headers = {"Cookie": f"lapor_session={cookie}", "Accept-Language": "en"}
    page = await client.get("/board/ladder?older=1", headers=headers)
    form = page.text.partition(f'id="form-acknowledge-{escalation}"')[2].partition("</form>")[0]
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]+)"', form))

    empty = await client.post("/board/ladder", data=hidden | {"note": "  "}, headers=headers)
    untied = await client.post("/board/ladder", data=hidden | {"note": NOTE, "form": "x"}, headers=headers)
    done = await client.post("/board/ladder", data=hidden | {"note": NOTE}, headers=headers)
    other = await client.post("/board/ladder", data=hidden | {"note": "Yang lain."}, headers=headers)
    after = await client.get(done.headers["location"], headers=headers)
    watched = await open_page("/board/ladder?older=1", Role.SUPERVISOR)

    assert [one.status_code for one in (empty, untied, done, other)] == [422, 403, 303, 409]
    assert f">{NOTE}</textarea>" in untied.text
    assert "It is recorded that you know of it." in after.text
    assert f'id="form-acknowledge-{escalation}"' not in after.text
    assert "form-acknowledge" not in watched.text
    assert len(await rows(session, "SELECT * FROM acknowledgements")) == 1
