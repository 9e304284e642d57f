"""What all tables have in common: how constraints are named and which type a column has."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, DateTime, Double, Enum, LargeBinary, MetaData, Text
from sqlalchemy.orm import DeclarativeBase

from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification, Level, Status
from shared.domain.officers import NotificationState, OfficerRole
from shared.domain.wording import Language


def str_enum(enum: type[StrEnum], name: str | None = None) -> Enum:
    """Store the value, as text with a CHECK; adding a member is one ALTER."""
    return Enum(
        enum,
        native_enum=False,
        length=24,
        create_constraint=True,
        name=name or enum.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


class Model(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        str: Text(),
        bytes: LargeBinary(),
        float: Double(),
        datetime: DateTime(timezone=True),
        date: Date(),
        Status: str_enum(Status),
        Level: str_enum(Level),
        Classification: str_enum(Classification),
        Channel: str_enum(Channel),
        OfficerRole: str_enum(OfficerRole, "officer_role"),
        Language: str_enum(Language),
        NotificationState: str_enum(NotificationState, "notification_state"),
    }
