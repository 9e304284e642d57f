"""How many reports are public, by place, month, category and group. Written by intake_api and a trigger of `reports`.

Whoever changes what makes a report public, or where it is counted, has the trigger append to the changes
(`note_public_tallies`), in the same transaction and without waiting for anybody; intake_api folds the changes into the
tallies now and then. Whoever reads takes both together, so that they are exact at any moment.
"""

from datetime import date

from sqlalchemy import BigInteger, Identity, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from shared.schema.base import Model


class PublicTally(Model):
    """Of a region, the public reports that were received in a month. A report counts in its province, its regency and
    its district, each with a row of its own, as far down as everybody may know its place.

    Empty text stands for none: the parent of a province, the region of a report without a place, no category.
    """

    __tablename__ = "public_tallies"

    parent: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)  # its first day, by the clock of the capital
    region: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    status_group: Mapped[str] = mapped_column(primary_key=True)  # PublicGroup
    reports: Mapped[int] = mapped_column(Integer)
    answered: Mapped[int] = mapped_column(Integer)  # of them: an agency has responded


class PublicTallyChange(Model):
    """A report that was counted from then on, or no more, and is not in the tallies yet."""

    __tablename__ = "public_tally_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    region: Mapped[str]  # the district, or the smallest region that everybody may know
    month: Mapped[date]
    category: Mapped[str]
    status_group: Mapped[str]
    reports: Mapped[int] = mapped_column(SmallInteger)  # 1 or -1
    answered: Mapped[int] = mapped_column(SmallInteger)
