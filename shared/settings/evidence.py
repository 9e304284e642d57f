"""Files of reports: where they lie, how large they may be, how they are looked through."""

from urllib.parse import urlsplit

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, field_validator

from shared.settings.environment import Environment


class EvidenceSettings(Environment):
    evidence_store: str = Field(
        "",
        description=(
            "Where files lie: `s3://bucket/folder`, or `file:///a/folder` that all copies share. Empty: `evidence` in "
            "LAPOR_HOME."
        ),
    )
    evidence_s3_endpoint: str = Field(
        "", description="The address of an S3 that is not Amazon's, as `https://s3.lapor.example:8333`."
    )
    evidence_s3_region: str = Field("us-east-1", description="The region of the bucket.")
    evidence_s3_key_id: str = Field("", description="Who we are to the S3.")
    evidence_s3_secret: SecretStr = Field(SecretStr(""), description="What we prove it by.")
    evidence_mib: PositiveInt = Field(50, description="How large a file may be, in MiB.")
    evidence_megapixels: PositiveInt = Field(50, description="How many pixels a picture may have, in millions.")
    evidence_pages: PositiveInt = Field(100, description="How many pages a PDF may have.")
    evidence_video_seconds: PositiveInt = Field(180, description="How long a video may be.")
    evidence_memory_mib: int = Field(
        1024, ge=256, description="How much memory (address space) the process may take that looks through one file."
    )
    evidence_decoding_seconds: int = Field(
        30, ge=1, le=60, description="How much time of a processor it may take; in twice that time it has to be done."
    )
    evidence_looked_at_once: PositiveInt = Field(
        1, description="How many files a process of intake_api has looked through at a time."
    )
    clamd: str = Field(
        "",
        description=(
            "The socket of ClamAV's clamd, which then scans each file before anybody sees it: "
            "`unix:/run/clamav/clamd.ctl` or `host:port`. Empty: files are not scanned (docs/evidence.md)."
        ),
    )
    evidence_per_report: PositiveInt = Field(
        20, description="How many files a reporter may add to a report, and as many those who work on it."
    )
    upload_hours: PositiveFloat = Field(
        48.0, description="How long a file may take to arrive, and how long one that has arrived waits for its report."
    )
    upload_minutes: PositiveFloat = Field(
        30.0,
        description="How many minutes one request may send a file; what has come counts, and a client of tus goes on.",
    )
    uploads_at_once: PositiveInt = Field(
        100, description="How many files a process takes in at a time; each takes about a MiB of memory."
    )
    evidence_address_seconds: PositiveInt = Field(
        300, description="How long the address of a file can be fetched from; then the list gives out a new one."
    )

    @field_validator("evidence_store")
    @classmethod
    def _names_a_store(cls, address: str) -> str:
        parts = urlsplit(address)
        known = (parts.scheme == "s3" and parts.netloc) or (parts.scheme == "file" and parts.path.startswith("/"))
        if address and not known:
            raise ValueError("write it as s3://bucket/folder or file:///folder, or leave it empty")
        return address
