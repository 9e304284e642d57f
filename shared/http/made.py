"""Where what an operation makes can be read: its path stands beside the operation, and the answer says `Location`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Depends, Request

_MADE = "lapor.made"
#: Answers that have it: what was made, and what will be.
STATUSES = frozenset({HTTPStatus.CREATED, HTTPStatus.ACCEPTED})


@dataclass(frozen=True, slots=True)
class Makes:
    """A dependency. `path`: with the names of the answer's fields, or of what stands in the path that was asked for."""

    path: str

    async def __call__(self, request: Request) -> None:
        request.scope[_MADE] = self.path

    def at(self, root_path: str, **names: object) -> str:
        return f"{root_path}{self.path.format_map(names)}"


def makes(path: str) -> Any:
    """For `dependencies=` of an operation: they are solved before its parameters, so that a repeat has it too."""
    return Depends(Makes(path))


def location(request: Request, status: int, content: str) -> Mapping[str, str]:
    """The header of an answer, if there is one."""
    path = request.scope.get(_MADE)
    if path is None or status not in STATUSES:
        return {}
    names = {**request.path_params, **json.loads(content)}
    return {"Location": Makes(path).at(request.scope.get("root_path", ""), **names)}
