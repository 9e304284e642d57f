"""`If-None-Match`: a view that is still what the caller has is answered with 304 and without a body.

The ETag of a view says its version, whose view it is and a digest of what is in it: a deadline that has passed, or the
end of what can be done, changes what somebody reads and not the version.
"""

import hashlib
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Header, Response
from pydantic import BaseModel

from shared.http.wire import etag

IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        description="The ETag of an answer that you keep: 304 and no body, if it would be the same.",
    ),
]

#: For `responses=` of an operation.
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    HTTPStatus.NOT_MODIFIED.value: {"description": "What you have is still what there is; there is no body."}
}


def answered(model: BaseModel, if_none_match: str | None, *, version: int, view: tuple[str, ...]) -> Response:
    """`view`: whose it is, and in which language, where one address shows several."""
    content = model.model_dump_json().encode()
    tag = etag(version, *view, hashlib.sha256(content).hexdigest()[:16])
    if if_none_match is not None and is_known(if_none_match, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    return Response(content, media_type="application/json", headers={"ETag": tag})


def is_known(if_none_match: str, tag: str) -> bool:
    """Weakly, as RFC 9110 wants it here."""
    asked = (one.strip().removeprefix("W/") for one in if_none_match.split(","))
    return if_none_match.strip() == "*" or tag in asked
