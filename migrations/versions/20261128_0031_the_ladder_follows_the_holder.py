"""the ladder follows the holder; supervisors are told; news of a report that has become one's own"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261128_0031"
down_revision = "20261128_0030"
branch_labels = None
depends_on = None

ROLES = (
    "liaison_officer", "agency_head", "coordinator", "regional_secretary", "inspectorate", "regional_head",
    "national_admin", "supervisor",
)  # fmt: skip

#: As the shipped policy said it so far, stage by stage; now it says it by who holds the report.
RECIPIENTS = {
    "national": {
        "owner": ["national_admin"],
        "superior": ["supervisors"],
        "above": ["supervisors"],
        "leadership": ["supervisors"],
    },
    "coordinator": {
        "owner": ["coordinator"],
        "superior": ["regional_secretary"],
        "above": ["national_admin"],
        "leadership": ["regional_secretary", "inspectorate"],
    },
    "agency": {
        "owner": ["liaison_officers"],
        "superior": ["agency_head"],
        "above": ["coordinator"],
        "leadership": ["regional_secretary", "inspectorate"],
    },
}
LEADERS = ["regional_secretary", "inspectorate"]
#: What was English only.
BASES = {
    "SP4N-LAPOR! practice": "Praktik SP4N-LAPOR!",
    "Central oversight of regional agencies: reprimand after 60 days without an answer": (
        "Pengawasan pusat atas pemerintah daerah: teguran setelah 60 hari tanpa tanggapan"
    ),
    "Ombudsman: complaints not resolved after 60 days, with the reporter's consent": (
        "Ombudsman: pengaduan yang belum selesai setelah 60 hari, dengan persetujuan pelapor"
    ),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _roles(ROLES, "role IN ('national_admin', 'supervisor')")
    op.add_column("notifications", sa.Column("event_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("notifications_event_id_fkey"), "notifications", "events", ["event_id"], ["id"])
    op.create_unique_constraint(
        op.f("notifications_event_id_officer_id_key"), "notifications", ["event_id", "officer_id"]
    )
    _subject("escalation_id, reprimand_id, event_id")
    _policy()


def _roles(roles: tuple[str, ...], national: str) -> None:
    named = ", ".join(f"'{role}'" for role in roles)
    for name, condition in (
        ("officers_officer_role_check", f"role IN ({named})"),
        ("officers_national_check", f"({national}) = (agency_code IS NULL)"),
    ):
        op.drop_constraint(op.f(name), "officers")
        op.create_check_constraint(op.f(name), "officers", condition)


def _subject(columns: str) -> None:
    name = op.f("notifications_subject_check")
    op.drop_constraint(name, "notifications")
    op.create_check_constraint(name, "notifications", f"num_nonnulls({columns}) = 1")


def _policy() -> None:
    """The shipped policy is the only one that came without its author. Nothing of it was released."""
    connection = op.get_bind()
    found = connection.execute(sa.text("SELECT document FROM policies WHERE code = 'ID-SP4N-2018'")).scalar()
    if found:
        document = json.dumps(_by_holder(found))
        statement = sa.text("UPDATE policies SET document = CAST(:document AS jsonb) WHERE code = 'ID-SP4N-2018'")
        connection.execute(statement, {"document": document})


def _by_holder(document: dict[str, Any]) -> dict[str, Any]:
    for stage in document["stages"].values():
        stage.pop("recipients", None)
        if stage["legal_basis"] in BASES:
            stage["legal_basis"] = {"id": BASES[stage["legal_basis"]], "en": stage["legal_basis"]}
    for step in document["ladders"]["default"]["steps"]:
        step["to"] = ["leadership"] if step["to"] == LEADERS else step["to"]
    return {**document, "recipients": RECIPIENTS}


def downgrade() -> None:
    """The document of the policy stays as it is: what was said stage by stage is not kept."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM notifications WHERE event_id IS NOT NULL")
    _subject("escalation_id, reprimand_id")
    op.drop_column("notifications", "event_id")
    op.execute("DELETE FROM notifications WHERE officer_id IN (SELECT id FROM officers WHERE role = 'supervisor')")
    op.execute("DELETE FROM officers WHERE role = 'supervisor'")
    _roles(ROLES[:-1], "role = 'national_admin'")
