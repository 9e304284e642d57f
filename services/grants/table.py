"""Who may do what to which table: docs/architecture.md (one writer each) in the words of PostgreSQL. Pure.

A table without a line is granted to nobody: tests/migrations/test_grants.py says so. A column that a service may only
change, or only read, together with others is named; no column means all of them.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum, auto
from types import MappingProxyType

from shared.reading import READERS


class Login(StrEnum):
    """A login of PostgreSQL."""

    INTAKE = "lapor_intake"
    ROUTING = "lapor_routing"
    MONITOR = "lapor_monitor"
    AUDIT = "lapor_audit"  #: reads, and changes nothing
    OWNER = "lapor_owner"  #: owns everything: migrations and commands


class Right(StrEnum):
    SELECT = auto()
    INSERT = auto()
    UPDATE = auto()
    DELETE = auto()


LOGIN_OF: Mapping[str, Login] = MappingProxyType(
    {"intake_api": Login.INTAKE, "routing_service": Login.ROUTING, "sla_monitor": Login.MONITOR}
)
SERVICES = tuple(LOGIN_OF.values())
#: What a service reads by for a GET: its own rights, and of reports only what the caller may see (policies.py).
READER_OF: Mapping[Login, str] = MappingProxyType({login: READERS[login] for login in SERVICES})
Columns = tuple[str, ...]
Access = Mapping[Login, Mapping[Right, Columns]]

_ALL: Columns = ()
_CHANGES = (Right.INSERT, Right.UPDATE, Right.DELETE)


def _granted(login: Login, *rights: Right, columns: Columns = _ALL) -> Access:
    return {login: dict.fromkeys(rights, columns)}


def _together(*parts: Access) -> Access:
    """Of two that name the same right of the same login the later one counts."""
    together: dict[Login, dict[Right, Columns]] = {}
    for part in parts:
        for login, rights in part.items():
            together.setdefault(login, {}).update(rights)
    return together


def _readers(*logins: Login, columns: Columns = _ALL) -> Access:
    return _together(*(_granted(login, Right.SELECT, columns=columns) for login in logins))


_EVERYBODY_READS = _readers(*SERVICES, Login.AUDIT)


def _of(writer: Login, *rights: Right) -> Access:
    """One service writes it, everybody reads it."""
    return _together(_EVERYBODY_READS, _granted(writer, *rights or _CHANGES))


def _own(writer: Login) -> Access:
    """Nobody else even reads it."""
    return _granted(writer, Right.SELECT, *_CHANGES)


def _each(names: str, access: Access) -> dict[str, Access]:
    return dict.fromkeys(names.split(), access)


_REPORTS = _together(
    _of(Login.INTAKE, Right.INSERT),
    # Slips; and who reported and what they wrote, when it is erased.
    _granted(
        Login.INTAKE,
        Right.UPDATE,
        columns=(
            "access_code_hash", "title", "body", "salt", "location_text", "latitude", "longitude",
            "external_reference", "entered_by", "reporter_reference_hash",
        ),
    ),
    # The second group of shared/schema/intake.py.
    _granted(
        Login.ROUTING,
        Right.UPDATE,
        columns=(
            "classification", "category_code", "subject_code", "anonymous", "secret", "supervisory", "status",
            "holder_level", "holder_agency_code", "agency_code", "verified_title", "found_region_code",
            "set_region_code", "shown_region_code", "published_at", "held_from", "round", "merged_into", "merged_from",
            "merged_at", "changed_at",
        ),
    ),
)  # fmt: skip
_MESSAGES = _together(
    _of(Login.INTAKE, Right.INSERT),
    _granted(Login.ROUTING, Right.INSERT),
    _granted(Login.INTAKE, Right.UPDATE, columns=("body", "salt")),  # erased
    _granted(Login.ROUTING, Right.UPDATE, columns=("body", "salt", "public_body", "masks", "masking")),
)
#: What every service asks for about an account: never its proofs, nor who it is.
_STANDING = (
    "id", "kind", "officer_id", "role", "agency_code", "scopes", "state", "epoch", "language", "created_at",
    "changed_at",
)  # fmt: skip
_ACCOUNTS = _together(_own(Login.ROUTING), _readers(Login.INTAKE, Login.MONITOR, Login.AUDIT, columns=_STANDING))
_FAMILIES = _together(
    _own(Login.ROUTING),
    _readers(
        Login.INTAKE, Login.MONITOR, Login.AUDIT, columns=("id", "account_id", "client_id", "ended_at", "expires_at")
    ),
)


def _appended(*writers: Login) -> Access:
    return _together(_EVERYBODY_READS, *(_granted(writer, Right.INSERT) for writer in writers))


TABLES: Mapping[str, Access] = MappingProxyType(
    {
        # Who there is, and by what it is decided who is competent.
        **_each("agencies agency_names officers categories clients", _of(Login.ROUTING)),
        **_each("regions", _EVERYBODY_READS),  # the owner loads them
        # Counted by triggers; whoever reads boundaries locks their number, for which a right to change it is needed.
        **_each("versions", _together(_EVERYBODY_READS, _granted(Login.ROUTING, Right.UPDATE))),
        **_each(
            "boundary_sets boundaries boundary_overlaps boundary_activations rule_sets rules routing_models",
            _of(Login.ROUTING),
        ),
        # Reports.
        "reports": _REPORTS,
        "messages": _MESSAGES,
        "reporters": _own(Login.INTAKE),
        "identity_looks": _together(_granted(Login.INTAKE, Right.SELECT, Right.INSERT), _readers(Login.AUDIT)),
        **_each("report_supports support_chains", _of(Login.INTAKE)),
        # How many are public: a trigger of reports notes each change.
        **_each("public_tallies public_tally_changes", _of(Login.INTAKE)),
        # Files and their keys are intake_api's alone; what belongs to a report is read by all.
        "files": _together(_own(Login.INTAKE), _readers(Login.AUDIT, columns=("digest", "size"))),
        **_each("uploads text_messages text_message_parts", _own(Login.INTAKE)),
        **_each("evidence renditions", _of(Login.INTAKE)),
        "reporter_notifications": _of(Login.INTAKE),
        **_each("news_position news_choices mail_stops news_templates instansi_news_templates", _own(Login.INTAKE)),
        "media_links": _own(Login.INTAKE),
        "qr_codes": _of(Login.INTAKE, Right.INSERT, Right.UPDATE),
        **_each(
            "public_texts routing_decisions report_words chores evidence_reviews message_evidence", _of(Login.ROUTING)
        ),
        # What has happened: appended to, and nothing else.
        "events": _appended(*SERVICES),
        "support_log": _appended(Login.INTAKE),
        "report_reads": _together(
            _granted(Login.ROUTING, Right.SELECT, Right.INSERT, Right.DELETE),
            _granted(Login.MONITOR, Right.INSERT),
            _granted(Login.INTAKE, Right.INSERT),
            _readers(Login.AUDIT),
        ),
        "registry_events": _EVERYBODY_READS,  # triggers write it
        "chains": _together(
            _of(Login.INTAKE, Right.INSERT),
            *(_granted(login, Right.UPDATE, columns=("seq", "hash", "fact_seq")) for login in SERVICES),
        ),
        "outbox": _together(_EVERYBODY_READS, *(_granted(login, *_CHANGES) for login in SERVICES)),
        "idempotency_keys": _together(
            *(_granted(login, Right.SELECT, Right.INSERT, Right.DELETE) for login in SERVICES)
        ),
        # Each counts its own limits; nobody else has anything to look for there.
        "limit_counters": _together(_own(Login.INTAKE), _own(Login.ROUTING)),
        # Deadlines.
        **_each(
            "calendars calendar_years calendar_days policies agency_limits clocks recomputations simulations "
            "escalations acknowledgements notifications reprimands",
            _of(Login.MONITOR),
        ),
        # What figures count.
        **_each(
            "counted_reports counted_before counted_steps figure_marks figure_months figure_sums figure_spreads "
            "figure_state document_mails",
            _of(Login.MONITOR),
        ),
        # The transparency log: nothing of it is ever deleted; what opens its commitments is for receipts alone.
        **_each("checkpoints cosignatures log_tiles log_bundles", _of(Login.MONITOR, Right.INSERT, Right.UPDATE)),
        "logged_chains": _together(
            _readers(Login.INTAKE, Login.AUDIT), _granted(Login.MONITOR, Right.SELECT, Right.INSERT, Right.UPDATE)
        ),
        "logged_supports": _together(
            _readers(Login.AUDIT), _granted(Login.MONITOR, Right.SELECT, Right.INSERT, Right.UPDATE)
        ),
        # Who gets in.
        "accounts": _ACCOUNTS,
        "token_families": _FAMILIES,
        "revoked_tokens": _of(Login.ROUTING),
        **_each(
            "invitations invitation_mails account_notices passkeys client_keys used_assertions "
            "login_sessions authorization_codes refresh_tokens claim_mappings",
            _own(Login.ROUTING),
        ),
        # A digest of full entropy tells nothing: intake_api compares it with the api_key of a form.
        "client_secrets": _together(
            _own(Login.ROUTING), _readers(Login.INTAKE, columns=("account_id", "secret_hash", "expires_at"))
        ),
        # Who is told of events over HTTP.
        # Whether an app tells its users what happens, intake_api knows from its webhooks; never where to, nor the rest.
        "webhooks": _together(
            _own(Login.ROUTING), _readers(Login.INTAKE, columns=("owner", "role", "about", "types", "state"))
        ),
        **_each("webhook_secrets webhook_deliveries webhook_lanes webhook_replays", _own(Login.ROUTING)),
        "webhook_position": _granted(Login.ROUTING, Right.SELECT, Right.INSERT, Right.UPDATE),
        "alembic_version": _EVERYBODY_READS,
    }
)
#: Functions that act with the rights of the owner: nobody writes by hand what a trigger writes down of a change, and a
#: report has the supports of those that are merged into it, which its readers may not see.
WITH_RIGHTS_OF_OWNER = frozenset({"log_registry_change", "registry_state", "supports_of", "note_public_tallies"})
#: Of those, which are called, and by whom.
CALLED_BY: Mapping[str, Iterable[Login]] = MappingProxyType(
    {"registry_state": (Login.AUDIT,), "supports_of": (*SERVICES, Login.AUDIT)}
)
