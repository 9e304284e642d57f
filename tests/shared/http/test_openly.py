"""A server asks the scope that it gave, while the answer is sent, whether it was a HEAD."""

from starlette.types import Message, Receive, Scope, Send

from shared.http.openly import Openly


async def answering(scope: Scope, _receive: Receive, send: Send) -> None:
    assert scope["method"] == "GET"
    scope["route"] = "the route"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"body"})


async def test_the_scope_of_the_server_stays_that_of_a_head_and_learns_the_route() -> None:
    scope: Scope = {"type": "http", "method": "HEAD", "path": "/v1/codes", "headers": []}
    sent: list[tuple[str, Message]] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append((scope["method"], message))

    await Openly(answering, paths=["/v1/codes"])(scope, receive, send)

    assert [method for method, _ in sent] == ["HEAD", "HEAD"]
    assert sent[-1][1]["body"] == b""
    assert scope["route"] == "the route"
