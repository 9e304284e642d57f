"""The transparency log: its name, how often it grows, who cosigns it."""

from pathlib import Path

from pydantic import Field, PositiveFloat, field_validator

from shared.proof.witnesses import read_witnesses
from shared.settings.process import ProcessSettings


class TransparencySettings(ProcessSettings):
    log_origin: str = Field(
        "lapor.localhost/log",
        pattern=r"^[^\s+]{1,200}$",
        description=(
            "The name of the transparency log and of the key that signs it: the public address of `/sla/v1/log` "
            "without `https://`. Set it before the first checkpoint; a log keeps its name."
        ),
    )
    log_seconds: PositiveFloat = Field(
        3600.0, description="How often the ends of changed chains are put into the log, under a new checkpoint."
    )
    log_memory_file: Path | None = Field(
        None,
        description=(
            "Where the last published checkpoint is remembered outside of the database, so that none is published "
            "that contradicts it; of each copy or shared by all. Empty: `log/checkpoint` in LAPOR_HOME."
        ),
    )
    witnesses: str = Field(
        "",
        description=(
            "Who cosigns checkpoints: `KEY URL`, separated by commas; the key as a witness gives it out "
            "(`name+id+key`), the address as c2sp.org/tlog-witness wants it. Empty: nobody."
        ),
    )

    @property
    def log_memory(self) -> Path:
        return self.log_memory_file or self.home / "log" / "checkpoint"

    @field_validator("witnesses")
    @classmethod
    def _names_witnesses(cls, text: str) -> str:
        read_witnesses(text)
        return text
