"""One turn of keeping the log: hear what witnesses have seen, let it grow if that is due, have it cosigned."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.database import Sessions
from shared.keys.held import Keys
from shared.proof.witnesses import read_witnesses
from shared.settings import MonitorSettings
from sla_monitor.proof.memory import Memory
from sla_monitor.proof.service import TransparencyLog
from sla_monitor.proof.trouble import LogRefused
from sla_monitor.proof.witnesses import WitnessAnswer, Witnesses

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    added: int = 0  #: leaves
    asked: Mapping[str, WitnessAnswer] = field(default_factory=dict)
    refused: LogRefused | None = None


@dataclass(frozen=True, slots=True)
class Keeper:
    log: TransparencyLog
    witnesses: Witnesses

    @classmethod
    def of(cls, sessions: Sessions, settings: MonitorSettings, keys: Keys) -> "Keeper":
        memory = Memory(settings.log_memory)
        log = TransparencyLog(sessions, settings.log_origin, settings.log_seconds, lambda: keys.ring, memory)
        known = read_witnesses(settings.witnesses)
        return cls(log, Witnesses(sessions, known, timeout=settings.http_timeout_seconds))

    async def work(self, *, now: datetime) -> Kept:
        """Never raises LogRefused: what is refused stays so until a turn finds the log in order again."""
        before = self.log.refused
        try:
            added, asked = await self._work(now)
        except LogRefused as refusal:
            self.log.refused = refusal
            if before is None or before.code != refusal.code:
                logger.error("the log is not published", extra={"code": refusal.code, "reason": refusal.sentence})
            return Kept(refused=refusal)
        self.log.refused = None
        return Kept(added, asked)

    async def _work(self, now: datetime) -> tuple[int, Mapping[str, WitnessAnswer]]:
        await self.log.remember()
        added = 0
        if self.log.refused is not None or await self.log.is_due(now):
            asked = await self.witnesses.cosign(again=True)
            if self.log.refused is not None and not all(one.cosigned for one in asked.values()):
                raise self.log.refused  # whoever has seen more may be the one who does not answer now
            added = await self.log.grow(now=now)
        return added, await self.witnesses.cosign()
