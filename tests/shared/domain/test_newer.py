from pydantic import BaseModel

from shared.domain.lifecycle import OPEN, Action, PublicGroup, Status, is_public, is_taken, public_group, status_label
from shared.domain.newer import code


class Shown(BaseModel):
    status: Status


def test_a_known_code_is_its_member() -> None:
    assert code(Status, "closed") is Status.CLOSED


def test_a_code_of_a_newer_release_is_none_of_ours_and_is_shown_as_it_is() -> None:
    mediated = code(Status, "mediated")

    assert mediated not in set(Status)
    assert mediated not in OPEN
    assert Shown(status=mediated).model_dump_json() == '{"status":"mediated"}'
    assert status_label(mediated) == ("mediated", "mediated")


def test_of_a_report_in_a_newer_status_nothing_is_public_but_that_it_goes_on() -> None:
    mediated = code(Status, "mediated")

    assert public_group(mediated) is PublicGroup.PROSES
    assert is_public(Status.VERIFIED, secret=False, published=True)
    assert not is_public(mediated, secret=False, published=True)


def test_no_action_is_taken_on_a_report_in_a_newer_status() -> None:
    held = {Action.CARRY_OUT_WITHDRAWAL}  # whatever was done since

    assert not [action for action in set(Action) - held if is_taken(action, code(Status, "mediated"))]
