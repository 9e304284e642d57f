"""A slip as a page to print: one sheet of A5, in both languages. No I/O."""

from intake_api import templating
from intake_api.slips.schemas import Slip

#: Nothing from elsewhere, and no script.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def html(slip: Slip, mailbox: str) -> str:
    """`mailbox`: the address of the page that number and code open.

    The code in groups of four, so that it can be typed from paper; spaces in it do not matter.
    """
    code = slip.access_code
    return templating.render(
        "slip.html",
        {
            "number": slip.tracking_number,
            "mailbox": mailbox,
            "code": " ".join(code[start : start + 4] for start in range(0, len(code), 4)),
            "received_on": slip.received_at.strftime("%d-%m-%Y %H:%M"),
            "languages": (("id", slip.instructions.id), ("en", slip.instructions.en)),
        },
    )
