"""How much one caller may ask for, and how much a process works on at once (docs/limits.md)."""

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from shared.settings.environment import Environment, names_in


class LimitSettings(Environment):
    client_requests_per_second: NonNegativeFloat = Field(
        400.0,
        description=(
            "How many requests a second one client (a token's subject, with its role and agency) may send to a "
            "process, on average; then 429. 0: no limit."
        ),
    )
    client_burst: PositiveFloat = Field(4_000.0, description="How many requests one client may send at once.")
    code_requests_per_second: NonNegativeFloat = Field(1.0, description="The same for an access code.")
    code_burst: PositiveFloat = Field(60.0, description="The same for an access code.")
    address_requests_per_second: NonNegativeFloat = Field(
        50.0,
        description="The same for an address that sends no token; a wrong access code or token counts as ten more.",
    )
    address_burst: PositiveFloat = Field(500.0, description="The same for an address that sends no token.")
    attempts_window_seconds: int = Field(
        900, ge=1, le=86_400,
        description=(
            "In what time the log-ins, tokens and wrong access codes below are allowed, over all copies. Counts begin "
            "anew with each such part of a day (UTC)."
        ),
    )  # fmt: skip
    log_ins_per_account: int = Field(
        10, ge=0, description="Failed log-ins of one account, over all copies; then 429. 0, here and below: no limit."
    )
    log_ins_per_address: int = Field(100, ge=0, description="Log-ins from one address, over all copies.")
    tokens_per_account: int = Field(300, ge=0, description="Requests of one account for tokens, over all copies.")
    tokens_per_address: int = Field(3_000, ge=0, description="Requests from one address for tokens, over all copies.")
    wrong_codes_per_address: int = Field(
        30,
        ge=0,
        description=(
            "Wrong access codes of one address, over all copies; with a token, of its client for one report, since "
            "an app sends what many people type."
        ),
    )
    wrong_codes_per_report: int = Field(
        100,
        ge=0,
        description=(
            "Wrong access codes for one report, over all copies; beyond that, whoever has sent a wrong one is refused."
        ),
    )
    submissions_window_seconds: int = Field(
        3_600, ge=1, le=86_400, description="In what time the submissions below are allowed, over all copies."
    )
    submissions_per_reporter: int = Field(
        30, ge=0, description="Reports of one account of an app (`reporter_reference`), over all copies; then 429."
    )
    submissions_per_client: int = Field(100_000, ge=0, description="Reports of one client, over all copies.")
    submissions_per_address: int = Field(
        300,
        ge=0,
        description=(
            "What one address hands in without a token (replies, ratings and the like, with an access code), over "
            "all copies."
        ),
    )
    uploads_per_reporter: int = Field(
        60,
        ge=0,
        description="Files of one account of an app within `LAPOR_SUBMISSIONS_WINDOW_SECONDS`, over all copies.",
    )
    uploads_per_client: int = Field(100_000, ge=0, description="The same for one client.")
    uploads_per_address: int = Field(
        120, ge=0, description="The same for one address that sends no token; a village may share one."
    )
    unlimited_clients: str = Field(
        "",
        description=(
            "Subjects of tokens that have no limit, separated by commas; services and historical imports never "
            "have one."
        ),
    )
    requests_at_once: PositiveInt = Field(
        500, description="How many requests a process works on; one caller has at most half of them."
    )
    searches_at_once: PositiveInt = Field(
        3, description="How many searches a process works on, and as many requests for similar reports."
    )
    searches_waiting: int = Field(100, ge=0, description="How many of each may wait; then 429.")
    trials_waiting: int = Field(
        10, ge=0, description="Replays, simulations and previews of deadlines run one at a time; this many may wait."
    )

    @property
    def unlimited(self) -> frozenset[str]:
        return frozenset(names_in(self.unlimited_clients))
