"""A slip as a page to print: one sheet of A5, in both languages. No I/O."""

from functools import cache

import jinja2

from intake_api.slips.schemas import Slip

#: Nothing from elsewhere, and no script.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("intake_api", "data"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("pages/slip.html")


def html(slip: Slip) -> str:
    """The code in groups of four, so that it can be typed from paper; spaces in it do not matter."""
    code = slip.access_code
    return _template().render(
        number=slip.tracking_number,
        code=" ".join(code[start : start + 4] for start in range(0, len(code), 4)),
        received_on=slip.received_at.strftime("%d-%m-%Y %H:%M"),
        languages=(("id", slip.instructions.id), ("en", slip.instructions.en)),
    )
