"""Verifiers of other people, in JavaScript and unmodified, take what we sign, and nothing that was changed."""

import json
import os
import shutil
from pathlib import Path

import pytest

from routing_service.webhooks import secrets, telling
from shared import ids
from shared.clock import utc_now
from tests.contract import tools

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_GENERATORS" not in os.environ, reason="`make contract` installs the verifiers"),
]

SCRIPT = Path(__file__).with_name("webhook_verifiers.mjs")


def test_verifiers_in_javascript_take_a_message_and_none_that_was_changed() -> None:
    program = tools.npm().parent.parent / SCRIPT.name  # where it finds them
    shutil.copy(SCRIPT, program)
    old, new, other = (secrets.new_secret() for _ in range(3))
    now = utc_now()
    said = telling.ping(ids.new_id(), ids.new_id(), at=now)
    bodies = [said.replace("webhook.ping", kind) for kind in ("report.received", "report.é“”\\u2028")]
    messages = []
    for body, signers in zip(bodies, ([old], [new, old]), strict=True):
        name = f"{ids.new_id()}.1234567890"
        signed = secrets.signature(signers, name, body, at=now)
        headers = {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signed}
        messages.append({"body": body, "headers": headers})

    given = json.dumps({"secret": old, "other": other, "messages": messages})
    told = json.loads(tools.succeed(tools.needed("node"), program, given))

    whole = [json.loads(body) for body in bodies]
    assert told.keys() == {"standardwebhooks", "svix"}
    for found in told.values():
        assert [one["whole"] for one in found] == whole
        assert [(one["changed"], one["foreign"]) for one in found] == [(None, None)] * 2
