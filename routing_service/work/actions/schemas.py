"""What officers send with an action."""

from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, model_validator

from routing_service.report.reading.schemas import ReportView
from routing_service.work.decisions.schemas import Suggestion
from routing_service.work.desk.schemas import Act
from shared.domain.codes import ArchiveReason, OverrideReason, ReturnReason
from shared.domain.lifecycle import Classification
from shared.http.wire import Code, LongText, RegionCode, SubjectCode, Title


class Verification(Act):
    """A field that is left out stays as it is. Anonymous and secret may be set, never taken away."""

    title: Title | None = None
    classification: Classification | None = None
    category: Code | None = None
    subject: SubjectCode | None = None
    region: RegionCode | None = Field(
        None, description="Where it is about, from now on, in every list and filter; the clocks keep their time zone."
    )
    supervisory: StrictBool | None = Field(None, description="Only a complaint can be.")
    anonymous: StrictBool | None = None
    secret: StrictBool | None = None


class Correction(Act):
    """A field that is left out stays as it is; at least one field is needed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"classification": "complaint", "supervisory": True}]})

    classification: Classification | None = None
    category: Code | None = None
    subject: SubjectCode | None = None
    region: RegionCode | None = Field(
        None, description="Where it is about, from now on, in every list and filter; the clocks keep their time zone."
    )
    supervisory: StrictBool | None = Field(None, description="Only a complaint can be.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.classification, self.category, self.subject, self.region, self.supervisory) == (None,) * 5:
            raise ValueError("name what is corrected: classification, category, subject, region or supervisory")
        return self


class CorrectedView(ReportView):
    """The report after the correction, and the agency that is now competent, if it is another."""

    suggestion: Suggestion | None = Field(
        None, description="The agency that is competent now, if that is clear and another one than today's."
    )


class Choice(Act):
    """Of where a report goes."""

    override_reason: OverrideReason | None = Field(
        None, description="Why the report goes elsewhere than was suggested; stored only if it does."
    )


class Forwarding(Choice):
    agency: Code = Field(description="The instansi: an agency without a parent.")


class Assignment(Choice):
    """Of a disposition and of a redirection."""

    agency: Code = Field(description="The agency that will answer.")
    note: LongText | None = Field(None, description="Internal.")


class Disposition(Verification, Assignment):
    """A field of a verification that is named verifies the report first: a clear case takes one call."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"agency": "SAMARINDA-DPUPR", "note": "Tolong dicek hari ini."}]}
    )

    @property
    def verifies(self) -> bool:
        fields = Verification.model_fields.keys() - Act.model_fields.keys()
        return any(getattr(self, name) is not None for name in fields)


class Return(Act):
    reason: ReturnReason
    suggested_agency: Code | None = Field(None, description="Whose it is instead.")


class Hold(Act):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "Di depan nomor berapa lubang itu, dan sejak kapan?"}]}
    )

    question: LongText = Field(description="The question that the reporter must answer before work can go on.")


class Resumption(Act):
    pass


class Archiving(Act):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "too_general",
                    "explanation": "Sebutkan nama jalan dan patokannya, supaya petugas dapat menemukan lubang itu.",
                    "note": "Pelapor sudah ditelepon, tidak diangkat.",
                }
            ]
        }
    )

    reason: ArchiveReason
    explanation: LongText | None = Field(
        None, description="The explanation for the reporter; the public does not read it."
    )
    note: LongText | None = Field(None, description="Internal.")


class Showing(Act):
    """An answer that may show files."""

    evidence: list[UUID] = Field(
        [],
        max_length=20,
        description="The ids of files that your agency has added to the report, to be shown with the answer.",
    )
    release_evidence: StrictBool = Field(
        False, description="Whether everybody who may read the answer may see these files, too."
    )


class OfficialAnswer(Showing):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "body": "Terima kasih, Ibu. Tim kami memeriksa lokasi besok pagi dan mengabari hasilnya di sini.",
                    "final": False,
                }
            ]
        }
    )

    body: LongText
    final: StrictBool = Field(description="Whether this response settles the matter.")


class DirectAnswer(Showing):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"body": "Loket layanan buka Senin sampai Jumat pukul 08.00-15.00; bawalah KTP dan kartu keluarga."}
            ]
        }
    )

    body: LongText


class AnswerCorrection(Showing):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "message": "019a3d2e-7c1b-7e52-9d4f-3f1b2c4d5e6f",
                    "body": "Ralat: loket buka pukul 08.00, bukan pukul 09.00 seperti jawaban kami sebelumnya.",
                }
            ]
        }
    )

    message: UUID = Field(description="The official response that was wrong, by its id in `messages`.")
    body: LongText = Field(description="What is right; both stay visible.")
