"""Open311, beside what it shares with every other channel (docs/channels/open311.md)."""

from pydantic import Field

from shared.settings.environment import Environment


class Open311Settings(Environment):
    open311_tokens: bool = Field(
        False,
        description=(
            "Answer a report that comes by Open311 with a token, which gets its number, instead of the number itself."
        ),
    )
    open311_contact: str = Field(
        "", description="What Open311's discovery tells of whom to ask, such as an address of mail."
    )
