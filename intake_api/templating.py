"""Pages, in data/pages. What a template is not given is an error, not a blank."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("intake_api", "data/pages"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def render(template: str, context: Mapping[str, Any]) -> str:
    return _environment().get_template(template).render(context)
