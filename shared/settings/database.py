"""PostgreSQL, how many connections a process has, and how long a statement may take."""

from pydantic import Field, PositiveFloat, PositiveInt

from shared.settings.environment import Environment


class DatabaseSettings(Environment):
    database_url: str = Field(
        description=(
            "PostgreSQL 15 or newer, instead of the one that `make run` starts; takes `?sslmode=`, "
            "`sslrootcert=` and what else libpq calls so. Outside of one machine write "
            "`sslmode=verify-full&sslrootcert=...`: the default, `prefer`, checks nothing."
        ),
    )
    pool_size: PositiveInt = Field(10, description="Database connections of a process for requests.")
    jobs_pool_size: PositiveInt = Field(
        8,
        description=(
            "Database connections of a process for everything else: deliveries, the sweep, workers and other jobs."
        ),
    )
    public_statement_seconds: PositiveFloat = Field(
        2.0, description="How long a statement may take for what the public reads; then 503 `too_slow`."
    )
    statement_seconds: PositiveFloat = Field(
        10.0, description="How long a statement of any other request may take; then 503 `too_slow`."
    )
    job_statement_seconds: PositiveFloat = Field(120.0, description="How long a statement of a job may take.")
    statement_cache_size: int = Field(
        100,
        description=(
            "0 behind a PgBouncer older than 1.21, or without `max_prepared_statements`; otherwise `/readyz` "
            "answers 503 `statements_forgotten`."
        ),
    )
