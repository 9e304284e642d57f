"""A ring that lacks a key, as after an upgrade without `lapor keys new`: 503 until it is put back."""

import httpx
import pytest
from pydantic import SecretStr

from intake_api.app import create_app
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Ring
from shared.settings import IntakeSettings
from tests.factories import RING, settings
from tests.intake_api.helpers import APP, code_of


@pytest.mark.parametrize(
    ("purpose", "path"),
    [
        (KeyPurpose.UNSUBSCRIBING, f"/unsubscribe/{'a' * 52}"),
        (KeyPurpose.REFERENCES, "/v1/reporters/account-1/reports"),
        (KeyPurpose.IDEMPOTENCY, "/v1/reports"),
    ],
)
async def test_what_needs_a_missing_key_is_not_possible_just_now_and_what_does_not_is(
    intake_url: str, purpose: KeyPurpose, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    ring = Ring([key for key in RING.keys if key.purpose is not purpose])
    app = create_app(settings(intake_url, IntakeSettings, keys=SecretStr(ring.as_text())))
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as http:
            if purpose is KeyPurpose.IDEMPOTENCY:
                body = {"classification": "complaint", "title": "Jalan", "body": "Berlubang."}
                answer = await http.post(path, json=body, headers={**APP, "Idempotency-Key": "k1"})
            else:
                answer = await http.get(path, headers=APP)
            other = await http.get("/v1/codes")
    finally:
        await app.state.engine.dispose()
        await app.state.jobs_engine.dispose()

    assert code_of(answer) == (503, "key_missing")
    assert answer.headers["retry-after"] == "60"
    assert other.status_code == 200
    assert purpose.value in caplog.text  # for operators alone
    assert purpose.value not in answer.text
