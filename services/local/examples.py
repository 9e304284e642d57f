"""What `lapor up` tells to try: the files with a token for each role, and a report to submit."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from services.local import private
from services.local.home import Home
from shared.clients import Role, Scope

TOKEN_DAYS = 30
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Example:
    role: Role
    sub: str
    agency: str | None = None
    scopes: tuple[Scope, ...] = ()


#: Agencies and clients that routing_service/data/ registers.
EXAMPLES = (
    Example(Role.REPORTER_APP, "mobile-app", scopes=(Scope.SUBMIT,)),
    Example(Role.CHANNEL, "samarinda-channel", "SAMARINDA", (Scope.SUBMIT, Scope.WORK)),
    Example(Role.NATIONAL_ADMIN, "admin-1"),
    Example(Role.COORDINATOR, "samarinda-coordinator", "SAMARINDA"),
    Example(Role.LIAISON_OFFICER, "dpupr-officer", "SAMARINDA-DPUPR"),
    Example(Role.AGENCY_HEAD, "dpupr-head", "SAMARINDA-DPUPR"),
    Example(Role.SUPERVISOR, "supervisor-1"),
    Example(Role.IDENTITY_CUSTODIAN, "custodian-1"),
    Example(Role.OPERATOR, "operator-1"),
)

REPORT = {
    "classification": "complaint",
    "title": "Lubang besar di Jalan Antasari",
    "body": "Ada lubang selebar satu meter di lajur kiri, dua pengendara motor sudah jatuh. Mohon segera ditambal.",
    "category": "road_damage",
    "location": {"text": "Jalan Pangeran Antasari, sebelum jembatan", "region_code": "64.72.03"},
}


def write_tokens(home: Home) -> dict[Role, Path]:
    """Mint one for each role and keep it in tokens/<role>, which this tells."""
    signer = home.keys.signer()
    minted = {
        example.role: signer.mint(
            example.role,
            sub=example.sub,
            agency=example.agency,
            scopes=[scope.value for scope in example.scopes],
            seconds=TOKEN_DAYS * DAY_SECONDS,
        )
        for example in EXAMPLES
    }
    for role, token in minted.items():
        private.write(home.tokens / role.value, token)
    return {role: home.tokens / role.value for role in minted}


def curl(intake_url: str, token_file: Path) -> str:
    """Submits a report; to be pasted into any shell on this machine, from any folder."""
    header = f'-H "Authorization: Bearer $(cat {shlex.quote(str(token_file))})"'
    body = shlex.quote(json.dumps(REPORT, ensure_ascii=False))
    return f"curl -sS -w '\\n' {intake_url}/v1/reports {header} -H 'Content-Type: application/json' -d {body}"
