"""Which rows are seen: row-level security on what citizens wrote. Pure.

Whoever writes a table sees all of it; the owner is asked nothing. A role that a service reads by, for a GET of somebody
who does not work on everything, sees what everybody may know of and what the transaction was told: agencies, as arrays
(shared/reading.py), so that no policy follows a tree. Each setting is read once for a statement; CASE keeps the
planner's guess at one row in two, so that the plans of lists stay as they are.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from services.grants.table import READER_OF, SERVICES, Login
from shared.domain.lifecycle import HIDDEN
from shared.reading import REACH, REACH_AT_WORK, REACH_OPEN


@dataclass(frozen=True, slots=True)
class RowPolicy:
    name: str
    definition: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.definition.encode()).hexdigest()[:16]


def _agencies(setting: str) -> str:
    """None unless agencies are named. Cast once more, since ANY takes what looks like a query for rows."""
    told = f"current_setting('{setting}', true)"
    return f"CAST((SELECT CASE WHEN left({told}, 1) = '{{' THEN {told}::text[] END) AS text[])"


_HIDDEN = ", ".join(f"'{status}'" for status in sorted(HIDDEN))
_READERS = ", ".join(READER_OF.values())

_WHOLE = RowPolicy("whole", f"TO {', '.join((*SERVICES, Login.AUDIT))} USING (true) WITH CHECK (true)")
_REPORTS_IN_REACH = RowPolicy(
    "reach",
    f"""FOR SELECT TO {_READERS} USING (CASE
        WHEN published_at IS NOT NULL AND NOT secret AND status NOT IN ({_HIDDEN}) THEN true
        WHEN holder_agency_code = ANY ({_agencies(REACH)}) THEN true
        WHEN NOT secret AND holder_agency_code = ANY ({_agencies(REACH_OPEN)}) THEN true
        WHEN holder_level = 'agency' THEN holder_agency_code = ANY ({_agencies(REACH_AT_WORK)})
        ELSE false END)""",
)
_WITH_THEIR_REPORT = RowPolicy(
    "reach", f"FOR SELECT TO {_READERS} USING (EXISTS (SELECT FROM reports WHERE reports.id = report_id))"
)
_RENDITIONS_IN_REACH = RowPolicy(
    "reach", f"FOR SELECT TO {_READERS} USING (EXISTS (SELECT FROM evidence WHERE evidence.id = evidence_id))"
)
POLICIES: Mapping[str, Sequence[RowPolicy]] = MappingProxyType(
    {
        "reports": (_WHOLE, _REPORTS_IN_REACH),
        "messages": (_WHOLE, _WITH_THEIR_REPORT),
        "evidence": (_WHOLE, _WITH_THEIR_REPORT),
        "renditions": (_WHOLE, _RENDITIONS_IN_REACH),
        "evidence_reviews": (_WHOLE, _WITH_THEIR_REPORT),
        "message_evidence": (_WHOLE, _WITH_THEIR_REPORT),
    }
)
