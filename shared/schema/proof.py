"""The transparency log: what it holds, and what was published of it. Written by sla_monitor.

What is written here is compared with what others keep of it (docs/proof.md); no foreign key leads to a report, since a
report that was deleted must still be named.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.schema.base import Model


class Checkpoint(Model):
    """How long the log was, and the root of its tree: signed and published."""

    __tablename__ = "checkpoints"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    origin: Mapped[str]
    root: Mapped[bytes]
    note: Mapped[str]  # as the log signed it, without cosignatures
    horizon: Mapped[int] = mapped_column(BigInteger)  # events of transactions before it are in the log
    made_at: Mapped[datetime]
    looked_at: Mapped[datetime]  # when nothing newer was found for the last time
    registry_seq: Mapped[int] = mapped_column(
        BigInteger, server_default=text("0")
    )  # of the registry's log, so far in it


class Cosignature(Model):
    """A witness's signature of a checkpoint."""

    __tablename__ = "cosignatures"

    size: Mapped[int] = mapped_column(ForeignKey("checkpoints.size"), primary_key=True, autoincrement=False)
    witness: Mapped[str] = mapped_column(primary_key=True)  # the name of its key
    line: Mapped[str]
    cosigned_at: Mapped[datetime]  # as the witness says


class LogTile(Model):
    """Up to 256 hashes of one level of the log's tree, as c2sp.org/tlog-tiles has them; what is there never changes."""

    __tablename__ = "log_tiles"

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    content: Mapped[bytes]


class LogBundle(Model):
    """The entries of which a tile of level 0 has the hashes."""

    __tablename__ = "log_bundles"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    content: Mapped[bytes]


class LoggedChain(Model):
    """The last leaf of a report's chain, and what its commitment is made of. The salt is of this alone."""

    __tablename__ = "logged_chains"

    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    tracking_number: Mapped[str]
    salt: Mapped[bytes]
    commitment: Mapped[bytes]
    seq: Mapped[int] = mapped_column(Integer)
    head: Mapped[bytes]
    leaf_index: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("commitment"),)


class LoggedSupports(Model):
    """The last leaf of the log of a report's supports. The salt of its commitment is that of the report's chain."""

    __tablename__ = "logged_supports"

    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    commitment: Mapped[bytes]
    seq: Mapped[int] = mapped_column(Integer)
    head: Mapped[bytes]

    __table_args__ = (UniqueConstraint("commitment"),)
