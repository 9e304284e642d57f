from intake_api.submissions.schemas import ReportSubmission
from services.bench import bodies
from services.bench.bodies import Target

COUNT = 200


def split(message: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = message.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    return {":method": lines[0]} | dict(line.split(": ", 1) for line in lines[1:]), body


def test_every_submission_is_a_valid_report_and_different_from_all_others() -> None:
    request = bodies.submissions(Target(8001, "a-token"))

    messages = [split(request(number)) for number in range(COUNT)]

    assert len({body for _, body in messages}) == COUNT
    for headers, body in messages:
        assert headers[":method"] == "POST /v1/reports HTTP/1.1"
        assert headers["Authorization"] == "Bearer a-token"
        assert int(headers["Content-Length"]) == len(body)
        ReportSubmission.model_validate_json(body)


def test_a_keyed_submission_has_a_key_of_its_own() -> None:
    request = bodies.submissions(Target(8001), keyed=True)

    assert len({split(request(number))[0]["Idempotency-Key"] for number in range(COUNT)}) == COUNT


def test_lookups_begin_anew_after_the_last() -> None:
    request = bodies.lookups(Target(8001), ["1", "2"])

    assert [request(number).split(b" ")[1][-1:] for number in range(3)] == [b"1", b"2", b"1"]


def test_invented_reports_are_valid_and_numbered() -> None:
    request = bodies.invented(Target(8001, "a-token"), 40)

    messages = [split(request(number)) for number in range(COUNT)]

    assert len({ReportSubmission.model_validate_json(body).title for _, body in messages}) == COUNT
    assert all(int(headers["Content-Length"]) == len(body) for headers, body in messages)
