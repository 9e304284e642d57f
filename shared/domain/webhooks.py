"""The words of webhooks: what one is about, and the states of it and of a delivery. Pure."""

from enum import StrEnum, auto


class WebhookAbout(StrEnum):
    """Which reports a webhook tells of."""

    AGENCY = auto()  #: those that its owner's agency works on
    BROUGHT = auto()  #: those that its owner handed in


class WebhookState(StrEnum):
    ACTIVE = auto()
    PAUSED = auto()  #: by its owner
    DISABLED = auto()  #: by us: its receiver is gone, or has failed for days


class WebhookDeliveryState(StrEnum):
    WAITING = auto()
    DELIVERED = auto()
    FAILED = auto()  #: after the last attempt
    WITHHELD = auto()  #: its owner may not hear of it any more
