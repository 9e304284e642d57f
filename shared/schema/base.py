"""What all tables have in common: how constraints are named and which type a column has."""

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, DateTime, Double, Enum, LargeBinary, MetaData, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

from shared.domain.accounts import AccountKind, AccountState, InvitationKind, NoticeKind
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification, Level, Status
from shared.domain.newer import code
from shared.domain.news import NewsChannel, NewsKind, NewsState
from shared.domain.officers import NewsChoice, NotificationState, OfficerRole
from shared.domain.webhooks import WebhookAbout, WebhookDeliveryState, WebhookState
from shared.domain.wording import Language


class _Codes(TypeDecorator[StrEnum]):
    """The value, as text with a CHECK; adding a member is one ALTER."""

    impl = Enum
    cache_ok = True

    def __init__(self, enum: type[StrEnum], name: str) -> None:
        self.kind = enum
        super().__init__(
            enum,
            native_enum=False,
            length=24,
            create_constraint=True,
            name=name,
            values_callable=lambda members: [member.value for member in members],
        )

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], StrEnum | None]:
        """A code that only a newer release has is read all the same."""
        return lambda value: None if value is None else code(self.kind, value)


def str_enum(enum: type[StrEnum], name: str | None = None) -> TypeEngine[StrEnum]:
    return _Codes(enum, name or enum.__name__.lower())


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
        NewsChoice: str_enum(NewsChoice, "news_choice"),
        AccountKind: str_enum(AccountKind, "account_kind"),
        AccountState: str_enum(AccountState, "account_state"),
        InvitationKind: str_enum(InvitationKind, "invitation_kind"),
        NoticeKind: str_enum(NoticeKind, "notice_kind"),
        NewsKind: str_enum(NewsKind, "news_kind"),
        NewsState: str_enum(NewsState, "news_state"),
        NewsChannel: str_enum(NewsChannel, "news_channel"),
        WebhookAbout: str_enum(WebhookAbout, "webhook_about"),
        WebhookState: str_enum(WebhookState, "webhook_state"),
        WebhookDeliveryState: str_enum(WebhookDeliveryState, "webhook_delivery_state"),
    }
